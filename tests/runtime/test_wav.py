"""Sound as WAV files, read back by the standard library."""

import io
import wave

import numpy as np
import pytest

from tpd.errors import TpdError
from tpd.runtime.wav import wav_bytes


def samples_of(content: bytes, sample_rate_hz: int) -> np.ndarray:
    """The int16 samples of a mono file at this rate."""
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, sample_rate_hz)
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


def test_samples_come_back_to_half_a_step() -> None:
    audio = np.random.default_rng(0).uniform(-1, 1, 5000).astype(np.float32)
    found = samples_of(wav_bytes(audio, 24000), 24000)
    assert len(found) == len(audio)
    np.testing.assert_allclose(found / 32767, audio, atol=0.501 / 32767)


def test_loud_samples_are_clipped_and_do_not_wrap_around() -> None:
    audio = np.array([1.0, -1.0, 1.00001, -3.0, 1e30, 0.0], dtype=np.float32)
    assert samples_of(wav_bytes(audio, 16000), 16000).tolist() == [32767, -32767, 32767, -32767, 32767, 0]


def test_no_sound_is_an_empty_file() -> None:
    assert len(samples_of(wav_bytes(np.zeros(0, dtype=np.float32), 24000), 24000)) == 0


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_sound_that_is_not_finite_is_refused(broken: float) -> None:
    with pytest.raises(TpdError, match="not finite"):
        wav_bytes(np.array([0.0, broken], dtype=np.float32), 24000)
