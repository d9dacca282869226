"""The torch executor: all networks together, level by level, on any device torch knows."""

import itertools

import numpy as np
import torch
from torch.nn.functional import embedding_bag

from neatfool.errors import ShapeError
from neatfool.networks.activations import ACTIVATIONS
from neatfool.networks.compile import Networks

_VALUES_AT_ONCE = 1 << 22  # 16 MiB of float32: stays in cache where it can, and bounds memory


def execute(networks: Networks, inputs: torch.Tensor) -> torch.Tensor:
    """Evaluate every network on every query point.

    Args:
        networks: ``P`` compiled networks.
        inputs: ``(I, X)`` float32 or float64; the result has its type and its device.

    Returns:
        ``(P, O, X)``, values of the output nodes.

    Raises:
        ShapeError: The number of rows is not the number of inputs of the networks.
    """
    if inputs.ndim != 2 or len(inputs) != networks.inputs:
        raise ShapeError(
            f"expected inputs of shape ({networks.inputs}, X), got {tuple(inputs.shape)}"
        )
    sources = torch.from_numpy(networks.sources).to(inputs.device)
    weights = torch.from_numpy(networks.weights).to(inputs)
    bags = torch.from_numpy(networks.edge_offsets).to(inputs.device)
    biases = (
        torch.from_numpy(networks.biases).to(inputs)[:, None] if networks.biases.any() else None
    )
    outputs = torch.from_numpy(networks.outputs).to(inputs.device)

    rows = networks.inputs + len(networks.activations)
    tile = max(64, _VALUES_AT_ONCE // rows // 64 * 64)
    result = inputs.new_empty((*networks.outputs.shape, inputs.shape[1]))
    for start in range(0, inputs.shape[1], tile):
        points = inputs[:, start : start + tile]
        values = inputs.new_empty((rows, points.shape[1]))
        values[: networks.inputs] = points
        _run_levels(networks, values, sources, weights, bags, biases)
        result[:, :, start : start + tile] = values[outputs]
    return result


def _run_levels(
    networks: Networks,
    values: torch.Tensor,
    sources: torch.Tensor,
    weights: torch.Tensor,
    bags: torch.Tensor,
    biases: torch.Tensor | None,
) -> None:
    """Fill in the rows of all computed nodes."""
    first = networks.inputs
    for begin, end in itertools.pairwise(networks.levels.tolist()):
        edges = slice(
            int(networks.edge_offsets[begin - first]), int(networks.edge_offsets[end - first])
        )
        sums = values[begin:end]
        if edges.start == edges.stop:
            sums.zero_()
        else:
            level_bags = bags[begin - first : end - first] - edges.start
            sums.copy_(
                embedding_bag(
                    sources[edges],
                    values,
                    level_bags,
                    mode="sum",
                    per_sample_weights=weights[edges],
                )
            )
        if biases is not None:
            sums += biases[begin - first : end - first]
        codes = networks.activations[begin - first : end - first]
        cuts = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(codes)]
        for left, right in itertools.pairwise(cuts):
            ACTIVATIONS[codes[left]].batched(sums[left:right])
