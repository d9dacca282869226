"""What processes build in tests: every encoding as one, and a task that does what tasks may do."""

import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from neatfool import encodings
from neatfool.encodings.encoding import prefixed, unprefixed
from neatfool.images import Canvas
from neatfool.reporting import log
from neatfool.tasks import Task, Trial
from neatfool.types import Arrays, Scores
from tests.fakes import Nearness, Noisy

PLAIN, DIES_ONCE, ENDS, RAISES, RAISES_ODDLY, SPEAKS, IS_NARROW, HANGS, HANGS_ONCE, SEES = range(
    1, 11
)
"""Generations in which the task does so, beside scoring."""
STRIKING = 5
"""The key of the genome over which it does."""


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
            sys.stdout.write("hanging\n")
            sys.stdout.flush()
            threading.Event().wait()


def _is_elsewhere() -> bool:
    """Tell whether this is a process of workers, here or on Ray."""
    return multiprocessing.parent_process() is not None or "default_worker" in sys.argv[0]


def built(table: Mapping[str, Any], marks: Path) -> tuple[Together, Doing]:
    """Build both."""
    return Together(table), Doing(marks)


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
