import numpy as np
import pytest

from neatfool.errors import ShapeError
from neatfool.networks import Graphs, compile_graphs
from tests.strategies import join


def graph(hidden: int, edges: list[tuple[int, int]], enabled: list[int] | None = None) -> Graphs:
    """Make a graph of one input (0), one output (1) and hidden nodes (2, 3, …)."""
    count = len(edges)
    part = {
        "node_ids": np.arange(2 + hidden),
        "activations": [0] + [1] * (1 + hidden),
        "biases": np.zeros(2 + hidden),
        "sources": [source for source, _ in edges],
        "targets": [target for _, target in edges],
        "weights": 1.0 + np.arange(count),
        "enabled": np.ones(count, bool) if enabled is None else np.array(enabled, bool),
        "innovations": np.arange(count),
    }
    return join([part], 1, 1)


@pytest.mark.parametrize(
    "edges",
    [[(2, 2), (2, 1)], [(2, 3), (3, 2), (3, 1)], [(0, 2), (2, 3), (3, 4), (4, 2), (4, 1)]],
    ids=["itself", "two", "three"],
)
def test_a_cycle_is_an_error(edges) -> None:
    with pytest.raises(ShapeError, match="cycle"):
        compile_graphs(graph(3, edges))


def test_a_cycle_in_any_graph_of_a_batch_is_an_error() -> None:
    good, bad = graph(2, [(0, 2), (2, 1)]), graph(2, [(2, 3), (3, 2), (3, 1)])

    with pytest.raises(ShapeError):
        compile_graphs(Graphs.concatenate([good, bad, good]))


def test_a_disabled_edge_closes_no_cycle() -> None:
    networks = compile_graphs(graph(2, [(0, 2), (2, 3), (3, 2), (3, 1)], enabled=[1, 1, 0, 1]))

    assert networks.levels.tolist() == [1, 2, 3]


def test_a_level_is_one_above_the_highest_source() -> None:
    networks = compile_graphs(graph(3, [(0, 2), (0, 3), (3, 4), (2, 4), (4, 1), (0, 1)]))

    assert networks.levels.tolist() == [1, 1, 2, 3]
    assert networks.node_offsets.tolist() == [0, 4]
    assert networks.outputs.tolist() == [[4]]
    assert networks.edge_offsets.tolist() == [0, 1, 2, 4, 6]
    assert networks.sources.tolist() == [0, 0, 2, 1, 3, 0]
    assert networks.weights.tolist() == [1, 2, 3, 4, 5, 6]


def test_each_network_has_rows_of_its_own() -> None:
    batch = graph(1, [(0, 2), (2, 1)])
    longer = graph(2, [(0, 2), (2, 3), (3, 1)])

    networks = compile_graphs(Graphs.concatenate([batch, longer, batch]))

    assert networks.node_offsets.tolist() == [0, 2, 5, 7]
    assert networks.levels.tolist() == [1, 2, 1, 2, 3, 1, 2]
    assert networks.sources.tolist() == [0, 1, 0, 1, 2, 0, 1]
    assert networks.outputs.tolist() == [[2], [3], [2]]


def test_only_what_reaches_an_output_is_kept() -> None:
    edges = [(0, 1), (0, 2), (2, 3), (0, 4), (4, 1)]
    networks = compile_graphs(graph(3, edges, enabled=[1, 1, 1, 1, 0]))

    assert networks.levels.tolist() == [1]
    assert networks.weights.tolist() == [1]


def test_an_output_without_edges_is_kept() -> None:
    networks = compile_graphs(graph(0, []))

    assert networks.levels.tolist() == [1]
    assert networks.outputs.tolist() == [[1]]
    assert networks.edge_offsets.tolist() == [0, 0]


def test_an_empty_batch_compiles() -> None:
    networks = compile_graphs(graph(1, [(0, 2), (2, 1)]).select([]))

    assert len(networks) == 0
    assert networks.outputs.shape == (0, 1)
