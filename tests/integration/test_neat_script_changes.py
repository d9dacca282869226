"""Scripts of neat-python that change settings, subclass genomes, die out, or mix things up."""

import itertools
from pathlib import Path
from typing import Any

import neat
import pytest
import torch

import neatfool
from neatfool import viz
from neatfool.errors import ConfigError, NeatfoolError
from tests.neat_genomes import xor_config
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
    assert all(len(genome.parents) == 1 for genome in born if genome.size()[0] == 5)


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


MIXED = {
    "cppn": (neatfool.CppnGenome, "inputs = a b bias"),
    "other inputs": (neatfool.CppnGenome, "inputs = a b c d"),
    "painted": (neatfool.CppnGenome, "canvas = 3 4 4"),
    "pixels": (neatfool.PixelGenome, "canvas = 1 4 4"),
    "more pixels": (neatfool.PixelGenome, "canvas = 1 5 5"),
    "weights": (neatfool.WeightGenome, "sandwich = 2 2"),
    "offset": (neatfool.OffsetGenome, "canvas = 1 4 4"),
    "switch": (neatfool.SwitchGenome, "canvas = 1 4 4"),
}


def stock() -> neat.Config:
    """Make a config of neat-python's own genomes."""
    config = xor_config()
    config.pop_size = 30
    return config


def saved(folder: Path, config: neat.Config) -> str:
    """Run a generation of any genomes, and return its checkpoint."""
    population = neat.Population(config, seed=1)
    population.add_reporter(neat.Checkpointer(1, filename_prefix=str(folder / "at-")))
    population.run(constant, 1)
    return str(folder / "at-1")


def assert_told(path: str, config: neat.Config, evaluate: Any) -> None:
    """Check that a checkpoint does not go on with a config, and says why."""
    with pytest.raises(NeatfoolError, match=r"expected .*got") as caught:
        neat.Checkpointer.restore_checkpoint(path, config).run(evaluate, 2)
    assert len(str(caught.value)) < 400


def expressing(genomes: Any, config: Any) -> None:
    config.genome_config.express(genomes)
    constant(genomes, config)


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("evaluate", [expressing, constant])
def test_genomes_of_one_kind_do_not_go_on_as_another(tmp_path, rules, evaluate, capsys) -> None:
    for name, (genome, section) in MIXED.items():
        path = saved(tmp_path, load(tmp_path, genome, rules, section))
        others = {key: each for key, each in MIXED.items() if key != name}
        for other, text in list(others.values())[:: 1 if name == "cppn" else 3]:
            assert_told(path, load(tmp_path, other, rules, text), evaluate)


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("evaluate", [expressing, constant])
def test_genomes_of_neat_python_do_not_go_on_as_ours(tmp_path, rules, evaluate, capsys) -> None:
    path = saved(tmp_path, stock())
    for genome, section in MIXED.values():
        assert_told(path, load(tmp_path, genome, rules, section), evaluate)


def network(genomes: Any, config: Any) -> None:
    for _, genome in genomes:
        neat.nn.FeedForwardNetwork.create(genome, config)


def at_once(genomes: Any, config: Any) -> None:
    neatfool.activate_all(genomes, config, [(0.0, 1.0)])


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("evaluate", [network, at_once, constant])
def test_genomes_of_ours_do_not_go_on_as_neat_pythons(tmp_path, rules, evaluate, capsys) -> None:
    path = saved(tmp_path, load(tmp_path, rules=rules))
    assert_told(path, stock(), evaluate)


def test_networks_go_on_at_another_size(tmp_path, capsys) -> None:
    small = load(tmp_path, section="canvas = 1 4 4")
    path = saved(tmp_path, small)
    restored = neat.Checkpointer.restore_checkpoint(path, load(tmp_path, section="canvas = 1 9 7"))
    shapes = []

    def noting(genomes: Any, config: Any) -> None:
        shapes.append(tuple(config.genome_config.express(genomes).shape))
        constant(genomes, config)

    restored.run(noting, 2)
    assert shapes == [(30, 1, 9, 7)] * 2


def test_a_population_is_expressed_however_it_comes(tmp_path) -> None:
    config = load(tmp_path, section="canvas = 1 4 4")
    genomes = neat.Population(config, seed=1).population
    expected = config.genome_config.express(list(genomes.items()))
    for way in (genomes, genomes.values(), [list(pair) for pair in genomes.items()]):
        assert torch.equal(config.genome_config.express(way), expected)
    unmade = neatfool.CppnGenome(7)
    for wrong in (
        *(genomes[1], list(genomes), [neat.DefaultGenome(1)], {1: None}, [], [unmade]),
        *([unmade, genomes[1]], [[genomes[1], genomes[2]]], neat.Population),
    ):
        with pytest.raises(ConfigError, match=r"expected .*got"):
            config.genome_config.express(wrong)


@pytest.mark.parametrize(
    "use",
    [
        lambda genome, config: genome.nodes,
        lambda genome, config: genome.connections.values(),
        lambda genome, config: genome.get_pruned_copy(config.genome_config),
        lambda genome, config: list(config.genome_config.input_keys),
        lambda genome, config: neat.nn.FeedForwardNetwork.create(genome, config),
        lambda genome, config: neat.nn.RecurrentNetwork.create(genome, config),
    ],
)
def test_what_draws_and_runs_genomes_of_neat_python_is_told_what_to_do(tmp_path, use) -> None:
    config = load(tmp_path)
    genome = neat.Population(config, seed=1).population[1]
    with pytest.raises(NeatfoolError) as caught:
        use(genome, config)
    assert isinstance(caught.value, AttributeError)
    assert not hasattr(genome, "nodes")
    assert "viz" in neatfool.__all__  # as the message says
    assert len(viz.topology(genome.alone(), nodes="symbols").axes) == 1
