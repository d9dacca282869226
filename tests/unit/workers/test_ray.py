import functools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neatfool import runs
from neatfool.errors import RunError
from neatfool.reporting import Reporter, log
from neatfool.tasks import Trial
from neatfool.types import CPU
from neatfool.workers import Threads, Workers, chunks, in_ray, open_workers, serving
from tests import in_processes as fakes
from tests.conftest import ENCODINGS
from tests.in_processes import Doing, Together
from tests.unit.workers.test_processes import COUNT, _genomes, _scores

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
ROOT = Path(__file__).parents[3]


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


def _pid(mark: Path) -> int:
    """Wait until a process has said who it is."""
    return int(_eventually(lambda: mark.exists() and mark.read_text()))


def _eventually(what: Callable[[], Any]) -> Any:
    until = time.monotonic() + 120
    while not (found := what()):
        assert time.monotonic() < until, "it never came to be"
        time.sleep(0.05)
    return found


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


@pytest.fixture(scope="module")
def marks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("marks")


@pytest.fixture(scope="module")
def parts(marks: Path) -> tuple[Together, Doing]:
    return fakes.built(ENCODINGS, marks)


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "_IMAGES_PER_CHUNK", 6)


@pytest.fixture
def two(cluster: Any, marks: Path) -> Iterator[Any]:
    from neatfool.workers.ray import Actors

    with Actors(functools.partial(fakes.built, ENCODINGS, marks), CPU) as workers:
        yield workers


def test_actors_and_threads_give_the_same_bits(
    two: Any, cluster: Any, parts: tuple[Together, Doing], marks: Path
) -> None:
    genomes = [_genomes(parts[0], name) for name in ENCODINGS]
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
    scores = _scores(two, parts, fakes.DIES_ONCE)

    os.kill(int((marks / str(fakes.DIES_ONCE)).read_text()), signal.SIGKILL)  # what it left
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("a worker on Ray died (")
    with Threads(CPU, 1) as threads:
        assert scores == _scores(threads, parts, fakes.DIES_ONCE)


def test_what_goes_wrong_is_said_here(
    two: Any,
    parts: tuple[Together, Doing],
    marks: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = _scores(two, parts)
    with pytest.raises(ValueError, match="of the task") as plain:
        _scores(two, parts, fakes.RAISES)
    with pytest.raises(RuntimeError, match=r"^OddError: 7 of the task$") as odd:
        _scores(two, parts, fakes.RAISES_ODDLY)
    for caught in plain, odd:
        assert "in_processes.py" in str(caught.value.__cause__), "it does not say where"
    assert _scores(two, parts) == expected

    _scores(two, parts, fakes.SPEAKS)
    texts = [(r.name, r.levelname, r.getMessage()) for r in caplog.records]
    assert [(name, level) for name, level, _ in texts] == [(log.name, "WARNING")]
    assert "UserWarning: a warned word" in texts[0][2]

    changed = Doing(marks)
    changed.digest = "of the task as it is now"
    with pytest.raises(RunError, match="another task than this one"):
        _scores(two, (parts[0], changed))
    monkeypatch.setattr(serving, "TRIES", 2)
    with pytest.raises(RunError, match=r"workers died 2 times over the same .* genomes \("):
        _scores(two, parts, fakes.ENDS)
    assert _scores(two, parts) == expected


def test_an_actor_that_hangs_is_replaced(
    cluster: Any, parts: tuple[Together, Doing], marks: Path, caplog: pytest.LogCaptureFixture
) -> None:
    build = functools.partial(fakes.built, ENCODINGS, marks)
    with open_workers("ray:2", CPU, build, 5) as workers:
        scores = _scores(workers, parts, fakes.HANGS_ONCE)
    assert caplog.messages == [
        "a worker on Ray died (no answer in 5 seconds): another does its work"
    ]
    with Threads(CPU, 1) as threads:
        assert scores == _scores(threads, parts, fakes.HANGS_ONCE)


def test_a_machine_that_goes_away_in_the_midst_changes_nothing(
    cluster: Any, two: Any, parts: tuple[Together, Doing], marks: Path
) -> None:
    (marks / str(fakes.HANGS_ONCE)).unlink(missing_ok=True)
    found: list[bytes] = []
    thread = threading.Thread(
        target=lambda: found.append(_scores(two, parts, fakes.HANGS_ONCE)), daemon=True
    )
    thread.start()
    _take_away(cluster, _pid(marks / str(fakes.HANGS_ONCE)))
    thread.join(120)
    with Threads(CPU, 1) as threads:
        assert found == [_scores(threads, parts, fakes.HANGS_ONCE)]


class _Loses(Reporter):
    """Lose a machine at some generations."""

    def __init__(self, cluster: Any) -> None:
        self._cluster, self.lost = cluster, 0

    def step(self, done: int, **numbers: float | None) -> None:
        if done in (10, 30, 50, 70, 90):
            _take_away(self._cluster, _eventually(_actors)[0])
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
            _take_away(cluster, _pid(mark))

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

    found = in_ray(fakes.halved_or_gone, [2, -7, 4], Reporter(), "ray:2", None, lost)
    assert found == [1, -7, 2]
    assert "its process ended 2 times" in told[0]
    with pytest.raises(RunError, match="a job is given up: its process ended 2 times"):
        in_ray(fakes.halved_or_gone, [-7], Reporter())


PARENT = """
import functools, pathlib, signal, sys
import numpy as np
from neatfool.tasks import Trial
from neatfool.types import CPU
from neatfool.workers.ray import Actors
from tests import in_processes as fakes
from tests.conftest import ENCODINGS
from tests.unit.workers.test_processes import _genomes

signal.signal(signal.SIGINT, signal.default_int_handler)  # which is off in the background
build = functools.partial(fakes.built, ENCODINGS, pathlib.Path(sys.argv[1]))
encoding, task = build()
genomes, trial = _genomes(encoding, "pixels uniform"), Trial(np.arange(24), fakes.HANGS)
for _ in range(2):
    try:
        with Actors(build, CPU, 1) as workers:
            workers.evaluate(genomes, encoding, task, trial)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


def _left(word: str) -> list[str]:
    """Name the processes that have a word in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if word.encode() in (path / "environ").read_bytes():
                found.append((path / "cmdline").read_bytes().decode()[:80])
        except OSError:
            pass
    return found


def test_nothing_is_left_behind_by_an_interruption_or_by_a_parent_that_is_killed(
    tmp_path: Path,
) -> None:
    pytest.importorskip("ray")
    word, mark = f"MARK={tmp_path}", tmp_path / str(fakes.HANGS)
    environment = {k: v for k, v in os.environ.items() if k != "RAY_ADDRESS"}
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=ROOT,
        env=environment | {"MARK": str(tmp_path), "PYTHONPATH": str(ROOT)},
    )
    with parent:
        assert parent.stdout is not None
        assert parent.stderr is not None
        _pid(mark)
        assert len(_left(word)) > 2
        mark.unlink()
        os.killpg(parent.pid, signal.SIGINT)
        assert parent.stdout.readline() == "interrupted\n"
        _pid(mark)
        parent.kill()
        assert parent.stdout.read() == ""
        assert parent.stderr.read() == ""
    _eventually(lambda: not _left(word))
