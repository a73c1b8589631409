"""Graphs run by ONNX Runtime: the only file that imports it."""

import os
from typing import TYPE_CHECKING

import numpy as np

from tpd.errors import BundleError, DependencyError

if TYPE_CHECKING:
    pass

INSTALL = "install one: pip install 'tpd[cpu]' (any machine) or pip install 'tpd[gpu]' (NVIDIA)"


class OnnxGraph:
    """One graph, ready to run; inputs and outputs by name."""

    def __init__(self, content: bytes, name: str, num_threads: int) -> None:
        """Raises DependencyError without ONNX Runtime, BundleError for a graph it cannot load."""
        try:
            import onnxruntime
        except ImportError as error:
            raise DependencyError(f"ONNX Runtime is not installed; {INSTALL}") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = num_threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session: onnxruntime.InferenceSession = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime raises bare classes of its own
            raise BundleError(f"ONNX Runtime {onnxruntime.__version__} cannot load {name}: {error}") from error

    def __call__(self, **inputs: np.ndarray) -> list[np.ndarray]:
        """Run the graph once; every output in the graph's order."""
        return self._session.run(None, inputs)  # type: ignore[no-any-return]


def default_num_threads() -> int:
    """Cores this process may use, at most 8: more do not help graphs of this size."""
    return min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
