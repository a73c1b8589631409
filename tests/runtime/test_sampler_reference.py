"""The samplers against the original's runs on its own small network."""

import pytest
import torch

from tests.reference import Case, load_case
from tests.tortoise.test_diffusion_decoder import decoder_of
from tpd.runtime.guidance import guide, ramped_scale
from tpd.runtime.parametrisation import variance_fraction
from tpd.runtime.sampler import ancestral, ddim
from tpd.runtime.schedule import Schedule
from tpd.tortoise.denoiser import Denoiser, guided

GUIDANCE = 2.0


@pytest.fixture(scope="module")
def case() -> Case:
    return load_case("diffusion_decoder")


@pytest.fixture(scope="module")
def denoiser(case: Case) -> Denoiser:
    return Denoiser(decoder_of(case))


@pytest.mark.parametrize("num_steps", [10, 31, 80])
def test_guided_ddim_equals_original(case: Case, denoiser: Denoiser, num_steps: int) -> None:
    grid = Schedule().grid(num_steps)
    states: list[torch.Tensor] = []
    estimates: list[torch.Tensor] = []

    def record(index: int, timestep: int, z: torch.Tensor, x_hat: torch.Tensor) -> None:
        states.append(z[0])
        estimates.append(x_hat[0])

    model = guided(denoiser, case.io["code_embedding"], ramped_scale(GUIDANCE, grid))
    found = ddim(model, case.io["noise"], grid, record)
    torch.testing.assert_close(found, case.io[f"ddim{num_steps}/mel"], atol=1e-4, rtol=0)
    if num_steps == 10:
        # The original's states are those after each step.
        after = torch.stack([*states[1:], found[0]])
        torch.testing.assert_close(after, case.io["ddim10/states"], atol=1e-4, rtol=0)
        torch.testing.assert_close(torch.stack(estimates), case.io["ddim10/denoised"], atol=1e-4, rtol=0)


def test_guided_ancestral_sampling_equals_original(case: Case, denoiser: Denoiser) -> None:
    grid = Schedule().grid(31)
    scale_of = ramped_scale(GUIDANCE, grid)
    decoder = denoiser.decoder

    @torch.inference_mode()
    def model(z: torch.Tensor, timestep: int) -> tuple[torch.Tensor, torch.Tensor]:
        t = torch.tensor([timestep])
        embedding = case.io["code_embedding"]
        nothing = decoder.embed_nothing(1, z.shape[-1])
        x_hat = guide(denoiser(z, t, embedding), denoiser(z, t, nothing), scale_of(timestep))
        return x_hat, variance_fraction(decoder(z, t, embedding), 100)

    draws = iter(case.io["ancestral31/draws"])
    found = ancestral(model, case.io["noise"], grid, lambda: next(draws))
    torch.testing.assert_close(found, case.io["ancestral31/mel"], atol=1e-4, rtol=0)
