import functools
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neatfool import runs
from neatfool.errors import RunError
from neatfool.reporting import SCORE, Reporter, Unit, log
from neatfool.tasks import Trial
from neatfool.types import CPU
from neatfool.workers import Threads, Workers, in_ray, open_workers, serving
from tests import in_processes as fakes
from tests.conftest import ENCODINGS
from tests.in_processes import (
    COUNT,
    ROOT,
    Doing,
    Together,
    eventually,
    genomes_of,
    pid_in,
    scores_of,
)

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("small_chunks"),
]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Any]:
    """A head that does no work, and two machines of one core each."""
    cluster_utils = pytest.importorskip("ray.cluster_utils")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("PYTHONPATH", str(ROOT))
        made = cluster_utils.Cluster(True, head_node_args={"num_cpus": 0})
        try:
            for _ in range(2):
                made.add_node(num_cpus=1)
            patch.setenv("RAY_ADDRESS", made.address)
            yield made
        finally:
            made.shutdown()


def _actors() -> list[int]:
    """List the processes of actors."""
    return [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/cmdline") if _is(path)]


def _is(path: Path) -> bool:
    try:
        return path.read_bytes().startswith(b"ray::_Actor")
    except OSError:
        return False


def _take_away(cluster: Any, pid: int) -> None:
    """Take the machine of a process away at once, and put another in its place."""
    for node in cluster.worker_nodes.copy():
        raylet = node.all_processes["raylet"][0].process.pid
        if f"PPid:\t{raylet}\n" in Path(f"/proc/{pid}/status").read_text():
            cluster.remove_node(node, allow_graceful=False)
            cluster.add_node(num_cpus=1)
            return
    raise AssertionError("it runs nowhere")


@pytest.fixture
def two(cluster: Any, marks: Path) -> Iterator[Any]:
    from neatfool.workers.ray import Actors

    with Actors(functools.partial(fakes.built, ENCODINGS, marks), CPU) as workers:
        yield workers


def test_actors_and_threads_give_the_same_bits(
    two: Any, cluster: Any, parts: tuple[Together, Doing], marks: Path
) -> None:
    genomes = [genomes_of(parts[0], name) for name in ENCODINGS]
    trial = Trial(np.arange(COUNT) * 3, fakes.PLAIN, seed=3)

    def scores(workers: Workers) -> list[bytes]:
        return [workers.evaluate(each, *parts, trial).tobytes() for each in genomes]

    assert two.description == f"{len(cluster.worker_nodes)} workers on Ray"
    with Threads(CPU, 3) as threads:
        expected = scores(threads)
    assert scores(two) == expected


def test_an_actor_that_dies_changes_nothing(
    two: Any, parts: tuple[Together, Doing], marks: Path, caplog: pytest.LogCaptureFixture
) -> None:
    scores = scores_of(two, parts, fakes.DIES_ONCE)

    os.kill(int((marks / str(fakes.DIES_ONCE)).read_text()), signal.SIGKILL)  # what it left
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("a worker on Ray died (")
    with Threads(CPU, 1) as threads:
        assert scores == scores_of(threads, parts, fakes.DIES_ONCE)


def test_what_goes_wrong_is_said_here(
    two: Any,
    parts: tuple[Together, Doing],
    marks: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = scores_of(two, parts)
    with pytest.raises(ValueError, match="of the task") as plain:
        scores_of(two, parts, fakes.RAISES)
    with pytest.raises(RuntimeError, match=r"^OddError: 7 of the task$") as odd:
        scores_of(two, parts, fakes.RAISES_ODDLY)
    for caught in plain, odd:
        assert "in_processes.py" in str(caught.value.__cause__), "it does not say where"
    assert scores_of(two, parts) == expected

    scores_of(two, parts, fakes.SPEAKS)
    texts = [(r.name, r.levelname, r.getMessage()) for r in caplog.records]
    assert [(name, level) for name, level, _ in texts] == [(log.name, "WARNING")]
    assert "UserWarning: a warned word" in texts[0][2]

    changed = Doing(marks)
    changed.digest = "of the task as it is now"
    with pytest.raises(RunError, match="another task than this one"):
        scores_of(two, (parts[0], changed))
    monkeypatch.setattr(serving, "TRIES", 2)
    with pytest.raises(RunError, match=r"workers died 2 times over the same .* genomes \("):
        scores_of(two, parts, fakes.ENDS)
    assert scores_of(two, parts) == expected


class _Hears(Reporter):
    """Hear what is begun."""

    def __init__(self) -> None:
        self.tasks = list[str]()

    def start(self, task: str, total: int, done: int = 0, unit: Unit = SCORE) -> None:
        self.tasks.append(task)


def test_an_actor_that_hangs_is_replaced(
    cluster: Any, parts: tuple[Together, Doing], marks: Path, caplog: pytest.LogCaptureFixture
) -> None:
    build = functools.partial(fakes.built, ENCODINGS, marks)
    heard = _Hears()
    with open_workers("ray:2", CPU, build, 5, reporter=heard) as workers:
        scores = scores_of(workers, parts, fakes.HANGS_ONCE)
    assert heard.tasks == [f"connecting to Ray, {cluster.address}"]
    assert caplog.messages == [
        "a worker on Ray died (no answer in 5 seconds): another does its work"
    ]
    with Threads(CPU, 1) as threads:
        assert scores == scores_of(threads, parts, fakes.HANGS_ONCE)


def test_a_machine_that_goes_away_in_the_midst_changes_nothing(
    cluster: Any, two: Any, parts: tuple[Together, Doing], marks: Path
) -> None:
    (marks / str(fakes.HANGS_ONCE)).unlink(missing_ok=True)
    found: list[bytes] = []
    thread = threading.Thread(
        target=lambda: found.append(scores_of(two, parts, fakes.HANGS_ONCE)), daemon=True
    )
    thread.start()
    _take_away(cluster, pid_in(marks / str(fakes.HANGS_ONCE)))
    thread.join(120)
    with Threads(CPU, 1) as threads:
        assert found == [scores_of(threads, parts, fakes.HANGS_ONCE)]


class _Loses(Reporter):
    """Lose a machine at some generations."""

    def __init__(self, cluster: Any) -> None:
        self._cluster, self.lost = cluster, 0

    def step(self, done: int, **numbers: float | None) -> None:
        if done in (10, 30, 50, 70, 90):
            _take_away(self._cluster, eventually(_actors)[0])
            self.lost += 1


def test_a_run_that_loses_five_of_its_four_machines_is_the_same(
    cluster: Any, tmp_path: Path
) -> None:
    reporter, found = _Loses(cluster), list[dict[str, bytes]]()
    for _ in range(4 - len(cluster.worker_nodes)):
        cluster.add_node(num_cpus=1)
    for folder, workers in ("there", "ray:4"), ("here", "threads:1"):
        changes = "encoding.kind=pixels", "search.batch=24", f"run.workers={workers}"
        parts = runs.build(runs.load_config(None, [*changes, "run.generations=100"]))
        with runs.Run(parts, tmp_path / folder, reporter if folder == "there" else None) as run:
            runs.evolve(run)
        state = parts.search.state()
        found.append({name: array.tobytes() for name, array in state.items()})
        found[-1]["lineage"] = (tmp_path / folder / "lineage.jsonl").read_bytes()
    assert reporter.lost == 5
    assert found[0] == found[1]


def test_jobs_outlive_their_machines(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert in_ray(os.path.abspath, ["x"], Reporter()) == [str(tmp_path / "x")]
    numbers, heard = [7, fakes.STRIKING, 1, 2], dict[int, float]()
    mark = tmp_path / "mark"

    def hear(index: int, result: float) -> None:
        heard[index] = result
        if not (tmp_path / "taken").exists():
            (tmp_path / "taken").touch()
            _take_away(cluster, pid_in(mark))

    jobs = [(mark, number) for number in numbers]
    results = in_ray(fakes.halved_once_alive, jobs, Reporter(), "ray:2", hear)
    assert results == [number / 2 for number in numbers]
    assert heard == dict(enumerate(results))
    assert (tmp_path / "taken").exists()
    with pytest.raises(ValueError, match="of the job"):
        in_ray(fakes.halved_once_alive, [(mark, 1), (mark, -1)], Reporter())


def test_a_job_that_ends_its_process_is_lost_alone(
    cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neatfool.workers.ray.tasks._TRIES", 2)
    told = list[str]()

    def lost(job: int, said: str) -> float:
        told.append(said)
        return float(job)

    heard = _Hears()
    found = in_ray(fakes.halved_or_gone, [2, -7, 4], heard, "ray:2", None, lost)
    assert heard.tasks == [f"connecting to Ray, {cluster.address}", "running"]
    assert found == [1, -7, 2]
    assert "its process ended 2 times" in told[0]
    with pytest.raises(RunError, match="a job is given up: its process ended 2 times"):
        in_ray(fakes.halved_or_gone, [-7], Reporter())


def test_nothing_is_left_behind_by_an_interruption_or_by_a_parent_that_is_killed(
    tmp_path: Path,
) -> None:
    pytest.importorskip("ray")
    fakes.assert_nothing_is_left_behind("ray:1", tmp_path)
