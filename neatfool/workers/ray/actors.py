"""Actors: evaluate genomes on a Ray cluster, whose machines may come and go."""

import contextlib
import logging
import os
import queue
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Any

import numpy as np
import ray
import torch
from ray.exceptions import GetTimeoutError, RayError

from neatfool.encodings import Encoding
from neatfool.errors import RunError
from neatfool.process import keep_memory
from neatfool.reporting import Reporter, log
from neatfool.tasks import Task, Trial
from neatfool.types import Arrays, Scores
from neatfool.workers import serving
from neatfool.workers.machine import environment
from neatfool.workers.ray.cluster import connected, find, slots, stand_in, why
from neatfool.workers.serving import (
    Build,
    Evaluator,
    Failure,
    check,
    given_up,
    levels_here,
    log_to,
    packed,
    tried,
)
from neatfool.workers.threads import Threads

_AWAKE = 1.0  # seconds
_SILENCE = 60  # seconds without any worker, until that is told
_SAME = ("neatfool", "torch", "numpy", "numba")
_ALIKE = ("processor", "gpu")


class Actors(Threads):
    """Workers on a Ray cluster: actors, each of which builds encoding and task once.

    One that dies, alone or with its machine, or that does not answer in time, is replaced, and its
    chunk is done again by another.

    Args:
        build: Makes them; of the script that was called, it is sent along.
        device: Where phenotypes are made; on a GPU, each actor has one to itself.
        count: How many; none: as many as the cluster has cores, or GPUs.
        address: Of the cluster; none: the one that ``RAY_ADDRESS`` names, or else one that is
            started on this machine, and ends with the workers.
        seconds: That an actor has for a chunk; none: however many.
        reporter: Hears that they are being made.

    Raises:
        RunError: ``build`` cannot be handed to another process, or nobody answers at the address.
    """

    def __init__(
        self,
        build: Build,
        device: torch.device,
        count: int | None = None,
        address: str | None = None,
        seconds: float | None = None,
        reporter: Reporter | None = None,
    ) -> None:
        super().__init__(device)
        self._reporter = reporter
        self._build, self._seconds = packed(build, ray.cloudpickle.dumps), seconds
        self._wanted, self._address = count, find(address)
        self._size = count or 0

    @property
    def description(self) -> str:  # noqa: D102
        return "1 worker on Ray" if self._size == 1 else f"{self._size or 'all'} workers on Ray"

    def __enter__(self) -> "Actors":
        self._workers: set[_Worker] = set()
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._is_over, self._stillborn = False, 0  # in a row
        self._here, self._others = environment(self.device), set[str]()
        with contextlib.ExitStack() as stack:
            stack.enter_context(connected(self._address, self._wanted, self._reporter))
            self._size = self._wanted or slots("GPU" if self.device.type == "cuda" else "CPU")
            super().__enter__()
            stack.push(super().__exit__)
            self._scorers = stack.enter_context(ThreadPoolExecutor(self._size, "ray"))
            stack.callback(self._end)  # now those threads end soon
            for _ in range(self._size):
                self._start()
            wait([each.ready for each in self._workers], _SILENCE, FIRST_COMPLETED)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def _score(self, genomes: Any, encoding: Encoding[Any], task: Task, trial: Trial) -> Scores:
        deaths = 0
        while True:
            worker = self._next()
            try:
                answer = self._ask(worker, genomes, encoding, task, trial)
            except RayError as error:
                self._replace(worker)
                deaths += worker.was_at_it
                if deaths == serving.TRIES:
                    raise given_up("workers", len(trial.keys), why(error)) from error
                tell = log.warning if worker.was_at_it else log.info
                tell("a worker on Ray died (%s): another does its work", why(error))
            except BaseException:
                self._idle.put(worker)
                raise
            else:
                self._idle.put(worker)
                if isinstance(answer, Failure):
                    raise answer.error()
                return answer

    def _ask(
        self, worker: "_Worker", genomes: Any, encoding: Encoding[Any], task: Task, trial: Trial
    ) -> Any:
        """Return the scores of a chunk, or a failure.

        Raises:
            RayError: The worker died.
            RunError: It is of no use, and no other would be.
        """
        try:
            built = worker.built()
        except RayError as error:
            self._stillborn += 1
            if self._stillborn >= serving.TRIES * self._size:
                raise given_up("workers", None, why(error)) from error
            raise
        self._stillborn = 0
        if isinstance(built, Failure):
            return built
        self._compare(worker.machine)
        check(built, encoding, task)
        return worker.score(genomes.arrays(), trial, self._seconds)

    def _next(self) -> "_Worker":
        """Wait for a worker that has nothing to do."""
        silence = 0
        while not self._is_over:
            with contextlib.suppress(queue.Empty):
                return self._idle.get(timeout=_AWAKE)
            silence += 1
            if silence == _SILENCE and not any(each.ready.done() for each in self._workers):
                log.warning("waiting for the Ray cluster: it has no place for any worker yet")
        raise RunError("the workers have ended: enter them, and evaluate within")

    def _start(self) -> None:
        """Ask the cluster for one more worker; it is idle as soon as it is built, or failed."""
        worker = _Worker(self._build, self.device)
        self._workers.add(worker)
        worker.ready.add_done_callback(lambda _: self._idle.put(worker))

    def _replace(self, worker: "_Worker") -> None:
        """Have another take the place of a worker that is of no use any more."""
        if self._is_over:
            raise RunError("the workers have ended: enter them, and evaluate within")
        worker.kill()
        self._workers.discard(worker)
        self._start()

    def _end(self) -> None:
        """End all workers; threads that wait for one hear of it."""
        self._is_over = True
        for worker in self._workers.copy():
            worker.kill()

    def _compare(self, machine: Mapping[str, str | int]) -> None:
        """Make sure that a machine computes as this one does.

        Raises:
            RunError: It has other versions of libraries.
        """
        for name in _SAME:
            if machine[name] != self._here[name]:
                raise RunError(
                    f"a machine of the Ray cluster has {name} {machine[name]}, this one "
                    f"{self._here[name]}: scores would depend on who computes them; install the "
                    "same on all"
                )
        for name in _ALIKE:
            there = str(machine.get(name))
            if there != str(self._here.get(name)) and there not in self._others:
                self._others.add(there)
                log.warning(
                    "a machine of the Ray cluster computes on %s, this one on %s: scores may "
                    "depend on who computes them, in the last digits",
                    there,
                    self._here.get(name),
                )


