"""Genomes as neat-python wants them."""

import copy
import pickle
import random

import numpy as np
import pytest

from neatfool.encodings import (
    Bare,
    Birth,
    Brood,
    Compatibility,
    Cppn,
    Newborn,
    OffsetSettings,
    PixelSettings,
    SwitchSettings,
)
from neatfool.encodings.neat.brood import LIMIT
from tests.conftest import built
from tests.cppns import settings_of
from tests.strategies import assert_same_arrays, assert_valid

STILL = {
    "weight_rate": 0.0,
    "activation_rate": 0.0,
    "add_edge_rate": 0.0,
    "delete_edge_rate": 0.0,
    "add_node_rate": 0.0,
    "delete_node_rate": 0.0,
}


def brood_of(**settings) -> Brood:
    """Make a brood whose genomes do not change but by what is asked for."""
    encoding = Cppn(settings_of(**(STILL | settings)), Bare(("x", "bias"), 1))
    brood = Brood(encoding, Compatibility())
    brood.birth = Birth(1, np.random.default_rng(0))
    return brood


def start(brood: Brood, count: int) -> list[Newborn]:
    """Make random genomes."""
    newborns = [Newborn(key) for key in range(count)]
    for newborn in newborns:
        newborn.configure_new(brood)
    brood.deliver()
    return newborns


def child_of(first: Newborn, second: Newborn, brood: Brood, mutated: bool = False) -> Newborn:
    child = Newborn(1000)
    child.configure_crossover(first, second, brood)
    if mutated:
        child.mutate(brood)
    return child


def test_nothing_is_made_before_it_is_looked_at_and_then_all_at_once() -> None:
    brood = brood_of()
    newborns = [Newborn(key) for key in range(3)]
    for newborn in newborns:
        newborn.configure_new(brood)
    assert all(newborn.batch is None for newborn in newborns)

    newborns[1].size()

    assert all(newborn.batch is newborns[0].batch for newborn in newborns)
    assert [newborn.place for newborn in newborns] == [0, 1, 2]


def test_a_child_of_one_is_its_copy_and_a_child_of_two_takes_genes_of_both() -> None:
    brood = brood_of()
    first, second = start(brood, 2)
    copied, mixed = child_of(first, first, brood), child_of(first, second, brood)

    assert_same_arrays(copied.alone(), first.alone())
    assert copied.parents == (0,)
    assert mixed.parents == (0, 1)
    weights = np.stack([newborn.alone().weights for newborn in (mixed, first, second)])
    assert ((weights[0] == weights[1]) | (weights[0] == weights[2])).all()


def test_the_fitter_parent_gives_the_structure_whichever_comes_first() -> None:
    brood = brood_of(add_node_rate=1.0, parallel_edges=False)
    small, other = start(brood, 2)
    large = child_of(other, other, brood, mutated=True)
    brood.deliver()
    small.fitness, large.fitness = 1.0, 2.0

    for pair in ((small, large), (large, small)):
        assert child_of(*pair, brood).size() == large.size()
    small.fitness = 3.0
    for pair in ((small, large), (large, small)):
        assert child_of(*pair, brood).size() == small.size()


@pytest.mark.parametrize("fitness", [None, 0.0, -2.5, float("nan")])
def test_of_equally_fit_parents_neither_is_favoured(fitness: float | None) -> None:
    brood = brood_of(add_node_rate=1.0)
    small, other = start(brood, 2)
    large = child_of(other, other, brood, mutated=True)
    brood.deliver()
    small.fitness = large.fitness = fitness

    children = [child_of(small, large, brood) for _ in range(400)]

    like_the_second = sum(child.size() == large.size() for child in children)
    assert 150 < like_the_second < 250


