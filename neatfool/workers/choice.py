"""From the setting ``run.workers`` to workers."""

from collections.abc import Callable
from typing import Annotated, Any

import torch
from pydantic import BeforeValidator

from neatfool.workers.processes import Processes
from neatfool.workers.serving import Build
from neatfool.workers.threads import Threads
from neatfool.workers.workers import Workers

_MOST = 4096
_KINDS: dict[str, Callable[[Build, torch.device, int | None], Workers]] = {
    "threads": lambda build, device, count: Threads(device, count),
    "processes": Processes,
}


def open_workers(name: str, device: torch.device, build: Build) -> Workers:
    """Make the workers of a name; enter them before they evaluate.

    Args:
        name: A ``WorkersName``.
        device: Where phenotypes are made.
        build: Makes encoding and task, where workers are processes; see ``Processes``.

    Raises:
        RunError: ``build`` cannot be handed to another process.
    """
    kind, _, count = name.partition(":")
    return _KINDS[kind](build, device, int(count) if count else None)


def _checked(name: Any) -> Any:
    """Refuse what names no workers."""
    kind, colon, count = name.partition(":") if isinstance(name, str) else ("", "", "")
    is_number = count.isascii() and count.isdigit() and 1 <= int(count[:9]) <= _MOST
    if kind not in _KINDS or (colon and not is_number):
        raise ValueError(
            f"expected {', '.join(_KINDS)}, or 1 to {_MOST} of them, such as processes:4"
        )
    return name


WorkersName = Annotated[str, BeforeValidator(_checked)]
"""Who evaluates: threads or processes, as many as cores; ``processes:4``: so many."""
