import itertools
import json
import logging
import os
import pickle
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
import torch

from neatfool import runs, search
from neatfool.classifiers import Classifier
from neatfool.encodings import Birth, CppnSettings, Pixels, PixelSettings, VectorGenomes
from neatfool.errors import Interrupted, RunError
from neatfool.images import Canvas
from neatfool.past import Replay
from neatfool.reporting import CONFIDENCE, SCORE, Reporter, Unit, log
from neatfool.runs import Config, Parts, Run, load_config
from neatfool.search import Archive, Generation, MapElitesSettings, NeatSettings, SearchSettings
from neatfool.stored.layout import BESTS, LINEAGE
from neatfool.streams import stream
from neatfool.tasks import Fooling, Task, Trial
from neatfool.types import Arrays, Images, Scores
from neatfool.workers import Processes, serving
from tests.evolving import configured, evolve
from tests.fakes import Linear, Nearness, Noisy
from tests.strategies import assert_same_arrays

BATCH, NICHES = 4, 2


class CountingSearch:
    """A search whose best scores depend on nothing but the generation."""

    REPLAYED_FROM = "winners"
    front = ascents = None
    asked = np.arange(BATCH)
    species = np.empty(0, np.int64)

    def __init__(self) -> None:
        self.generation = 0
        self.archive: Archive | None = None
        self.latest: Generation | None = None
        self.restored_at = 0

    def ask(self) -> VectorGenomes:
        return VectorGenomes(torch.zeros(BATCH, 4))

    def tell(self, scores: Scores) -> None:
        self.generation += 1
        keys = self.generation * BATCH + np.arange(BATCH)
        won = np.zeros((BATCH, NICHES), np.bool_)
        won[0] = True
        parents = np.full((BATCH, 2), -1)
        scores = np.full((BATCH, NICHES), 1 - 1 / (self.generation + 1), np.float32)
        self.latest = Generation(self.generation, keys, parents, won, scores)
        self._fill()

    def state(self) -> Arrays:
        return {"generation": np.array(self.generation)}

    def restore(self, state: Arrays) -> None:
        self.restored_at = self.generation = int(state["generation"])
        if self.generation:
            self._fill()

    def _fill(self) -> None:
        numbers = np.full(NICHES, self.generation)
        scores = np.full(NICHES, 1 - 1 / (self.generation + 1), np.float32)
        self.archive = Archive(None, numbers, scores, numbers)


class Listener(Reporter):
    def __init__(self) -> None:
        self.heard: list[object] = []

    def start(self, task: str, total: int, done: int = 0, unit: Unit = CONFIDENCE) -> None:
        self.heard.append((task, total, done, unit))

    def step(self, done: int, **numbers: float) -> None:
        self.heard.append((done, sorted(numbers)))

    def finish(self) -> None:
        self.heard.append("finish")


def settings(*changes: str) -> Config:
    return load_config(None, ["run.device=cpu", "run.generations=9", *changes])


def running(config: Config, folder: Path, search: Any = None, **more: Any) -> Run:
    """Make a run of a search that counts, unless it is another."""
    encoding, task = Pixels(PixelSettings(), (1, 2, 2)), Nearness((1, 2, 2), NICHES)
    return Run(Parts(config, encoding, task, search or CountingSearch()), folder, **more)


def drive(run: Run, until: int = 10**9) -> list[int]:
    """Iterate as an experiment does; leave after a generation as a killed process would."""
    numbers, search = [], run.parts.search
    for number in run.generations():
        search.ask()
        search.tell(np.zeros((BATCH, NICHES), np.float32))
        numbers.append(number)
        if number == until:
            break
    return numbers


def saved(folder: Path) -> list[int]:
    return sorted(int(path.stem) for path in (folder / "checkpoints").iterdir())