class _Worker:
    """One actor, as seen from here.

    Attributes:
        ready: Done as soon as the actor has built the task, or failed.
        machine: What it computes with, once it is ready.
        was_at_it: The actor had begun the chunk that it was asked for: its end may be due to that.
    """

    def __init__(self, build: bytes, device: torch.device) -> None:
        options = {"num_cpus": 1, "num_gpus": int(device.type == "cuda")}
        remote = ray.remote(_Actor).options(scheduling_strategy="SPREAD", **options)
        self._actor = remote.remote(build, device.type, levels_here(), os.getcwd())
        self.ready: Future[Any] = self._actor.built.remote().future()
        self.machine: dict[str, str | int] = {}
        self.was_at_it = False

    def built(self) -> Any:
        """Return the identity of what the actor built, or how it failed."""
        answer, self.machine = _heard(self.ready.result())
        return answer

    def score(self, genomes: Arrays, trial: Trial, seconds: float | None) -> Any:
        """Return the scores of a chunk, or a failure.

        Raises:
            RayError: The actor died, or did not answer in time.
        """
        begun = self._actor.begun.remote()
        answer = self._actor.score.remote(genomes, trial)
        try:
            return _heard(ray.get(answer, timeout=seconds))
        except GetTimeoutError:
            self.was_at_it = True
            raise GetTimeoutError(f"no answer in {seconds:g} seconds") from None
        except RayError:
            with contextlib.suppress(RayError):
                ray.get(begun, timeout=_AWAKE)
                self.was_at_it = True
            raise

    def kill(self) -> None:
        """End the actor at once."""
        ray.kill(self._actor)


class _Actor:
    """What runs in a process of the cluster."""

    def __init__(self, build: bytes, device: str, levels: Mapping[str, int], folder: str) -> None:
        stand_in(folder)
        keep_memory()
        self._records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
        log_to(self._records.put, levels)
        self._evaluator = tried(Evaluator, build)
        self._machine = environment(torch.device(device))

    def built(self) -> Any:
        """Return the identity of what was built, or how that failed, and with what it computes."""
        made = self._evaluator
        return self._said((made if isinstance(made, Failure) else made.identity, self._machine))

    def begun(self) -> None:
        """Say that what it is asked next has its turn."""

    def score(self, genomes: Arrays, trial: Trial) -> Any:
        """Score a chunk; arrays come read-only, which torch would not heed."""
        own = {name: np.array(array) for name, array in genomes.items()}
        mine = Trial(np.array(trial.keys), trial.generation, trial.seed)
        return self._said(tried(self._evaluator.score, own, mine))

    def _said(self, answer: Any) -> Any:
        """Pack an answer with what was logged meanwhile."""
        return answer, [self._records.get() for _ in range(self._records.qsize())]


def _heard(said: Any) -> Any:
    """Unpack an answer; what was logged there is logged here."""
    answer, records = said
    for record in records:
        logging.getLogger(record.name).handle(record)
    return answer
