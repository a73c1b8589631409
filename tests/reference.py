"""The reference cases: weights, inputs and outputs that the original TorToiSe produced."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

REFERENCE_DIR = Path(__file__).parent / "reference"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One network of the original: how it was built, its state, what went in and came out."""

    config: dict[str, Any]
    """Constructor arguments of the original network."""
    weights: dict[str, torch.Tensor]
    """State of the network under the official tensor names."""
    io: dict[str, torch.Tensor]
    """Inputs and outputs by name."""


def load_case(name: str) -> Case:
    """Read `tests/reference/<name>.safetensors`."""
    weights: dict[str, torch.Tensor] = {}
    io: dict[str, torch.Tensor] = {}
    with safe_open(REFERENCE_DIR / f"{name}.safetensors", framework="pt") as file:
        config = json.loads((file.metadata() or {}).get("config", "{}"))
        for key in file.keys():  # noqa: SIM118 (safe_open is not a mapping)
            group, _, rest = key.partition("/")
            if group == "weights":
                weights[rest] = file.get_tensor(key)
            else:
                io[rest if group == "io" else key] = file.get_tensor(key)
    return Case(config=config, weights=weights, io=io)


def official_shapes(checkpoint: str) -> dict[str, tuple[int, ...]]:
    """Names and shapes of every tensor of an official checkpoint file, at full size."""
    files = json.loads((REFERENCE_DIR / "checkpoint_tensors.json").read_text())
    return {name: tuple(shape) for name, shape in files[checkpoint]["tensors"].items()}
