"""From the setting ``run.workers`` to workers."""

import importlib
from collections.abc import Sequence
from types import ModuleType

import torch

from neatfool.errors import ConfigError, RunError
from neatfool.reporting import Reporter
from neatfool.sections.run import parsed
from neatfool.version import installing
from neatfool.workers.processes import Processes
from neatfool.workers.serving import Build
from neatfool.workers.threads import Threads
from neatfool.workers.workers import Workers


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


def with_ray() -> ModuleType:
    """Import what needs Ray.

    Raises:
        RunError: It is not installed.
    """
    try:
        return importlib.import_module("neatfool.workers.ray")
    except ImportError as error:
        raise RunError(
            f"workers on Ray take a library that is not installed ({error}); install it by: "
            f"{installing('ray')}"
        ) from None
