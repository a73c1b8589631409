"""The hatchling's diffusion decoder: a guided teacher, trained from nothing on whole utterances.

First it is conditioned on speech codes (the language model may still be training), then on the language model's
latents.
"""

# B batch, M mel bands, T frames, S codes, L latent channels

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from recipes.hatchling.training import pick
from tpd.runtime.parametrisation import Parametrisation, x_hat_from_output
from tpd.runtime.schedule import Schedule
from tpd.tortoise.diffusion_decoder import DiffusionDecoder

UNCONDITIONAL = 0.1
"""Share of examples that are told nothing, so that the teacher can be guided."""
LOW_NOISE = 0.75
"""Share of timesteps drawn from a density that grows towards the clean end."""
CLIP_FRAMES = 256
"""Mel frames of a voice clip."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """One utterance as the decoder sees it."""

    voice: str
    mel_TM: np.ndarray
    """Normalised mel, float16."""
    codes: np.ndarray
    latents_SL: np.ndarray | None = None
    """What the language model says of the codes, float16."""


class DecoderTrainer(nn.Module):
    """The decoder and its losses on the batch of a step."""

    def __init__(self, decoder: DiffusionDecoder, examples: list[Example], shares: dict[str, float]) -> None:
        super().__init__()
        self.decoder = decoder
        self.examples = examples
        self.by_voice: dict[str, list[int]] = {}
        self.by_length: dict[int, list[int]] = {}
        for index, example in enumerate(examples):
            self.by_voice.setdefault(example.voice, []).append(index)
            self.by_length.setdefault(len(example.codes), []).append(index)
        weight = {voice: shares[voice] / len(pool) for voice, pool in self.by_voice.items()}
        self.weight = {n: [weight[examples[i].voice] for i in pool] for n, pool in self.by_length.items()}
        schedule = Schedule()
        self.alpha = torch.from_numpy(schedule.alpha).float()
        self.sigma = torch.from_numpy(schedule.sigma).float()

    def losses(self, step: int, frames: int) -> dict[str, Tensor]:
        """Denoising loss and that of the mel read off the code embedding alone, on about `frames` mel frames."""
        lengths = sorted(self.by_length)
        length = lengths[int(pick(step, 11, 1, [sum(self.weight[n]) for n in lengths]))]
        count = max(2, frames // (length * 4))
        pool = self.by_length[length]
        chosen = [self.examples[pool[int(i)]] for i in pick(step, 12, count, self.weight[length])]
        x_BMT = torch.from_numpy(np.stack([e.mel_TM for e in chosen]).astype(np.float32)).transpose(1, 2)
        embedding = self._embed(chosen, step, x_BMT.shape[-1])

        generator = torch.Generator().manual_seed(step)
        told_B11 = torch.rand((count, 1, 1), generator=generator) >= UNCONDITIONAL
        mel_hat = self.decoder.mel_head(embedding)
        nothing = self.decoder.embed_nothing(count, x_BMT.shape[-1])
        embedding = torch.where(told_B11, embedding, nothing)
        t_B = _draw_timesteps(count, generator)
        alpha, sigma = self.alpha[t_B][:, None, None], self.sigma[t_B][:, None, None]
        z_BMT = alpha * x_BMT + sigma * torch.randn(x_BMT.shape, generator=generator)
        config = self.decoder.config
        x_hat = x_hat_from_output(
            config.parametrisation,
            self.decoder(z_BMT, t_B, embedding),
            z_BMT,
            alpha,
            sigma,
            sigma_data=config.sigma_data,
        )
        weight = loss_weight(config.parametrisation, alpha, sigma, config.sigma_data)
        return {
            "denoise": (weight * (x_hat - x_BMT).square()).mean(),
            "mel": 0.5 * ((mel_hat - x_BMT).square() * told_B11).mean() / config.sigma_data**2,
        }

    def _embed(self, chosen: list[Example], step: int, num_frames: int) -> Tensor:
        voice_B2C = self.voices([e.voice for e in chosen], step)
        if chosen[0].latents_SL is None:
            codes = torch.from_numpy(np.stack([e.codes for e in chosen]))
            return self.decoder.embed_codes(codes, voice_B2C, num_frames)
        latents = torch.from_numpy(np.stack([e.latents_SL for e in chosen if e.latents_SL is not None]))
        return self.decoder.embed_latents(latents.float(), voice_B2C, num_frames)

    def voices(self, names: list[str], step: int) -> Tensor:
        """The voice [B, 2C] of each name, from one clip a voice drawn anew each step."""
        embedded: dict[str, Tensor] = {}
        for voice in dict.fromkeys(names):
            pool = self.by_voice[voice]
            clip = self.examples[pool[int(pick(step, 17, 1, len(pool)))]].mel_TM[:CLIP_FRAMES]
            embedded[voice] = self.decoder.embed_voice(torch.from_numpy(clip.T.astype(np.float32))[None, None])[0]
        return torch.stack([embedded[name] for name in names])


def loss_weight(parametrisation: Parametrisation, alpha: Tensor, sigma: Tensor, sigma_data: float) -> Tensor:
    """Weight of a squared error in x: 1 / c_out^2 under EDM preconditioning (Karras et al. 2022), else max(SNR, 1)."""
    if parametrisation is Parametrisation.EDM:
        return ((alpha * sigma_data) ** 2 + sigma**2) / (sigma * sigma_data) ** 2
    return (alpha / sigma).square().clamp(min=1, max=1e4)


def _draw_timesteps(count: int, generator: torch.Generator) -> Tensor:
    """Stratified over the batch; most draws favour the low noise in which detail is decided and noise is left over."""
    uniform = (torch.arange(count) + torch.rand(count, generator=generator)) / count
    low = torch.rand(count, generator=generator) < LOW_NOISE
    return (torch.where(low, uniform.square(), uniform) * 4000).long().clamp(max=3999)
