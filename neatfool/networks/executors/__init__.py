"""Executors: one file each, which run compiled networks.

They answer to ``execute``, all networks on shared points, and to ``step``, each network on points
of its own, with memory if it is recurrent; those on the CPU also to ``execute_each``.
"""

import os
import shutil
import sysconfig
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import torch

from neatfool.errors import ShapeError
from neatfool.networks.compile import Networks
from neatfool.networks.executors import numba_exact, numba_tiles, torch_levels
from neatfool.types import Ints


def _triton_tiles(networks: Networks, inputs: torch.Tensor) -> torch.Tensor:
    """Import the executor when it is wanted: Triton comes only with builds of torch for GPUs."""
    from neatfool.networks.executors import triton_tiles

    return triton_tiles.execute(networks, inputs)


def _triton_step(
    networks: Networks, points: torch.Tensor, memory: torch.Tensor | None = None
) -> torch.Tensor:
    """Do the same for steps."""
    from neatfool.networks.executors import triton_steps

    return triton_steps.step(networks, points, memory)


EXECUTORS = {
    "exact": numba_exact.execute,
    "numba": numba_tiles.execute,
    "torch": torch_levels.execute,
    "triton": _triton_tiles,
}
"""By name; each gives what ``reference.evaluate`` gives, the exact one to the last bit."""

STEPS = {
    "exact": numba_exact.step,
    "numba": numba_tiles.step,
    "torch": torch_levels.step,
    "triton": _triton_step,
}
"""Likewise, for steps."""

_WHOLE = ("exact", "torch")
"""Those that have responses and aggregations."""


def choose_executor(inputs: torch.Tensor) -> str:
    """Name the fastest executor for inputs of this type on this device."""
    if inputs.device.type == "cpu":
        return "numba" if inputs.dtype == torch.float32 else "exact"
    is_single = inputs.dtype == torch.float32
    return "triton" if inputs.is_cuda and is_single and _has_triton() else "torch"


@lru_cache(maxsize=1)
def _has_triton() -> bool:
    """Look for Triton and for what it needs to launch: a C compiler and Python's headers."""
    compiler = os.environ.get("CC") or shutil.which("gcc") or shutil.which("clang")
    header = Path(sysconfig.get_path("include"), "Python.h")
    return bool(find_spec("triton") and compiler and header.exists())


def execute(networks: Networks, inputs: torch.Tensor, executor: str | None = None) -> torch.Tensor:
    """Evaluate every network on every query point.

    Args:
        networks: ``P`` compiled networks.
        inputs: ``(I, X)`` float32 or float64; the result has its type and its device.
        executor: A name of ``EXECUTORS``; none: the fastest. Of networks with responses or
            aggregations it is the exact one, on other devices torch, if it cannot do them.

    Returns:
        ``(P, O, X)``, values of the output nodes.

    Raises:
        ShapeError: The number of rows is not the number of inputs of the networks, or they act step
            by step.
    """
    if networks.dynamics != "forward":
        raise ShapeError(
            f"expected networks that run forward, got {networks.dynamics} ones, which act step by "
            "step: call step"
        )
    if inputs.ndim != 2 or len(inputs) != networks.inputs:
        raise ShapeError(
            f"expected inputs of shape ({networks.inputs}, X), got {tuple(inputs.shape)}"
        )
    return EXECUTORS[_fitting(networks, inputs, executor)](networks, inputs)


def _fitting(networks: Networks, inputs: torch.Tensor, executor: str | None) -> str:
    """Choose an executor that can do all that networks need."""
    executor = executor or choose_executor(inputs)
    if networks.only_sums or executor in _WHOLE:
        return executor
    return "exact" if inputs.device.type == "cpu" else "torch"


def execute_each(
    networks: Networks, inputs: torch.Tensor, bounds: Ints, memory: torch.Tensor | None = None
) -> torch.Tensor:
    """Evaluate every network on query points of its own, any number of them.

    Args:
        networks: ``P`` compiled networks.
        inputs: ``(I, X)`` float32 or float64 on the CPU; the result has its type.
        bounds: ``(P + 1,)``, ascending from 0 to ``X``: which points are those of each network.
        memory: ``(X, M)`` of that type, as ``step`` takes it.

    Returns:
        ``(O, X)``, for each point the outputs of its network, as ``execute`` gives them.

    Raises:
        ShapeError: The memory does not fit.
    """
    _require_memory(networks, memory, inputs, (inputs.shape[1],))
    if networks.only_sums and inputs.dtype == torch.float32 and memory is None:
        return numba_tiles.execute_each(networks, inputs, bounds)
    return numba_exact.execute_each(networks, inputs, bounds, memory)


def step(
    networks: Networks,
    points: torch.Tensor,
    memory: torch.Tensor | None = None,
    executor: str | None = None,
) -> torch.Tensor:
    """Evaluate every network on query points of its own, equally many.

    Args:
        networks: ``P`` compiled networks.
        points: ``(P, X, I)`` float32 or float64; the result has its type and its device.
        memory: ``(P, X, M)`` of that type, what networks with memory carry to the next step: zeros
            at first, changed in place. None for those that run forward.
        executor: As for ``execute``.

    Returns:
        ``(P, X, O)``; of networks that run forward as ``execute`` gives them.

    Raises:
        ShapeError: The points or the memory do not fit.
    """
    if points.ndim != 3 or points.shape[::2] != (len(networks), networks.inputs):
        raise ShapeError(
            f"expected points of shape ({len(networks)}, X, {networks.inputs}), "
            f"got {tuple(points.shape)}"
        )
    _require_memory(networks, memory, points, (len(networks), points.shape[1]))
    return STEPS[_fitting(networks, points, executor)](networks, points, memory)


def _require_memory(
    networks: Networks,
    memory: torch.Tensor | None,
    points: torch.Tensor,
    shape: tuple[int, ...],
) -> None:
    """Make sure that there is memory if and only if there is something to remember."""
    shape = *shape, networks.remembered
    if networks.dynamics == "forward":
        if memory is not None:
            raise ShapeError("networks that run forward have no memory: expected none, got one")
    elif (
        memory is None
        or memory.shape != shape
        or (memory.dtype, memory.device) != (points.dtype, points.device)
        or not memory.is_contiguous()
    ):
        got = "none" if memory is None else f"{memory.dtype} {tuple(memory.shape)}"
        raise ShapeError(
            f"expected memory of shape {shape}, {points.dtype} as the points and in one piece, got "
            f"{got}: begin with torch.zeros"
        )
