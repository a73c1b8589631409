"""Networks on disk: safetensors whose metadata says which network it is and how it was built."""

import dataclasses
import json
from pathlib import Path
from typing import Any, Protocol, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from tpd.errors import BundleError
from tpd.files import write_atomically
from tpd.tortoise.autoregressive import Autoregressive, AutoregressiveConfig
from tpd.tortoise.diffusion_decoder import DiffusionDecoder, DiffusionDecoderConfig
from tpd.tortoise.vocoder import Vocoder, VocoderConfig


class _Network(Protocol):
    config: Any

    def state_dict(self) -> dict[str, Tensor]: ...


Network = TypeVar("Network", Autoregressive, DiffusionDecoder, Vocoder)

_CONFIGS: dict[type[nn.Module], type[Any]] = {
    Autoregressive: AutoregressiveConfig,
    DiffusionDecoder: DiffusionDecoderConfig,
    Vocoder: VocoderConfig,
}


def save_network(path: Path, network: _Network, *, half: bool = False, extra: dict[str, str] | None = None) -> None:
    """Write a network, in half precision if asked; `extra` strings join the metadata."""
    tensors = {
        name: (tensor.half() if half and tensor.is_floating_point() else tensor).contiguous()
        for name, tensor in network.state_dict().items()
    }
    metadata = {
        "network": type(network).__name__,
        "config": json.dumps(dataclasses.asdict(network.config)),
        **(extra or {}),
    }
    write_atomically(path, save(tensors, metadata=metadata))


def read_metadata(path: Path) -> dict[str, str]:
    """The metadata of a safetensors file; BundleError where there is no such file."""
    if not path.is_file():
        raise BundleError(f"no weights at {path}: expected a .safetensors file")
    try:
        with safe_open(path, framework="pt") as file:
            return file.metadata() or {}
    except SafetensorError as error:
        raise BundleError(f"{path} is not a readable safetensors file: {error}") from error


def load_network(path: Path, kind: type[Network]) -> Network:
    """Read a network of a kind, in float32 and evaluation mode, its gradients off.

    Raises BundleError where the file is missing, is of another kind, or its tensors do not fit its config.
    """
    metadata = read_metadata(path)
    found_kind = metadata.get("network", "no network of this project")
    if found_kind != kind.__name__:
        raise BundleError(f"{path} holds {found_kind}; expected {kind.__name__}")
    config = _CONFIGS[kind](**json.loads(metadata["config"]))
    with torch.device("meta"):
        network = kind(config)
    expected = network.state_dict()
    with safe_open(path, framework="pt") as file:
        found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
    problems = [f"{name} is missing" for name in expected if name not in found]
    problems += [f"{name} is not part of it" for name in found if name not in expected]
    problems += [
        f"{name} is {tuple(found[name].shape)}, expected {tuple(tensor.shape)}"
        for name, tensor in expected.items()
        if name in found and found[name].shape != tensor.shape
    ]
    if problems:
        raise BundleError(f"{path} does not fit its own config: {'; '.join(problems[:5])}")
    state = {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in found.items()}
    network.load_state_dict(state, assign=True)
    return network.eval().requires_grad_(False)
