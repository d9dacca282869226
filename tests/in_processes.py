"""What processes build in tests: every encoding as one, and a task that does what tasks may do."""

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from neatfool import encodings
from neatfool.encodings import Birth
from neatfool.encodings.encoding import prefixed, unprefixed
from neatfool.images import Canvas
from neatfool.reporting import log
from neatfool.streams import stream
from neatfool.tasks import Task, Trial
from neatfool.types import Arrays, Scores
from neatfool.workers import Workers
from tests.fakes import Nearness, Noisy

PLAIN, DIES_ONCE, ENDS, RAISES, RAISES_ODDLY, SPEAKS, IS_NARROW, HANGS, HANGS_ONCE, SEES = range(
    1, 11
)
"""Generations in which the task does so, beside scoring."""
STRIKING = 5
"""The key of the genome over which it does."""
COUNT = 24
"""Genomes that are scored."""
ROOT = Path(__file__).parents[1]


@dataclass
class Several:
    """Genomes of one of several encodings."""

    name: str
    genomes: Any

    def __len__(self) -> int:
        return len(self.genomes)

    def part(self, first: int, last: int) -> "Several":
        return Several(self.name, self.genomes.part(first, last))

    def arrays(self) -> Arrays:
        name = np.frombuffer(self.name.encode(), np.uint8)
        return {"name": name} | prefixed("own.", self.genomes.arrays())


class Together:
    """Several encodings as one."""

    shape = (1, 6, 5)
    medium = encodings.Bare(("x",), 1)  # phenotypes of many shapes, which nobody checks
    device = torch.device("cpu")
    executor = ""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.encodings = {
            name: encodings.build(settings, Canvas(form) if isinstance(form, tuple) else form)
            for name, (settings, form) in table.items()
        }

    def express(self, genomes: Several) -> Any:
        return self.encodings[genomes.name].express(genomes.genomes)

    def from_arrays(self, arrays: Arrays) -> Several:
        name = arrays["name"].tobytes().decode()
        return Several(name, self.encodings[name].from_arrays(unprefixed("own.", arrays)))


class OddError(Exception):
    """An exception that cannot be made again from its message."""

    def __init__(self, number: int, *, why: str) -> None:
        super().__init__(f"{number} {why}")


class Doing(Task):
    """A task with and without chance, which does to the process what its generation says.

    Args:
        marks: A folder for what happens but once.
    """

    niches = tuple("abcdef")
    digest = "of the task"

    def __init__(self, marks: Path) -> None:
        self._marks = marks

    def score(self, phenotypes: torch.Tensor, trial: Trial) -> Scores:
        if _is_elsewhere() and STRIKING in trial.keys:
            self._do(trial.generation, len(phenotypes))
        if _is_elsewhere() and trial.generation == SEES:
            (self._marks / f"sees {os.environ['CUDA_VISIBLE_DEVICES']}").touch()
        shape = tuple(phenotypes.shape[1:])
        parts = Nearness(shape, 3).score(phenotypes), Noisy(shape, 3).score(phenotypes, trial)
        return np.concatenate(parts, axis=1)

    def _do(self, what: int, count: int) -> None:
        mark = self._marks / str(what)
        if what == DIES_ONCE and not mark.exists():
            child = os.fork()
            if not child:  # lives on, with the pipe open
                signal.alarm(60)
                signal.pause()
            mark.write_text(str(child))
            os.kill(os.getpid(), signal.SIGKILL)
        elif what == ENDS:
            os._exit(3)
        elif what == RAISES:
            raise ValueError("of the task")
        elif what == RAISES_ODDLY:
            raise OddError(7, why="of the task")
        elif what == SPEAKS:
            log.info("a %s word", "low")
            warnings.warn("a warned word", stacklevel=1)
        elif what == IS_NARROW and count > 2:
            raise MemoryError
        elif what == HANGS or (what == HANGS_ONCE and not mark.exists()):
            mark.write_text(str(os.getpid()))
            threading.Event().wait()


def _is_elsewhere() -> bool:
    """Tell whether this is a process of workers, here or on Ray."""
    return multiprocessing.parent_process() is not None or "default_worker" in sys.argv[0]


def built(table: Mapping[str, Any], marks: Path) -> tuple[Together, Doing]:
    """Build both."""
    return Together(table), Doing(marks)


