"""Every encoding inside scripts of neat-python, with either rules."""

import pickle
from pathlib import Path
from typing import Any

import neat
import pytest
import torch

import neatfool
from neatfool.substrates import LinkSettings, sandwich
from tests.neat_objects import traced

KINDS: dict[str, tuple[type, str]] = {
    "hyperneat": (neatfool.CppnGenome, "sandwich = 2 3\nrule = leo\nlocality = 1"),
    "weights": (neatfool.WeightGenome, "sandwich = 2 3\nbiases = true"),
    "offset weights": (neatfool.OffsetGenome, "sandwich = 2 3\nrule = raw"),
    "offset images": (neatfool.OffsetGenome, "canvas = 3 4 4\noffset_rate = 0.2"),
    "switch weights": (neatfool.SwitchGenome, "sandwich = 2 3\nat = 5"),
    "switch images": (neatfool.SwitchGenome, "canvas = 1 4 4\nat = 5\ndirect_mutation_rate = 0.5"),
    "auto-switch": (neatfool.SwitchGenome, "sandwich = 2 3\nstagnation = 3"),
}
RULES = {
    "2002": (neatfool.NeatReproduction, neatfool.NeatSpecies),
    "neat-python": (neat.DefaultReproduction, neat.DefaultSpeciesSet),
}


@pytest.fixture(params=RULES)
def rules(request) -> str:
    """Either rules."""
    return request.param


@pytest.fixture(params=KINDS)
def kind(request) -> str:
    """Every encoding that makes tensors."""
    return request.param


def load(kind: str, rules: str, folder: Path) -> neat.Config:
    """Write a configuration, and load it as scripts do."""
    genome, section = KINDS[kind]
    reproduction, species = RULES[rules]
    text = (
        "[NEAT]\npop_size = 24\nfitness_criterion = max\nfitness_threshold = 0\n"
        "reset_on_extinction = True\nno_fitness_termination = True\n"
        f"[{genome.__name__}]\n{section}\n[{reproduction.__name__}]\n"
        f"[{species.__name__}]\ncompatibility_threshold = 20\n"
        "[DefaultStagnation]\nspecies_elitism = 1\n"
    )
    path = folder / f"{kind}.ini"
    path.write_text(text, encoding="utf-8")
    return neat.Config(genome, reproduction, species, neat.DefaultStagnation, path)


def eval_genomes(genomes: list[tuple[int, Any]], config: neat.Config) -> None:
    """Prefer values near one half."""
    values = config.genome_config.express(genomes).flatten(1)
    for (_, genome), score in zip(genomes, -(values - 0.5).abs().mean(1), strict=True):
        genome.fitness = float(score)


def direct_shares(population: neat.Population, fitness: list[float]) -> list[float]:
    """Run with the same fitness for all, and return the share of direct genomes by generation."""
    shares = []

    def noting(genomes: list[tuple[int, Any]], config: neat.Config) -> None:
        batch = config.genome_config.gather([genome for _, genome in genomes])
        shares.append(float(batch.is_direct.mean()))
        for _, genome in genomes:
            genome.fitness = fitness[len(shares) - 1]

    population.run(noting, len(fitness))
    return shares


def test_a_script_evolves_is_saved_and_goes_on_the_same(kind, rules, tmp_path, capsys) -> None:
    config = load(kind, rules, tmp_path)
    population = neat.Population(config, seed=1)
    statistics = neat.StatisticsReporter()
    checkpoints = neat.Checkpointer(1, filename_prefix=str(tmp_path / "at-"))
    for reporter in (neat.StdOutReporter(True), statistics, checkpoints):
        population.add_reporter(reporter)

    trace = traced(population, eval_genomes, 9)

    best = statistics.get_fitness_stat(max)
    assert max(best) > best[0]
    winner = statistics.best_genome()
    again = pickle.loads(pickle.dumps(winner))
    assert again.fitness == winner.fitness
    eval_genomes([(again.key, again)], config)
    assert again.fitness == pytest.approx(max(best), abs=1e-6)
    for generation, new_config in ((3, None), (6, None), (6, load(kind, rules, tmp_path))):
        path = str(tmp_path / f"at-{generation}")
        restored = neat.Checkpointer.restore_checkpoint(path, new_config)
        assert traced(restored, eval_genomes, 9 - generation) == trace[generation:]
    config.save(tmp_path / "saved.ini")
    parts = config.genome_type, config.reproduction_type, config.species_set_type
    saved = neat.Config(*parts, neat.DefaultStagnation, tmp_path / "saved.ini")
    assert traced(neat.Population(saved, seed=1), eval_genomes, 3) == trace[:3]


def test_a_generation_to_switch_in_counts_from_one(rules, tmp_path) -> None:
    population = neat.Population(load("switch weights", rules, tmp_path), seed=1)
    shares = direct_shares(population, [1.0] * 8)
    assert shares[:4] == [0, 0, 0, 0]
    assert min(shares[4:]) > 0.8, "all but those that live on, or copies of champions"


def test_stagnation_of_a_script_is_that_of_all_it_evaluated(rules, tmp_path) -> None:
    population = neat.Population(load("auto-switch", rules, tmp_path), seed=1)
    # Generations of neat-python; 2 is better, those from 3 to 5 are not.
    shares = direct_shares(population, [1.0, 1.0, 2.0, 2.0, 1.0, 2.0, 3.0, 4.0])
    assert shares[:6] == [0] * 6
    assert min(shares[6:]) > 0.8, "and there is no way back"


def test_a_brood_over_a_substrate_runs_the_weights(tmp_path) -> None:
    config = load("weights", "2002", tmp_path)
    population = neat.Population(config, seed=1)
    weights = config.genome_config.express(list(population.population.items()))
    inputs = torch.rand(5, 6)

    outputs = config.genome_config.substrate.run(weights, inputs)

    assert outputs.shape == (24, 5, 6)
    assert config.genome_config.substrate.settings == sandwich(3, 2, LinkSettings(biases=True))
