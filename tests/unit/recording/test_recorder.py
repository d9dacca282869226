import subprocess
import sys
from pathlib import Path

import neat
import numpy as np
import pytest
import torch

from neatfool import CppnGenome, NeatReproduction, NeatSpecies, past, viz
from neatfool.encodings.neat.bridge import to_neat
from neatfool.errors import ConfigError, RunError
from neatfool.networks import execute
from neatfool.past.history import History
from neatfool.past.replay import Replay
from neatfool.recording import Recorder
from neatfool.reports import of_run, report_again
from neatfool.runs import build
from neatfool.web.browse.facts import facts_of
from tests.neat_genomes import attributes, xor_config

CONFIGS = Path(__file__).parents[3] / "configs"


def wobble(z):
    return z / 2


def halves(terms):
    return sum(terms) / 2


def small(genome):
    """Score a genome that may have no connections."""
    return len(genome.nodes) / 10 + sum(e.weight for e in genome.connections.values()) / 1000


def score_all(genomes, _):
    for _, genome in genomes:
        genome.fitness = small(genome)


def evolve(folder, config=None, generations=6, names=None, fitness=small):
    """Evolve for large networks, and return the population and its winner."""
    population = neat.Population(config or xor_config(), seed=1)
    if folder is not None:
        population.add_reporter(Recorder(folder, names))

    def score(genomes, _):
        for _, genome in genomes:
            genome.fitness = fitness(genome)

    return population, population.run(score, generations)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "large"
    return folder, *evolve(folder, names={-1: "left", 0: "out"})


def test_the_script_is_as_it_was(made):
    population, winner = evolve(None)

    assert attributes(winner) == attributes(made[2])
    assert population.generation == made[1].generation


def test_the_records_say_what_happened(made):
    folder, _, winner = made
    numbers = past.metrics(folder)
    evaluations, scores = past.scores_over_time(folder, 1)
    overview = past.read_overview(folder)

    assert numbers["generation"].tolist() == [1, 2, 3, 4, 5, 6]
    assert numbers["evaluations"][-1] == evaluations[-1] >= 6 * 140
    assert scores[-1, 0] == numbers["best"][-1].astype(np.float32) == np.float32(winner.fitness)
    assert (np.diff(scores[:, 0]) >= 0).all()
    assert overview.about.name == "large"
    assert overview.niches[0].score == np.float32(winner.fitness)
    assert (overview.generation, overview.planned) == (6, 6)


def test_species_and_sizes_are_told(made, tmp_path):
    seen = []

    class Watching(neat.reporting.BaseReporter):
        def post_evaluate(self, config, population, species, best_genome):
            sizes = {key: len(each.members) for key, each in species.species.items()}
            hidden = [len(genome.nodes) - 1 for genome in population.values()]
            seen.append((sizes, np.median(hidden)))

    population = neat.Population(xor_config(), seed=1)
    population.add_reporter(Watching())
    population.run(score_all, 6)
    history = History(Replay(made[0]))

    assert [dict(zip(*map(np.ndarray.tolist, each), strict=True)) for each in history.species] == [
        sizes for sizes, _ in seen
    ]
    assert [each[0] for each in history.everyone] == [median for _, median in seen]
    assert history.elites[-1][0].tolist() == [len(made[2].nodes) - 1] * 3
    assert len(history.bests) == 6


@pytest.mark.parametrize("is_feed_forward", [True, False])
def test_the_best_genome_is_read_back_gene_by_gene(tmp_path, is_feed_forward):
    config = xor_config()
    config.genome_config.feed_forward = is_feed_forward
    _, winner = evolve(tmp_path / "run", config)
    standing = past.read_standing(tmp_path / "run")

    (again,) = to_neat(standing.archive.genomes, config, keys=[winner.key])
    assert attributes(again)[0] == attributes(winner)[0]
    assert {k: vars(v) for k, v in again.connections.items()} == attributes(winner)[1]
    networks = standing.encoding.express(standing.archive.genomes)
    if is_feed_forward:
        inputs = [0.25, -1.0]
        (found,) = execute(networks, torch.tensor([inputs], dtype=torch.float64).T)
        own = neat.nn.FeedForwardNetwork.create(winner, config).activate(inputs)
        assert found.T.tolist() == [own]
    assert networks.dynamics == ("forward" if is_feed_forward else "recurrent")


