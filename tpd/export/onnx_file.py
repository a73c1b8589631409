"""From a PyTorch module to one self-contained ONNX file that says nothing of the machine it was made on."""

import tempfile
import warnings
from pathlib import Path
from typing import ClassVar

import numpy as np
import onnx
import torch
from onnx import TensorProto, numpy_helper
from torch import Tensor, nn

from tpd.errors import BundleError

OPSET = 20
"""ONNX Runtime is fastest with this one: group norm stays instance norm, attention stays matrix products."""
SMALL = 256
"""Initialisers of fewer elements keep their precision."""


class Graph(nn.Module):
    """A module that can be exported: it names its inputs and outputs and knows what to be traced with."""

    inputs: ClassVar[tuple[str, ...]]
    """Names of forward's arguments in the graph."""
    outputs: ClassVar[tuple[str, ...]]
    """Names of what it returns."""
    dynamic: ClassVar[tuple[dict[int, str], ...]]
    """For each input, the axes whose length varies, by name."""

    def example(self) -> tuple[Tensor, ...]:
        """Inputs to trace with."""
        raise NotImplementedError


def to_onnx(graph: Graph) -> onnx.ModelProto:
    """Export a graph in float32, without stack traces and paths, and check it."""
    dims: dict[str, torch.export.Dim] = {}
    shapes = tuple(
        {axis: dims.setdefault(name, torch.export.Dim(name, max=1 << 20)) for axis, name in axes.items()}
        for axes in graph.dynamic
    )
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            graph.eval(),
            graph.example(),
            input_names=list(graph.inputs),
            output_names=list(graph.outputs),
            dynamic_shapes=shapes,
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "graph.onnx"
        program.save(path)
        model = onnx.load(path)
    _forget_origin(model)
    onnx.checker.check_model(model, full_check=True)
    return model


def round_weights(graph: nn.Module) -> None:
    """Round every large weight of a module to half precision, in place: what `halve_initialisers` stores is then
    exact.
    """
    for tensor in graph.state_dict().values():
        if tensor.is_floating_point() and tensor.numel() >= SMALL:
            tensor.copy_(tensor.half().float())


def halve_initialisers(model: onnx.ModelProto) -> onnx.ModelProto:
    """Store large float32 initialisers in half precision, cast back when the graph is loaded.

    Raises BundleError where a weight is too large for half precision.
    """
    halved = onnx.ModelProto()
    halved.CopyFrom(model)
    casts = []
    for tensor in halved.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or int(np.prod(tensor.dims)) < SMALL:
            continue
        values = numpy_helper.to_array(tensor)
        half = values.astype(np.float16)
        if not np.isfinite(half).all():
            largest = np.abs(values).max()
            raise BundleError(
                f"weight {tensor.name} has {largest:g}: expected at most 65504, what half precision holds"
            )
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(half, f"{name}.half"))
        casts.append(onnx.helper.make_node("Cast", [f"{name}.half"], [name], f"{name}.cast", to=TensorProto.FLOAT))
    nodes = [*casts, *halved.graph.node]
    del halved.graph.node[:]
    halved.graph.node.extend(nodes)
    kept = [value for value in halved.graph.value_info if value.name not in {node.output[0] for node in casts}]
    del halved.graph.value_info[:]
    halved.graph.value_info.extend(kept)
    onnx.checker.check_model(halved)
    return halved


def _forget_origin(model: onnx.ModelProto) -> None:
    """Drop stack traces, file paths and what else the exporter notes about where a node came from."""
    for item in (*model.graph.node, *model.graph.initializer, *model.graph.input, *model.graph.output):
        del item.metadata_props[:]
        item.doc_string = ""
    for value in model.graph.value_info:
        del value.metadata_props[:]
    for function in model.functions:
        for node in function.node:
            del node.metadata_props[:]
            node.doc_string = ""
    del model.metadata_props[:]
    del model.graph.metadata_props[:]
    model.doc_string = ""
    model.graph.doc_string = ""