def test_an_edge_disabled_in_a_parent_is_disabled_in_three_children_of_four() -> None:
    brood = brood_of(add_node_rate=1.0, split="disable")
    whole, _ = start(brood, 2)
    split = child_of(whole, whole, brood, mutated=True)
    brood.deliver()
    place = int((~split.alone().enabled).argmax())
    for fitness in (0.0, 1.0):  # of the parent that has it disabled: the less, or the more fit
        whole.fitness, split.fitness = 0.5, fitness
        children = brood.gather([child_of(whole, split, brood) for _ in range(2000)])
        edges = children.enabled[children.innovations == split.alone().innovations[place]]
        assert len(edges) == 2000
        assert 0.72 < 1 - edges.mean() < 0.78


def test_equal_splits_of_one_generation_share_ids_and_numbers() -> None:
    brood = brood_of(add_node_rate=1.0, parallel_edges=False)
    parent = start(brood, 1)[0]
    children = [child_of(parent, parent, brood, mutated=True) for _ in range(50)]

    graphs = brood.gather(children)

    hidden = graphs.node_ids.reshape(50, 4)[:, 3]
    assert set(hidden.tolist()) == {3, 4}, "two edges, so two ids for fifty splits"
    assert graphs.innovations.max() == 1 + 2 * 2
    apart = brood.encoding.distance(graphs, graphs, Compatibility(weights=0.0))
    assert np.array_equal(apart == 0, hidden[:, None] == hidden[None])


def test_a_living_genome_can_be_mutated_and_mutated_again() -> None:
    brood = brood_of(add_node_rate=1.0)
    genome, bystander = start(brood, 2)
    before = bystander.alone()
    for hidden in (1, 2, 3):
        genome.mutate(brood)
        assert genome.size()[0] == 3 + hidden
    genome.mutate(brood)
    genome.mutate(brood)
    assert genome.size()[0] == 8
    assert_same_arrays(bystander.alone(), before)
    fresh = Newborn(7)
    fresh.configure_new(brood)
    fresh.mutate(brood)
    assert fresh.size()[0] == 4


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        (PixelSettings(), (0, 12)),
        (OffsetSettings(), (5, 4 + 12)),
        (SwitchSettings(at=2), (5, 4)),
    ],
)
def test_the_size_counts_nodes_edges_and_direct_genes(settings, size) -> None:
    brood = Brood(built(settings, (1, 3, 4)), Compatibility())
    parent = start(brood, 1)[0]
    assert parent.size() == size
    if isinstance(settings, SwitchSettings):
        assert child_of(parent, parent, brood, mutated=True).size() == (0, 12)


def test_printed_it_says_its_size_and_whether_it_is_made() -> None:
    brood = brood_of()
    (parent,) = start(brood, 1)
    parent.fitness = 0.5
    assert str(parent) == "genome 0: fitness 0.5, nodes 3, connections 2"
    assert str(child_of(parent, parent, brood)) == "genome 1000, not made yet"


def test_without_a_search_generations_are_counted_and_those_without_a_better_genome() -> None:
    brood = brood_of()
    brood.birth, drawn = None, []
    brood.encoding.vary = lambda genomes, birth: drawn.append(vars(birth).copy()) or genomes
    parents = start(brood, 3)
    for best in (1.0, 3.0, 2.0, 3.0, 4.0, 0.0):
        for parent, fitness in zip(parents, (-5.0, best, float("nan")), strict=True):
            parent.fitness = fitness
        parents = [child_of(parent, parent, brood, mutated=True) for parent in parents]
        brood.deliver()
    assert [birth["generation"] for birth in drawn] == [2, 3, 4, 5, 6, 7]
    assert [birth["stagnant"] for birth in drawn] == [0, 0, 1, 2, 2, 2]


def test_a_child_may_have_a_parent_that_is_not_made_yet() -> None:
    brood = brood_of(add_node_rate=1.0)
    parent = start(brood, 1)[0]
    child = child_of(parent, parent, brood, mutated=True)
    grandchild = child_of(child, child, brood, mutated=True)

    assert (child.size()[0], grandchild.size()[0]) == (4, 5)


