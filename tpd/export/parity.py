"""Does a graph compute what PyTorch computes? Asked of every graph before it is kept."""

import numpy as np
import torch

from tpd.errors import BundleError
from tpd.export.onnx_file import Graph
from tpd.runtime.onnx_backend import OnnxGraph

TOLERANCE = 1e-4
"""Largest difference allowed, for outputs of order 1; it grows with outputs that are larger."""


def check_parity(name: str, graph: Graph, content: bytes, *examples: tuple[torch.Tensor, ...]) -> float:
    """Largest difference of any output, relative to 1 or to the output's own largest value, over all examples.

    Raises BundleError where it is above TOLERANCE or not finite.
    """
    session = OnnxGraph(content, name, num_threads=1)
    worst = 0.0
    for example in (graph.example(), *examples):
        with torch.inference_mode():
            expected = graph(*example)
        found = session(**{key: tensor.numpy() for key, tensor in zip(graph.inputs, example, strict=True)})
        outputs = expected if isinstance(expected, tuple) else (expected,)
        for output, array in zip(outputs, found, strict=True):
            size = max(1.0, float(output.abs().max()))
            difference = float(np.abs(array - output.numpy()).max()) / size
            if not difference <= TOLERANCE:
                raise BundleError(
                    f"{name} does not compute what PyTorch computes: largest difference {difference:.2g}, "
                    f"expected at most {TOLERANCE:g}; nothing of it was kept"
                )
            worst = max(worst, difference)
    return worst
