import hashlib
import math
import os
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from neatfool.classifiers import ClassifierSettings, build, count_parameters
from neatfool.classifiers.onnx.graph import count_values, read_graph
from neatfool.errors import ClassifierError
from tests.model_files import write_onnx
from tests.onnx_files import FLOAT, node, value, write_net

SHAPES = st.lists(st.integers(0, 200), max_size=4).map(tuple)
FLOATING = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE, TensorProto.BFLOAT16)
WHOLE = (TensorProto.INT32, TensorProto.INT64, TensorProto.BOOL)


def _graph(*tensors: TensorProto) -> onnx.GraphProto:
    ends = [value(name, [1]) for name in "xy"]
    return helper.make_graph([node("Identity", ["x"], ["y"])], "graph", ends[:1], ends[1:], tensors)


def _tensor(kind: int, shape: tuple[int, ...]) -> TensorProto:
    """A tensor whose values lie in another file, as those of large models do."""
    tensor = TensorProto(data_type=kind, dims=shape, name="weights of a layer")
    tensor.data_location = TensorProto.EXTERNAL
    return tensor


@given(st.lists(st.tuples(st.sampled_from(FLOATING + WHOLE), SHAPES), max_size=5))
def test_floating_point_initialisers_are_counted(
    tensors: list[tuple[int, tuple[int, ...]]],
) -> None:
    count = count_values(_graph(*(_tensor(kind, shape) for kind, shape in tensors)))

    sizes = [math.prod(shape) for kind, shape in tensors if kind in FLOATING]
    assert count == (sum(size for size in sizes if size > 1) or None)


def test_values_in_the_file_are_passed_over() -> None:
    values = np.arange(24, dtype=np.float32)
    typed = helper.make_tensor("typed", TensorProto.FLOAT, (2, 3, 4), values)

    assert count_values(_graph(typed, numpy_helper.from_array(values, "raw"))) == 48


@pytest.mark.parametrize(
    "tensors",
    [(), (_tensor(TensorProto.FLOAT, (3,)), _tensor(TensorProto.INT8, (64, 3)))],
    ids=["no weights", "quantised"],
)
def test_what_cannot_be_known_is_not_guessed(tensors: tuple[TensorProto, ...]) -> None:
    assert count_values(_graph(*tensors)) is None


