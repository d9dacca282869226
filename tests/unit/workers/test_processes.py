import functools
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from neatfool.encodings import Birth
from neatfool.errors import RunError
from neatfool.reporting import log
from neatfool.streams import stream
from neatfool.tasks import Trial
from neatfool.types import CPU
from neatfool.workers import Processes, Threads, Workers, chunks, serving
from tests import in_processes as fakes
from tests.conftest import ENCODINGS
from tests.in_processes import Doing, Several, Together

COUNT = 24


@pytest.fixture(scope="module")
def marks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("marks")


@pytest.fixture(scope="module")
def parts(marks: Path) -> tuple[Together, Doing]:
    return fakes.built(ENCODINGS, marks)


@pytest.fixture(scope="module")
def alone(marks: Path) -> Iterator[Processes]:
    """One process, for all tests: it takes seconds to start."""
    with Processes(functools.partial(fakes.built, ENCODINGS, marks), CPU, 1) as workers:
        yield workers


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "_IMAGES_PER_CHUNK", 6)


def _genomes(together: Together, name: str) -> Several:
    encoding, birth = together.encodings[name], Birth(1, stream(0, "test"))
    genomes = encoding.new(COUNT, birth)
    for birth.generation in range(2, 7):  # past the switch
        genomes = encoding.vary(genomes, birth)
    return Several(name, genomes)


def _scores(workers: Workers, parts: tuple[Together, Doing], what: int = fakes.PLAIN) -> bytes:
    trial = Trial(np.arange(COUNT), what, seed=3)
    genomes = _genomes(parts[0], "pixels uniform")
    return workers.evaluate(genomes, *parts, trial).tobytes()


def _pids() -> set[int]:
    return {child.pid for child in multiprocessing.active_children()}


@pytest.mark.proof
def test_processes_and_threads_give_the_same_bits(
    alone: Processes, parts: tuple[Together, Doing], marks: Path
) -> None:
    genomes = [_genomes(parts[0], name) for name in ENCODINGS]
    trial = Trial(np.arange(COUNT) * 3, fakes.PLAIN, seed=3)

    def scores(workers: Workers) -> list[bytes]:
        return [workers.evaluate(each, *parts, trial).tobytes() for each in genomes]

    expected = [parts[1].score(parts[0].express(each), trial).tobytes() for each in genomes]
    assert scores(alone) == expected
    before = _pids()
    with Processes(functools.partial(fakes.built, ENCODINGS, marks), CPU, 3) as three:
        assert len(_pids() - before) == 3
        assert scores(three) == expected
    assert _pids() == before, "processes are left"
    for count in 1, 3:
        with Threads(CPU, count) as threads:
            assert scores(threads) == expected