def metrics(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_every_generation_is_yielded_and_recorded(tmp_path: Path) -> None:
    with running(settings(), tmp_path / "run") as run:
        assert drive(run) == list(range(1, 10))

    assert run.stopped_because == "generations"
    assert [line["generation"] for line in metrics(tmp_path / "run")] == list(range(1, 10))
    assert 0 < run.progress.evolve_seconds < run.wall_seconds
    assert saved(tmp_path / "run") == [9]
    assert "stopped after generation 9: generations" in (tmp_path / "run" / "log.txt").read_text()


def test_checkpoints_are_written_every_so_many_generations(tmp_path: Path) -> None:
    with running(settings("run.checkpoint_every=2"), tmp_path) as run:
        drive(run)
    assert saved(tmp_path) == [6, 8, 9]


def test_what_came_before_a_checkpoint_is_recorded_when_it_is_there(tmp_path: Path) -> None:
    search = CountingSearch()
    with running(settings("run.checkpoint_every=2"), tmp_path, search) as run:
        for generation in run.generations():
            search.tell(np.zeros((BATCH, NICHES), np.float32))
            if generation > 3:
                assert len(metrics(tmp_path)) >= max(saved(tmp_path)) >= 2


@pytest.mark.parametrize("until", [1, 2, 3, 8])
def test_a_run_that_was_cut_goes_on_from_its_newest_checkpoint(tmp_path: Path, until: int) -> None:
    config = settings("run.checkpoint_every=3")
    with running(config, tmp_path) as run:
        drive(run, until)

    search = CountingSearch()
    with running(config, tmp_path, search, resume=True) as run:
        numbers = drive(run)

    # What comes after a generation, its checkpoint included, comes when the next is asked for.
    assert search.restored_at == 3 * ((until - 1) // 3)
    assert numbers == list(range(search.restored_at + 1, 10))
    assert [line["generation"] for line in metrics(tmp_path)] == list(range(1, 10))


def test_times_add_up_over_a_pause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = itertools.count(step=0.1)
    monkeypatch.setattr(time, "perf_counter", lambda: next(ticks))
    search = CountingSearch()
    with running(settings("run.generations=1"), tmp_path, search) as run:
        for _ in run.generations():
            time.perf_counter()
            search.tell(np.zeros((BATCH, NICHES), np.float32))

    with running(settings("run.generations=3"), tmp_path, resume=True) as again:
        drive(again)

    assert again.wall_seconds > again.progress.evolve_seconds > 0.2
    seconds = [line["seconds"] for line in metrics(tmp_path)]
    assert seconds == sorted(seconds)


def test_a_finished_run_has_nothing_to_go_on_with(tmp_path: Path) -> None:
    for resume in (False, True):
        with running(settings(), tmp_path, resume=resume) as run:
            numbers = drive(run)
        assert run.stopped_because == "generations"
    assert numbers == []


@pytest.mark.parametrize(
    ("change", "last", "reason"),
    [
        ("run.target=0.75", 3, "target"),
        ("run.seconds=1e-9", 1, "seconds"),
        ("run.tolerance=0.2", 9, "generations"),
    ],
)
def test_it_stops_for_a_reason(tmp_path: Path, change: str, last: int, reason: str) -> None:
    with running(settings(change), tmp_path) as run:
        assert drive(run)[-1] == last
    assert run.stopped_because == reason


def test_it_stops_where_no_elite_gains(tmp_path: Path) -> None:
    # 1/2, 2/3, 3/4, 4/5, …: from 2/3 on no gain of more than 0.15 comes within three
    with running(settings("run.patience=2", "run.tolerance=0.15"), tmp_path) as run:
        assert drive(run)[-1] == 4
    assert run.stopped_because == "converged"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_generation_and_saves_it(tmp_path: Path, number: int) -> None:
    search = CountingSearch()
    with pytest.raises(Interrupted) as caught, running(settings(), tmp_path, search) as run:  # noqa: PT012
        for generation in run.generations():
            search.tell(np.zeros((BATCH, NICHES), np.float32))
            if generation == 4:
                os.kill(os.getpid(), number)

    assert caught.value.signal == number
    assert saved(tmp_path) == [4]
    assert len(metrics(tmp_path)) == 4
    assert "left: stopped by a signal after generation 4" in (tmp_path / "log.txt").read_text()


class Stuck(Fooling):
    """A task that presses Ctrl-C in one generation, and does not come to an end there."""

    def __init__(self, classifier: Classifier, at: int) -> None:
        super().__init__(classifier)
        self.release = threading.Event()
        self._left = at

    def score(self, images: Images, trial: Trial | None = None) -> Scores:
        self._left -= 1
        if not self._left:
            os.kill(os.getpid(), signal.SIGINT)
            self.release.wait(20)
        return super().score(images, trial)


class Pressing(logging.Handler):
    """Press Ctrl-C again as soon as it is told what that does."""

    def emit(self, record: logging.LogRecord) -> None:
        if "press Ctrl-C again" in record.getMessage():
            os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture
def pressing() -> Iterator[None]:
    handler = Pressing()
    log.addHandler(handler)
    yield
    log.removeHandler(handler)


@pytest.mark.parametrize(
    "by",
    [
        MapElitesSettings(batch=12),
        MapElitesSettings(batch=12, crossover=0.5, pipelined=True),
        NeatSettings(batch=12),
    ],
    ids=["map-elites", "pipelined", "neat"],
)
@pytest.mark.parametrize("at", [1, 5])
@pytest.mark.usefixtures("pressing")
def test_a_second_ctrl_c_saves_the_last_whole_generation(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, by: Any, at: int
) -> None:
    config = configured(CppnSettings(), by)
    evolve(tmp_path / "whole", config, (1, 3, 3), 7)
    stuck: list[Stuck] = []

    def make(classifier: Classifier) -> Stuck:
        stuck.append(Stuck(classifier, at))
        return stuck[0]

    with pytest.raises(Interrupted) as caught:
        evolve(tmp_path / "run", config, (1, 3, 3), 7, kind=make)
    stuck[0].release.set()

    assert (caught.value.signal, caught.value.at_once) == (signal.SIGINT, True)
    assert str(caught.value) == f"stopped by a signal after generation {at - 1}"
    assert max(saved(tmp_path / "run")) == len(metrics(tmp_path / "run")) == at - 1
    assert f"finishing generation {at}, then saving; press Ctrl-C again" in caplog.text
    evolve(tmp_path / "run", config, (1, 3, 3), 7, resume=True)
    for name in (LINEAGE, BESTS):
        ours, theirs = tmp_path / "run" / name, tmp_path / "whole" / name
        assert ours.exists() == theirs.exists()
        assert not ours.exists() or ours.read_bytes() == theirs.read_bytes()


class Blind(Linear):
    """A network that gives no numbers for one in five images."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        logits = super().forward(images)
        levels = (255 * images).sum(dim=(1, 2, 3)).round()
        logits[levels % 5 == 2] = torch.nan
        return logits


@pytest.mark.parametrize("by", [MapElitesSettings(batch=12), NeatSettings(batch=12)])
def test_images_without_numbers_end_no_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, by: Any
) -> None:
    config = configured(CppnSettings(), by)
    with mock.patch("tests.fakes.Linear", Blind):
        states = evolve(tmp_path / "run", config, (1, 3, 3), 9)
        evolve(tmp_path / "again", config, (1, 3, 3), 4)
        evolve(tmp_path / "again", config, (1, 3, 3), 9, resume=True)

    warnings = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert len(warnings) == 3, "one each time it begins"
    assert "of 12 genomes have scores that are no numbers (NaN or infinite)" in warnings[0]
    assert (tmp_path / "run" / LINEAGE).read_bytes() == (tmp_path / "again" / LINEAGE).read_bytes()
    for path in (tmp_path / "run").glob("*.jsonl"):
        for line in path.read_text().splitlines():
            json.loads(line, parse_constant=pytest.fail)
    for moment, state in zip(Replay(tmp_path / "run").moments(), states, strict=True):
        assert_same_arrays(moment.search.state(), state)
        assert np.isfinite(moment.archive.scores).all()


@pytest.mark.parametrize(
    "error",
    [
        *(MemoryError(), torch.OutOfMemoryError("no room")),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to"),
    ],
)
def test_memory_that_runs_out_is_told(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(RunError, match=r"memory ran out: choose a smaller search\.batch"):  # noqa: SIM117
        with running(settings(), tmp_path):
            raise error


def test_the_reporter_hears_of_every_generation(tmp_path: Path) -> None:
    listener = Listener()
    with running(settings("run.generations=2"), tmp_path, reporter=listener) as run:
        drive(run)

    shown = ["coverage", "evaluations_per_second", "median", "worst"]
    assert listener.heard[:4] == [("evolving", 2, 0, SCORE), (1, shown), (2, shown), "finish"]


def test_genomes_are_evaluated(tmp_path: Path) -> None:
    class Brightness(Task):
        niches = ("bright",)
        medium = Canvas((1, 2, 2))

        def score(self, images: Images, trial: Trial) -> Scores:
            trials.append(trial)
            return images.mean(dim=(1, 2, 3)).numpy()[:, None]

    trials: list[Trial] = []
    encoding, search = Pixels(PixelSettings(), (1, 2, 2)), CountingSearch()
    genomes = encoding.new(BATCH, Birth(1, stream(0, "test")))
    config = settings("run.workers=threads:2", "run.generations=2", "run.seed=5")
    with Run(Parts(config, encoding, Brightness(), search), tmp_path) as run:
        for _ in run.generations():
            scores = run.evaluate(genomes)
            search.tell(scores)
        assert (str(run.device), run.pool.description) == ("cpu", "2 threads")

    np.testing.assert_allclose(scores[:, 0], genomes.genes.mean(dim=1), atol=0.002)
    assert [(trial.generation, trial.seed) for trial in trials] == [(1, 5), (2, 5)]
    assert all(trial.keys.tolist() == search.asked.tolist() for trial in trials)


def test_a_task_of_chance_goes_on_as_if_it_had_not_been_cut(
    run_settings: SearchSettings, tmp_path: Path
) -> None:
    def evolve(folder: Path, generations: int, resume: bool = False, threads: int = 1) -> Arrays:
        encoding, task = Pixels(PixelSettings(), (1, 4, 4)), Noisy((1, 4, 4), 3)
        evolution = search.build(run_settings, encoding, 3, seed=1)
        changes = f"run.generations={generations}", f"run.workers=threads:{threads}", "run.seed=1"
        config = settings(*changes).model_copy(update={"search": run_settings})
        parts = Parts(config, encoding, task, evolution)
        with mock.patch("os.fsync"), Run(parts, folder, resume=resume) as run:
            runs.evolve(run)
        return evolution.state()

    whole = evolve(tmp_path / "whole", 9)
    for cut in 1, 5:
        folder = tmp_path / str(cut)
        evolve(folder, cut)
        resumed = evolve(folder, 9, resume=True, threads=3)
        assert resumed.keys() == whole.keys()
        assert all(resumed[name].tobytes() == whole[name].tobytes() for name in whole)


def test_a_folder_with_another_run_is_left_alone(tmp_path: Path) -> None:
    with running(settings(), tmp_path) as run:
        drive(run)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    for config, resume, message in (
        (settings(), False, "holds another run"),
        (settings("run.seed=1"), True, "the run.seed that it"),
        (settings("search.batch=1"), True, "the search.batch that it"),
    ):
        with pytest.raises(RunError, match=message), running(config, tmp_path, resume=resume):
            pass

    assert {path: path.read_bytes() for path in before} == before


def test_without_workers_no_folder_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = running(settings(), tmp_path / "run")
    monkeypatch.setattr(type(run.pool), "__enter__", mock.Mock(side_effect=RunError("no cluster")))
    with pytest.raises(RunError, match="no cluster"):
        run.__enter__()
    assert not (tmp_path / "run").exists()


def test_a_disk_that_is_full_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("neatfool.runs.run.save_checkpoint", full)
    with pytest.raises(RunError, match="No space left on device; make room or mend"):  # noqa: SIM117
        with running(settings(), tmp_path) as run:
            drive(run)


def test_processes_build_what_the_run_has(tmp_path: Path) -> None:
    for device in ("auto", "cpu"):
        changes = ["task.kind=xor", "run.workers=processes:1", f"run.device={device}"]
        parts = runs.build(runs.load_config(None, changes))
        pool = runs.Run(parts, tmp_path / "run").pool
        assert isinstance(pool, Processes)
        built = pickle.loads(pool._build)()
        assert serving.identity(*built) == serving.identity(parts.encoding, parts.task)
