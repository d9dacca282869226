"""The exact executor gives what the reference gives, to the last bit."""

import math
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neatfool.errors import ShapeError
from neatfool.networks import (
    ACTIVATIONS,
    Graphs,
    activation_codes,
    compile_graphs,
    execute,
    execute_each,
    step,
)
from neatfool.networks.aggregations import AGGREGATIONS
from neatfool.networks.executors import numba_exact
from neatfool.networks.reference import evaluate
from tests.strategies import ALL_CODES, graphs, join, of_neat_python, points, random_graph

WILD = ("inv", "log", "exp", "neat_square", "cube")
TAME = tuple(code for code in ALL_CODES if ACTIVATIONS[code].name not in WILD)
TOTAL = activation_codes([a.name for a in ACTIVATIONS if a.name.startswith("neat_")])
TOTAL += activation_codes(["identity", "absolute", "relu", "elu", "lelu", "selu", "clamped"])
TOTAL += activation_codes([*WILD, "hat"])
BROKEN = (math.nan, math.inf, -math.inf)
SIZES = (0.0, 5e-324, 1e-309, 1e-7, 0.3, 1.0, 3.4, 24.1, 1e6, 1e103, 1e160, sys.float_info.max)
EDGES = [sign * size for size in SIZES for sign in (1, -1)]