def test_a_process_that_is_killed_changes_nothing(
    alone: Processes,
    parts: tuple[Together, Doing],
    marks: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    _scores(alone, parts)
    before = _pids()

    scores = _scores(alone, parts, fakes.DIES_ONCE)

    os.kill(int((marks / str(fakes.DIES_ONCE)).read_text()), signal.SIGKILL)  # what it left
    assert caplog.messages == ["a process died (signal 9, Killed): another does its chunk again"]
    assert len(_pids()) == len(before)
    assert _pids() != before
    with Threads(CPU, 1) as threads:
        assert scores == _scores(threads, parts, fakes.DIES_ONCE)


def test_processes_leave_signals_to_the_one_that_began(
    alone: Processes, parts: tuple[Together, Doing]
) -> None:
    expected, before = _scores(alone, parts), _pids()
    for pid in before:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(pid, number)
    assert _scores(alone, parts) == expected
    assert _pids() == before


def test_what_the_task_raises_is_raised_here(
    alone: Processes, parts: tuple[Together, Doing]
) -> None:
    expected, before = _scores(alone, parts), _pids()
    with pytest.raises(ValueError, match="of the task") as plain:
        _scores(alone, parts, fakes.RAISES)
    with pytest.raises(RuntimeError, match=r"^OddError: 7 of the task$") as odd:
        _scores(alone, parts, fakes.RAISES_ODDLY)
    for caught in plain, odd:
        assert "in_processes.py" in str(caught.value.__cause__), "it does not say where"
    assert _scores(alone, parts) == expected
    assert _pids() == before


def test_what_processes_log_is_logged_here(
    alone: Processes, parts: tuple[Together, Doing], caplog: pytest.LogCaptureFixture
) -> None:
    _scores(alone, parts, fakes.SPEAKS)
    narrow = _scores(alone, parts, fakes.IS_NARROW)

    texts = [(r.name, r.levelname, r.getMessage()) for r in caplog.records]
    assert [(name, level) for name, level, _ in texts] == [(log.name, "WARNING")] * 3
    assert "UserWarning: a warned word" in texts[0][2]
    assert "do not fit into the memory" in texts[1][2]
    with Threads(CPU, 1) as threads:
        assert narrow == _scores(threads, parts, fakes.IS_NARROW)


@pytest.mark.proof
def test_processes_that_die_while_they_build_end_the_run(
    parts: tuple[Together, Doing], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "TRIES", 1)
    with (
        pytest.raises(RunError, match=r'built the task \(exit code 4\).*__name__ == "__main__"'),
        Processes(functools.partial(os._exit, 4), CPU, 1) as workers,
    ):
        _scores(workers, parts)


@pytest.mark.proof
def test_a_process_that_hangs_is_replaced(
    parts: tuple[Together, Doing], marks: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Processes(functools.partial(fakes.built, ENCODINGS, marks), CPU, 2, 5) as two:
        scores = _scores(two, parts, fakes.HANGS_ONCE)
    assert caplog.messages == [
        "a process died (no answer in 5 seconds): another does its chunk again"
    ]
    with Threads(CPU, 1) as threads:
        assert scores == _scores(threads, parts, fakes.HANGS_ONCE)


def test_what_cannot_be_handed_to_a_process_is_refused() -> None:
    with pytest.raises(RunError, match="cannot be handed to processes"):
        Processes(lambda: None, CPU, 1)


def test_another_task_than_the_one_that_was_built_is_refused(
    alone: Processes, parts: tuple[Together, Doing], marks: Path
) -> None:
    changed = Doing(marks)
    changed.digest = "of the task as it is now"
    with pytest.raises(RunError, match="another task than this one"):
        _scores(alone, (parts[0], changed))


@pytest.mark.proof
def test_a_task_that_ends_its_process_every_time_ends_the_run(
    alone: Processes, parts: tuple[Together, Doing], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "TRIES", 2)
    with pytest.raises(RunError, match=r"died 2 times over the same .* \(exit code 3\)"):
        _scores(alone, parts, fakes.ENDS)


PARENT = """
import functools, multiprocessing, pathlib
import numpy as np
from neatfool.tasks import Trial
from neatfool.types import CPU
from neatfool.workers import Processes
from tests import in_processes as fakes
from tests.conftest import ENCODINGS
from tests.unit.workers.test_processes import _genomes

build = functools.partial(fakes.built, ENCODINGS, pathlib.Path())
encoding, task = build()
genomes, trial = _genomes(encoding, "pixels uniform"), Trial(np.arange(24), fakes.HANGS)
for _ in range(2):
    try:
        with Processes(build, CPU, 1) as workers:
            print(*(child.pid for child in multiprocessing.active_children()), flush=True)
            workers.evaluate(genomes, encoding, task, trial)
    except KeyboardInterrupt:
        print(multiprocessing.active_children(), flush=True)
"""


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="Windows has no groups of this kind")
def test_nothing_is_left_behind_by_an_interruption_or_by_a_parent_that_is_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=Path(__file__).parents[3],
    )
    with parent:
        assert parent.stdout is not None
        assert parent.stderr is not None
        os.kill(int(parent.stdout.readline()), signal.SIGINT)  # it has hardly started
        assert parent.stdout.readline() == "hanging\n"
        os.killpg(parent.pid, signal.SIGINT)
        assert parent.stdout.readline() == "[]\n"

        assert int(parent.stdout.readline()) > 0
        assert parent.stdout.readline() == "hanging\n"
        parent.kill()
        assert parent.stdout.read() == "", "read to the end: nobody has it open any more"
        assert parent.stderr.read() == ""


@pytest.mark.proof
def test_each_process_sees_its_own_gpu_and_the_bits_stay(
    parts: tuple[Together, Doing], marks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-a,GPU-b,GPU-c")  # numbers count these
    build = functools.partial(fakes.built, ENCODINGS, marks)
    with Processes(build, CPU, gpus=(2, 0)) as workers, Threads(CPU) as threads:
        assert workers.description == "2 processes"
        assert _scores(workers, parts, fakes.SEES) == _scores(threads, parts, fakes.SEES)
    assert {path.name for path in marks.glob("sees *")} == {"sees GPU-a", "sees GPU-c"}
