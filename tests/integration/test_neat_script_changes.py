"""Scripts of neat-python that change settings, subclass genomes, die out, or mix things up."""

import itertools
from pathlib import Path
from typing import Any

import neat
import pytest

import neatfool
from tests.neat_objects import traced

OURS = (neatfool.NeatReproduction, neatfool.NeatSpecies)
STOCK = (neat.DefaultReproduction, neat.DefaultSpeciesSet)
RULES = {"2002": OURS, "neat-python": STOCK}


def load(
    folder: Path,
    genome: type = neatfool.CppnGenome,
    rules: str = "2002",
    section: str = "inputs = a b bias\nadd_node_rate = 0.3",
    **changes: Any,
) -> neat.Config:
    """Write a configuration, and load it as scripts do."""
    reproduction, species = RULES[rules]
    values = {"reset": False, "elitism": 1, "stagnation": 15, "threshold": 3.0} | changes
    text = (
        "[NEAT]\npop_size = 30\nfitness_criterion = max\nfitness_threshold = 0\n"
        f"reset_on_extinction = {values['reset']}\nno_fitness_termination = True\n"
        f"[{genome.__name__}]\n{section}\n[{reproduction.__name__}]\n"
        f"[{species.__name__}]\ncompatibility_threshold = {values['threshold']}\n"
        f"[DefaultStagnation]\nspecies_elitism = {values['elitism']}\n"
        f"max_stagnation = {values['stagnation']}\n"
    )
    path = folder / f"{genome.__name__}-{rules}.ini"
    path.write_text(text, encoding="utf-8")
    return neat.Config(genome, reproduction, species, neat.DefaultStagnation, path)


def by_size(genomes: Any, config: Any) -> None:
    """Prefer large networks."""
    config.genome_config.gather([genome for _, genome in genomes])
    for _, genome in genomes:
        genome.fitness = float(sum(genome.size()))


def constant(genomes: Any, _: Any) -> None:
    for _, genome in genomes:
        genome.fitness = 1.0


def test_the_threshold_follows_a_script_and_its_checkpoint(tmp_path, capsys) -> None:
    seen: list[int] = []

    def tightening(genomes: Any, config: Any) -> None:
        by_size(genomes, config)
        seen.append(len(population.species.species))
        config.species_set_config.compatibility_threshold *= 0.5

    population = neat.Population(load(tmp_path, threshold=20.0), seed=1)
    population.add_reporter(neat.Checkpointer(5, filename_prefix=str(tmp_path / "at-")))
    population.run(tightening, 8)

    assert seen[0] == 1
    assert seen[-1] > 5
    assert population.species.threshold == 20.0 * 0.5**8
    restored = neat.Checkpointer.restore_checkpoint(str(tmp_path / "at-5"))
    assert restored.config.species_set_config.compatibility_threshold == 20.0 * 0.5**5
    restored.config.species_set_config.compatibility_threshold = 50.0
    restored.run(by_size, 1)
    assert restored.species.threshold == 50.0
    assert len(restored.species.species) == 1


def test_a_checkpoint_goes_on_with_the_threshold_of_a_new_config(tmp_path, capsys) -> None:
    population = neat.Population(load(tmp_path, threshold=0.5), seed=1)
    population.add_reporter(neat.Checkpointer(3, filename_prefix=str(tmp_path / "at-")))
    population.run(by_size, 3)
    assert len(population.species.species) > 3

    new = load(tmp_path, threshold=100.0)
    restored = neat.Checkpointer.restore_checkpoint(str(tmp_path / "at-3"), new)
    restored.run(by_size, 1)
    assert len(restored.species.species) == 1
    new.species_set_config.compatibility_threshold = 0.1
    restored.run(by_size, 1)
    assert len(restored.species.species) > 3


def test_a_moving_threshold_moves_on_from_what_a_script_writes(tmp_path) -> None:
    config = load(tmp_path)
    config.species_set_config.target = 5
    population = neat.Population(config, seed=1)
    population.run(by_size, 2)
    config.species_set_config.compatibility_threshold = 40.0
    population.run(by_size, 1)
    assert population.species.threshold == pytest.approx(40.0 * (1 / 5) ** 0.2)


def test_rates_of_birth_and_mating_follow_a_script(tmp_path) -> None:
    config = load(tmp_path, section="inputs = a b bias\nadd_node_rate = 0\ndelete_edge_rate = 0")
    population = neat.Population(config, seed=1)
    population.run(constant, 2)
    assert all(genome.size()[0] == 4 for genome in population.population.values())

    config.genome_config.add_node_rate = 1.0
    config.genome_config.delete_node_rate = 0.0
    config.reproduction_config.crossover = 0.0
    config.reproduction_config.survival_threshold = 1.0
    config.stagnation_config.max_stagnation = 3
    population.run(constant, 1)

    born = population.population.values()
    assert sum(genome.size()[0] == 5 for genome in born) >= 24  # champions are copies
    assert all(len(genome.parents) == 1 for genome in born)