def texts_of(folder):
    subject = of_run(folder)
    figure = viz.topology(subject.graphs, subject.medium, whole=True)
    return {text.get_text() for text in figure.axes[0].texts}


def test_names_are_those_of_the_script(made):
    folder, _, winner = made
    hidden = max(winner.nodes)

    assert {"left", "out", str(hidden), f"sigmoid ({len(winner.nodes)})"} <= texts_of(folder)


def test_functions_of_the_script_are_drawn_and_not_computed(tmp_path):
    config = xor_config()
    config.genome_config.add_activation("wobble", wobble)
    config.genome_config.add_activation("mine", neat.activations.sin_activation)

    def score(genome):
        known = config.genome_config.aggregation_function_defs.functions
        if "halves" not in known:  # while the script runs
            config.genome_config.add_aggregation("halves", halves)
        genome.nodes[0].activation, genome.nodes[0].aggregation = "wobble", "halves"
        return small(genome)

    evolve(tmp_path / "run", config, 3, fitness=score)
    standing = past.read_standing(tmp_path / "run")

    assert "wobble (1)" in texts_of(tmp_path / "run")
    assert any("halves" in text for text in texts_of(tmp_path / "run"))
    with pytest.raises(ConfigError, match="a function of a script's own"):
        standing.encoding.express(standing.archive.genomes)
    with pytest.raises(ConfigError, match="a function of a script's own"):
        to_neat(standing.archive.genomes, config)


def test_a_folder_that_is_taken_is_refused(made, tmp_path):
    with pytest.raises(RunError, match="holds another run: expected a new folder"):
        Recorder(made[0])
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(RunError, match="not an empty folder"):
        Recorder(tmp_path)
    with pytest.raises(RunError, match=r"cannot write to .*; make room"):
        Recorder(tmp_path / "notes.txt" / "run")
    with Recorder(tmp_path / "run"):
        with pytest.raises(RunError, match="another process is working in"):
            Recorder(tmp_path / "run")
        assert not past.is_run(tmp_path / "run")
    Recorder(tmp_path / "run").close()  # nothing was evolved in it


def test_one_recorder_takes_one_population(tmp_path):
    population, _ = evolve(tmp_path / "run", generations=2)
    (recorder,) = population.reporters.reporters
    population.run(score_all, 1)  # goes on
    other = neat.Population(xor_config(), seed=2)
    other.add_reporter(recorder)

    with pytest.raises(RunError, match="give each a recorder with a folder of its own"):
        other.run(score_all, 1)
    assert past.read_overview(tmp_path / "run").generation == 3


def test_names_of_other_nodes_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"inputs and outputs, -2 to 0, got 7"):
        evolve(tmp_path / "run", names={7: "x"})


@pytest.mark.parametrize("names", [["a", "b"], "ab", 7])
def test_names_without_keys_are_refused_before_anything_is_made(tmp_path, names):
    with pytest.raises(ConfigError, match=r"expected keys with a name each"):
        Recorder(tmp_path / "run", names)
    assert not (tmp_path / "run").exists()


def test_a_script_that_is_interrupted_leaves_a_run(tmp_path):
    scored = []

    def score(genome):
        scored.append(genome)
        if len(scored) > 400:
            raise KeyboardInterrupt
        return small(genome)

    with pytest.raises(KeyboardInterrupt):
        evolve(tmp_path / "run", fitness=score)
    overview = past.read_overview(tmp_path / "run")

    assert overview.generation == 2
    assert overview.niches[0].score == np.float32(max(g.fitness for g in scored[:300]))
    assert len(texts_of(tmp_path / "run"))


