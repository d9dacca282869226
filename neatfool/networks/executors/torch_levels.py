"""The torch executor: all networks together, level by level, on any device torch knows."""

import itertools
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import embedding_bag

from neatfool.networks.aggregations import SUM, aggregate
from neatfool.networks.compile import Networks
from neatfool.networks.graph import offsets
from neatfool.sections.activations import ACTIVATIONS
from neatfool.types import Ints

_VALUES_AT_ONCE = 1 << 22  # 16 MiB of float32: stays in cache where it can, and bounds memory


_PLANNED: WeakKeyDictionary[Networks, dict[tuple[torch.device, torch.dtype], "Ready"]] = (
    WeakKeyDictionary()
)


def execute(networks: Networks, inputs: torch.Tensor) -> torch.Tensor:
    """Evaluate networks as ``executors.execute`` does, for float32 and float64 on any device."""
    ready = Ready.of(networks, inputs, 0)
    outputs, rows = ready.outputs, networks.inputs + len(ready.plan.nodes)
    tile = max(64, _VALUES_AT_ONCE // rows // 64 * 64)
    result = inputs.new_empty((*outputs.shape, inputs.shape[1]))
    for start in range(0, inputs.shape[1], tile):
        points = inputs[:, start : start + tile]
        values = inputs.new_empty((rows, points.shape[1]))
        values[: networks.inputs] = points
        _fill(ready, values, values[networks.inputs :])
        result[:, :, start : start + tile] = values[outputs]
    return result


def step(
    networks: Networks, points: torch.Tensor, memory: torch.Tensor | None = None
) -> torch.Tensor:
    """Evaluate networks as ``executors.step`` does, for float32 and float64 on any device."""
    planned = _PLANNED.setdefault(networks, {})
    form = points.device, points.dtype
    ready = planned[form] if form in planned else Ready.of(networks, points, networks.inputs)
    planned[form] = ready
    given = points.transpose(1, 2).flatten(0, 1)
    new = points.new_empty((len(ready.plan.nodes), points.shape[1]))
    values = torch.cat([given, new])
    computed = values[len(given) :]
    if memory is None:
        _fill(ready, values, computed)
    else:
        owners, places = ready.places
        old = memory[owners, :, places]
        _fill(ready, torch.cat([given, old]), computed)
        if ready.rates is None:
            memory[owners, :, places] = computed
        else:
            behind = places + memory.shape[2] // 2
            before = memory[owners, :, behind]
            memory[owners, :, places] = before + ready.rates * (computed - before)
            memory[owners, :, behind] = old
            values = torch.cat([given, old])
    return values[ready.outputs].transpose(1, 2).contiguous()


def _fill(ready: "Ready", past: torch.Tensor, values: torch.Tensor) -> None:
    """Compute all nodes from what they read, in order.

    Args:
        ready: What is computed.
        past: ``(rows, X)``, what is read: the inputs, and the values of nodes, of now or before.
        values: ``(N, X)``, to be filled.
    """
    plan, weights = ready.plan, ready.weights
    for first, last in itertools.pairwise(plan.steps.tolist()):
        edges = slice(int(plan.edge_offsets[first]), int(plan.edge_offsets[last]))
        sums, sources = values[first:last], ready.sources[edges]
        if plan.aggregations is not None and plan.aggregations[first] != SUM:
            terms = past[sources].mul_(weights[edges, None])
            sums.copy_(aggregate(plan.aggregations[first], terms, last - first))
        elif edges.start == edges.stop:
            sums.zero_()
        else:
            bags = ready.bags[first:last] - edges.start
            terms = weights[edges]
            sums.copy_(embedding_bag(sources, past, bags, mode="sum", per_sample_weights=terms))
        if ready.factors is not None:
            sums *= ready.factors[first:last]
        if ready.shifts is not None:
            sums += ready.shifts[first:last]
        _activate(sums, plan.activations[first:last])


@dataclass(frozen=True, eq=False)
class Ready:
    """Networks as tensors on a device, in the order of a plan."""

    plan: "_Plan"
    sources: torch.Tensor
    weights: torch.Tensor
    bags: torch.Tensor
    outputs: torch.Tensor
    shifts: torch.Tensor | None
    factors: torch.Tensor | None
    rates: torch.Tensor | None
    places: tuple[torch.Tensor, torch.Tensor]

    @classmethod
    def of(cls, networks: Networks, like: torch.Tensor, own: int) -> "Ready":
        """Prepare networks to run where a tensor is, in its type; each may have its own inputs."""
        plan = _plan(networks, own)
        biases, counts = networks.biases[plan.nodes], np.diff(networks.node_offsets)
        owners = np.repeat(np.arange(len(networks)), counts)[plan.nodes]

        def column(values: npt.NDArray[Any] | None) -> torch.Tensor | None:
            """Take an attribute of nodes."""
            if values is None:
                return None
            return torch.from_numpy(values[plan.nodes]).to(like)[:, None]

        def indices(values: Ints) -> torch.Tensor:
            return torch.from_numpy(values).to(like.device)

        return cls(
            plan,
            indices(plan.sources),
            torch.from_numpy(networks.weights[plan.edges]).to(like),
            indices(plan.edge_offsets),
            indices(plan.outputs),
            column(networks.biases) if biases.any() else None,
            column(networks.responses),
            column(networks.rates),
            (indices(owners), indices(plan.nodes - networks.node_offsets[owners])),
        )


@dataclass(frozen=True, eq=False)
class _Plan:
    """The computed nodes of all networks by level, and within a level by activation.

    So a level is one step of one gather, and each of its activations one slice. Where there are
    aggregations, the sums of a level are a step of their own, and so are the nodes of every other
    aggregation and number of edges. Rows count through the batch; the inputs, which all networks
    share, or those of each network, come first.
    """

    steps: Ints
    nodes: Ints
    aggregations: npt.NDArray[np.int16] | None
    activations: npt.NDArray[np.int16]
    edges: Ints
    edge_offsets: Ints
    sources: Ints
    outputs: Ints


def _plan(networks: Networks, own: int) -> _Plan:
    """Plan networks, each of which has so many inputs of its own, or none: all share them."""
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
    rows[nodes] = (own * len(networks) or inputs) + np.arange(len(nodes))
    owners = np.repeat(np.arange(len(networks)), np.diff(networks.node_offsets))

    def throughout(local: Ints, owner: Ints) -> Ints:
        """Count rows of single networks through the batch."""
        result = local + own * owner
        computed = local >= inputs
        result[computed] = rows[(networks.node_offsets[owner] + local - inputs)[computed]]
        return result

    edge_offsets = offsets(counts[nodes])
    edges = np.arange(edge_offsets[-1]) + np.repeat(
        networks.edge_offsets[:-1][nodes] - edge_offsets[:-1], counts[nodes]
    )
    of_edge = np.repeat(owners, counts)[edges]
    return _Plan(
        steps=steps,
        nodes=nodes,
        aggregations=aggregations,
        activations=networks.activations[nodes],
        edges=edges,
        edge_offsets=edge_offsets,
        sources=throughout(networks.sources[edges], of_edge),
        outputs=throughout(networks.outputs, np.arange(len(networks))[:, None]),
    )


def _activate(sums: torch.Tensor, codes: npt.NDArray[np.int16]) -> None:
    """Apply to each row its activation; equal ones stand together."""
    cuts = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(codes)]
    for first, last in itertools.pairwise(cuts):
        ACTIVATIONS[codes[first]].batched(sums[first:last])
