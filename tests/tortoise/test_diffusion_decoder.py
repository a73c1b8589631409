"""The diffusion decoder against the original's outputs and the official checkpoint's names."""

import pytest
import torch

from tests.reference import Case, load_case, official_shapes
from tpd.errors import InputError
from tpd.tortoise.attention import relative_positions
from tpd.tortoise.diffusion_decoder import DiffusionDecoder, DiffusionDecoderConfig, frame_codes


def decoder_of(case: Case) -> DiffusionDecoder:
    """The decoder of the reference case with its weights, in evaluation mode."""
    decoder = DiffusionDecoder(
        DiffusionDecoderConfig(
            channels=case.config["model_channels"],
            num_layers=case.config["num_layers"],
            num_heads=case.config["num_heads"],
            latent_channels=case.config["in_latent_channels"],
            num_codes=case.config["in_tokens"],
        )
    )
    decoder.load_state_dict(case.weights)
    return decoder.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def case() -> Case:
    return load_case("diffusion_decoder")


@pytest.fixture(scope="module")
def decoder(case: Case) -> DiffusionDecoder:
    return decoder_of(case)


def test_voice_equals_original(case: Case, decoder: DiffusionDecoder) -> None:
    voice = decoder.embed_voice(case.io["conditioning_mel"])
    torch.testing.assert_close(voice, case.io["conditioning_latent"], atol=1e-5, rtol=0)


@pytest.mark.parametrize("source", ["latents", "codes"])
def test_code_embedding_equals_original(case: Case, decoder: DiffusionDecoder, source: str) -> None:
    io, num_frames = case.io, case.io["x"].shape[-1]
    if source == "latents":
        found = decoder.embed_latents(io["aligned_latent"], io["conditioning_latent"], num_frames)
        expected = io["code_embedding"]
    else:
        found = decoder.embed_codes(io["aligned_codes"].long(), io["conditioning_latent"], num_frames)
        expected = io["code_embedding_from_codes"]
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("conditional", [True, False])
def test_output_equals_original(case: Case, decoder: DiffusionDecoder, conditional: bool) -> None:
    io = case.io
    x, timesteps = io["x"], io["timesteps"].long()
    batch = len(timesteps)
    code_embedding = (
        io["code_embedding"].expand(batch, -1, -1) if conditional else decoder.embed_nothing(batch, x.shape[-1])
    )
    found = decoder(x.expand(batch, -1, -1), timesteps, code_embedding)
    expected = io["out_conditional" if conditional else "out_unconditional"]
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


def test_names_and_shapes_are_official() -> None:
    with torch.device("meta"):
        decoder = DiffusionDecoder(DiffusionDecoderConfig())
    found = {name: tuple(tensor.shape) for name, tensor in decoder.state_dict().items()}
    assert found == official_shapes("diffusion_decoder.pth")


@pytest.mark.parametrize("num_codes", [1, 2, 7, 100, 333, 604])
def test_codes_are_aligned_like_nearest_interpolation(num_codes: int) -> None:
    num_frames = num_codes * 4 * 24000 // 22050
    codes = torch.arange(num_codes, dtype=torch.float32)[None, None]
    expected = torch.nn.functional.interpolate(codes, size=num_frames, mode="nearest")
    found = codes[..., frame_codes(num_codes, num_frames)]
    torch.testing.assert_close(found, expected, atol=0, rtol=0)


def test_relative_positions_saturate() -> None:
    positions = relative_positions(200)
    assert positions[0, 64:].eq(positions[0, 64]).all()
    assert positions[64:, 0].eq(positions[64, 0]).all()
    assert positions[0, 1] != positions[1, 0]
    assert sorted(positions.unique().tolist()) == [*range(16), *range(17, 32)]


def test_impossible_width_is_refused() -> None:
    with pytest.raises(InputError, match="channels must be a multiple"):
        DiffusionDecoderConfig(channels=100, num_heads=16)
