"""The mel front ends against the original's, on one sentence of speech."""

import subprocess
import sys

import pytest
import torch

from tests.reference import Case, load_case
from tpd.errors import InputError
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


def test_sound_beyond_full_scale_is_clipped_at_24000_as_in_the_original() -> None:
    torch.manual_seed(0)
    audio = 3 * torch.randn(1, 4096)
    assert torch.equal(mel_100_24000(audio), mel_100_24000(audio.clamp(-1, 1)))


def test_training_after_inference_in_one_process() -> None:
    """What is kept between calls was once made in inference mode, and gradients refused it."""
    script = (
        "import torch; from tpd.tortoise.mel import mel_80_22050, mel_100_24000\n"
        "with torch.inference_mode(): mel_100_24000(torch.zeros(1, 4096)), mel_80_22050(torch.zeros(1, 4096), None)\n"
        "audio = torch.ones(1, 4096, requires_grad=True)\n"
        "(mel_100_24000(audio).sum() + mel_80_22050(audio, None).sum()).backward()\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_sound_on_a_gpu_gives_a_mel_there(case: Case) -> None:
    assert mel_100_24000(case.io["wav_24000"].cuda()).is_cuda
    assert mel_80_22050(case.io["wav_22050"].cuda(), case.io["mel_norms"].cuda()).is_cuda


@pytest.mark.parametrize("shape", [(4096,), (1, 1, 4096), (1, 512)])
def test_sound_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    for mel in (mel_100_24000, lambda audio: mel_80_22050(audio, None)):
        with pytest.raises(InputError, match=r"expected sound \[B, S\] of more than 512 samples"):
            mel(torch.zeros(shape))