def genomes_of(together: Together, name: str) -> Several:
    """Breed genomes of one encoding."""
    encoding, birth = together.encodings[name], Birth(1, stream(0, "test"))
    genomes = encoding.new(COUNT, birth)
    for birth.generation in range(2, 7):  # past the switch
        genomes = encoding.vary(genomes, birth)
    return Several(name, genomes)


def scores_of(workers: Workers, parts: tuple[Together, Doing], what: int = PLAIN) -> bytes:
    """Have genomes scored in a generation in which the task does something."""
    trial = Trial(np.arange(COUNT), what, seed=3)
    return workers.evaluate(genomes_of(parts[0], "pixels uniform"), *parts, trial).tobytes()


def halved_or_gone(number: int) -> float:
    """Halve a number; one below 0 ends the process."""
    if number < 0:
        os._exit(3)
    return number / 2


def halved_once_alive(job: tuple[Path, int]) -> float:
    """Halve a number; the job of the mark hangs the first time, and its mark says who it was."""
    mark, number = job
    if number == STRIKING and not mark.exists():
        mark.write_text(str(os.getpid()))
        threading.Event().wait()
    if number < 0:
        raise ValueError("of the job")
    return number / 2


def eventually(what: Callable[[], Any], seconds: float = 120) -> Any:
    """Wait until something is there, and return it."""
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until, "it never came to be"
        time.sleep(0.05)
    return found


def pid_in(mark: Path) -> int:
    """Wait until a process has said who it is."""
    return int(eventually(lambda: mark.exists() and mark.read_text()))


PARENT = """
import functools, multiprocessing, pathlib, signal, sys
import numpy as np
from neatfool.encodings import PixelSettings
from neatfool.tasks import Trial
from neatfool.types import CPU
from neatfool.workers import open_workers
from tests import in_processes as fakes

signal.signal(signal.SIGINT, signal.default_int_handler)  # which is off in the background
name, marks = sys.argv[1:]
build = functools.partial(fakes.built, {"it": (PixelSettings(), (1, 6, 5))}, pathlib.Path(marks))
encoding, task = build()
genomes, trial = fakes.genomes_of(encoding, "it"), Trial(np.arange(fakes.COUNT), fakes.HANGS)
for _ in range(2):
    try:
        with open_workers(name, CPU, build) as workers:
            print(*(child.pid for child in multiprocessing.active_children()), flush=True)
            workers.evaluate(genomes, encoding, task, trial)
    except KeyboardInterrupt:
        print("interrupted", multiprocessing.active_children(), flush=True)
"""


def assert_nothing_is_left_behind(name: str, marks: Path) -> None:
    """Interrupt workers that have begun or hang, and kill who began them: all of them end."""
    mark = marks / str(HANGS)
    with _parent(name, marks) as parent:
        assert parent.stdout is not None
        assert parent.stderr is not None
        for child in parent.stdout.readline().split():
            os.kill(int(child), signal.SIGINT)  # it has hardly started
        pid_in(mark)
        mark.unlink()
        os.killpg(parent.pid, signal.SIGINT)
        assert parent.stdout.readline() == "interrupted []\n"
        parent.stdout.readline()
        pid_in(mark)
        parent.kill()
        assert parent.stdout.read() == "", "read to the end: nobody has it open any more"
        assert parent.stderr.read() == ""
        eventually(lambda: not _left(marks))


@contextlib.contextmanager
def _parent(name: str, marks: Path, seconds: float = 200) -> Iterator["subprocess.Popen[str]"]:
    """Start who begins workers that hang; after the block, or so long, nothing of it is there."""
    own = {"MARKS": str(marks), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, name, str(marks)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=marks,
        env={k: v for k, v in os.environ.items() if k != "RAY_ADDRESS"} | own,
    )
    clock = threading.Timer(seconds, _end, [process.pid, marks])
    clock.start()
    with process:
        try:
            yield process
        finally:
            clock.cancel()
            _end(process.pid, marks)


def _end(group: int, marks: Path) -> None:
    """Kill a group of processes, and all that it started elsewhere."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
    for pid in _left(marks):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _left(marks: Path) -> list[int]:
    """List the processes that have a folder of marks in their environment."""
    word, found = f"MARKS={marks}".encode(), []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if word in (path / "environ").read_bytes().split(b"\0"):
                found.append(int(path.name))
    return found
