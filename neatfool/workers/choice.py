"""From the setting ``run.workers`` to workers."""

import importlib
import re
from collections.abc import Sequence
from types import ModuleType
from typing import Annotated, Any

import torch
from pydantic import BeforeValidator

from neatfool.errors import ConfigError, RunError
from neatfool.reporting import Reporter
from neatfool.workers.processes import Processes
from neatfool.workers.serving import Build
from neatfool.workers.threads import Threads
from neatfool.workers.workers import Workers

_KINDS = "threads", "processes", "ray"
_MOST = 4096
_ADDRESS = re.compile(r"ray://[^\s/@]+:[0-9]{1,5}")


def open_workers(
    name: str,
    device: torch.device,
    build: Build,
    seconds: float | None = None,
    gpus: Sequence[int] = (),
    reporter: Reporter | None = None,
) -> Workers:
    """Make the workers of a name; enter them before they evaluate.

    Args:
        name: A ``WorkersName``.
        device: Where phenotypes are made.
        build: Makes encoding and task, where workers are processes; see ``Processes``.
        seconds: That one who is no thread has for a chunk; none: however many.
        gpus: Of this machine, each of which has a process; empty: the device is all there is.
        reporter: Hears of workers that take long to make.

    Raises:
        ConfigError: Workers on Ray are given GPUs by number.
        RunError: ``build`` cannot be handed to another process; Ray is not installed, or there is
            no cluster at the address.
    """
    kind, count, address = parsed(name)
    if len(gpus) > 1 and kind != "ray":
        return Processes(build, device, len(gpus), seconds, gpus)
    if gpus and kind == "ray":
        raise ConfigError(
            "run.device: expected cuda where run.workers is ray, as each worker has a GPU to "
            f"itself, got numbers of GPUs: {', '.join(map(str, gpus))}"
        )
    if kind == "threads":
        return Threads(device, count)
    if kind == "processes":
        return Processes(build, device, count, seconds)
    workers: Workers = with_ray().Actors(build, device, count, address, seconds, reporter)
    return workers


def parsed(name: str) -> tuple[str, int | None, str | None]:
    """Read a ``WorkersName``: kind, how many, address of a cluster.

    Raises:
        ValueError: It names no workers.
    """
    if _ADDRESS.fullmatch(name):
        return "ray", None, name
    kind, colon, count = name.partition(":")
    is_number = count.isascii() and count.isdigit() and 1 <= int(count[:9]) <= _MOST
    if kind not in _KINDS or (colon and not is_number):
        raise ValueError(
            f"expected {', '.join(_KINDS)}, or 1 to {_MOST} of them, such as processes:4, or the "
            "address of a Ray cluster, ray://HOST:PORT"
        )
    return kind, int(count) if count else None, None


def with_ray() -> ModuleType:
    """Import what needs Ray.

    Raises:
        RunError: It is not installed.
    """
    try:
        return importlib.import_module("neatfool.workers.ray")
    except ImportError as error:
        raise RunError(
            f"workers on Ray take a library that is not installed ({error}): pip install "
            "'neatfool[ray]'"
        ) from None


def _checked(name: Any) -> Any:
    """Refuse what names no workers."""
    parsed(name if isinstance(name, str) else "")
    return name


WorkersName = Annotated[str, BeforeValidator(_checked)]
"""Who evaluates: threads or processes, as many as cores; ``processes:4``: so many; ``ray``."""
