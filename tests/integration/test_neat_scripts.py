"""Scripts of neat-python with genomes of neatfool: populations, reporters, checkpoints."""

import gzip
import io
import pickle
from pathlib import Path
from typing import Any

import neat
import numpy as np
import pytest

import neatfool
from neatfool.errors import ConfigError
from neatfool.sections.task import XorSettings
from neatfool.tasks import build
from tests.fakes import fake_classifier
from tests.neat_objects import traced

INI = Path(__file__).parents[2] / "configs" / "neat"
STOCK = (neat.DefaultReproduction, neat.DefaultSpeciesSet)
OURS = (neatfool.NeatReproduction, neatfool.NeatSpecies)
SCRIPTS = {
    "cppn.ini": (neatfool.CppnGenome, *STOCK),
    "pixels.ini": (neatfool.PixelGenome, *OURS),
    "offset.ini": (neatfool.OffsetGenome, *OURS),
    "xor_2002.ini": (neatfool.CppnGenome, *OURS),
}
XOR = build(XorSettings(), 0)


@pytest.fixture(params=SCRIPTS)
def script(request) -> str:
    """Every configuration."""
    return request.param


def load(name: str, path: Path | None = None, **changes: Any) -> neat.Config:
    """Load a configuration as scripts do, and make its population small."""
    config = neat.Config(*SCRIPTS[name], neat.DefaultStagnation, path or INI / name)
    for key, value in ({"pop_size": 40} | changes).items():
        setattr(config, key, value)
    return config


def eval_genomes(genomes: list[tuple[int, Any]], config: neat.Config) -> None:
    """Evaluate all genomes at once."""
    phenotypes = config.genome_config.express(genomes)
    if hasattr(phenotypes, "shape"):
        scores = fake_classifier((1, 28, 28))(phenotypes).numpy()
    else:
        scores = XOR.score(phenotypes)
    for (_, genome), score in zip(genomes, scores, strict=True):
        genome.fitness = score.max()


