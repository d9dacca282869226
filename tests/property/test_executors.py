from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neatfool.networks import ACTIVATIONS, Graphs, activation_codes, compile_graphs, execute
from neatfool.networks.executors.torch_gradients import weight_gradients
from neatfool.networks.reference import evaluate
from tests.strategies import graphs, join, points, random_graph

JUMPS = tuple(activation_codes(["step", "sawtooth"]))
STEEP = tuple(activation_codes(["inv", "log", "exp", "neat_square", "cube"]))
CONTINUOUS = tuple(code for code in range(len(ACTIVATIONS)) if code not in JUMPS + STEEP)
SMOOTH = tuple(
    activation_codes(["sine", "sigmoid", "gaussian", "linear", "cosine", "neat_tanh", "identity"])
)
EXACT = tuple(activation_codes(["identity", "absolute", "relu", "step", "sawtooth", "triangle"]))
SINGLE = ("numba", "torch")
DOUBLE = ("exact", "torch")
GROWING = ("elu", "selu", "neat_softplus")
UNBOUNDED = ("identity", "absolute", "relu", "square", "lelu", *GROWING)
STEEPNESS = {"linear": 1 / 3, "sigmoid": 0.5, "triangle": 2.0, "neat_sigmoid": 1.25}
STEEPNESS |= {"neat_tanh": 2.5, "neat_sin": 5.0, "neat_gauss": 2.0, "selu": 1.76}


@given(st.data())
def test_in_double_precision_the_executor_is_the_reference(data) -> None:
    batch = data.draw(graphs(codes=CONTINUOUS, reaches=(0.1, 1.0, 10.0, 1e6)))
    inputs = data.draw(points(batch.inputs))

    for executor in DOUBLE:
        assert_close(batch, inputs, floor=1e-9, unit=2.0**-52, executor=executor)


@pytest.mark.parametrize("count", [100, pytest.param(1000, marks=pytest.mark.proof)])
def test_in_single_precision_the_executor_is_close_to_the_reference(count) -> None:
    @settings(max_examples=count)
    @given(st.data())
    def is_close(data) -> None:
        batch = data.draw(graphs(codes=CONTINUOUS, reaches=(0.1, 1.0)))
        inputs = data.draw(points(batch.inputs)).to(torch.float32)

        for executor in SINGLE:
            assert_close(batch, inputs, floor=1e-5, unit=2.0**-23, executor=executor)

    is_close()


@given(st.data())
def test_where_arithmetic_is_exact_the_executor_is_the_reference_exactly(data) -> None:
    batch = data.draw(graphs(codes=EXACT, reaches=(1.0, 2.0), max_edges=16, dyadic=True))
    inputs = data.draw(points(batch.inputs, dyadic=True))

    expected = evaluate(batch, inputs)
    for executor in DOUBLE:
        assert np.array_equal(execute(compile_graphs(batch), inputs, executor), expected)
    for executor in SINGLE:
        found = execute(compile_graphs(batch), inputs.to(torch.float32), executor)
        assert np.array_equal(found, expected.astype(np.float32))


@pytest.mark.parametrize(
    ("dtype", "executor"),
    [(torch.float32, "numba"), (torch.float64, "exact"), (torch.float64, "torch")],
)
def test_the_batched_pass_is_bit_for_bit_one_pass_per_graph(dtype, executor) -> None:
    @given(st.data())
    def check(data) -> None:
        batch = data.draw(graphs())
        inputs = data.draw(points(batch.inputs)).to(dtype)

        together = execute(compile_graphs(batch), inputs, executor)

        for position in range(len(batch)):
            alone = execute(compile_graphs(batch.select([position])), inputs, executor)
            assert_identical(alone[0], together[position])

    check()


@given(st.data())
def test_permuting_the_graphs_permutes_the_outputs(data) -> None:
    batch = data.draw(graphs(max_graphs=8))
    order = data.draw(st.permutations(range(len(batch))))
    inputs = data.draw(points(batch.inputs)).to(torch.float32)

    permuted = execute(compile_graphs(batch.select(order)), inputs)

    assert_identical(permuted, execute(compile_graphs(batch), inputs)[order])


@given(st.data())
def test_query_points_do_not_depend_on_one_another(data) -> None:
    batch = data.draw(graphs())
    inputs = data.draw(points(batch.inputs)).to(torch.float32).repeat(1, 9)
    networks = compile_graphs(batch)

    together = execute(networks, inputs)

    cut = data.draw(st.integers(0, inputs.shape[1]))
    halves = [execute(networks, inputs[:, :cut]), execute(networks, inputs[:, cut:])]
    assert_identical(torch.cat(halves, dim=2), together)


def test_a_graph_of_500_nodes() -> None:
    random = np.random.default_rng(0)
    part = random_graph(random, 4, 3, 493, 1500, reach=0.5, codes=CONTINUOUS)
    batch = join([part], 4, 3)
    part["enabled"][:] = True
    every = join([part], 4, 3)
    inputs = torch.from_numpy(random.uniform(-1, 1, (4, 2)))

    assert batch.node_counts.tolist() == [500]
    for some in (batch, every):
        for executor in DOUBLE:
            assert_close(some, inputs, floor=1e-9, unit=2.0**-52, executor=executor)
        for executor in SINGLE:
            assert_close(some, inputs.float(), floor=1e-5, unit=2.0**-23, executor=executor)


