"""CVVP by the official checkpoint's names (the reference holds no outputs of it) and by what a similarity must be."""

import pytest
import torch

from tests.reference import official_shapes
from tpd.errors import InputError
from tpd.tortoise.cvvp import Cvvp, CvvpConfig


def test_names_and_shapes_are_official() -> None:
    with torch.device("meta"):
        cvvp = Cvvp(CvvpConfig())
    found = {name: tuple(tensor.shape) for name, tensor in cvvp.state_dict().items()}
    assert found == official_shapes("cvvp.pth")


def test_similarity_is_a_cosine_times_a_temperature() -> None:
    torch.manual_seed(0)
    cvvp = Cvvp(CvvpConfig(channels=64, depth=1, num_heads=4, num_codes=20)).eval()
    with torch.inference_mode():
        mel, codes = torch.randn(3, 80, 40), torch.randint(20, (3, 11))
        found = cvvp(mel, codes)
        alone = cvvp(mel[1:2], codes[1:2])
        cvvp.temperature.fill_(0.0)
        cosine = cvvp(mel, codes)
    assert found.shape == (3,)
    torch.testing.assert_close(found[1:2], alone, atol=1e-5, rtol=0)
    assert (cosine.abs() <= 1 + 1e-6).all()
    torch.testing.assert_close(found, cosine * torch.tensor(1.0).exp(), atol=1e-5, rtol=0)


@pytest.mark.parametrize(("field", "value"), [("num_heads", 0), ("depth", 0), ("channels", 100)])
def test_sizes_that_cannot_be_are_refused(field: str, value: int) -> None:
    with pytest.raises(InputError, match=field):
        CvvpConfig(**{field: value})
