"""Executors: one file each, all ``(networks, inputs (I, X)) -> outputs (P, O, X)``."""

import torch

from neatfool.errors import ShapeError
from neatfool.networks.compile import Networks
from neatfool.networks.executors import numba_tiles, torch_levels

EXECUTORS = {"numba": numba_tiles.execute, "torch": torch_levels.execute}
"""By name; each gives what ``reference.evaluate`` gives."""


def choose_executor(inputs: torch.Tensor) -> str:
    """Name the fastest executor for inputs of this type on this device."""
    on_cpu = inputs.device.type == "cpu" and inputs.dtype == torch.float32
    return "numba" if on_cpu else "torch"


def execute(networks: Networks, inputs: torch.Tensor, executor: str | None = None) -> torch.Tensor:
    """Evaluate every network on every query point.

    Args:
        networks: ``P`` compiled networks.
        inputs: ``(I, X)`` float32 or float64; the result has its type and its device.
        executor: A name of ``EXECUTORS``; none: the fastest.

    Returns:
        ``(P, O, X)``, values of the output nodes.

    Raises:
        ShapeError: The number of rows is not the number of inputs of the networks.
    """
    if inputs.ndim != 2 or len(inputs) != networks.inputs:
        raise ShapeError(
            f"expected inputs of shape ({networks.inputs}, X), got {tuple(inputs.shape)}"
        )
    return EXECUTORS[executor or choose_executor(inputs)](networks, inputs)