def assert_same_bits(found, expected) -> None:
    """Compare numbers and the signs of zeros; NaN equals NaN."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)
    known = ~np.isnan(expected)
    assert np.array_equal(np.signbit(found[known]), np.signbit(expected[known]))


@given(st.data())
def test_networks_of_all_functions_are_the_reference_to_the_last_bit(data) -> None:
    batch = data.draw(st.one_of(graphs(codes=TAME), of_neat_python(codes=TAME)))
    inputs = data.draw(points(batch.inputs))

    assert_same_bits(execute(compile_graphs(batch), inputs), evaluate(batch, inputs))


@given(st.data())
def test_numbers_that_are_none_take_the_same_way(data) -> None:
    batch = data.draw(of_neat_python(codes=tuple(TOTAL), max_edges=40))
    inputs = data.draw(points(batch.inputs))
    inputs[data.draw(st.integers(0, len(inputs) - 1)), 0] = data.draw(
        st.sampled_from((*BROKEN, *EDGES))
    )

    assert_same_bits(execute(compile_graphs(batch), inputs), evaluate(batch, inputs))


def lone(code: int, terms: int = 1, way: int = 0) -> Graphs:
    """Make a graph of one node, the function of an aggregation of its inputs."""
    part = {
        "node_ids": np.arange(terms + 1),
        "activations": [0] * terms + [code],
        "biases": np.zeros(terms + 1),
        "sources": np.arange(terms),
        "targets": np.full(terms, terms),
        "weights": np.ones(terms),
        "enabled": np.ones(terms, bool),
        "innovations": np.arange(terms),
    }
    ways = np.array([0] * terms + [way], np.int16)
    return join([part], terms, 1).changed(aggregations=ways)


@pytest.mark.parametrize("code", ALL_CODES, ids=lambda code: ACTIVATIONS[code].name)
def test_functions_are_the_scalar_forms_to_the_last_bit(code) -> None:
    random = np.random.default_rng(code)
    places = [*random.uniform(-3, 3, 2000), *random.normal(size=2000) * 10]
    places += [*EDGES, *(BROKEN if code in TOTAL else ())]
    inputs = torch.tensor([places])
    if ACTIVATIONS[code].name == "sine":
        inputs = inputs.clamp(-1e300, 1e300)

    found = execute(compile_graphs(lone(code)), inputs)[0, 0]

    # a node's sum begins at 0, and so -0 is 0
    assert_same_bits(found, [ACTIVATIONS[code].scalar(0.0 + p) for p in inputs[0].tolist()])


@pytest.mark.parametrize("way", range(len(AGGREGATIONS)), ids=lambda way: AGGREGATIONS[way].name)
def test_aggregations_are_the_scalar_forms_to_the_last_bit(way) -> None:
    random = np.random.default_rng(way)
    for count in (1, 2, 3, 4, 9, 33, 63, 150):
        terms = np.where(
            random.random((count, 300)) < 0.3,
            random.choice([*EDGES, *(BROKEN if count < 64 else ())], (count, 300)),
            random.normal(size=(count, 300)),
        )
        terms[:, :50] = np.abs(terms[:, :50])
        terms[:, 50:100] = random.integers(-2, 3, (count, 50)) * -0.5

        found = execute(compile_graphs(lone(0, count, way)), torch.from_numpy(terms))

        expected = [0.0 + AGGREGATIONS[way].scalar(column) for column in terms.T.tolist()]
        assert_same_bits(found[0, 0], expected)


@pytest.mark.parametrize("way", range(len(AGGREGATIONS)))
def test_a_node_without_edges_has_what_the_table_says(way) -> None:
    batch = lone(0, 1, way)
    batch = batch.changed(enabled=np.zeros(1, bool), biases=np.array([0, 0.5]))

    found = execute(compile_graphs(batch), torch.zeros(1, 2).double())

    assert found.tolist() == [[[0.5 + AGGREGATIONS[way].empty] * 2]]


def neumaier(terms: list[float]) -> float:
    """Sum as ``sum`` does from Python 3.12 on."""
    total, rest = 0.0, 0.0
    for term in terms:
        new = total + term
        larger, smaller = (total, term) if abs(total) >= abs(term) else (term, total)
        rest += (larger - new) + smaller
        total = new
    return total + rest if rest and math.isfinite(rest) else total


@pytest.mark.parametrize("is_compensated", [False, True])
def test_sums_are_those_of_every_version_of_python(is_compensated, monkeypatch) -> None:
    monkeypatch.setattr(numba_exact, "PYTHON", (is_compensated, 2.0, 3.0))
    random = np.random.default_rng(0)
    terms = random.normal(size=(12, 500)) * 10.0 ** random.integers(-9, 9, (12, 500))
    terms[3, :9], terms[7, 4:20] = math.inf, -math.inf

    found = execute(compile_graphs(lone(0, 12)), torch.from_numpy(terms))[0, 0]

    plain = np.zeros(500)
    with np.errstate(invalid="ignore"):
        for row in terms:
            plain += row
    compensated = [neumaier(column) for column in terms.T.tolist()]
    assert (plain != compensated).sum() > 100
    assert_same_bits(found, compensated if is_compensated else plain)


@given(st.data())
def test_networks_at_their_own_points_give_what_all_give_at_all(data) -> None:
    batch = data.draw(st.one_of(graphs(), of_neat_python()))
    dtype = data.draw(st.sampled_from([torch.float32, torch.float64]))
    count = data.draw(st.sampled_from([0, 1, 3, 70, 130]))
    generator = torch.Generator().manual_seed(data.draw(st.integers(0, 99)))
    own = torch.randn(len(batch), count, batch.inputs, generator=generator, dtype=dtype)
    networks = compile_graphs(batch)

    found = step(networks, own)

    assert found.shape == (len(batch), count, batch.outputs)
    bounds = count * np.arange(len(batch) + 1)
    each = execute_each(networks, own.reshape(-1, batch.inputs).T.contiguous(), bounds)
    assert_same_bits(each.T.reshape(found.shape), found)
    for p in range(len(batch)):
        assert_same_bits(found[p], execute(networks, own[p].T.contiguous())[p].T)


@given(of_neat_python())
def test_in_single_precision_the_outputs_alone_are_rounded(batch) -> None:
    networks = compile_graphs(batch)
    inputs = torch.randn(batch.inputs, 5, generator=torch.Generator().manual_seed(0))

    found = execute(networks, inputs)

    assert_same_bits(found, execute(networks, inputs.double()).float())


def test_a_long_way_of_many_points_is_cut_into_tiles(monkeypatch) -> None:
    random = np.random.default_rng(0)
    parts = [random_graph(random, 3, 2, 9, 40, codes=TAME) for _ in range(5)]
    networks = compile_graphs(join(parts, 3, 2))
    inputs = torch.from_numpy(random.uniform(-2, 2, (3, 1000)))
    whole = execute(networks, inputs)
    monkeypatch.setattr(numba_exact, "_TILE", 7)

    assert_same_bits(execute(networks, inputs), whole)


@pytest.mark.parametrize("shape", [(2, 4, 3), (3, 4, 2), (3, 3), (1, 3, 4, 3)])
def test_points_that_do_not_fit_are_an_error(shape) -> None:
    random = np.random.default_rng(0)
    networks = compile_graphs(join([random_graph(random, 3, 2, 5, 9) for _ in range(3)], 3, 2))

    with pytest.raises(ShapeError, match=r"\(3, X, 3\), got"):
        step(networks, torch.zeros(shape))


@settings(max_examples=20)
@given(of_neat_python())
def test_nothing_given_is_written_to(batch) -> None:
    networks = compile_graphs(batch)
    inputs = torch.ones(batch.inputs, 3).double()
    before = {n: a.copy() for n, a in vars(networks).items() if isinstance(a, np.ndarray)}

    execute(networks, inputs)
    step(networks, inputs.T.expand(len(batch), -1, -1))

    assert (inputs == 1).all()
    for name, array in before.items():
        assert_same_bits(getattr(networks, name), array)
