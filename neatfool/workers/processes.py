"""Processes: evaluate genomes in processes of their own, which may die."""

import contextlib
import logging
import multiprocessing
import pickle
import queue
import signal
import threading
from collections.abc import Iterator
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Any

import torch

from neatfool.encodings import Encoding
from neatfool.errors import RunError
from neatfool.process import SIGNALS
from neatfool.reporting import log
from neatfool.tasks import Task, Trial
from neatfool.types import Arrays, Scores
from neatfool.workers.serving import Build, Failure, Identity, identity, serve
from neatfool.workers.threads import Threads, hurries

_TRIES = 3
_AWAKE = 1.0  # seconds
_PATIENCE = 5.0  # seconds that a process has to end by itself
_SPAWN = multiprocessing.get_context("spawn")
_CHILDREN = threading.Lock()
"""Starting a child, multiprocessing looks after those of all threads; so they take turns."""


class Processes(Threads):
    """Workers that are processes, for tasks that hold Python's lock.

    Each builds encoding and task once. One that dies is replaced, and its chunk is done again.

    Args:
        build: Makes them; a function of a module, or ``functools.partial`` of one, so that other
            processes find it.
        device: Where phenotypes are made.
        count: How many on the CPU; none: as many as cores. On a GPU there is one.

    Raises:
        RunError: ``build`` cannot be handed to another process.
    """

    def __init__(self, build: Build, device: torch.device, count: int | None = None) -> None:
        super().__init__(device, count)
        try:
            self._build = pickle.dumps(build)
        except Exception as error:
            raise RunError(
                f"what builds the task cannot be handed to processes: {error!s:.200}; define it "
                "at the top of a module, or use threads"
            ) from error

    @property
    def description(self) -> str:  # noqa: D102
        return "1 process" if self.count == 1 else f"{self.count} processes"

    def __enter__(self) -> "Processes":
        super().__enter__()
        self._workers = [_Worker(self._build) for _ in range(self.count)]
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        try:
            for worker in self._workers:
                worker.start()
                self._idle.put(worker)
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        at_once = hurries(error)
        if at_once:
            for worker in self._workers:
                worker.kill()
        super().__exit__(kind, error, trace)
        if not at_once:
            for worker in self._workers:
                worker.dismiss()
        for worker in self._workers:
            worker.join()

    def _score(self, genomes: Any, encoding: Encoding[Any], task: Task, trial: Trial) -> Scores:
        worker = self._idle.get()
        try:
            return worker.score(genomes.arrays(), trial, identity(encoding, task))
        finally:
            self._idle.put(worker)


@contextlib.contextmanager
def _signals_blocked() -> Iterator[None]:
    """Let processes that are started within hear no signals until they ignore them."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # starting it within would unblock them
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Worker:
    """One process after the other, as seen by the thread that waits for its scores."""

    def __init__(self, build: bytes) -> None:
        self._build = build
        self._pipe: Connection
        self._process: SpawnProcess | None = None
        self._identity: Identity | None = None  # of what the process has built
        self._is_over = False

    def start(self) -> None:
        """Start the process; what it builds is waited for later."""
        levels = {name: logging.getLogger(name).level for name in ("root", log.name)}
        with _CHILDREN, _signals_blocked():
            if self._is_over:
                raise RunError("the workers have ended: enter them, and evaluate within")
            self._pipe, there = _SPAWN.Pipe()
            process = _SPAWN.Process(target=serve, args=(there, self._build, levels))
            process.start()
            self._process = process
            there.close()
            self._identity = None

    def score(self, genomes: Arrays, trial: Trial, expected: Identity) -> Scores:
        """Have a chunk scored, by another process if need be."""
        for left in reversed(range(_TRIES)):
            try:
                answer = self._ask(genomes, trial, expected)
            except (EOFError, OSError):
                is_built, why = self._identity is not None, self._bury()
                if left and not self._is_over:
                    log.warning("a process died (%s): another does its chunk again", why)
            else:
                if isinstance(answer, Failure):
                    raise answer.error()
                return answer
        if is_built:
            raise RunError(
                f"processes died {_TRIES} times over the same {len(trial.keys)} genomes ({why}): "
                "if memory ran out, take fewer processes or a smaller search.batch; if the task "
                "ends its process, run.workers = threads:1 shows where"
            )
        raise RunError(
            f"processes died {_TRIES} times while they built the task ({why}): if memory ran out, "
            'take fewer; a script that starts a run does so within if __name__ == "__main__":'
        )

    def kill(self) -> None:
        """End the process at once, and for good."""
        self._is_over = True
        with _CHILDREN:
            if self._process is not None:
                self._process.kill()

    def dismiss(self) -> None:
        """Let the process, which has nothing to do, end by itself."""
        self._is_over = True
        if self._process is not None:
            self._pipe.close()

    def join(self) -> None:
        """Wait until the process has ended; it is killed if that takes long."""
        with _CHILDREN:
            if self._process is not None:
                self._process.join(_PATIENCE)
                self._process.kill()
                self._process.join()

    def _ask(self, genomes: Arrays, trial: Trial, expected: Identity) -> Any:
        """Return the scores of a chunk, or a failure."""
        if self._process is None:
            self.start()
        if self._identity is None:
            built = self._hear()
            if isinstance(built, Failure):
                self._bury()
                return built
            self._identity = built
        if self._identity != expected:
            raise RunError(
                "a process has built another task than this one: were files of the task changed "
                "since the run began? Put them back, or begin a new run"
            )
        self._pipe.send((genomes, trial))
        return self._hear()

    def _hear(self) -> Any:
        """Wait for an answer; what is logged meanwhile is logged here."""
        while True:
            while not self._pipe.poll(_AWAKE):
                self._look_after()
            answer = self._pipe.recv()
            if not isinstance(answer, logging.LogRecord):
                return answer
            logging.getLogger(answer.name).handle(answer)

    def _look_after(self) -> None:
        """Notice the end of a process whose own children, which live on, hold the pipe open."""
        with _CHILDREN:
            if self._process is None or not self._process.is_alive():
                raise EOFError

    def _bury(self) -> str:
        """Put away a process that has ended, and say how it did."""
        self.join()
        self._pipe.close()
        process, self._process = self._process, None
        code = process.exitcode if process is not None else None
        if code is None or code >= 0:
            return f"exit code {code}"
        return f"signal {-code}, {signal.strsignal(-code)}"
