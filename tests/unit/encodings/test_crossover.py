from dataclasses import replace

import numpy as np
import pytest

from neatfool.encodings import Birth, Cppn, CppnSettings, StructureSettings, mutate
from neatfool.networks import Graphs
from tests.conftest import built
from tests.strategies import assert_same_arrays, assert_valid

STRUCTURE = ("node_offsets", "node_ids", "edge_offsets", "sources", "targets", "innovations")
MANY = 3000


def encoding() -> Cppn:
    return built(CppnSettings(structure=StructureSettings(split="disable")), (1, 4, 4))


def birth(generation: int = 1) -> Birth:
    return Birth(generation, np.random.default_rng(generation), 100, 100)


def relatives() -> tuple[Graphs, Graphs]:
    """Make two batches that grew apart; every gene says which of the two it is from."""
    made, drawn = encoding(), birth()
    ancestors = made.new(MANY, drawn)
    for _ in range(4):
        ancestors = made.vary(ancestors, drawn)
    first, second = made.vary(ancestors, drawn), made.vary(ancestors, drawn)
    return marked(first, 1), marked(second, 2)


def marked(graphs: Graphs, mark: int) -> Graphs:
    changes = {
        name: np.full_like(getattr(graphs, name), mark)
        for name in ("weights", "biases", "activations")
    }
    return replace(graphs, enabled=np.full_like(graphs.enabled, mark == 2), **changes)


def shared(first: Graphs, second: Graphs) -> tuple[np.ndarray, np.ndarray]:
    """Mark the edges and nodes of the first that the second has too, the slow way."""
    edges = set(zip(second.edge_owners.tolist(), second.innovations.tolist(), strict=True))
    nodes = set(zip(second.node_owners.tolist(), second.node_ids.tolist(), strict=True))
    ours = zip(first.edge_owners.tolist(), first.innovations.tolist(), strict=True)
    own = zip(first.node_owners.tolist(), first.node_ids.tolist(), strict=True)
    return np.array([e in edges for e in ours]), np.array([n in nodes for n in own])


def test_a_child_has_the_structure_of_its_first_parent() -> None:
    first, second = relatives()

    child = encoding().cross(first, second, birth(2))

    for name in STRUCTURE:
        assert np.array_equal(getattr(child, name), getattr(first, name)), name


def test_a_node_comes_with_all_that_it_had() -> None:
    first, second = (
        batch.changed(responses=np.full(len(batch.node_ids), float(mark)))
        for batch, mark in zip(relatives(), (1, 2), strict=True)
    )

    child = encoding().cross(first, second, birth(2))

    assert np.array_equal(child.responses, child.biases)
    assert {*child.responses.tolist()} == {1, 2}
    assert child.aggregations is None


def test_matching_genes_come_from_either_parent_half_of_the_time() -> None:
    first, second = relatives()
    edges, nodes = shared(first, second)
    assert 0.3 < edges.mean() < 1
    assert 0.3 < nodes.mean() < 1

    child = encoding().cross(first, second, birth(2))

    assert (child.weights[edges] == 2).mean() == pytest.approx(0.5, abs=0.02)
    assert (child.activations[nodes] == 2).mean() == pytest.approx(0.5, abs=0.02)
    assert (child.weights[~edges] == 1).all()
    assert (child.activations[~nodes] == 1).all()


def test_what_belongs_together_is_inherited_together() -> None:
    child = encoding().cross(*relatives(), birth(2))

    assert np.array_equal(child.biases == 2, child.activations == 2)
    assert child.weights.dtype == child.biases.dtype == np.float32
    assert child.activations.dtype == np.int16


def test_a_genome_mated_with_itself_stays_itself() -> None:
    made, drawn = encoding(), birth()
    genomes = made.vary(made.new(50, drawn), drawn)
    genomes = replace(genomes, enabled=np.ones_like(genomes.enabled))

    assert_same_arrays(made.cross(genomes, genomes, birth(2)), genomes)


def test_an_edge_disabled_in_either_parent_is_disabled_in_three_children_of_four() -> None:
    first, second = relatives()
    edges, _ = shared(first, second)

    child = encoding().cross(first, second, birth(2))

    assert not first.enabled.any()
    assert child.enabled[edges].mean() == pytest.approx(0.25, abs=0.02)
    assert not child.enabled[~edges].any()


def test_an_edge_enabled_in_both_parents_stays_so() -> None:
    first, second = relatives()
    both = [replace(each, enabled=np.ones_like(each.enabled)) for each in (first, second)]

    assert encoding().cross(*both, birth(2)).enabled.all()


def test_pairs_mate_and_nobody_else() -> None:
    made, drawn = encoding(), birth()
    genomes = made.new(3, drawn)
    others = replace(genomes, weights=np.repeat(np.float32([20, 30, 40]), 4))

    child = made.cross(genomes, others, birth(2))

    for owner, foreign in enumerate((20, 30, 40)):
        weights = child.weights[child.edge_owners == owner]
        assert set(weights[weights > 10].tolist()) <= {foreign}


@pytest.mark.parametrize("bare", ["first", "second", "both"])
def test_a_parent_without_edges_can_mate(bare: str) -> None:
    made, drawn = encoding(), birth()
    genomes = made.new(2, drawn)
    empty = genomes
    for _ in range(4):
        empty = mutate.delete_edges(empty, np.arange(2), drawn.random)
    assert len(empty.weights) == 0
    first = genomes if bare == "second" else empty
    second = genomes if bare == "first" else empty

    child = made.cross(first, second, birth(2))

    assert_valid(child)
    assert np.array_equal(child.weights, first.weights)
