"""What all forms have in common, and what each makes of every function."""

import json
import math
import re

import networkx
import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neatfool.encodings.interchange import (
    from_json,
    from_networkx,
    to_json,
    to_networkx,
    to_onnx,
    to_python,
)
from neatfool.errors import ConfigError, DataError, ShapeError
from neatfool.networks import ACTIVATIONS, Graphs, activation_codes, compile_graphs, execute
from neatfool.networks.aggregations import AGGREGATIONS
from neatfool.networks.reference import evaluate
from neatfool.version import installing
from tests.strategies import assert_same_arrays, graphs, join, of_neat_python, points

SMOOTH = tuple(
    activation_codes(["sine", "sigmoid", "gaussian", "linear", "tanh", "hat", "neat_tanh", "elu"])
)
ANY = st.one_of(graphs(max_graphs=1), of_neat_python(max_graphs=1))
TAME = st.one_of(
    graphs(max_graphs=1, codes=SMOOTH, reaches=(1.0,)),
    of_neat_python(max_graphs=1, codes=SMOOTH),
)


def chain(activation: int = 1, aggregation: int = 0) -> Graphs:
    """Make x and y go into one hidden node, and that into the output; another output is lone."""
    part = {
        "node_ids": [0, 1, 2, 3, 9],
        "activations": [0, 0, activation, 0, activation],
        "biases": [0, 0, 0.25, -1, 0.5],
        "sources": [0, 1, 4, 0],
        "targets": [4, 4, 2, 2],
        "weights": [2, -3, 0.5, 7],
        "enabled": [True, True, True, False],
        "innovations": [0, 1, 5, 8],
    }
    codes = np.array([0, 0, aggregation, aggregation, aggregation], np.int16)
    made = join([part], 2, 2)
    return made.changed(aggregations=codes) if aggregation else made


def run_python(text: str, inputs: np.ndarray, name: str = "network") -> np.ndarray:
    """Run the function of a module on columns, to ``(O, X)``."""
    module: dict = {}
    exec(compile(text, "network.py", "exec"), module)
    return np.array([module[name](*column) for column in inputs.T.tolist()]).T


