import functools
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from neatfool.errors import RunError
from neatfool.reporting import log
from neatfool.tasks import Trial
from neatfool.types import CPU
from neatfool.workers import Threads, Workers, chunks, serving
from tests import in_processes as fakes
from tests.conftest import ENCODINGS
from tests.in_processes import Doing, Together
from tests.unit.workers.test_processes import COUNT, _genomes, _scores

pytest.importorskip("ray")
import ray
from ray.cluster_utils import Cluster

from neatfool.workers.ray import Actors

pytestmark = [pytest.mark.proof, pytest.mark.timeout(600)]
PATIENCE = 120.0  # seconds


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A head that does no work, and two machines of one core each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        root = Path(__file__).parents[3]
        patch.setenv("PYTHONPATH", os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")]))
        made = Cluster(True, head_node_args={"num_cpus": 0, "include_dashboard": False})
        for _ in range(2):
            made.add_node(num_cpus=1)
        patch.setenv("RAY_ADDRESS", made.address)
        yield made
        ray.shutdown()
        made.shutdown()


@pytest.fixture
def machines(cluster: Cluster) -> Callable[[], None]:
    """Take a machine away at once, and put another in."""

    def replace() -> None:
        cluster.remove_node(sorted(cluster.worker_nodes, key=id)[0], allow_graceful=False)
        cluster.add_node(num_cpus=1)

    return replace


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
def two(cluster: Cluster, marks: Path) -> Iterator[Actors]:
    with Actors(functools.partial(fakes.built, ENCODINGS, marks), CPU, None, None, 20) as workers:
        yield workers


def test_actors_and_threads_give_the_same_bits(
    two: Actors, parts: tuple[Together, Doing], marks: Path
) -> None:
    genomes = [_genomes(parts[0], name) for name in ENCODINGS]
    trial = Trial(np.arange(COUNT) * 3, fakes.PLAIN, seed=3)

    def scores(workers: Workers) -> list[bytes]:
        return [workers.evaluate(each, *parts, trial).tobytes() for each in genomes]

    assert two.description == "2 workers on Ray"
    with Threads(CPU, 3) as threads:
        expected = scores(threads)
    assert scores(two) == expected


def test_an_actor_that_dies_changes_nothing(
    two: Actors, parts: tuple[Together, Doing], marks: Path, caplog: pytest.LogCaptureFixture
) -> None:
    scores = _scores(two, parts, fakes.DIES_ONCE)

    os.kill(int((marks / str(fakes.DIES_ONCE)).read_text()), signal.SIGKILL)  # what it left
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("a worker on Ray died (")
    with Threads(CPU, 1) as threads:
        assert scores == _scores(threads, parts, fakes.DIES_ONCE)


def test_what_goes_wrong_is_said_here(
    two: Actors,
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
    cluster: Cluster, parts: tuple[Together, Doing], marks: Path, caplog: pytest.LogCaptureFixture
) -> None:
    build = functools.partial(fakes.built, ENCODINGS, marks)
    with Actors(build, CPU, seconds=5) as workers:
        scores = _scores(workers, parts, fakes.HANGS_ONCE)
    assert caplog.messages == [
        "a worker on Ray died (no answer in 5 seconds): another does its chunk again"
    ]
    with Threads(CPU, 1) as threads:
        assert scores == _scores(threads, parts, fakes.HANGS_ONCE)
