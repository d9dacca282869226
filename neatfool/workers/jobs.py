"""Independent jobs in processes of their own, here or on a cluster: seeds of an experiment."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from typing import TypeVar

import torch

from neatfool.errors import Interrupted
from neatfool.process import keep_memory, signals_blocked, unblock_signals
from neatfool.reporting import Reporter
from neatfool.sections.run import parsed
from neatfool.workers.choice import with_ray
from neatfool.workers.machine import cores
from neatfool.workers.serving import end_with_parent

T = TypeVar("T")
R = TypeVar("R")
_AWAKE = 1.0  # seconds


def in_processes(
    call: Callable[[T], R],
    jobs: Sequence[T],
    reporter: Reporter,
    workers: int | None = None,
    hear: Callable[[int, R], None] | None = None,
) -> list[R]:
    """Call on each job, each core its own process with one thread.

    Args:
        call: A function of a module, so that other processes find it.
        jobs: What it is called on.
        reporter: Hears every second how many jobs are done.
        workers: Processes; none: as many as cores.
        hear: Called here with the index of each job and its result, as soon as it is done.

    Returns:
        The results, in the order of the jobs, whichever was done first.
    """
    if not jobs:
        return []
    reporter.start("running", len(jobs))
    with ProcessPoolExecutor(
        min(workers or cores(), len(jobs)),
        multiprocessing.get_context("spawn"),
        initializer=_begin,
    ) as pool:
        try:
            with signals_blocked([signal.SIGINT]):
                waiting = {pool.submit(_called, call, job): place for place, job in enumerate(jobs)}
            left = set(waiting)
            while left:
                done, left = wait(left, _AWAKE, FIRST_COMPLETED)
                for future in done:
                    result = future.result()
                    if hear is not None:
                        hear(waiting[future], result)
                reporter.step(len(waiting) - len(left))
        except BaseException:
            for process in multiprocessing.active_children():
                process.terminate()  # runs save what they have, and end
            pool.shutdown(cancel_futures=True)  # its thread left alone may end while Python does
            raise
    reporter.finish()
    return [future.result() for future in waiting]


def in_ray(
    call: Callable[[T], R],
    jobs: Sequence[T],
    reporter: Reporter,
    name: str = "ray",
    hear: Callable[[int, R], None] | None = None,
    lost: Callable[[T, str], R] | None = None,
) -> list[R]:
    """Call on each job, somewhere on a Ray cluster, on one core with one thread.

    A job whose machine goes away is begun again on another: one that works in a folder, which all
    machines have to share, can go on where it was. An exception, or Ctrl-C, interrupts the others
    as Ctrl-C does, and waits until they have ended; a second Ctrl-C does not wait.

    Args:
        call: A function of a module that is installed on all machines.
        jobs: What it is called on.
        reporter: Hears every second how many jobs are done.
        name: ``ray``, at most so many at once as ``ray:8``, or ``ray://HOST:PORT``.
        hear: Called here with the index of each job and its result, as soon as it is done.
        lost: Makes the result of a job that always ends its process, of the job and of how it
            ended; none: that is an error.

    Returns:
        The results, in the order of the jobs, whichever was done first.

    Raises:
        RunError: Ray is not installed, there is no cluster, or a job always ends its process.
    """
    if not jobs:
        return []
    _, count, address = parsed(name)
    tasks = with_ray()
    results: list[R] = tasks.run_jobs(call, jobs, reporter, count, address, hear, lost)
    reporter.finish()
    return results


def _called(call: Callable[[T], R], job: T) -> R:
    """Call on a job, and end the process if it was interrupted.

    Else it would wait for another job, holding a lock that its end would leave closed for all.
    """
    try:
        return call(job)
    except Interrupted as interruption:
        os._exit(128 + interruption.signal)


def _begin() -> None:
    """Leave the other cores to the other processes, and interruption to the one that began.

    Where that is killed, nobody else would end this process: its run would go on unseen.
    """
    keep_memory()  # before there is any other thread, which would have memory of its own
    end_with_parent()
    torch.set_num_threads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    unblock_signals()
