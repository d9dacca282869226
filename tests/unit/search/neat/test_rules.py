"""The rules of NEAT as published."""

import pickle

import neat
import numpy as np
import pytest

from neatfool.encodings import Compatibility, CppnSettings
from neatfool.errors import ConfigError
from neatfool.search import NeatReproduction, NeatSpecies
from neatfool.search.neat.rules import Numbers
from tests.neat_objects import config_of, grown_population, parts_of

NAN, INF = float("nan"), float("inf")


def settled(config, fitness, mutations: int = 0):
    """Make a population of the given fitness in species."""
    species, reproduction = parts_of(config)
    reproduction.genome_indexer = Numbers(1000)
    population = grown_population(config, len(fitness), mutations)
    species.speciate(config, population, 1)
    for newborn, value in zip(population.values(), fitness, strict=True):
        newborn.fitness = value
    return population, species, reproduction


def sizes(species, population) -> dict[int, int]:
    """Count the children of each species, by the species of their first parent, or their own."""
    counts: dict[int, int] = {}
    for child in population.values():
        home = species[child.key if child.key in species else child.parents[0]]
        counts[home] = counts.get(home, 0) + 1
    return counts


@pytest.mark.parametrize("fitness", [1.0, 0.0, -3.0, NAN, INF, -INF])
def test_constant_fitness_gives_a_full_population_and_species_equal_shares(fitness) -> None:
    config = config_of(threshold=1.0, champion_size=0)
    _, species, reproduction = settled(config, [fitness] * 60)
    homes = dict(species.genome_to_species)
    assert len(species.species) > 2

    children = reproduction.reproduce(config, species, 60, 1)

    assert len(children) == 60
    counts = sizes(homes, children).values()
    assert max(counts) - min(counts) <= 1


def test_a_species_has_offspring_by_the_mean_fitness_of_its_members() -> None:
    config = config_of(threshold=0.5)
    _, species, reproduction = settled(config, [1.0] * 100)
    homes = dict(species.genome_to_species)
    values = np.random.default_rng(0).uniform(0.5, 20, len(species.species))
    for each, value in zip(species.species.values(), values, strict=True):
        for genome in each.members.values():
            genome.fitness = value

    children = reproduction.reproduce(config, species, 1000, 1)

    expected = 1000 * values / values.sum()
    counts = sizes(homes, children)
    assert len(children) == 1000
    for key, share in zip(sorted(set(homes.values())), expected, strict=True):
        assert abs(counts.get(key, 0) - share) < 1


def test_negative_fitness_counts_from_the_least() -> None:
    config = config_of(threshold=1.0)
    population, species, reproduction = settled(config, [0.0] * 50)
    homes = dict(species.genome_to_species)
    worst = max(species.species)
    for genome in population.values():
        genome.fitness = -10.0 if homes[genome.key] == worst else -1.0

    children = reproduction.reproduce(config, species, 50, 1)

    assert len(children) == 50
    assert worst not in sizes(homes, children)
    assert worst not in species.species


@pytest.mark.parametrize("odd", [NAN, -INF])
def test_what_is_no_number_is_worth_what_the_worst_is(odd) -> None:
    config = config_of(survival_threshold=0.2, threshold=100.0)
    fitness = [odd, 5.0, 4.0, odd, 3.0, odd, 2.0, odd, 6.0, odd]
    population, species, reproduction = settled(config, fitness)

    children = reproduction.reproduce(config, species, 100, 1)

    assert {parent for child in children.values() for parent in child.parents} == {2, 9}
    assert population[1].fitness == 2.0
    assert species.peak == (6.0, 1)


