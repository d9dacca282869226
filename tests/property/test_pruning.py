import itertools
from dataclasses import fields

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neatfool.networks import Graphs, Networks, compile_graphs
from tests.strategies import assert_valid, graphs, join


@given(graphs())
def test_the_strategy_draws_valid_graphs(batch: Graphs) -> None:
    assert_valid(batch)


@given(graphs())
def test_what_reaches_no_output_is_left_out(batch: Graphs) -> None:
    networks = compile_graphs(batch)

    useful = [reaching_an_output(batch, graph) for graph in range(len(batch))]
    expected = [len(nodes) - len(nodes & set(range(batch.inputs))) for nodes in useful]
    assert np.diff(networks.node_offsets).tolist() == expected
    assert len(networks) == len(batch)


@given(graphs(), st.integers(0, 2**32 - 1))
def test_junk_changes_nothing(batch: Graphs, seed: int) -> None:
    littered = with_junk(batch, np.random.default_rng(seed))

    assert_valid(littered)
    assert len(littered.weights) > len(batch.weights)
    assert_same_networks(compile_graphs(littered), compile_graphs(batch))


@given(graphs())
def test_sources_stand_before_their_targets(batch: Graphs) -> None:
    networks = compile_graphs(batch)

    for first, last in itertools.pairwise(networks.node_offsets.tolist()):
        levels = np.append(np.zeros(networks.inputs, np.int64), networks.levels[first:last])
        assert (np.diff(levels) >= 0).all()
        for row, node in enumerate(range(first, last), start=networks.inputs):
            edges = slice(networks.edge_offsets[node], networks.edge_offsets[node + 1])
            highest = levels[networks.sources[edges]].max(initial=0)
            assert levels[row] == highest + 1
    assert (networks.outputs >= networks.inputs).all()


def reaching_an_output(batch: Graphs, graph: int) -> set[int]:
    """Walk back from the outputs, one edge at a time."""
    found: set[int] = set()
    ahead = list(range(batch.inputs, batch.inputs + batch.outputs))
    edges = range(batch.edge_offsets[graph], batch.edge_offsets[graph + 1])
    while ahead:
        node = ahead.pop()
        if node not in found:
            found.add(node)
            into = [edge for edge in edges if batch.targets[edge] == node and batch.enabled[edge]]
            ahead += [int(batch.sources[edge]) for edge in into]
    return found


def with_junk(batch: Graphs, random: np.random.Generator) -> Graphs:
    """Add hidden nodes that lead nowhere, and disabled edges from them to outputs."""
    parts = []
    for graph in range(len(batch)):
        nodes = slice(batch.node_offsets[graph], batch.node_offsets[graph + 1])
        edges = slice(batch.edge_offsets[graph], batch.edge_offsets[graph + 1])
        first, ends = nodes.stop - nodes.start, []
        more = int(random.integers(1, 5))
        for place in range(first, first + more):
            sources = [*range(batch.inputs), *range(batch.inputs + batch.outputs, place)]
            ends += [(int(random.choice(sources)), place, True) for _ in range(2)]
            ends.append((place, batch.inputs + int(random.integers(batch.outputs)), False))
        top_id, top_edge = batch.node_ids.max() + 1, batch.innovations.max(initial=0) + 1
        new = {
            "node_ids": top_id + np.arange(more),
            "activations": random.integers(0, 5, more),
            "biases": random.uniform(-1, 1, more) * batch.biases.any(),
            "sources": [source for source, _, _ in ends],
            "targets": [target for _, target, _ in ends],
            "weights": random.uniform(-1, 1, len(ends)),
            "enabled": [carries for _, _, carries in ends],
            "innovations": top_edge + np.arange(len(ends)),
        }
        kept = dict.fromkeys(("node_ids", "activations", "biases"), nodes)
        parts.append(
            {
                name: np.concatenate([getattr(batch, name)[kept.get(name, edges)], new[name]])
                for name in new
            }
        )
    return join(parts, batch.inputs, batch.outputs)


def assert_same_networks(first: Networks, second: Networks) -> None:
    """Check that two compiled batches are equal, field by field."""
    for field in fields(Networks):
        ours, theirs = getattr(first, field.name), getattr(second, field.name)
        assert np.array_equal(ours, theirs), field.name