def test_a_zero_point_makes_no_quantised_network() -> None:
    assert (
        count_values(_graph(_tensor(TensorProto.FLOAT, (3,)), _tensor(TensorProto.INT8, ()))) == 3
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


def test_outputs_know_what_they_are_computed_from(tmp_path: Path) -> None:
    nodes = [
        node("Neg", ["sum"], ["features"]),
        node("Exp", ["features"], ["inner"]),
        node("Add", ["inner", "sum"], ["logits"]),
        node("Abs", ["sum"], ["other"]),
    ]
    outputs = [value(name) for name in ("features", "logits", "other")]
    path = write_net(tmp_path / "net.onnx", ("N", 3, 8, 8), 192, nodes=nodes, outputs=outputs)

    assert read_graph(path).sources == {"features": set(), "logits": {"features"}, "other": set()}


def _elsewhere(name: str, location: str, **facts: int) -> TensorProto:
    """A tensor (2,) whose values lie in a file."""
    tensor = TensorProto(data_type=FLOAT, dims=[2], name=name, data_location=TensorProto.EXTERNAL)
    for key, said in {"location": location, **facts}.items():
        tensor.external_data.add(key=key, value=str(said))
    return tensor


def _save(path: Path, place: str, tensor: TensorProto) -> Path:
    """Write a model with a tensor at some place."""
    inner = helper.make_graph([], "inner", [], [], [tensor])
    nodes = {
        "attribute": [node("Constant", [], ["c"], value=tensor)],
        "attributes": [node("Some", ["x"], ["y"], domain="some", tensors=[tensor])],
        "branch": [node("If", ["x"], ["y"], then_branch=inner, else_branch=inner)],
        "inner attribute": [
            node(
                "If",
                ["x"],
                ["y"],
                then_branch=helper.make_graph(
                    [node("Constant", [], ["c"], value=tensor)], "inner", [], []
                ),
            )
        ],
    }
    graph = helper.make_graph(nodes.get(place, []), "graph", [], [])
    sparse = onnx.SparseTensorProto(values=tensor, dims=[9])
    if place == "initialiser":
        graph.initializer.append(tensor)
    elif place == "sparse":
        graph.sparse_initializer.append(sparse)
    elif place == "sparse attribute":
        graph.node.append(node("Constant", [], ["c"], sparse_value=sparse))
    model = helper.make_model(graph)
    if place == "function":
        body = [node("Constant", [], ["c"], value=tensor)]
        opsets = [helper.make_opsetid("", 17)]
        model.functions.append(helper.make_function("some", "f", [], ["c"], body, opsets))
    path.write_bytes(model.SerializeToString())
    return path


PLACES = (
    "initialiser",
    "sparse",
    "attribute",
    "attributes",
    "sparse attribute",
    "branch",
    "inner attribute",
    "function",
)


@pytest.mark.parametrize("location", ["ext.onnx_data", "weights/0.bin", "net.onnx.data"])
@pytest.mark.parametrize("place", PLACES)
def test_files_of_weights_belong_to_the_digest(place: str, location: str, tmp_path: Path) -> None:
    data = tmp_path / location
    data.parent.mkdir(exist_ok=True)
    data.write_bytes(bytes(8))
    path = _save(tmp_path / "net.onnx", place, _elsewhere("w", location))
    before = read_graph(path).sha256

    data.write_bytes(bytes(7) + b"1")

    assert read_graph(path).sha256 != before


def test_weights_that_move_between_files_change_the_digest(tmp_path: Path) -> None:
    path = _save(tmp_path / "net.onnx", "initialiser", _elsewhere("w", "a"))
    model = onnx.load(path, load_external_data=False)
    model.graph.initializer.append(_elsewhere("v", "b"))
    path.write_bytes(model.SerializeToString())
    digests = set()
    for first, second in (("abcdefghi", "jklmnopq"), ("abcdefgh", "ijklmnopq")):
        (tmp_path / "a").write_text(first)
        (tmp_path / "b").write_text(second)
        digests.add(read_graph(path).sha256)

    assert len(digests) == 2


def test_a_file_without_others_has_its_own_digest(tmp_path: Path) -> None:
    path = write_onnx(tmp_path / "net.onnx")
    (tmp_path / "net.onnx.data").write_bytes(b"of another network")

    assert read_graph(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


REFUSED: dict[str, tuple[str, str]] = {
    "missing": ("none.bin", "in 'none.bin' beside it, got no such file; fetch that file as well"),
    "above": ("../out.bin", "files of its own folder, got '../out.bin'"),
    "above and back": ("inner/../../out.bin", "files of its own folder"),
    "absolute": ("/etc/hostname", "files of its own folder, got '/etc/hostname'"),
    "a link": ("link.bin", "plain file 'link.bin', got a link or a folder"),
    "a link to a folder": ("linked/out.bin", "got a link or a folder"),
    "a folder": ("inner", "got a link or a folder"),
    "a pipe": ("pipe", "got a link or a folder"),
    "nothing": ("", "got a link or a folder"),
    "a zero": ("a\0b", "files of its own folder"),
    "memory": ("*/_ORT_MEM_ADDR_/*", "got no such file"),
    "too short": ("short.bin", "expected 8 bytes of weights in 'short.bin', got 7"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_other_files_are_refused_in_words(case: str, tmp_path: Path) -> None:
    location, message = REFUSED[case]
    folder = tmp_path / "net"
    (folder / "inner").mkdir(parents=True)
    (tmp_path / "out.bin").write_bytes(bytes(8))
    (folder / "short.bin").write_bytes(bytes(7))
    (folder / "link.bin").symlink_to("short.bin")
    (folder / "linked").symlink_to("..")
    os.mkfifo(folder / "pipe")
    tensor = _elsewhere("w", location, offset=2, length=6)
    path = _save(folder / "net.onnx", "initialiser", tensor)

    with pytest.raises(ClassifierError) as caught:
        read_graph(path)

    assert message in str(caught.value)


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "w").write_bytes(bytes(8))
    _save(tmp_path / "real" / "net.onnx", "initialiser", _elsewhere("w", "w"))
    (tmp_path / "linked").symlink_to("real")

    assert read_graph(tmp_path / "linked" / "net.onnx") == read_graph(
        tmp_path / "real" / "net.onnx"
    )