def test_a_fitness_that_is_no_number_counts_for_nothing(tmp_path):
    evolve(tmp_path / "none", generations=2, fitness=lambda _: float("nan"))
    _, scores = past.scores_over_time(tmp_path / "none", 1)
    overview = past.read_overview(tmp_path / "none")
    evolve(
        tmp_path / "some",
        generations=1,
        fitness=lambda g: float("inf") if g.key % 2 else float("nan"),
    )

    assert scores.max() == -np.inf
    assert overview.niches[0].score is None
    assert past.read_overview(tmp_path / "some").niches[0].score == np.finfo(np.float32).max


def test_a_fitness_beyond_single_precision_is_the_least_or_the_largest(tmp_path):
    evolve(tmp_path / "run", generations=1, fitness=lambda _: -1e300)
    least = float(np.finfo(np.float32).min)

    assert past.metrics(tmp_path / "run")["best"].tolist() == [least]
    assert past.read_overview(tmp_path / "run").niches[0].score == least


def test_checkpoints_stay_for_who_is_about_to_read_them(tmp_path):
    scored = []

    def better(genome):
        scored.append(genome)
        return len(scored) - 1e6

    evolve(tmp_path / "run", generations=5, fitness=better)
    there = sorted(path.stem for path in (tmp_path / "run" / "checkpoints").iterdir())

    assert there == ["00000003", "00000004", "00000005"]


def test_other_genomes_are_refused(tmp_path):
    def score(genome):
        del genome.nodes
        return 1.0

    with pytest.raises(ConfigError, match="DefaultGenome makes them"):
        evolve(tmp_path / "run", fitness=score)


def test_a_population_of_arrays_is_refused(tmp_path):
    kinds = CppnGenome, NeatReproduction, NeatSpecies, neat.DefaultStagnation
    config = neat.Config(*kinds, CONFIGS / "neat" / "xor_2002.ini")

    with pytest.raises(ConfigError, match="DefaultGenome makes them, got a CppnGenome"):
        evolve(tmp_path / "run", config, fitness=lambda genome: 1.0)


def test_what_was_recorded_cannot_be_run(made):
    folder = made[0]
    standing = past.read_standing(folder)

    with pytest.raises(RunError, match="only the script can go on with it"):
        build(past.read_config(folder))
    with pytest.raises(RunError, match="cannot be gone through again: a script evolved it"):
        next(Replay(folder).moments())
    with pytest.raises(ConfigError, match="neatfool makes none of them"):
        standing.encoding.new(1, None)


def test_a_script_that_records_need_not_wait_for_pytorch(tmp_path):
    program = (
        "import sys, neatfool; neatfool.Recorder(sys.argv[1]); "
        "sys.exit('torch' in sys.modules or 'numba' in sys.modules)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "run")]

    assert subprocess.run(command, cwd=Path(__file__).parents[3], check=False).returncode == 0


def test_browsers_are_told_that_it_is_over_and_cannot_be_replayed(made):
    folder, population, _ = made
    running = facts_of(folder, past.read_overview(folder))
    (recorder,) = population.reporters.reporters
    recorder.close()
    facts = facts_of(folder, past.read_overview(folder))

    assert (running.state, facts.state) == ("running", "finished")
    assert (facts.name, facts.generation, facts.planned, facts.can_replay) == ("large", 6, 6, False)


def test_it_is_reported_once_the_script_has_ended(tmp_path):
    population, winner = evolve(tmp_path / "run", generations=2)
    (recorder,) = population.reporters.reporters
    with pytest.raises(RunError, match="another process is working in"):
        report_again(tmp_path / "run")
    recorder.close()
    with pytest.raises(ConfigError, match="this run evolved none"):
        report_again(tmp_path / "run", data=tmp_path)
    report = report_again(tmp_path / "run")

    assert past.read_report(tmp_path / "run") == report
    assert report["stopped_because"] == "script"
    assert report["niches"][0]["score"] == np.float32(winner.fitness)
    assert (tmp_path / "run" / "gallery.png").is_file()