class Counting(neatfool.CppnGenome):
    """Overrides everything that breeds, and counts it."""

    calls: dict[str, int] = {}  # noqa: RUF012

    def configure_new(self, config: Any) -> None:
        self._count("configure_new")
        super().configure_new(config)

    def configure_crossover(self, first: Any, second: Any, config: Any) -> None:
        self._count("configure_crossover")
        super().configure_crossover(first, second, config)

    def mutate(self, config: Any) -> None:
        self._count("mutate")
        super().mutate(config)

    def distance(self, other: Any, config: Any) -> float:
        self._count("distance")
        return super().distance(other, config)

    def _count(self, name: str) -> None:
        self.calls[name] = self.calls.get(name, 0) + 1


@pytest.mark.parametrize("rules", RULES)
def test_what_a_subclass_overrides_is_called(tmp_path, rules) -> None:
    Counting.calls.clear()
    neat.Population(load(tmp_path, Counting, rules), seed=1).run(by_size, 3)

    assert Counting.calls["configure_new"] == 30
    copies = 20 if rules == "2002" else 90
    assert 90 - copies <= Counting.calls["mutate"] <= 90
    assert Counting.calls["configure_crossover"] >= Counting.calls["mutate"]
    assert Counting.calls["distance"] >= 90


def test_a_subclass_that_only_calls_on_gives_the_run_of_its_parent(tmp_path) -> None:
    def run(genome: type) -> Any:
        return traced(neat.Population(load(tmp_path, genome), seed=2), by_size, 1)

    assert run(Counting) == run(neatfool.CppnGenome)


class Distant(neatfool.CppnGenome):
    """Genomes are apart by their keys alone, and every second one is not mutated."""

    def distance(self, other: Any, config: Any) -> float:
        return 0.0 if self.key % 3 == other.key % 3 else 9.0

    def mutate(self, config: Any) -> None:
        if self.key % 2:
            super().mutate(config)


def test_what_a_subclass_decides_is_done(tmp_path) -> None:
    config = load(tmp_path, Distant, section="inputs = a b bias\nadd_node_rate = 1")
    config.genome_config.delete_node_rate = config.genome_config.delete_edge_rate = 0
    config.reproduction_config.champion_size = 30
    population = neat.Population(config, seed=1)
    assert len(population.species.species) == 3
    assert {
        frozenset(key % 3 for key in each.members) for each in population.species.species.values()
    } == {frozenset([0]), frozenset([1]), frozenset([2])}

    population.run(constant, 1)

    for genome in population.population.values():
        assert genome.size()[0] == 4 + genome.key % 2


@pytest.mark.parametrize("rules", RULES)
def test_a_population_that_dies_out_begins_anew_where_it_is_told_to(tmp_path, rules) -> None:
    told = {"elitism": 0, "stagnation": 3, "threshold": 1e6}
    with pytest.raises(neat.CompleteExtinctionException):
        neat.Population(load(tmp_path, rules=rules, **told), seed=1).run(constant, 10)

    population = neat.Population(load(tmp_path, rules=rules, reset=True, **told), seed=1)
    seen = traced(population, constant, 7)

    keys = [{key for key, _ in generation} for generation in seen]
    assert any(not old & new for old, new in itertools.pairwise(keys))
    population.run(by_size, 5)
    assert len(population.population) == 30


def test_after_a_new_beginning_the_old_best_is_forgotten(tmp_path) -> None:
    config = load(tmp_path, reset=True, elitism=0, stagnation=3, threshold=1e6)
    population = neat.Population(config, seed=1)
    population.run(constant, 4)
    assert population.species.peak == (-float("inf"), 3)

    def rising(genomes: Any, _: Any) -> None:
        for key, genome in genomes:
            genome.fitness = key / 1e6

    last = max(population.population)
    population.run(rising, 1)
    assert population.species.peak == (last / 1e6, 4)


def test_the_best_species_lives_on_by_default(tmp_path) -> None:
    population = neat.Population(load(tmp_path, reset=True, stagnation=2, threshold=1e6), seed=1)
    best: list[Any] = []

    def noting(genomes: Any, config: Any) -> None:
        constant(genomes, config)
        best.append(min(population.species.species))

    population.run(noting, 12)
    assert len(set(best)) == 1