def test_a_script_runs_with_all_reporters(script, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    population = neat.Population(load(script, no_fitness_termination=True), seed=3)
    statistics = neat.StatisticsReporter()
    for reporter in (neat.StdOutReporter(True), statistics, neat.Checkpointer(5)):
        population.add_reporter(reporter)

    winner = population.run(eval_genomes, 20)

    assert winner.fitness == max(statistics.get_fitness_stat(max))
    assert winner.fitness > statistics.get_fitness_stat(max)[0] or script == "cppn.ini"
    statistics.save()
    assert (tmp_path / "neat-checkpoint-20").exists()
    assert "Best fitness" in capsys.readouterr().out
    assert len(winner.alone()) == 1
    eval_genomes([(winner.key, winner)], population.config)
    assert winner.fitness == max(statistics.get_fitness_stat(max))
    again = pickle.loads(pickle.dumps(winner))
    assert np.array_equal(*(next(iter(each.alone().arrays().values())) for each in (winner, again)))


def test_the_seed_decides_the_run(script) -> None:
    traces = [
        traced(neat.Population(load(script), seed=seed), eval_genomes, 5) for seed in (1, 1, 2)
    ]
    assert traces[0] == traces[1]
    assert traces[0] != traces[2]


def test_checkpoints_change_nothing_and_a_restored_run_goes_on_the_same(
    script, tmp_path, capsys
) -> None:
    whole = traced(
        neat.Population(load(script, no_fitness_termination=True), seed=1), eval_genomes, 12
    )
    population = neat.Population(load(script, no_fitness_termination=True), seed=1)
    population.add_reporter(neat.Checkpointer(1, filename_prefix=str(tmp_path / "at-")))

    assert traced(population, eval_genomes, 12) == whole
    same = load(script, no_fitness_termination=True)
    for number, new_config in ((3, None), (8, None), (8, same)):
        path = str(tmp_path / f"at-{number}")
        restored = neat.Checkpointer.restore_checkpoint(path, new_config)
        assert traced(restored, eval_genomes, 12 - number) == whole[number:]


def test_a_restored_run_remembers_when_it_was_best(tmp_path, capsys) -> None:
    def worse_and_worse(genomes: list[tuple[int, Any]], _: neat.Config) -> None:
        for key, genome in genomes:
            genome.fitness = 1 / key

    population = neat.Population(load("xor_2002.ini", no_fitness_termination=True), seed=1)
    population.add_reporter(neat.Checkpointer(3, filename_prefix=str(tmp_path / "at-")))
    population.run(worse_and_worse, 6)
    restored = neat.Checkpointer.restore_checkpoint(str(tmp_path / "at-6"))
    assert restored.species.peak == population.species.peak == (1.0, 0)


def test_checkpoints_hold_each_genome_once(script, tmp_path, capsys) -> None:
    population = neat.Population(load(script, no_fitness_termination=True), seed=1)
    population.run(eval_genomes, 5)
    path = tmp_path / "at-5"
    neat.Checkpointer(1, filename_prefix=str(tmp_path / "at-")).save_checkpoint(
        population.config, population.population, population.species, 5
    )
    with gzip.open(path) as file:
        size = len(file.read())
    genomes = [genome.alone().arrays() for genome in population.population.values()]
    bare = sum(array.nbytes for arrays in genomes for array in arrays.values())
    assert size < 2.5 * bare + 200_000


def test_a_saved_configuration_loads_as_the_same(script, tmp_path) -> None:
    config = load(script, seed=7)
    config.save(tmp_path / "saved.ini")
    again = load(script, tmp_path / "saved.ini")
    assert again.genome_config.encoding.settings == config.genome_config.encoding.settings
    assert again.genome_config.compatibility == config.genome_config.compatibility
    for part in ("species_set_config", "reproduction_config", "stagnation_config"):
        files = []
        for each in (config, again):
            files.append(io.StringIO())
            getattr(each, part.replace("config", "type")).write_config(
                files[-1], getattr(each, part)
            )
        assert files[0].getvalue() == files[1].getvalue() != ""


def test_it_does_not_die_out_of_a_fitness_that_cannot_rise(script) -> None:
    def constant(genomes: list[tuple[int, Any]], _: neat.Config) -> None:
        for _, genome in genomes:
            genome.fitness = 1.0

    config = load(script, no_fitness_termination=True, reset_on_extinction=False, pop_size=20)
    config.stagnation_config.max_stagnation = 2
    population = neat.Population(config, seed=1)
    population.run(constant, 12)
    assert len(population.population) == 20


ODD = [(name, odd) for name in SCRIPTS for odd in (float("nan"), -float("inf"), float("inf"))]


@pytest.mark.parametrize(
    ("script", "odd"),
    # neat-python's own rules fail where one of many species is to get nearly all offspring
    [(name, odd) for name, odd in ODD if odd != float("inf") or SCRIPTS[name][1:] == OURS],
)
def test_no_fitness_makes_a_run_fail_or_hides_the_best(script, odd) -> None:
    def first_is_odd(genomes: list[tuple[int, Any]], config: neat.Config) -> None:
        eval_genomes(genomes, config)
        genomes[0][1].fitness = odd

    population = neat.Population(load(script, no_fitness_termination=True), seed=1)
    population.add_reporter(neat.StatisticsReporter())
    winner = population.run(first_is_odd, 8)
    assert (winner.fitness > 100) == (odd == float("inf"))
    assert winner.fitness > 0


@pytest.mark.parametrize("script", [name for name in SCRIPTS if SCRIPTS[name][1:] == OURS])
def test_minimising_is_refused_at_once(script) -> None:
    config = load(script, fitness_criterion="min")
    with pytest.raises(ConfigError, match="fitness_criterion = min"):
        neat.Population(config, seed=1)


def test_random_activations_of_300_genomes_do_not_stop_the_rules_of_2002(tmp_path) -> None:
    text = (INI / "cppn.ini").read_text(encoding="utf-8").replace("1 28 28", "1 3 3")
    text = text.replace("activations =", "activation_rate = 1.0\nactivations = cosine tanh relu")
    text = text.replace("threshold = 6.0", "threshold = 0.01").replace("elitism = 1\n", "")
    for old, new in (("DefaultSpeciesSet", "NeatSpecies"), ("DefaultRepr", "NeatRepr")):
        text = text.replace(f"[{old}", f"[{new}")
    text = text.replace("min_species_size = 1\n", "")
    path = tmp_path / "many.ini"
    path.write_text(text)
    config = neat.Config(neatfool.CppnGenome, *OURS, neat.DefaultStagnation, path)
    config.pop_size = 300
    population = neat.Population(config, seed=1)
    assert len(population.species.species) == 300

    def by_key(genomes: list[tuple[int, Any]], _: neat.Config) -> None:
        for key, genome in genomes:
            genome.fitness = float(key == 1)

    population.run(by_key, 4)
    assert len(population.population) == 300


def test_missing_and_wrong_sections_are_named(tmp_path) -> None:
    text = (INI / "xor_2002.ini").read_text(encoding="utf-8")
    path = tmp_path / "wrong.ini"
    for old, new, message in (
        ("[CppnGenome]", "[Cppn]", "No section: 'CppnGenome'"),
        ("add_edge_rate", "add_edge_rat", "unknown key add_edge_rat: did you mean add_edge_rate?"),
        ("crossover = 0.75", "crossover = 75", "[NeatReproduction] crossover: expected"),
        ("compatibility_threshold", "threshold", "[NeatSpecies] has an unknown key threshold"),
    ):
        path.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(Exception) as caught:  # noqa: PT011 - of several classes
            load("xor_2002.ini", path)
        assert message in str(caught.value)