def run_onnx(model: onnx.ModelProto, inputs: np.ndarray) -> np.ndarray:
    """Run a model on columns, to ``(O, X)``."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    return session.run(["outputs"], {"inputs": inputs.T.astype(np.float32)})[0].T


@given(ANY)
def test_json_and_networkx_go_there_and_back_without_loss(one) -> None:
    # What is neutral throughout is left out.
    assert_same_arrays(from_json(to_json(one)), from_networkx(to_networkx(one)))
    back = from_json(to_json(one))
    for name, array in back.arrays().items():
        assert array.dtype == one.arrays()[name].dtype
        assert np.array_equal(array, one.arrays()[name])
    assert to_json(back) == to_json(one)


@settings(max_examples=40)
@given(data=st.data())
def test_python_source_computes_what_the_reference_computes(data) -> None:
    one = data.draw(TAME)
    inputs = data.draw(points(one.inputs)).clamp(-3, 3).numpy()

    found = run_python(to_python(one), inputs)

    np.testing.assert_allclose(found, evaluate(one, inputs)[0], rtol=1e-9, atol=1e-9)


@settings(max_examples=25)
@given(data=st.data())
def test_onnx_models_compute_what_the_torch_executor_computes(data) -> None:
    one = data.draw(TAME)
    inputs = data.draw(points(one.inputs)).clamp(-2, 2).float()
    expected = execute(compile_graphs(one), inputs.double())[0].numpy()
    single = execute(compile_graphs(one), inputs, "torch")[0].numpy()

    found = run_onnx(to_onnx(one), inputs.numpy())

    # As near as torch is in single precision, or nearer than 1e-4.
    assert np.abs(found - expected).max() <= max(1e-4, 30 * np.abs(single - expected).max())


@pytest.mark.parametrize("code", range(len(ACTIVATIONS)), ids=lambda code: ACTIVATIONS[code].name)
def test_every_activation_is_written_down(code) -> None:
    inputs = np.array([[-40.0, -1.5, -0.2, 0, 0.3, 1.25, 50], [0.5, 0, 1, 0, 0.1, -2, 3]])
    expected = evaluate(chain(code), inputs)[0]

    np.testing.assert_allclose(run_python(to_python(chain(code)), inputs), expected, rtol=1e-12)
    found = run_onnx(to_onnx(chain(code)), inputs)
    np.testing.assert_allclose(found, expected, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("code", range(len(AGGREGATIONS)), ids=lambda code: AGGREGATIONS[code].name)
def test_every_aggregation_is_written_down(code) -> None:
    inputs = np.array([[-4.0, 1.5, 3], [0.5, 0, 2]])
    one = chain(1, code)
    expected = evaluate(one, inputs)[0]

    np.testing.assert_allclose(run_python(to_python(one), inputs), expected, rtol=1e-12)
    np.testing.assert_allclose(run_onnx(to_onnx(one), inputs), expected, rtol=1e-5, atol=1e-5)


def test_json_says_no_more_than_it_must() -> None:
    tree = json.loads(to_json(chain()))

    assert tree["format"] == "neatfool network"
    assert (tree["version"], tree["precision"]) == (1, "float32")
    assert (tree["inputs"], tree["outputs"]) == (2, 2)
    assert tree["nodes"][2] == {"id": 9, "activation": "sine", "bias": 0.5}
    assert tree["edges"][3] == {
        "innovation": 8, "source": 0, "target": 2, "weight": 7.0, "enabled": False,
    }  # fmt: skip


def changed(**entries) -> str:
    return json.dumps(json.loads(to_json(chain())) | entries)


NODE = {"id": 2, "activation": "sine"}
OUTPUTS = [NODE, {"id": 3, "activation": "sine"}]
EDGE = {"innovation": 0, "source": 0, "target": 2, "weight": 1.0}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "of version 1: Invalid JSON"),
        ("{", "Invalid JSON"),
        ("[1]", "of version 1: expected keys"),
        ("{}", "format: expected a value, got none"),
        (changed(version=2), r"version: expected 1, got 2"),
        (changed(format="gif"), "format"),
        (changed(colour=1), "colour: expected no such key"),
        (changed(inputs=0), "inputs: .*expected a number of at least 1"),
        (changed(inputs=1 << 40), "inputs"),
        (changed(nodes=[NODE]), "expected nodes 2 to 3, the outputs"),
        (changed(nodes=[*OUTPUTS, {"id": 0, "activation": "sine"}]), "expected nodes 2 to 3"),
        (changed(nodes=[*OUTPUTS, *[{"id": 9, "activation": "sine"}] * 2]), "a different id"),
        (changed(nodes=[*OUTPUTS, {"id": -1, "activation": "sine"}]), "nodes.2.id"),
        (changed(nodes=[*OUTPUTS, {"id": 9, "activation": "swish"}]), "'swish'"),
        (changed(nodes=[*OUTPUTS, {"id": 9, "activation": "sine", "aggregation": "x"}]), "'x'"),
        (changed(nodes=[*OUTPUTS, {"id": 9, "activation": "sine", "bias": 1e39}]), "float32"),
        (changed(edges=[{**EDGE, "target": 0}]), "edge 0 to lead .* no input"),
        (changed(edges=[{**EDGE, "source": 77}]), "edge 0 to lead"),
        (changed(edges=[EDGE, EDGE]), "a different innovation number"),
        (changed(edges=[{**EDGE, "weight": math.nan}]), "weight"),
        (changed(edges=[{**EDGE, "weight": "1x"}]), "weight"),
        (changed(edges=[{**EDGE, "innovation": 1 << 70}]), "innovation"),
    ],
)
def test_json_that_is_no_network_is_refused(text, message) -> None:
    with pytest.raises(DataError, match=message):
        from_json(text)


def test_a_network_with_a_cycle_is_written_and_read_but_never_a_function() -> None:
    looped = from_json(changed(edges=[EDGE, {**EDGE, "innovation": 1, "source": 2, "target": 2}]))

    assert_same_arrays(from_json(to_json(looped)), looped)
    assert_same_arrays(from_networkx(to_networkx(looped)), looped)
    for write in (to_python, to_onnx):
        with pytest.raises(ShapeError, match="has a cycle"):
            write(looped)


def test_json_that_is_too_long_is_refused(monkeypatch) -> None:
    monkeypatch.setattr("neatfool.encodings.interchange.json_text._LONGEST", 100)

    with pytest.raises(DataError, match="at most 100 characters"):
        from_json(to_json(chain()))


@pytest.mark.parametrize("write", [to_json, to_networkx, to_onnx, to_python])
def test_exactly_one_network_is_written(write) -> None:
    for places in ([], [0, 0]):
        with pytest.raises(ShapeError, match=r"expected one graph, got .* select"):
            write(chain().select(places))


@pytest.mark.parametrize("write", [to_json, to_networkx, to_onnx])
def test_what_is_no_number_is_not_written(write) -> None:
    one = chain()
    one.weights[1] = np.nan

    with pytest.raises(DataError, match=r"weight.*finite"):
        write(one)


def test_networkx_knows_roles_and_finds_ways() -> None:
    made = to_networkx(chain())

    assert isinstance(made, networkx.DiGraph)
    assert [made.nodes[node]["role"] for node in made] == ["input"] * 2 + ["output"] * 2 + [
        "hidden"
    ]
    assert made.nodes[9]["bias"] == 0.5
    assert made.edges[0, 2, 8] == {"weight": 7.0, "enabled": False}
    assert list(networkx.topological_sort(made)).index(9) < list(
        networkx.topological_sort(made)
    ).index(2)


def test_a_networkx_graph_made_by_hand_is_read() -> None:
    made = networkx.DiGraph(inputs=2, outputs=1)
    made.add_node(2, activation="tanh", pos=(0, 1))
    made.add_edge(0, 2, weight=1.5)
    made.add_edge(1, 2, weight=-0.5, color="red")

    one = from_networkx(made)

    inputs = torch.tensor([[1.0], [2.0]], dtype=torch.float64)
    assert execute(compile_graphs(one), inputs).item() == pytest.approx(math.tanh(0.5))
    assert one.innovations.tolist() == [0, 1]
    assert one.weights.dtype == np.float64


def test_a_networkx_graph_that_is_no_network_is_refused() -> None:
    made = networkx.DiGraph(outputs=1)
    with pytest.raises(DataError, match="inputs: expected a value, got none"):
        from_networkx(made)

    made = networkx.DiGraph(inputs=1, outputs=1)
    made.add_edge("a", "b", weight=1)
    with pytest.raises(DataError, match=r"nodes\.0\.id"):
        from_networkx(made)


def test_python_source_takes_names_and_reads_like_python() -> None:
    text = to_python(chain(), "paint", ("x", "y"))

    assert text.startswith("import math\n")
    assert "def paint(x, y):" in text
    assert text.count("import") == 1
    found = run_python(text, np.array([[0.5], [-0.25]]), "paint")
    assert found[0, 0] == math.sin(0.25 + 0.5 * math.sin(0.5 + 2 * 0.5 - 3 * -0.25))


@pytest.mark.parametrize(
    ("name", "inputs", "message"),
    [
        ("my network", (), "'my network'"),
        ("class", (), "'class'"),
        ("f", ("x", "math"), "'math'"),
        ("f", ("x", "_2"), "'_2'"),
        ("f", ("x", "x"), "names that differ"),
        ("x", ("x", "y"), "names that differ"),
        ("f", ("x",), "each of 2 inputs, got 1"),
        ("f", ("x", "y=print()"), "print"),
    ],
)
def test_names_that_cannot_be_are_refused(name, inputs, message) -> None:
    with pytest.raises(ConfigError, match=message):
        to_python(chain(), name, inputs)


def test_onnx_models_are_of_one_opset_and_carry_the_network() -> None:
    model = to_onnx(chain())

    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 13)]
    carried = {entry.key: entry.value for entry in model.metadata_props}["neatfool"]
    assert_same_arrays(from_json(carried), chain())


def test_without_onnx_it_is_said_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)

    with pytest.raises(ConfigError, match=re.escape(installing("onnx"))):
        to_onnx(chain())
