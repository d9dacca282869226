"""A run again from its records is the run that was, bit for bit."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neatfool import encodings, reports, runs, search
from neatfool.errors import RunError
from neatfool.past import Replay, archive_at
from neatfool.past.about import read_about
from neatfool.past.records import latest_over_time, recorded_elites, scores_over_time
from neatfool.reporting import CONFIDENCE
from tests.conftest import ISLANDS, PAINTERS, SEARCHES, pairs
from tests.evolving import CLASSES, configured, evolve
from tests.fakes import Lucky
from tests.strategies import assert_same_arrays

GENERATIONS = 7


@pytest.mark.parametrize("pair", pairs(PAINTERS, SEARCHES | ISLANDS))
def test_a_resumed_run_comes_out_again_in_every_generation(
    pair: tuple[Any, Any, Any], tmp_path: Path
) -> None:
    settings, shape, run_settings = pair
    config, folder = configured(settings, run_settings), tmp_path / "run"
    states = evolve(folder, config, shape, 4)
    states += evolve(folder, config, shape, GENERATIONS, resume=True)

    again = Replay(folder)

    assert again.length == len(states) == GENERATIONS
    for moment, state in zip(again.moments(), states, strict=True):
        assert_same_arrays(moment.search.state(), state)
        assert len(moment.genomes) == run_settings.batch


def test_a_run_of_chance_comes_out_again_whoever_is_scored_again(
    run_settings: Any, tmp_path: Path
) -> None:
    settings, shape = PAINTERS["cppn grey"]
    config, folder = configured(settings, run_settings), tmp_path / "run"
    states = evolve(folder, config, shape, 4, kind=Lucky)
    states += evolve(folder, config, shape, 12, resume=True, kind=Lucky)

    again, fell = Replay(folder), 0
    _, scores = scores_over_time(folder, CLASSES)
    moments = zip(again.moments(), states, scores, strict=True)
    before = np.full(CLASSES, -np.inf)
    for moment, state, standing in moments:
        assert_same_arrays(moment.search.state(), state)
        assert np.array_equal(moment.archive.scores, standing)
        _, found_at = recorded_elites(folder, CLASSES, moment.latest.number)
        assert np.array_equal(found_at, moment.archive.found_at)
        fell += int((standing < before).sum())
        before = standing
    is_archive = run_settings.label.endswith("map-elites")
    assert (fell > 0) != is_archive, "which asks for nobody again"
    latest = latest_over_time(folder)
    if run_settings.kind == "map-elites":
        assert latest is None
    else:
        tops = [moment.latest.scores.max() for moment in again.moments()]
        assert np.array_equal(latest, tops)


@pytest.fixture(scope="module")
def neat_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("neat") / "run"
    config = configured(encodings.CppnSettings(), search.NeatSettings(batch=12))
    evolve(folder, config, (1, 6, 5), GENERATIONS)
    return folder


@pytest.fixture
def run(neat_run: Path, tmp_path: Path) -> Path:
    return shutil.copytree(neat_run, tmp_path / "run")


def cut(path: Path, lines: int, rest: int = 0) -> None:
    """Leave so many whole lines, and a bit of the next."""
    content = path.read_text().splitlines(keepends=True)
    path.write_text("".join(content[:lines]) + (content[lines][:rest] if rest else ""))


@pytest.mark.parametrize("name", ["metrics.jsonl", "lineage.jsonl", "bests.jsonl"])
def test_a_run_that_goes_on_is_replayed_as_far_as_every_record_goes(run: Path, name: str) -> None:
    shutil.rmtree(run / "checkpoints")
    whole = [json.loads(line)["generation"] for line in (run / name).read_text().splitlines()]
    last = whole[-1]
    cut(run / name, whole.index(last), rest=30)

    again = Replay(run)

    assert last > 2
    assert again.length == last - 1
    assert [moment.latest.number for moment in again.moments()] == list(range(1, last))


@pytest.mark.parametrize("name", ["metrics.jsonl", "lineage.jsonl", "bests.jsonl"])
def test_records_that_end_before_the_checkpoint_are_damaged(run: Path, name: str) -> None:
    cut(run / name, 2)
    with pytest.raises(RunError, match="damaged records: expected all of generation"):
        Replay(run)


def test_records_of_another_run_do_not_pass(run: Path) -> None:
    bests = [json.loads(line) for line in (run / "bests.jsonl").read_text().splitlines()]
    bests[2]["scores"].reverse()
    (run / "bests.jsonl").write_text("".join(json.dumps(line) + "\n" for line in bests))
    with pytest.raises(RunError, match=r"does not come out as it ran|damaged records"):
        archive_at(run)


def test_one_generation_is_given_and_others_are_refused(run: Path) -> None:
    for generation in (1, 4):
        assert archive_at(run, generation).found_at.max() <= generation
    *_, last = Replay(run).moments()
    assert_same_arrays(archive_at(run).genomes, last.archive.genomes)
    for generation in (0, GENERATIONS + 1):
        with pytest.raises(RunError, match=f"from 1 to {GENERATIONS}"):
            archive_at(run, generation)


def test_a_folder_that_cannot_be_replayed_says_why(run: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="holds no run"):
        Replay(tmp_path / "none")
    (run / "bests.jsonl").unlink()
    with pytest.raises(RunError, match=r"all of generation 1 in .*`neatfool resume .*` mends them"):
        Replay(run)
    (run / "metrics.jsonl").write_text("")
    with pytest.raises(RunError, match="damaged records: expected all of generation 1"):
        Replay(run)
    shutil.rmtree(run / "checkpoints")
    with pytest.raises(RunError, match="no generation on disk yet"):
        Replay(run)


def test_what_a_run_evolves_is_read_from_its_folder(tmp_path: Path) -> None:
    config = runs.load_config(None, ["run.generations=2", "search.batch=5", "task.classes=[3, 5]"])
    reports.run(config, tmp_path / "run")
    about = read_about(tmp_path / "run")
    assert (about.name, about.shape) == ("lenet5", (1, 28, 28))
    assert (about.indices, about.names) == ((3, 5), ("3", "5"))
    assert (about.unit, about.best, about.grid) == (CONFIDENCE, 1.0, None)
    (tmp_path / "run" / "about.json").unlink()

    with pytest.raises(RunError, match=r"expected about\.json in it, got none; `neatfool resume"):
        read_about(tmp_path / "run")
    (tmp_path / "run" / "about.json").write_text("{}")
    with pytest.raises(RunError, match="damaged"):
        read_about(tmp_path / "run")


def test_best_scores_are_those_of_the_genomes(run: Path) -> None:
    for line in (run / "bests.jsonl").read_text().splitlines():
        told = json.loads(line)
        assert np.array(told["scores"], np.float32).tolist() == told["scores"]
        assert all(0 <= niche < CLASSES for niche in told["niches"])
