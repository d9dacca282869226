"""Processes: evaluate genomes in processes of their own, which may die."""

import contextlib
import logging
import math
import multiprocessing
import os
import queue
import signal
import threading
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Any

import torch

from neatfool.encodings import Encoding
from neatfool.errors import RunError
from neatfool.process import signals_blocked
from neatfool.reporting import log
from neatfool.tasks import Task, Trial
from neatfool.types import Arrays, Scores
from neatfool.workers import serving
from neatfool.workers.serving import (
    Build,
    Failure,
    Identity,
    check,
    given_up,
    levels_here,
    packed,
    serve,
)
from neatfool.workers.threads import Threads, hurries

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
        seconds: That one has for a chunk; none: however many.
        gpus: Numbers of those of which each has a process, and which that sees alone.

    Raises:
        RunError: ``build`` cannot be handed to another process.
    """

    def __init__(
        self,
        build: Build,
        device: torch.device,
        count: int | None = None,
        seconds: float | None = None,
        gpus: Sequence[int] = (),
    ) -> None:
        super().__init__(device, count)
        self.count = len(gpus) or self.count
        self._build, self._seconds = packed(build), seconds
        self._visible: list[str | None] = [_visible(gpu) for gpu in gpus]
        if not gpus:
            self._visible = [None] * self.count

    @property
    def description(self) -> str:  # noqa: D102
        return "1 process" if self.count == 1 else f"{self.count} processes"

    def __enter__(self) -> "Processes":
        super().__enter__()
        self._workers = [_Worker(self._build, self._seconds, gpu) for gpu in self._visible]
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
            return worker.score(genomes.arrays(), trial, encoding, task)
        finally:
            self._idle.put(worker)


def _visible(gpu: int) -> str:
    """Name a GPU as CUDA does, which numbers those that this process sees from 0."""
    seen = os.environ.get("CUDA_VISIBLE_DEVICES")
    return seen.split(",")[gpu] if seen else str(gpu)


class _Worker:
    """One process after the other, as seen by the thread that waits for its scores."""

    def __init__(self, build: bytes, seconds: float | None, gpu: str | None) -> None:
        self._build, self._seconds, self._gpu = build, seconds, gpu
        self._pipe: Connection
        self._process: SpawnProcess | None = None
        self._identity: Identity | None = None  # of what the process has built
        self._is_over = False

    def start(self) -> None:
        """Start the process; what it builds is waited for later."""
        levels = levels_here()
        with _CHILDREN, signals_blocked():
            if self._is_over:
                raise RunError("the workers have ended: enter them, and evaluate within")
            self._pipe, there = _SPAWN.Pipe()
            process = _SPAWN.Process(target=serve, args=(there, levels, self._gpu))
            process.start()
            self._process = process
            there.close()
            self._identity = None
        with contextlib.suppress(OSError):  # of one that died, which is noticed when it is asked
            self._pipe.send_bytes(self._build)

    def score(self, genomes: Arrays, trial: Trial, encoding: Encoding[Any], task: Task) -> Scores:
        """Have a chunk scored, by another process if need be."""
        for left in reversed(range(serving.TRIES)):
            try:
                answer = self._ask(genomes, trial, encoding, task)
            except (EOFError, OSError) as error:
                is_built, why = self._identity is not None, self._bury()
                if isinstance(error, TimeoutError):
                    why = str(error)
                if left and not self._is_over:
                    log.warning("a process died (%s): another does its chunk again", why)
            else:
                if isinstance(answer, Failure):
                    raise answer.error()
                return answer
        raise given_up("processes", len(trial.keys) if is_built else None, why)

    def kill(self) -> None:
        """End the process at once, and for good."""
        self._is_over = True
        self._strike()

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

    def _ask(self, genomes: Arrays, trial: Trial, encoding: Encoding[Any], task: Task) -> Any:
        """Return the scores of a chunk, or a failure."""
        if self._process is None:
            self.start()
        if self._identity is None:
            built = self._hear()
            if isinstance(built, Failure):
                self._bury()
                return built
            self._identity = built
        check(self._identity, encoding, task)
        self._pipe.send((genomes, trial))
        return self._hear(self._seconds)

    def _hear(self, seconds: float | None = None) -> Any:
        """Wait for an answer, so long; what is logged meanwhile is logged here."""
        until = math.inf if seconds is None else time.monotonic() + seconds
        while True:
            while not self._pipe.poll(min(_AWAKE, max(0.0, until - time.monotonic()))):
                self._look_after()
                if time.monotonic() >= until:
                    self._strike()
                    raise TimeoutError(f"no answer in {seconds:g} seconds")
            answer = self._pipe.recv()
            if not isinstance(answer, logging.LogRecord):
                return answer
            logging.getLogger(answer.name).handle(answer)

    def _strike(self) -> None:
        """End the process that there is."""
        with _CHILDREN:
            if self._process is not None:
                self._process.kill()

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
