import math
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from neatfool.classifiers import ClassifierSettings, build, count_parameters
from neatfool.classifiers.onnx_file import count_values
from tests.model_files import write_onnx

SHAPES = st.lists(st.integers(0, 200), max_size=4).map(tuple)
FLOATING = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE, TensorProto.BFLOAT16)
WHOLE = (TensorProto.INT32, TensorProto.INT64, TensorProto.BOOL)


def _model(*tensors: TensorProto) -> bytes:
    node = helper.make_node("Identity", ["x"], ["y"])
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy"]
    graph = helper.make_graph([node], "graph", ends[:1], ends[1:], list(tensors))
    return bytes(helper.make_model(graph, producer_name="some").SerializeToString())


def _tensor(kind: int, shape: tuple[int, ...]) -> TensorProto:
    """A tensor whose values lie in another file, as those of large models do."""
    tensor = TensorProto(data_type=kind, dims=shape, name="weights of a layer")
    tensor.data_location = TensorProto.EXTERNAL
    return tensor


@given(st.lists(st.tuples(st.sampled_from(FLOATING + WHOLE), SHAPES), max_size=5))
def test_floating_point_initialisers_are_counted(
    tensors: list[tuple[int, tuple[int, ...]]],
) -> None:
    count = count_values(_model(*(_tensor(kind, shape) for kind, shape in tensors)))

    sizes = [math.prod(shape) for kind, shape in tensors if kind in FLOATING]
    assert count == (sum(size for size in sizes if size > 1) or None)


def test_values_in_the_file_are_passed_over() -> None:
    values = np.arange(24, dtype=np.float32)
    typed = helper.make_tensor("typed", TensorProto.FLOAT, (2, 3, 4), values)

    assert count_values(_model(typed, numpy_helper.from_array(values, "raw"))) == 48


@pytest.mark.parametrize(
    "content",
    [
        _model(),
        _model(_tensor(TensorProto.FLOAT, (3,)), _tensor(TensorProto.INT8, (64, 3))),
        b"",
        b"ORTM is no protobuf",
        _model(_tensor(TensorProto.FLOAT, (3,)))[:-3],
    ],
    ids=["no weights", "quantised", "empty", "another format", "truncated"],
)
def test_what_cannot_be_known_is_not_guessed(content: bytes) -> None:
    assert count_values(content) is None


def test_a_zero_point_makes_no_quantised_network() -> None:
    assert (
        count_values(_model(_tensor(TensorProto.FLOAT, (3,)), _tensor(TensorProto.INT8, ()))) == 3
    )


@pytest.mark.parametrize("canvas", [None, 16])
def test_the_parameters_of_a_classifier_are_those_of_its_file(
    tmp_path: Path, canvas: int | None
) -> None:
    path = write_onnx(tmp_path / "net.onnx")
    settings = ClassifierSettings(model=str(path), canvas=canvas)

    tensors = onnx.load(path).graph.initializer
    assert count_parameters(build(settings, torch.device("cpu"))) == sum(
        numpy_helper.to_array(tensor).size for tensor in tensors
    )
