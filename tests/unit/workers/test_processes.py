import functools
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from multiprocessing import resource_tracker
from pathlib import Path

import numpy as np
import pytest

from neatfool.errors import RunError
from neatfool.reporting import log
from neatfool.tasks import Trial
from neatfool.types import CPU
from neatfool.workers import Processes, Threads, Workers, serving
from tests import in_processes as fakes
from tests.conftest import ENCODINGS
from tests.in_processes import COUNT, Doing, Together, genomes_of, scores_of

pytestmark = pytest.mark.usefixtures("small_chunks")


@pytest.fixture(scope="module")
def alone(marks: Path) -> Iterator[Processes]:
    """One process, for all tests: it takes seconds to start."""
    with Processes(functools.partial(fakes.built, ENCODINGS, marks), CPU, 1) as workers:
        yield workers


def _pids() -> set[int]:
    return {child.pid for child in multiprocessing.active_children()}


@pytest.mark.proof
def test_processes_and_threads_give_the_same_bits(
    alone: Processes, parts: tuple[Together, Doing], marks: Path
) -> None:
    genomes = [genomes_of(parts[0], name) for name in ENCODINGS]
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
    scores_of(alone, parts)
    before = _pids()

    scores = scores_of(alone, parts, fakes.DIES_ONCE)

    os.kill(int((marks / str(fakes.DIES_ONCE)).read_text()), signal.SIGKILL)  # what it left
    assert caplog.messages == ["a process died (signal 9, Killed): another does its chunk again"]
    assert len(_pids()) == len(before)
    assert _pids() != before
    with Threads(CPU, 1) as threads:
        assert scores == scores_of(threads, parts, fakes.DIES_ONCE)


def test_processes_leave_signals_to_the_one_that_began(
    alone: Processes, parts: tuple[Together, Doing]
) -> None:
    expected, before = scores_of(alone, parts), _pids()
    for pid in before:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(pid, number)
    assert scores_of(alone, parts) == expected
    assert _pids() == before


def test_what_the_task_raises_is_raised_here(
    alone: Processes, parts: tuple[Together, Doing]
) -> None:
    expected, before = scores_of(alone, parts), _pids()
    with pytest.raises(ValueError, match="of the task") as plain:
        scores_of(alone, parts, fakes.RAISES)
    with pytest.raises(RuntimeError, match=r"^OddError: 7 of the task$") as odd:
        scores_of(alone, parts, fakes.RAISES_ODDLY)
    for caught in plain, odd:
        assert "in_processes.py" in str(caught.value.__cause__), "it does not say where"
    assert scores_of(alone, parts) == expected
    assert _pids() == before


def test_what_processes_log_is_logged_here(
    alone: Processes, parts: tuple[Together, Doing], caplog: pytest.LogCaptureFixture
) -> None:
    scores_of(alone, parts, fakes.SPEAKS)
    narrow = scores_of(alone, parts, fakes.IS_NARROW)

    texts = [(r.name, r.levelname, r.getMessage()) for r in caplog.records]
    assert [(name, level) for name, level, _ in texts] == [(log.name, "WARNING")] * 3
    assert "UserWarning: a warned word" in texts[0][2]
    assert "do not fit into the memory" in texts[1][2]
    with Threads(CPU, 1) as threads:
        assert narrow == scores_of(threads, parts, fakes.IS_NARROW)


@pytest.mark.proof
def test_processes_that_die_while_they_build_end_the_run(
    parts: tuple[Together, Doing], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "TRIES", 1)
    with (
        pytest.raises(RunError, match=r'built the task \(exit code 4\).*__name__ == "__main__"'),
        Processes(functools.partial(os._exit, 4), CPU, 1) as workers,
    ):
        scores_of(workers, parts)


@pytest.mark.skipif(os.name == "nt", reason="there is no such program")
def test_a_process_that_dies_before_it_hears_what_to_build_ends_the_run(
    parts: tuple[Together, Doing], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "TRIES", 2)
    resource_tracker.ensure_running()  # which is a process, too
    multiprocessing.set_executable("/bin/false")
    try:
        build = functools.partial(bytes, bytes(1 << 20))  # more than a pipe takes
        with (
            pytest.raises(RunError, match=r"died 2 times .* built the task \(exit code 1\)"),
            Processes(build, CPU, 1) as workers,  # type: ignore[arg-type]
        ):
            scores_of(workers, parts)
    finally:
        multiprocessing.set_executable(sys.executable)


@pytest.mark.proof
def test_a_process_that_hangs_is_replaced(
    parts: tuple[Together, Doing], marks: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Processes(functools.partial(fakes.built, ENCODINGS, marks), CPU, 2, 5) as two:
        scores = scores_of(two, parts, fakes.HANGS_ONCE)
    assert caplog.messages == [
        "a process died (no answer in 5 seconds): another does its chunk again"
    ]
    with Threads(CPU, 1) as threads:
        assert scores == scores_of(threads, parts, fakes.HANGS_ONCE)


def test_what_cannot_be_handed_to_a_process_is_refused() -> None:
    with pytest.raises(RunError, match="cannot be handed to processes"):
        Processes(lambda: None, CPU, 1)


def test_another_task_than_the_one_that_was_built_is_refused(
    alone: Processes, parts: tuple[Together, Doing], marks: Path
) -> None:
    changed = Doing(marks)
    changed.digest = "of the task as it is now"
    with pytest.raises(RunError, match="another task than this one"):
        scores_of(alone, (parts[0], changed))


@pytest.mark.proof
def test_a_task_that_ends_its_process_every_time_ends_the_run(
    alone: Processes, parts: tuple[Together, Doing], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "TRIES", 2)
    with pytest.raises(RunError, match=r"died 2 times over the same .* \(exit code 3\)"):
        scores_of(alone, parts, fakes.ENDS)


@pytest.mark.proof
@pytest.mark.skipif(os.name == "nt", reason="Windows has no groups of this kind")
def test_nothing_is_left_behind_by_an_interruption_or_by_a_parent_that_is_killed(
    tmp_path: Path,
) -> None:
    fakes.assert_nothing_is_left_behind("processes:1", tmp_path)


@pytest.mark.proof
def test_each_process_sees_its_own_gpu_and_the_bits_stay(
    parts: tuple[Together, Doing], marks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-a,GPU-b,GPU-c")  # numbers count these
    build = functools.partial(fakes.built, ENCODINGS, marks)
    with Processes(build, CPU, gpus=(2, 0)) as workers, Threads(CPU) as threads:
        assert workers.description == "2 processes"
        assert scores_of(workers, parts, fakes.SEES) == scores_of(threads, parts, fakes.SEES)
    assert {path.name for path in marks.glob("sees *")} == {"sees GPU-a", "sees GPU-c"}
