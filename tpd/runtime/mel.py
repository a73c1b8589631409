"""The mel spectrogram the decoder makes: 100 bands at 24 kHz, normalised to [-1, 1]."""

from typing import Any

SAMPLE_RATE_HZ = 24000
HOP = 256
"""Samples a frame."""
NUM_MELS = 100
"""Bands."""
VOCODER_PADDING_FRAMES = 10
"""Frames of silence the vocoder puts after a mel and cuts off the sound, so that the end is as good as the middle."""
MEL_MIN = -11.512925148010254
"""Natural logarithm of the quietest magnitude (1e-5); -1 when normalised."""
MEL_MAX = 2.3143386840820312
"""The loudest; 1 when normalised."""


def normalise(mel: Any) -> Any:
    """Natural logarithms to [-1, 1]; arrays of either kind."""
    return 2 * (mel - MEL_MIN) / (MEL_MAX - MEL_MIN) - 1


def denormalise(mel: Any) -> Any:
    """[-1, 1] to natural logarithms."""
    return (mel + 1) / 2 * (MEL_MAX - MEL_MIN) + MEL_MIN


def num_mel_frames(num_codes: int) -> int:
    """Mel frames of so many speech codes: a code is 1024 samples at 22.05 kHz."""
    return num_codes * 4 * SAMPLE_RATE_HZ // 22050
