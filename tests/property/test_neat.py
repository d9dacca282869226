"""Species, shares and children of NEAT, beside what a loop over genomes says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neatfool.encodings import Newborn
from neatfool.search.neat.rules import _quotas
from tests.neat_objects import config_of, grown_population, parts_of
from tests.strategies import assert_valid


def first_that_fits(config, representatives, population, threshold) -> dict[int, int]:
    """Place genomes one by one: species by key, the oldest first, founders as they come."""
    brood, homes, founders = config.genome_config, {}, dict(representatives)
    for key, genome in population.items():
        for species, representative in founders.items():
            if representative.distance(genome, brood) < threshold:
                homes[key] = species
                break
        else:
            founders[max(founders, default=0) + 1] = genome
            homes[key] = max(founders)
    return homes


@settings(max_examples=30)
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 25),
    mutations=st.integers(0, 4),
    threshold=st.floats(0.05, 8),
)
def test_species_are_a_partition_by_the_first_representative_near_enough(
    seed, count, mutations, threshold
) -> None:
    config = config_of(seed, threshold=threshold)
    species, reproduction = parts_of(config)
    population = grown_population(config, count, mutations)
    for generation in range(1, 5):
        before = {key: each.representative for key, each in species.species.items()}
        first_free = species.indexer.following
        species.speciate(config, population, generation)

        members = [key for each in species.species.values() for key in each.members]
        assert sorted(members) == sorted(population)
        for key, each in species.species.items():
            assert each.members
            assert each.representative.key in each.members
            assert all(species.get_species_id(member) == key for member in each.members)
        oracle = first_that_fits(config, before, population, threshold)
        names = sorted(set(oracle.values()) - set(before))
        renamed = {old: first_free + place for place, old in enumerate(names)}
        expected = {key: renamed.get(home, home) for key, home in oracle.items()}
        assert species.genome_to_species == expected

        for newborn in population.values():
            newborn.fitness = float(newborn.size()[1])
        population = reproduction.reproduce(config, species, count, generation)


def test_old_species_do_not_depend_on_the_order_of_the_genomes() -> None:
    config = config_of(threshold=2.0)
    population = grown_population(config, 30, 2)
    founders = parts_of(config)[0]
    founders.speciate(config, population, 1)
    before = {key: each.representative for key, each in founders.species.items()}
    found = []
    for order in (list(population), list(population)[::-1]):
        species, _ = parts_of(config)
        species.species, species.indexer.following = dict(founders.species), 100
        for key, each in species.species.items():
            each.representative = before[key]
        species.speciate(config, {key: population[key] for key in order}, 2)
        found.append({key: home for key, home in species.genome_to_species.items() if home < 100})
    assert found[0] == found[1]
    assert len(found[0]) > 15


@given(
    shares=st.lists(st.floats(0, 1e100), min_size=1, max_size=40),
    total=st.integers(1, 2000),
)
def test_quotas_sum_to_the_population_and_follow_the_shares(shares, total) -> None:
    quotas = _quotas(np.array(shares), total)

    assert quotas.sum() == total
    assert (quotas >= 0).all()
    whole = sum(shares)
    for quota, share in zip(quotas, shares, strict=True):
        exact = share / whole * total if whole > 0 else total / len(shares)
        assert abs(quota - exact) < 1 + 1e-6


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), generations=st.integers(1, 6))
def test_children_are_acyclic_and_aligned_with_their_parents(seed, generations) -> None:
    config = config_of(seed)
    brood = config.genome_config
    population = list(grown_population(config, 12, 0).values())
    for _ in range(generations):
        children = []
        for newborn in population:
            newborn.fitness = float(brood.birth.random.integers(3))
        for key, newborn in enumerate(population):
            child = Newborn(key)
            child.configure_crossover(newborn, population[(key * 5 + 1) % 12], brood)
            children.append(child)
        graphs = brood.gather(children)
        assert_valid(graphs, 10.0)
        for place, (child, newborn) in enumerate(zip(children, population, strict=True)):
            other = population[(place * 5 + 1) % 12]
            genes = [edges_of(each) for each in (child, newborn, other)]
            fitter = [newborn, other][newborn.fitness < other.fitness]
            allowed = [set(edges_of(fitter))]
            if newborn.fitness == other.fitness:
                allowed = [set(genes[1]), set(genes[2])]
            assert set(genes[0]) in allowed
            for mark, (ends, weight) in genes[0].items():
                sources = [each[mark] for each in genes[1:] if mark in each]
                assert all(ends == one[0] for one in sources)
                assert weight in [one[1] for one in sources]
        for child in children:
            child.mutate(brood)
        population = children
        assert_valid(brood.gather(population), 10.0)


def edges_of(newborn: Newborn) -> dict[int, tuple[tuple[int, int], float]]:
    """List the ends and the weight of each edge by its innovation number."""
    graph = newborn.alone()
    ids = graph.node_ids
    ends = zip(ids[graph.sources].tolist(), ids[graph.targets].tolist(), strict=True)
    return dict(
        zip(graph.innovations.tolist(), zip(ends, graph.weights.tolist(), strict=True), strict=True)
    )


@pytest.mark.parametrize("shares", [[0.0, 0.0], [1e-300, 0.0], [1e100] * 7])
def test_quotas_of_extreme_shares(shares) -> None:
    assert _quotas(np.array(shares), 150).sum() == 150
