"""The range of a mel and its length."""

import numpy as np
import pytest

from tpd.runtime.mel import HOP, MEL_MAX, MEL_MIN, SAMPLE_RATE_HZ, denormalise, normalise, num_mel_frames


def test_range_is_mapped_to_minus_one_and_one() -> None:
    assert (normalise(MEL_MIN), normalise(MEL_MAX)) == (-1.0, 1.0)
    mel = np.linspace(-13, 4, 50)
    np.testing.assert_allclose(denormalise(normalise(mel)), mel, atol=1e-12)


@pytest.mark.parametrize(("num_codes", "num_frames"), [(0, 0), (1, 4), (12, 52), (37, 161), (604, 2629)])
def test_frames_last_as_long_as_the_codes(num_codes: int, num_frames: int) -> None:
    assert num_mel_frames(num_codes) == num_frames
    # A code is 1024 samples at 22.05 kHz; less than a frame is cut off.
    seconds = num_codes * 1024 / 22050
    assert 0 <= seconds - num_frames * HOP / SAMPLE_RATE_HZ < HOP / SAMPLE_RATE_HZ + 1e-9
