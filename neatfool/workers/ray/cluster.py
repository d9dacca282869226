"""A Ray cluster: reach it, or start one here; say in words why that fails."""

import contextlib
import logging
import os
import re
import signal
import socket
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import ray

from neatfool.errors import RunError
from neatfool.reporting import Reporter
from neatfool.workers.machine import cores

_PATIENCE = 10.0  # seconds until a cluster has to answer
_STORE = 256 << 20  # bytes of a cluster that is started here: for chunks and scores on their way
_OOM_TRIES = "10"  # so often Ray does again what it ended as memory ran out, and not for ever
_QUIET: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}


def find(address: str | None) -> str | None:
    """Return the address of a cluster: the given one, or ``RAY_ADDRESS``; none: there is none yet.

    Raises:
        RunError: Nobody answers there.
    """
    found = address or os.environ.get("RAY_ADDRESS")
    if not found or found == "local":
        return None
    if found == "auto" or ray.is_initialized():
        return found
    host, _, port = found.removeprefix("ray://").rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _PATIENCE).close()
    except (OSError, ValueError, OverflowError) as error:
        raise RunError(
            f"nobody answers at the address of the Ray cluster, {found} ({error}): expected "
            "HOST:PORT as `ray start --head` says it, or ray://HOST:10001 from other machines; "
            "start a cluster there, or unset RAY_ADDRESS"
        ) from None
    return found


def reach(address: str | None) -> None:
    """Make sure that there is a cluster, where one is named; one that is not can be started.

    Args:
        address: As for ``find``.

    Raises:
        RunError: There is none.
    """
    if found := find(address):
        with connected(found):
            """It is there."""


@contextlib.contextmanager
def connected(
    address: str | None, count: int | None = None, reporter: Reporter | None = None
) -> Iterator[None]:
    """Be connected to a cluster within; if this process is so already, to that one.

    Args:
        address: Of the cluster; none: one is started on this machine, and ended.
        count: Of workers that this one has room for; none: as many as cores.
        reporter: Hears that this is being done, which takes many seconds.

    Raises:
        RunError: There is none, or it does not fit.
    """
    if ray.is_initialized():
        yield
        return
    if reporter is not None:
        reporter.start(f"connecting to Ray, {address}" if address else "starting Ray", 0)
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_task_oom_retries", _OOM_TRIES)
    ray._private.worker._worker_logs_enabled = False  # it prints each death to standard output
    here = {"num_cpus": count or cores(), "include_dashboard": False, "object_store_memory": _STORE}
    try:
        with _own_signals(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ray.init(address=address or "local", **({} if address else here), **_QUIET)
    except Exception as error:
        ray.shutdown()
        said = why(error).rstrip(".")
        raise RunError(
            f"cannot use the Ray cluster {address or 'of this machine'}: {said}; start one by `ray "
            "start --head`, or unset RAY_ADDRESS to have one on this machine"
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def stand_in(folder: str) -> None:
    """Work in a folder of that name, if this machine has it, so that relative paths mean the same.

    Args:
        folder: Where the process works that asks.
    """
    with contextlib.suppress(OSError):
        os.chdir(folder)


def slots(resource: str) -> int:
    """Count the cores or GPUs of the cluster.

    Raises:
        RunError: It has none.
    """
    count = int(ray.cluster_resources().get(resource, 0))
    if not count:
        raise RunError(
            f"the Ray cluster has no {resource}: expected at least one; add a machine that has, or "
            f"say how many there are: ray start --num-{resource.lower()}s=1"
        )
    return count


def why(error: BaseException) -> str:
    """Say in a few words what became of a worker, which Ray says in many."""
    text = str(error)
    if kind := re.search(r"exit type: (\w+)", text):
        return kind[1].replace("_", " ").lower()
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return f"{lines[-1]:.200}" if lines else type(error).__name__


@contextlib.contextmanager
def _own_signals() -> Iterator[None]:
    """Undo that Ray handles SIGTERM."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)
