import numpy as np

from neatfool.networks import Graphs
from neatfool.networks.alignment import matches
from neatfool.networks.graph import offsets
from tests.strategies import join


def two_graphs() -> Graphs:
    """Make two graphs of two inputs and one output: one with a hidden node, one without edges."""
    first = {
        "node_ids": [0, 1, 2, 7],
        "activations": [0, 0, 1, 2],
        "biases": [0, 0, 0.5, 0.25],
        "sources": [0, 0, 3],
        "targets": [2, 3, 2],
        "weights": [1, 2, 3],
        "enabled": [True, False, True],
        "innovations": [4, 5, 9],
    }
    second = {name: values[:0] for name, values in first.items()}
    second |= {"node_ids": [0, 1, 2], "activations": [0, 0, 4], "biases": [0, 0, -1]}
    return join([first, second], 2, 1)


def test_offsets_are_running_sums_from_zero() -> None:
    assert offsets([2, 0, 3]).tolist() == [0, 2, 2, 5]
    assert offsets([]).tolist() == [0]
    assert offsets([2]).dtype == np.int64


def test_counts_and_owners() -> None:
    graphs = two_graphs()

    assert len(graphs) == 2
    assert graphs.node_counts.tolist() == [4, 3]
    assert graphs.edge_counts.tolist() == [3, 0]
    assert graphs.node_owners.tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert graphs.edge_owners.tolist() == [0, 0, 0]


def test_selecting_reorders_and_repeats() -> None:
    chosen = two_graphs().select([1, 0, 0])

    assert chosen.node_ids.tolist() == [0, 1, 2, 0, 1, 2, 7, 0, 1, 2, 7]
    assert chosen.weights.tolist() == [1, 2, 3, 1, 2, 3]
    assert chosen.edge_offsets.tolist() == [0, 0, 3, 6]
    assert (chosen.inputs, chosen.outputs) == (2, 1)


def test_selecting_nothing_gives_an_empty_batch() -> None:
    empty = two_graphs().select([])

    assert len(empty) == len(empty.node_ids) == len(empty.weights) == 0
    assert empty.node_offsets.tolist() == empty.edge_offsets.tolist() == [0]


def test_joining_shifts_the_offsets() -> None:
    graphs = two_graphs()

    joined = Graphs.concatenate([graphs, graphs.select([1]), graphs])

    assert joined.node_counts.tolist() == [4, 3, 3, 4, 3]
    assert joined.edge_offsets.tolist() == [0, 3, 3, 3, 6, 6]
    assert joined.sources.tolist() == [0, 0, 3, 0, 0, 3]


def test_arrays_name_every_field() -> None:
    arrays = two_graphs().arrays()

    assert arrays["inputs"] == 2
    assert arrays["enabled"].tolist() == [True, False, True]
    assert len(arrays) == 12
    assert type(Graphs.from_arrays(arrays).inputs) is int


def test_genes_match_by_their_marks_within_a_graph() -> None:
    bounds, marks = np.array([0, 2, 2, 5]), np.array([1, 4, 1, 4, 9])
    others, theirs = np.array([0, 1, 3, 5]), np.array([4, 0, 4, 4, 8])
    nothing, empty = np.zeros(0, np.int64), np.zeros(4, np.int64)

    assert matches(bounds, marks, others, theirs).tolist() == [-1, 0, -1, 3, -1]
    assert matches(bounds, marks, empty, nothing).tolist() == [-1] * 5
    assert matches(empty, nothing, others, theirs).tolist() == []
