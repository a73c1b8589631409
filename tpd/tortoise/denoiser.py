"""A diffusion decoder as the samplers and the distillation see it: a noisy mel in, an estimate of the clean one out."""

# B batch, M mel bands, T mel frames, C channels

from collections.abc import Callable

import torch
from torch import Tensor, nn

from tpd.runtime.guidance import guide
from tpd.runtime.parametrisation import x_hat_from_output
from tpd.runtime.schedule import Schedule
from tpd.tortoise.diffusion_decoder import DiffusionDecoder

Model = Callable[[Tensor, int], Tensor]
"""What a sampler calls: (z [B, M, T], timestep) to the estimate of x [B, M, T]."""


class Denoiser(nn.Module):
    """A decoder whose raw output is turned into x by its parametrisation."""

    alpha: Tensor
    sigma: Tensor

    def __init__(self, decoder: DiffusionDecoder, schedule: Schedule | None = None) -> None:
        super().__init__()
        schedule = schedule or Schedule()
        self.decoder = decoder
        self.register_buffer("alpha", torch.from_numpy(schedule.alpha).float(), persistent=False)
        self.register_buffer("sigma", torch.from_numpy(schedule.sigma).float(), persistent=False)

    def forward(self, z_BMT: Tensor, timestep_B: Tensor, code_embedding_BCT: Tensor) -> Tensor:
        """The estimate of x, not clamped [B, M, T]."""
        config = self.decoder.config
        alpha_B11, sigma_B11 = self.alpha[timestep_B][:, None, None], self.sigma[timestep_B][:, None, None]
        output = self.decoder(z_BMT, timestep_B, code_embedding_BCT)
        x_hat: Tensor = x_hat_from_output(
            config.parametrisation, output, z_BMT, alpha_B11, sigma_B11, sigma_data=config.sigma_data
        )
        return x_hat

    def guided(self, z_BMT: Tensor, timestep_B: Tensor, code_embedding_BCT: Tensor, scale_B: Tensor) -> Tensor:
        """Classifier-free guidance, clamped to [-1, 1]: (1 + k) x_cond - k x_uncond, both in one batch."""
        nothing = self.decoder.embed_nothing(*z_BMT.shape[::2])
        both = self(
            torch.cat([z_BMT, z_BMT]), torch.cat([timestep_B, timestep_B]), torch.cat([code_embedding_BCT, nothing])
        )
        x_cond, x_uncond = both.chunk(2)
        return guide(x_cond, x_uncond, scale_B[:, None, None])  # type: ignore[no-any-return]


def conditional(denoiser: Denoiser, code_embedding_BCT: Tensor) -> Model:
    """One network for a sampler: the student, or a teacher without guidance."""

    @torch.inference_mode()
    def model(z_BMT: Tensor, timestep: int) -> Tensor:
        timestep_B = torch.full((len(z_BMT),), timestep)
        return denoiser(z_BMT, timestep_B, code_embedding_BCT).clamp(-1, 1)  # type: ignore[no-any-return]

    return model


def guided(denoiser: Denoiser, code_embedding_BCT: Tensor, scale_of: Callable[[int], float]) -> Model:
    """The guided teacher for a sampler; `scale_of` gives the guidance scale at a timestep."""

    @torch.inference_mode()
    def model(z_BMT: Tensor, timestep: int) -> Tensor:
        timestep_B = torch.full((len(z_BMT),), timestep)
        scale_B = torch.full((len(z_BMT),), scale_of(timestep))
        return denoiser.guided(z_BMT, timestep_B, code_embedding_BCT, scale_B)

    return model
