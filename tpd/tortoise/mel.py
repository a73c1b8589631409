"""The mel spectrograms of TorToiSe: 80 bands at 22.05 kHz for its language model, 100 at 24 kHz for its decoder."""

# B batch, S samples, F frequencies (WINDOW // 2 + 1), M mel bands, T frames

from functools import cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from tpd.errors import InputError

WINDOW = 1024
HOP = 256
QUIETEST = 1e-5
"""Magnitudes (or powers) below this are raised to it before the logarithm."""


def mel_80_22050(audio_BS: Tensor, mel_norms: Tensor | None) -> Tensor:
    """Log mel of power [B, 80, 1 + S // 256] up to 8 kHz, on the HTK scale; divided by the mel norms [80] if given.

    Raises InputError unless the sound is [B, S] with S above 512.
    """
    power_BFT = _power(audio_BS)
    mel_BMT = (_htk_filters(80, 8000.0, 22050, power_BFT.device) @ power_BFT).clamp(min=QUIETEST).log()
    return mel_BMT if mel_norms is None else mel_BMT / mel_norms[:, None]


def mel_100_24000(audio_BS: Tensor) -> Tensor:
    """Log mel of magnitude [B, 100, 1 + S // 256] up to 12 kHz, on the Slaney mel scale, not normalised.

    Sound beyond [-1, 1], as resampling makes it, is clipped. Raises InputError unless it is [B, S] with S above 512.
    """
    # The square root has no finite gradient at 0.
    magnitude_BFT = _power(audio_BS.clamp(-1, 1)).clamp(min=1e-18).sqrt()
    filters_MF = _slaney_filters(100, 12000.0, 24000, magnitude_BFT.device)
    return (filters_MF @ magnitude_BFT).clamp(min=QUIETEST).log()


def _power(audio_BS: Tensor) -> Tensor:
    """Power spectrum [B, F, T] of Hann windows, as a convolution with sines and cosines.

    The original computes the 24 kHz mel so; where there is next to no sound, a fast Fourier transform's rounding
    shows (8e-4 in the logarithm).
    """
    if audio_BS.ndim != 2 or audio_BS.shape[1] <= WINDOW // 2:
        raise InputError(
            f"expected sound [B, S] of more than {WINDOW // 2} samples; found shape {list(audio_BS.shape)}"
        )
    padded = F.pad(audio_BS[:, None], (WINDOW // 2, WINDOW // 2), mode="reflect")
    real_BFT, imaginary_BFT = F.conv1d(padded, _fourier_basis(audio_BS.device), stride=HOP).chunk(2, dim=1)
    return real_BFT.square() + imaginary_BFT.square()


@cache
def _fourier_basis(device: torch.device) -> Tensor:
    """Windowed cosines, then sines, of every frequency, float32 [2F, 1, WINDOW]."""
    phase_SF = 2 * np.pi / WINDOW * (np.arange(WINDOW)[:, None] * np.arange(WINDOW // 2 + 1) % WINDOW)
    window_S1 = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)[:, None]
    basis = np.concatenate([np.cos(phase_SF), -np.sin(phase_SF)], axis=1).astype(np.float32)
    return _constant((basis * window_S1.astype(np.float32)).T[:, None], device)


@cache
def _htk_filters(num_mels: int, highest_hz: float, sample_rate_hz: int, device: torch.device) -> Tensor:
    """Filters [M, F] evenly spaced on 2595 log10(1 + f / 700)."""
    mels = np.linspace(0, 2595 * np.log10(1 + highest_hz / 700), num_mels + 2)
    return _triangles(700 * (10 ** (mels / 2595) - 1), sample_rate_hz, device)


@cache
def _slaney_filters(num_mels: int, highest_hz: float, sample_rate_hz: int, device: torch.device) -> Tensor:
    """Filters [M, F] evenly spaced on Slaney's scale: linear to 1 kHz (15 mel), 27 mel for each factor of 6.4 above."""
    log_step = np.log(6.4) / 27
    mels = np.linspace(0, 15 + np.log(highest_hz / 1000) / log_step, num_mels + 2)
    edges_hz = np.where(mels < 15, mels * 200 / 3, 1000 * np.exp(log_step * (mels - 15)))
    return _triangles(edges_hz, sample_rate_hz, device)


def _triangles(edges_hz: np.ndarray, sample_rate_hz: int, device: torch.device) -> Tensor:
    """Triangles of equal area between every other edge, float32 [M, F]."""
    frequency_hz = np.linspace(0, sample_rate_hz / 2, WINDOW // 2 + 1)
    low, middle, high = edges_hz[:-2, None], edges_hz[1:-1, None], edges_hz[2:, None]
    rising, falling = (frequency_hz - low) / (middle - low), (high - frequency_hz) / (high - middle)
    filters_MF = np.maximum(0, np.minimum(rising, falling)) * 2 / (high - low)
    return _constant(filters_MF, device)


def _constant(values: np.ndarray, device: torch.device) -> Tensor:
    """Float32 on a device, fit for gradients even where the first to need it runs in inference mode."""
    with torch.inference_mode(False):
        return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32)).to(device)