def test_a_chain_of_500_nodes() -> None:
    random = np.random.default_rng(0)
    part = random_graph(random, 1, 1, 498, 499, reach=1.0, codes=CONTINUOUS, biased=False)
    places = [0, *range(2, 500), 1]
    part |= {"sources": np.array(places[:-1]), "targets": np.array(places[1:])}
    part["enabled"][:] = True
    chain = join([part], 1, 1)

    assert compile_graphs(chain).levels.tolist() == list(range(1, 500))
    assert_close(chain, torch.tensor([[-0.7, 0.3]]).double(), floor=1e-9, unit=2.0**-52)


@pytest.mark.parametrize("code", range(len(ACTIVATIONS)), ids=lambda code: ACTIVATIONS[code].name)
def test_a_lone_output_computes_the_function_of_its_bias(code: int) -> None:
    part = random_graph(np.random.default_rng(code), 1, 1, 0, 0, codes=(code,))
    part["biases"][1] = -0.75
    lone = join([part], 1, 1)

    expected = [ACTIVATIONS[code].scalar(-0.75)] * 3
    queries = [(name, torch.zeros(1, 3)) for name in SINGLE]
    queries += [(name, torch.zeros(1, 3).double()) for name in DOUBLE]
    for executor, inputs in queries:
        outputs = execute(compile_graphs(lone), inputs, executor)

        assert outputs.shape == (1, 1, 3)
        assert outputs.flatten().tolist() == pytest.approx(expected, abs=1e-5)


def assert_close(
    batch: Graphs, inputs: torch.Tensor, floor: float, unit: float, executor: str | None = None
) -> None:
    """Compare with the reference, to ``floor`` or to what rounding by ``unit`` can explain."""
    found = execute(compile_graphs(batch), inputs, executor).double().numpy()
    expected = evaluate(batch, inputs)
    assert found.shape == expected.shape
    reach = np.abs(inputs.numpy()).max(axis=1)
    for graph in range(len(batch)):
        known: dict[int, tuple[float, float]] = {
            i: (float(reach[i]), 0.0) for i in range(len(reach))
        }
        for output in range(batch.outputs):
            _, error = bound(batch, graph, batch.inputs + output, known, unit)
            difference = np.abs(found[graph, output] - expected[graph, output]).max()
            assert difference <= max(floor, error)


def bound(
    batch: Graphs, graph: int, node: int, known: dict[int, tuple[float, float]], unit: float
) -> tuple[float, float]:
    """Bound the size of a node's value and its error, if every operation errs by ``unit``."""
    if node not in known:
        name = ACTIVATIONS[batch.activations[batch.node_offsets[graph] + node]].name
        size, error = abs(float(batch.biases[batch.node_offsets[graph] + node])), 0.0
        own = range(batch.edge_offsets[graph], batch.edge_offsets[graph + 1])
        into = [edge for edge in own if batch.targets[edge] == node and batch.enabled[edge]]
        for edge in into:
            weight = abs(float(batch.weights[edge]))
            value, wrong = bound(batch, graph, int(batch.sources[edge]), known, unit)
            size, error = size + weight * value, error + weight * wrong
        error += unit * (len(into) + 2) * size
        steep = 2 * min(size + error, 1e3) if name == "square" else STEEPNESS.get(name, 1.0)
        size = min(size * size, 1e6) if name == "square" else size
        size = 1.76 * size + 2 if name in GROWING else size
        size = size if name in UNBOUNDED else 1.0
        known[node] = size, steep * error + 4 * unit * size
    return known[node]


def assert_identical(first: torch.Tensor, second: torch.Tensor) -> None:
    """Compare bit for bit; NaN equals NaN."""
    assert torch.equal(first.nan_to_num(7.25), second.nan_to_num(7.25))


@given(st.data())
def test_gradients_in_weights_are_slopes(data) -> None:
    batch = data.draw(graphs(codes=SMOOTH, reaches=(0.1, 1.0)))
    networks, inputs = compile_graphs(batch), data.draw(points(batch.inputs))
    random = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    wanted = torch.from_numpy(random.normal(size=(len(batch), batch.outputs, inputs.shape[1])))

    found = weight_gradients(networks, inputs, wanted, torch.sin)

    assert found.shape == networks.weights.shape
    directions, step = random.normal(size=networks.weights.shape), 1e-6
    owners = np.repeat(np.arange(len(batch)), np.diff(networks.edge_offsets[networks.node_offsets]))

    def made(sign: int) -> np.ndarray:
        weights = networks.weights.astype(np.float64) + sign * step * directions
        values = execute(replace(networks, weights=weights), inputs, "exact")
        return (values.sin() * wanted).sum(dim=(1, 2)).numpy()

    slopes = np.bincount(owners, found.numpy() * directions, len(batch))
    np.testing.assert_allclose(slopes, (made(1) - made(-1)) / (2 * step), rtol=1e-3, atol=1e-4)


@given(st.data())
def test_gradients_in_weights_are_those_of_each_network_alone(data) -> None:
    batch = data.draw(graphs())
    inputs = data.draw(points(batch.inputs)).to(torch.float32)
    wanted = torch.ones(len(batch), batch.outputs, inputs.shape[1])
    found = weight_gradients(compile_graphs(batch), inputs, wanted, torch.sin)
    alone = [
        weight_gradients(compile_graphs(batch.select([p])), inputs, wanted[:1], torch.sin)
        for p in range(len(batch))
    ]
    assert_identical(torch.cat(alone), found)
