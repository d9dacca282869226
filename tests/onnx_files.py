"""Small ONNX files of every exporter's kind: numbers of an image times a matrix."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

CLASSES = 5
FLOAT = TensorProto.FLOAT
WHOLE = (TensorProto.UINT8, TensorProto.INT8, TensorProto.INT32, TensorProto.INT64)
Shape = Sequence[int | str | None]
node = helper.make_node


def value(name: str, shape: Shape | None = None, kind: int = FLOAT) -> ValueInfoProto:
    """Declare an input or an output."""
    return helper.make_tensor_value_info(name, kind, shape)


def constant(name: str, numbers: Any, kind: Any = np.float32) -> TensorProto:
    return numpy_helper.from_array(np.asarray(numbers, dtype=kind), name)


def write_net(
    path: Path,
    shape: Shape | None,
    numbers: int,
    kind: int = FLOAT,
    nodes: Iterable[NodeProto] = (node("Identity", ["sum"], ["scores"]),),
    outputs: Iterable[ValueInfoProto] = (value("scores"),),
    **more: Any,
) -> Path:
    """Write a network with the input ``x``, whose ``numbers`` per image become ``sum`` (N, 5).

    Args:
        path: Where.
        shape: Of the input.
        numbers: How many an image has.
        kind: Of the input.
        nodes: What follows.
        outputs: Of the network.
        more: ``rows``, how many images the graph takes whatever it declares; ``inputs`` and
            ``tensors`` beside those; ``metadata``; ``opset`` and ``ir``.
    """
    weight = np.random.default_rng(numbers).normal(0, 4 / numbers**0.5, (numbers, CLASSES))
    graph = helper.make_graph(
        [
            node("Cast", ["x"], ["cast"], to=FLOAT),
            node("Reshape", ["cast", "row"], ["flat"]),
            node("MatMul", ["flat", "weight"], ["sum"]),
            *nodes,
        ],
        "net",
        [value("x", shape, kind), *more.get("inputs", ())],
        list(outputs),
        [
            constant("row", (more.get("rows", -1), numbers), np.int64),
            constant("weight", weight / (255 if kind in WHOLE else 1)),
            *more.get("tensors", ()),
        ],
    )
    opsets = [helper.make_opsetid("", more.get("opset", 17)), helper.make_opsetid("ai.onnx.ml", 2)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=more.get("ir", 8))
    metadata: Mapping[str, str] = more.get("metadata", {})
    helper.set_model_props(model, dict(metadata))
    onnx.save(model, path)
    return path
