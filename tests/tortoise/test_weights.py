"""Networks on disk: what was saved is what is loaded, and what does not fit is named."""

from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from tests.tiny import tiny_teacher
from tpd.errors import BundleError
from tpd.tortoise.diffusion_decoder import DiffusionDecoder
from tpd.tortoise.vocoder import Vocoder
from tpd.tortoise.weights import load_network, save_network


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save_network(tmp_path / "vocoder.safetensors", tiny_teacher().vocoder)
    return tmp_path / "vocoder.safetensors"


def rewrite(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    """Replace the tensors of a file and keep what it says of itself."""
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    save_file(tensors, path, metadata=metadata)


def test_a_network_comes_back_as_it_was(path: Path) -> None:
    expected, found = tiny_teacher().vocoder, load_network(path, Vocoder)
    assert found.config == expected.config
    assert not found.training
    for name, tensor in expected.state_dict().items():
        assert torch.equal(tensor, found.state_dict()[name]), name


def test_half_precision_is_rounded_once(tmp_path: Path) -> None:
    vocoder = tiny_teacher().vocoder
    save_network(tmp_path / "once.safetensors", vocoder, half=True)
    once = load_network(tmp_path / "once.safetensors", Vocoder)
    save_network(tmp_path / "twice.safetensors", once, half=True)
    twice = load_network(tmp_path / "twice.safetensors", Vocoder)
    for name, tensor in once.state_dict().items():
        assert tensor.dtype == torch.float32
        assert torch.equal(tensor, twice.state_dict()[name])


def test_another_network_is_refused(path: Path) -> None:
    with pytest.raises(BundleError, match="holds Vocoder; expected DiffusionDecoder"):
        load_network(path, DiffusionDecoder)


def test_missing_extra_and_misshapen_tensors_are_named(path: Path) -> None:
    tensors = load_file(path)
    kept = tensors.pop("conv_pre.bias")
    tensors["stranger"] = kept
    tensors["conv_post.1.bias"] = torch.zeros(7)
    rewrite(path, tensors)
    with pytest.raises(BundleError) as caught:
        load_network(path, Vocoder)
    for part in ("conv_pre.bias is missing", "stranger is not part", "conv_post.1.bias is (7,), expected (1,)"):
        assert part in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"not safetensors", b"\xff" * 64])
def test_a_file_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "vocoder.safetensors"
    path.write_bytes(content)
    with pytest.raises(BundleError, match="not a readable safetensors file"):
        load_network(path, Vocoder)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no weights at"):
        load_network(tmp_path / "nothing.safetensors", Vocoder)
