"""Whole jobs on a Ray cluster, each of them one task."""

import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import ray
import torch
from ray.exceptions import NodeDiedError, OutOfMemoryError, RayError, WorkerCrashedError

from neatfool.errors import RunError
from neatfool.reporting import Reporter
from neatfool.workers.machine import cores
from neatfool.workers.ray.cluster import connected, find, stand_in, why
from neatfool.workers.serving import Failure, tried

T = TypeVar("T")
R = TypeVar("R")

_AWAKE = 1.0  # seconds
_TRIES = 11
"""So often a job is begun, since it goes on where it was; a machine may be taken away often."""
_ENDED = WorkerCrashedError, OutOfMemoryError, NodeDiedError


def run_jobs(
    call: Callable[[T], R],
    jobs: Sequence[T],
    reporter: Reporter,
    count: int | None = None,
    address: str | None = None,
    hear: Callable[[int, R], None] | None = None,
    lost: Callable[[T, str], R] | None = None,
) -> list[R]:
    """Call on each job, somewhere on a cluster; see ``in_ray``."""
    results: dict[int, R] = {}
    with connected(find(address), min(count or cores(), len(jobs)), reporter):
        reporter.start("running", len(jobs))
        task: Any = ray.remote(_tried).options(
            num_cpus=1, max_retries=_TRIES - 1, scheduling_strategy="SPREAD"
        )
        left = list(enumerate(jobs))[::-1]
        waiting: dict[Any, int] = {}
        try:
            while left or waiting:
                while left and len(waiting) < (count or len(jobs)):
                    index, job = left.pop()
                    waiting[task.remote(call, job, os.getcwd())] = index
                for done in ray.wait(list(waiting), timeout=_AWAKE)[0]:
                    index = waiting.pop(done)
                    try:
                        results[index] = _result(done)
                    except _ENDED as error:
                        said = _ended(error)
                        if lost is None:
                            raise RunError(f"a job is given up: {said}") from error
                        results[index] = lost(jobs[index], said)
                    if hear is not None:
                        hear(index, results[index])
                reporter.step(len(results))
        except BaseException:
            _end(list(waiting))
            raise
    return [results[index] for index in range(len(jobs))]


def _tried(call: Callable[[T], R], job: T, folder: str) -> Any:
    """Do one job, in a process of the cluster, on one thread."""
    stand_in(folder)
    torch.set_num_threads(1)
    return tried(call, job)


def _result(done: Any) -> Any:
    try:
        answer = ray.get(done)
    except _ENDED:
        raise
    except RayError as error:
        raise RunError(f"the Ray cluster cannot do a job: {why(error)}") from error
    if isinstance(answer, Failure):
        raise answer.error()
    return answer


def _ended(error: RayError) -> str:
    return (
        f"its process ended {_TRIES} times ({why(error)}): if memory ran out, take fewer at once, "
        "as ray:4 does"
    )


def _end(waiting: list[Any]) -> None:
    """Let jobs save what they have, and end."""
    for each in waiting:
        ray.cancel(each)
    while waiting:
        waiting = ray.wait(waiting, num_returns=len(waiting), timeout=_AWAKE)[1]
