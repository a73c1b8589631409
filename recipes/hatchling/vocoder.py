"""The hatchling's vocoder: UnivNet, trained on flite's sound with a multi-resolution spectral loss."""

# B batch, M mel bands, T mel frames, S samples

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from recipes.hatchling.training import pick
from tpd.runtime.mel import denormalise, normalise
from tpd.tortoise.mel import mel_100_24000
from tpd.tortoise.vocoder import Vocoder

HOP = 256
LEFT_OVER_NOISE = 0.08
"""Largest standard deviation of the noise put on a mel, in normalised units."""
RESOLUTIONS = ((384, 96), (1024, 240), (2048, 512))
"""Window and hop of each spectral loss, in samples."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """One utterance as the vocoder sees it."""

    mel_TM: np.ndarray
    """Normalised mel, float16."""
    audio: np.ndarray
    """Samples at 24 kHz, int16."""


class VocoderTrainer(nn.Module):
    """The vocoder and its losses on the batch of a step."""

    def __init__(self, vocoder: Vocoder, examples: list[Example], segment_frames: int = 32) -> None:
        super().__init__()
        self.vocoder = vocoder
        self.examples = [e for e in examples if len(e.mel_TM) > segment_frames + 4]
        self.segment_frames = segment_frames

    def losses(self, step: int, batch_size: int) -> dict[str, Tensor]:
        """Spectral convergence and log magnitude (Yamamoto et al. 2020) at three resolutions, and distance of mels."""
        T = self.segment_frames
        mels, sounds = [], []
        for draw, index in enumerate(pick(step, 21, batch_size, len(self.examples))):
            example = self.examples[int(index)]
            first = int(pick(step * batch_size + draw, 22, 1, min(len(example.mel_TM), len(example.audio) // HOP) - T))
            mels.append(example.mel_TM[first : first + T].T)
            sounds.append(example.audio[first * HOP : (first + T) * HOP])
        mel_BMT = torch.from_numpy(np.stack(mels).astype(np.float32))
        sound_BS = torch.from_numpy(np.stack(sounds).astype(np.float32)) / 32768
        generator = torch.Generator().manual_seed(step)
        # What it will be given are a decoder's mels, in which some noise is left.
        noise_B11 = LEFT_OVER_NOISE * torch.rand((batch_size, 1, 1), generator=generator)
        mel_in = mel_BMT + noise_B11 * torch.randn(mel_BMT.shape, generator=generator)
        noise = torch.randn((batch_size, self.vocoder.config.noise_dim, T), generator=generator)
        made_BS = self.vocoder(denormalise(mel_in), noise)[:, 0]
        # The last samples depend on mel frames outside the segment.
        inner = slice(2, T - 2)
        mel_made = normalise(mel_100_24000(made_BS))[..., inner]
        mel_real = normalise(mel_100_24000(sound_BS))[..., inner]
        convergence, magnitude = spectral_losses(made_BS, sound_BS)
        return {
            "convergence": convergence,
            "magnitude": magnitude,
            "mel": 5.0 * (mel_made - mel_real).abs().mean(),
        }


def spectral_losses(made_BS: Tensor, real_BS: Tensor) -> tuple[Tensor, Tensor]:
    """Spectral convergence and mean absolute log magnitude difference, the mean over resolutions."""
    convergence = magnitude = torch.zeros(())
    for window_length, hop in RESOLUTIONS:
        window = torch.hann_window(window_length)

        def spectrum(audio: Tensor) -> Tensor:
            parts = torch.stft(audio, window_length, hop, window=window, return_complex=True)  # noqa: B023
            return (parts.real.square() + parts.imag.square()).clamp(min=1e-7).sqrt()

        made, real = spectrum(made_BS), spectrum(real_BS)
        convergence = convergence + (real - made).norm() / real.norm() / len(RESOLUTIONS)
        magnitude = magnitude + F.l1_loss(made.log(), real.log()) / len(RESOLUTIONS)
    return convergence, magnitude
