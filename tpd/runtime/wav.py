"""Sound as a WAV file: 16-bit, mono."""

import io
import wave

import numpy as np

from tpd.errors import TpdError


def wav_bytes(audio_S: np.ndarray, sample_rate_hz: int) -> bytes:
    """A whole WAV file of samples in [-1, 1]; louder ones are clipped, ones that are not finite refused."""
    if not np.isfinite(audio_S).all():
        raise TpdError("the engine made sound that is not finite; export it again")
    samples = np.round(np.clip(audio_S, -1, 1) * 32767).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate_hz)
        file.writeframes(samples.tobytes())
    return buffer.getvalue()
