"""The torch executor: all networks together, level by level, on any device torch knows."""

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import embedding_bag

from neatfool.networks.activations import ACTIVATIONS
from neatfool.networks.aggregations import SUM, aggregate
from neatfool.networks.compile import Networks
from neatfool.networks.graph import offsets
from neatfool.types import Ints

_VALUES_AT_ONCE = 1 << 22  # 16 MiB of float32: stays in cache where it can, and bounds memory


def execute(networks: Networks, inputs: torch.Tensor) -> torch.Tensor:
    """Evaluate networks as ``executors.execute`` does, for float32 and float64 on any device."""
    plan = _plan(networks)
    sources = torch.from_numpy(plan.sources).to(inputs.device)
    weights = torch.from_numpy(networks.weights[plan.edges]).to(inputs)
    bags = torch.from_numpy(plan.edge_offsets).to(inputs.device)
    outputs = torch.from_numpy(plan.outputs).to(inputs.device)
    biases = networks.biases[plan.nodes]
    shifts = torch.from_numpy(biases).to(inputs)[:, None] if biases.any() else None
    factors = None
    if networks.responses is not None:
        factors = torch.from_numpy(networks.responses[plan.nodes]).to(inputs)[:, None]

    rows = networks.inputs + len(plan.nodes)
    tile = max(64, _VALUES_AT_ONCE // rows // 64 * 64)
    result = inputs.new_empty((*plan.outputs.shape, inputs.shape[1]))
    for start in range(0, inputs.shape[1], tile):
        points = inputs[:, start : start + tile]
        values = inputs.new_empty((rows, points.shape[1]))
        values[: networks.inputs] = points
        for first, last in itertools.pairwise(plan.steps.tolist()):
            edges = slice(int(plan.edge_offsets[first]), int(plan.edge_offsets[last]))
            sums = values[networks.inputs + first : networks.inputs + last]
            if plan.aggregations is not None and plan.aggregations[first] != SUM:
                terms = values[sources[edges]].mul_(weights[edges, None])
                sums.copy_(aggregate(plan.aggregations[first], terms, last - first))
            elif edges.start == edges.stop:
                sums.zero_()
            else:
                sums.copy_(
                    embedding_bag(
                        sources[edges],
                        values,
                        bags[first:last] - edges.start,
                        mode="sum",
                        per_sample_weights=weights[edges],
                    )
                )
            if factors is not None:
                sums *= factors[first:last]
            if shifts is not None:
                sums += shifts[first:last]
            _activate(sums, plan.activations[first:last])
        result[:, :, start : start + tile] = values[outputs]
    return result


@dataclass(frozen=True, eq=False)
class _Plan:
    """The computed nodes of all networks by level, and within a level by activation.

    So a level is one step of one gather, and each of its activations one slice. Where there are
    aggregations, the sums of a level are a step of their own, and so are the nodes of every other
    aggregation and number of edges. Rows count through the batch; the inputs, which all networks
    share, come first.
    """

    steps: Ints
    nodes: Ints
    aggregations: npt.NDArray[np.int16] | None
    activations: npt.NDArray[np.int16]
    edges: Ints
    edge_offsets: Ints
    sources: Ints
    outputs: Ints


def _plan(networks: Networks) -> _Plan:
    inputs, counts = networks.inputs, np.diff(networks.edge_offsets)
    aggregations = networks.aggregations
    if aggregations is None:
        nodes = np.lexsort((networks.activations, networks.levels))
        steps = offsets(np.bincount(networks.levels)[1:])
    else:
        alike = np.where(aggregations == SUM, 0, counts), aggregations, networks.levels
        nodes = np.lexsort((networks.activations, *alike))
        changes = np.any([np.diff(key[nodes]) for key in alike], axis=0)
        steps = np.array([0, *(np.flatnonzero(changes) + 1), len(nodes)])
        aggregations = aggregations[nodes]
    rows = np.empty(len(nodes), np.int64)
    rows[nodes] = inputs + np.arange(len(nodes))

    def throughout(local: Ints, first_node: Ints) -> Ints:
        """Count rows of single networks through the batch."""
        result = local.copy()
        computed = local >= inputs
        result[computed] = rows[(first_node + local - inputs)[computed]]
        return result

    edge_offsets = offsets(counts[nodes])
    edges = np.arange(edge_offsets[-1]) + np.repeat(
        networks.edge_offsets[:-1][nodes] - edge_offsets[:-1], counts[nodes]
    )
    first_of_node = np.repeat(networks.node_offsets[:-1], np.diff(networks.node_offsets))
    first_of_edge = np.repeat(first_of_node, counts)[edges]
    return _Plan(
        steps=steps,
        nodes=nodes,
        aggregations=aggregations,
        activations=networks.activations[nodes],
        edges=edges,
        edge_offsets=edge_offsets,
        sources=throughout(networks.sources[edges], first_of_edge),
        outputs=throughout(networks.outputs, networks.node_offsets[:-1, None]),
    )


def _activate(sums: torch.Tensor, codes: npt.NDArray[np.int16]) -> None:
    """Apply to each row its activation; equal ones stand together."""
    cuts = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(codes)]
    for first, last in itertools.pairwise(cuts):
        ACTIVATIONS[codes[first]].batched(sums[first:last])
