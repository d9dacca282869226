"""Gradients in the weights of networks, on any device torch knows."""

import itertools
from collections.abc import Callable

import numpy as np
import torch

from neatfool.networks.compile import Networks
from neatfool.networks.executors.torch_levels import Ready
from neatfool.sections.activations import ACTIVATIONS

_POINTS_AT_ONCE = 1 << 12  # all their values are remembered


def weight_gradients(
    networks: Networks,
    inputs: torch.Tensor,
    gradients: torch.Tensor,
    paint: Callable[[torch.Tensor], torch.Tensor],
) -> torch.Tensor:
    """Pull gradients in what is made of the outputs of networks back to their weights.

    One network after the other, as matrices, so that what is found for one does not depend on who
    stands beside it.

    Args:
        networks: ``P`` of them, which run forward and have sums alone.
        inputs: ``(I, X)``, on any device.
        gradients: ``(P, C, X)``, of the type of the inputs.
        paint: Makes ``(1, C, X)`` of outputs ``(1, O, X)``, differentiably.

    Returns:
        ``(E,)`` of that type, on that device.
    """
    found = torch.zeros(len(networks.weights)).to(inputs)
    ends = networks.edge_offsets[networks.node_offsets].tolist()
    for place, edges in enumerate(itertools.starmap(slice, itertools.pairwise(ends))):
        network = networks.part(place, place + 1)
        ready = Ready.of(network, inputs, 0)
        matrix = torch.zeros(len(ready.plan.nodes), network.rows).to(inputs)
        targets = torch.repeat_interleave(ready.bags.diff())
        matrix.index_put_((targets, ready.sources), ready.weights, accumulate=True)
        slopes = torch.zeros_like(matrix)
        for first in range(0, inputs.shape[1], _POINTS_AT_ONCE):
            part = slice(first, first + _POINTS_AT_ONCE)
            with torch.inference_mode(False), torch.enable_grad():
                leaf = matrix.detach().clone().requires_grad_()
                painted = paint(_traced(ready, leaf, inputs[:, part])[None])
                wanted = gradients[place : place + 1, :, part]
                slopes += torch.autograd.grad(painted, leaf, wanted)[0]
        found[edges][torch.from_numpy(ready.plan.edges)] = slopes[targets, ready.sources]
    return found


def _traced(ready: Ready, matrix: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
    """Compute the outputs ``(O, X)`` of one network so that gradients can be followed."""
    plan, values = ready.plan, inputs
    for first, last in itertools.pairwise(plan.steps.tolist()):
        sums = matrix[first:last, : len(values)] @ values
        if ready.shifts is not None:
            sums = sums + ready.shifts[first:last]
        cuts = np.flatnonzero(np.diff(plan.activations[first:last])) + first + 1
        alike = itertools.pairwise([first, *cuts.tolist(), last])
        parts = [
            ACTIVATIONS[plan.activations[one]].batched(sums[one - first : end - first].clone())
            for one, end in alike
        ]
        values = torch.cat([values, *parts])
    return values[ready.outputs[0]]
