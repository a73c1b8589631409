"""The mel front ends against the original's, on one sentence of speech."""

import pytest
import torch

from tests.reference import Case, load_case
from tpd.runtime.mel import normalise
from tpd.tortoise.mel import mel_80_22050, mel_100_24000


@pytest.fixture(scope="module")
def case() -> Case:
    return load_case("audio")


def test_mel_at_22050_equals_original(case: Case) -> None:
    found = mel_80_22050(case.io["wav_22050"], case.io["mel_norms"])
    torch.testing.assert_close(found, case.io["mel_80_22050"], atol=1e-4, rtol=0)


def test_mel_at_24000_equals_original(case: Case) -> None:
    found = mel_100_24000(case.io["wav_24000"])
    torch.testing.assert_close(found, case.io["mel_100_24000"], atol=1e-4, rtol=0)
    torch.testing.assert_close(normalise(found), case.io["mel_100_24000_normalized"], atol=1e-4, rtol=0)


def test_silence_has_finite_gradients() -> None:
    audio = torch.zeros(1, 4096, requires_grad=True)
    mel = mel_100_24000(audio)
    mel.sum().backward()
    assert mel.isfinite().all()
    assert audio.grad is not None
    assert audio.grad.isfinite().all()