def test_only_the_best_share_has_offspring_and_the_champion_of_a_large_species_is_kept() -> None:
    for count, champion_size, is_kept in ((6, 5, True), (5, 5, False), (1, 0, True)):
        changing = CppnSettings(weight_rate=1.0)
        config = config_of(
            settings=changing, threshold=100.0, survival_threshold=0.5, champion_size=champion_size
        )
        population, species, reproduction = settled(config, list(range(count)))

        children = list(reproduction.reproduce(config, species, 50, 1).values())

        best = list(population.values())[::-1]
        allowed = {genome.key for genome in best[: -(-count // 2)]}
        assert {parent for child in children for parent in child.parents} == allowed
        weights = best[0].alone().weights
        copies = [c for c in children if np.array_equal(c.alone().weights, weights)]
        assert len(copies) == is_kept
        assert [(copy.key, copy.parents) for copy in copies] == [(best[0].key, ())][:is_kept]
        assert all(child.fitness is None for child in children)


def test_children_are_made_in_the_order_of_the_population() -> None:
    config = config_of(threshold=1.0, champion_size=1)
    _, species, reproduction = settled(config, [1.0] * 100)
    children = list(reproduction.reproduce(config, species, 200, 1).values())

    assert len(species.species) > 2
    assert [child.place for child in children] == list(range(200))
    assert all(child.batch is children[0].batch for child in children)
    keys = [child.key for child in children]
    assert len(set(keys)) == 200
    living_on = {key for key in keys if key < 1000}
    assert len(living_on) == sum(len(each.members) > 1 for each in species.species.values()) > 0
    assert all(key in living_on or key == 1000 + place for place, key in enumerate(keys))


def test_as_many_children_have_two_parents_as_the_settings_say() -> None:
    for crossover, expected in ((0.0, 0.0), (0.75, 0.75), (1.0, 1.0)):
        config = config_of(threshold=100.0, crossover=crossover, survival_threshold=1.0)
        _, species, reproduction = settled(config, [1.0] * 200)
        children = reproduction.reproduce(config, species, 2000, 1).values()
        share = np.mean([len(child.parents) == 2 for child in children])
        assert abs(share - expected) < 0.04


def test_strangers_are_champions_of_other_species() -> None:
    config = config_of(threshold=1.0, crossover=1.0, interspecies=1.0, champion_size=1000)
    _, species, reproduction = settled(config, list(range(100)))
    homes = dict(species.genome_to_species)
    champions = {max(each.members) for each in species.species.values()}
    assert len(champions) > 2

    children = reproduction.reproduce(config, species, 200, 1).values()

    for child in children:
        first, second = child.parents
        assert second in champions
        assert homes[first] != homes[second]


def test_a_species_that_does_not_improve_dies_but_not_the_last() -> None:
    config = config_of(threshold=1.0, max_stagnation=3, population_stagnation=1000)
    population, species, reproduction = settled(config, [1.0] * 60)
    for generation in range(1, 12):
        population = reproduction.reproduce(config, species, 60, generation)
        assert len(population) == 60
        species.speciate(config, population, generation)
        for newborn in population.values():
            newborn.fitness = 1.0
    assert species.species
    assert min(each.created for each in species.species.values()) >= 11 - 4


def test_a_population_that_does_not_improve_goes_on_with_its_two_best_species() -> None:
    config = config_of(threshold=1.0, max_stagnation=1000, population_stagnation=3)
    population, species, reproduction = settled(config, [1.0] * 60)
    counts = []
    for generation in range(1, 10):
        population = reproduction.reproduce(config, species, 60, generation)
        counts.append(len(species.species))  # that have offspring
        species.speciate(config, population, generation)
        for newborn in population.values():
            newborn.fitness = 1.0
    assert [number for number, count in enumerate(counts, 1) if count <= 2] == [5, 9]


@pytest.mark.parametrize("step", [{}, {"step": 0.2}])
def test_the_threshold_moves_towards_the_target(step) -> None:
    config = config_of(threshold=0.4, target=6, **step)
    species, _ = parts_of(config)
    for generation in range(1, 40):
        config.genome_config.birth.generation = generation
        species.species = {}
        species.speciate(config, grown_population(config, 60, 0), generation)
    assert 3 <= len(species.species) <= 12
    assert species.threshold > 0.4
    config = config_of(threshold=0.4, target=1000, **step)
    species, _ = parts_of(config)
    for generation in range(1, 10):
        species.speciate(config, grown_population(config, 5, 0), generation)
    assert species.threshold == pytest.approx(0.2) if step else 0 < species.threshold < 0.4


def test_a_threshold_that_nothing_keeps_up_finds_back() -> None:
    config = config_of(threshold=3.0, target=10)
    species, _ = parts_of(config)
    for generation in range(1, 51):
        species.speciate(config, grown_population(config, 1, 0), generation)
    assert len(species.species) == 1
    assert species.threshold == pytest.approx(0.003)


@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
def test_the_threshold_finds_the_target_at_any_scale_of_distances(scale) -> None:
    config = config_of(threshold=3.0, target=10)
    population = grown_population(config, 200, 0)
    brood = config.genome_config
    brood.compatibility = Compatibility(weights=scale)
    species, _ = parts_of(config)
    counts = []
    for generation in range(1, 61):
        species.species = {}
        species.speciate(config, population, generation)
        counts.append(len(species.species))
    assert 7 <= min(counts[-20:]) <= max(counts[-20:]) <= 14


def test_representatives_are_random_members() -> None:
    places = set()
    for seed in range(30):
        config = config_of(seed, threshold=1000.0)
        species, _ = parts_of(config)
        population = grown_population(config, 10, 0)
        species.speciate(config, population, 1)
        places.add(species.species[1].representative.key)
    assert len(places) > 5


def test_genomes_that_cannot_be_compared_are_species_of_their_own(monkeypatch) -> None:
    config = config_of()
    kind = type(config.genome_config.encoding)
    monkeypatch.setattr(kind, "distance", lambda _, a, b, by: np.full((len(a), len(b)), np.nan))
    species, _ = parts_of(config)
    species.speciate(config, grown_population(config, 5, 0), 1)
    assert len(species.species) == 5


def test_minimising_is_refused_before_anything_is_evaluated() -> None:
    config = config_of(criterion="min")
    species, reproduction = parts_of(config)
    with pytest.raises(ConfigError, match="fitness_criterion = min is not followed"):
        species.speciate(config, grown_population(config, 3, 0), 0)
    with pytest.raises(ConfigError, match="write fitness_criterion = max"):
        reproduction.reproduce(config, species, 3, 0)


def test_genomes_of_neat_python_are_refused() -> None:
    config = config_of()
    species, _ = parts_of(config)
    config.genome_config, config.genome_type = object(), neat.DefaultGenome
    with pytest.raises(ConfigError, match="need genomes of neatfool, such as CppnGenome, got Def"):
        species.speciate(config, {}, 0)


@pytest.mark.parametrize(
    ("kind", "params", "message"),
    [
        (NeatSpecies, {"compatibility_treshold": "3"}, "did you mean compatibility_threshold?"),
        (NeatSpecies, {"compatibility_threshold": "0"}, "expected a number above 0, got '0'"),
        (NeatSpecies, {"step": "0.3"}, "[NeatSpecies] step has no effect with target = 0"),
        (NeatSpecies, {"target": "-1"}, "target: expected a number "),
        (NeatReproduction, {"survival": "0.2"}, "did you mean survival_threshold?"),
        (NeatReproduction, {"survival_threshold": "7"}, "expected a number of at most 1, got '7'"),
        (NeatReproduction, {"elitism": "2"}, "[NeatReproduction] has an unknown key elitism"),
        (NeatReproduction, {"champion_size": "many"}, "champion_size: expected a whole number"),
    ],
)
def test_wrong_sections_are_refused(kind, params, message) -> None:
    with pytest.raises(ConfigError) as caught:
        kind.parse_config(params)
    assert message in str(caught.value)


def test_pickling_takes_no_number() -> None:
    config = config_of(threshold=1.0)
    population, species, _ = settled(config, [1.0] * 20)
    numbers = species.indexer.following, vars(config.genome_config.birth).copy()

    again = pickle.loads(pickle.dumps((config.genome_config, population, species)))[2]

    assert species.indexer.following == again.indexer.following == numbers[0]
    assert vars(config.genome_config.birth) == numbers[1]
    assert again.genome_to_species == species.genome_to_species
    assert again.threshold == species.threshold
