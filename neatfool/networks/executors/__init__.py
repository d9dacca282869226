"""Executors: one file each, all ``(networks, inputs (I, X)) -> outputs (P, O, X)``."""

import os
import shutil
import sysconfig
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import torch

from neatfool.errors import ShapeError
from neatfool.networks.compile import Networks
from neatfool.networks.executors import numba_tiles, torch_levels


def _triton_tiles(networks: Networks, inputs: torch.Tensor) -> torch.Tensor:
    """Import the executor when it is wanted: Triton comes only with builds of torch for GPUs."""
    from neatfool.networks.executors import triton_tiles

    return triton_tiles.execute(networks, inputs)


EXECUTORS = {
    "numba": numba_tiles.execute,
    "torch": torch_levels.execute,
    "triton": _triton_tiles,
}
"""By name; each gives what ``reference.evaluate`` gives. Only torch has responses, aggregations."""


def choose_executor(inputs: torch.Tensor) -> str:
    """Name the fastest executor for inputs of this type on this device."""
    if inputs.dtype != torch.float32:
        return "torch"
    if inputs.is_cuda and _has_triton():
        return "triton"
    return "numba" if inputs.device.type == "cpu" else "torch"


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
        executor: A name of ``EXECUTORS``; none: the fastest. Networks with responses or
            aggregations are evaluated by torch in any case.

    Returns:
        ``(P, O, X)``, values of the output nodes.

    Raises:
        ShapeError: The number of rows is not the number of inputs of the networks.
    """
    if inputs.ndim != 2 or len(inputs) != networks.inputs:
        raise ShapeError(
            f"expected inputs of shape ({networks.inputs}, X), got {tuple(inputs.shape)}"
        )
    if not networks.only_sums:
        executor = "torch"
    return EXECUTORS[executor or choose_executor(inputs)](networks, inputs)