def test_parents_stay_as_they_are() -> None:
    brood = brood_of(add_node_rate=1.0, weight_rate=1.0)
    parents = start(brood, 5)
    before = brood.copies(parents)
    children = [child_of(parents[0], each, brood, mutated=True) for each in parents]
    brood.gather(children)

    assert_same_arrays(brood.copies(parents), before)
    assert all(child.made_of == () for child in children), "children keep their ancestors alive"


def test_gathered_genomes_leave_the_batches_they_were_born_in() -> None:
    brood = brood_of()
    parents = start(brood, 4)
    mixed = [parents[2], child_of(parents[0], parents[1], brood), parents[0]]
    expected = [newborn.alone().weights for newborn in mixed]

    batch = brood.gather(mixed)

    assert len(batch) == 3
    assert all(newborn.batch is batch for newborn in mixed)
    assert parents[1].batch is not batch
    for newborn, weights in zip(mixed, expected, strict=True):
        assert np.array_equal(newborn.alone().weights, weights)
    assert brood.gather(mixed) is batch


def test_genomes_are_as_far_from_each_other_as_the_encoding_says() -> None:
    brood = brood_of(add_node_rate=0.5)
    parents = start(brood, 4)
    others = [child_of(each, each, brood, mutated=True) for each in parents]
    everyone = parents + others
    batch = brood.copies(everyone)
    expected = brood.encoding.distance(batch, batch, brood.compatibility)

    for _ in range(2):  # the second time they are remembered
        found = [[one.distance(other, brood) for other in everyone] for one in everyone]
        assert np.allclose(found, expected)


def test_distances_are_remembered_no_longer_than_their_generation() -> None:
    brood = brood_of()
    genomes = start(brood, 3)
    genomes[0].distance(genomes[1], brood)
    assert brood._rows
    assert not pickle.loads(pickle.dumps(brood))._rows
    child_of(genomes[0], genomes[1], brood)
    brood.deliver()
    assert not brood._rows


def test_fitness_is_a_number_that_can_be_averaged() -> None:
    genome = Newborn(0)
    assert genome.fitness is None
    for given, kept in (
        (np.float32(2.5), 2.5),
        (float("nan"), -LIMIT),
        (float("inf"), LIMIT),
        (-float("inf"), -LIMIT),
        (None, None),
    ):
        genome.fitness = given
        assert genome.fitness == kept
        assert kept is None or type(genome.fitness) is float


def test_copies_and_pickles_hold_one_genome_and_draw_nothing() -> None:
    brood = brood_of()
    genomes = start(brood, 50)
    genomes[7].fitness = 3.0
    state = random.getstate()
    counters = copy.deepcopy(vars(brood.birth))

    twins = [copy.deepcopy(genomes[7]), pickle.loads(pickle.dumps(genomes[7]))]

    for twin in twins:
        assert (twin.key, twin.fitness, twin.parents) == (7, 3.0, ())
        assert len(twin.batch) == 1
        assert_same_arrays(twin.alone(), genomes[7].alone())
        assert_valid(twin.alone())
        twin.mutate(twin.brood)
        twin.size()
    assert random.getstate() == state
    assert counters["next_node"] == brood.birth.next_node


def test_copies_keep_what_a_subclass_added() -> None:
    class Tagged(Newborn):
        pass

    brood = brood_of()
    genome = Tagged(1)
    genome.configure_new(brood)
    genome.tags, genome.itself = ["first"], genome

    twin = copy.deepcopy(genome)

    assert twin.tags == ["first"]
    assert twin.tags is not genome.tags
    assert twin.itself is twin
    assert_same_arrays(twin.alone(), genome.alone())


def test_in_a_script_all_follows_from_the_generator_of_python() -> None:
    graphs = []
    for seed in (1, 1, 2):
        random.seed(seed)
        brood = brood_of(weight_rate=1.0)
        brood.birth = None
        parents = start(brood, 3)
        child = child_of(parents[0], parents[1], brood, mutated=True)
        graphs.append(brood.gather([*parents, child]))
    assert_same_arrays(graphs[0], graphs[1])
    assert not np.array_equal(graphs[0].weights, graphs[2].weights)
