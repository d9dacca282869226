"""Genomes of neat-python as compiled networks, for scripts that run many of them many times."""

from collections.abc import Sequence
from itertools import chain
from typing import Any, TypeAlias

import neat
import numpy as np
import numpy.typing as npt
import torch
from neat.genes import DefaultConnectionGene, DefaultNodeGene

from neatfool.encodings.neat.given import attributes_in, numbers_in, own_numbers_in
from neatfool.errors import ConfigError
from neatfool.networks import Graphs, Networks, execute, step
from neatfool.networks.keyed import place
from neatfool.types import CPU


class NeatNetworks:
    """``P`` networks, each with the outputs of the ``FeedForwardNetwork`` of its genome."""

    def __init__(self, networks: Networks, dtype: torch.dtype) -> None:
        if dtype not in (torch.float64, torch.float32):
            raise ConfigError(f"expected dtype=torch.float64 or torch.float32, got {dtype!r:.60}")
        self._networks = networks
        self._dtype = dtype

    def __len__(self) -> int:
        return len(self._networks)

    def __call__(self, inputs: npt.ArrayLike) -> npt.NDArray[Any]:
        """Evaluate each network on inputs of its own.

        Args:
            inputs: ``(P, I)``, a row for each network, or ``(P, X, I)``, ``X`` queries for each.

        Returns:
            ``(P, O)``, or ``(P, X, O)``.

        Raises:
            ShapeError: The inputs do not fit.
        """
        points = own_numbers_in(inputs, len(self), self._networks.inputs, self._dtype)
        if points.ndim == 2:
            return step(self._networks, points[:, None])[:, 0].numpy()
        return step(self._networks, points).numpy()

    def execute(self, inputs: npt.ArrayLike, device: torch.device = CPU) -> npt.NDArray[Any]:
        """Evaluate all networks on the same inputs.

        Args:
            inputs: ``(X, I)``, a row for each query.
            device: Where it is computed.

        Returns:
            ``(P, X, O)``.

        Raises:
            ShapeError: The inputs do not fit.
        """
        queries = numbers_in(inputs, self._networks.inputs, self._dtype, device)
        return execute(self._networks, queries.T.contiguous()).transpose(1, 2).cpu().numpy()


Stock: TypeAlias = Sequence[neat.DefaultGenome]
"""Genomes of neat-python."""
NodeGenes: TypeAlias = list[DefaultNodeGene]
Codes = tuple[dict[str, int], dict[str, int]]
"""Positions in our tables of activations and of aggregations, by their names in neat-python."""


def read(
    genomes: Sequence[neat.DefaultGenome], inputs: int, outputs: int, codes: Codes
) -> Graphs | None:
    """Read what networks compute, as fast as may be; connections stay in their order.

    Returns:
        ``P`` graphs, which may be recurrent; innovation numbers count the connections of each. None
        where something is amiss: what reads genomes with all that they have says what.
    """
    try:
        return _read(genomes, inputs, outputs, codes)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return None


def _read(genomes: Stock, inputs: int, outputs: int, codes: Codes) -> Graphs:
    keys: list[int] = []
    nodes: NodeGenes = []
    pairs: list[tuple[int, int]] = []
    edges: list[DefaultConnectionGene] = []
    ends, edge_ends = [0], [0]
    for genome in genomes:  # whole lists at once: a step for each gene would take most of the time
        keys += genome.nodes
        nodes += genome.nodes.values()
        pairs += genome.connections
        edges += genome.connections.values()
        ends.append(len(keys))
        edge_ends.append(len(pairs))
    bounds, edge_offsets = np.array(ends, np.int64), np.array(edge_ends, np.int64)
    names = np.array(keys, np.int64)
    joined = np.fromiter(chain.from_iterable(pairs), np.int64, 2 * len(pairs))
    places, sources, targets = place((inputs, outputs), names, bounds, joined, edge_offsets)
    node_offsets = bounds + inputs * np.arange(len(bounds))
    total = int(node_offsets[-1])

    def spread(values: list[float], neutral: float | np.int16) -> npt.NDArray[Any]:
        array = np.full(total, neutral)
        array[places] = attributes_in(values)
        return array

    activations, aggregations = codes
    neutral = np.int16(0)  # the identity, the sum
    responses = spread([node.response for node in nodes], 1.0)
    ways = spread([aggregations[node.aggregation] for node in nodes], neutral)
    return Graphs(
        inputs=inputs,
        outputs=outputs,
        node_offsets=node_offsets,
        node_ids=np.arange(total),
        activations=spread([activations[node.activation] for node in nodes], neutral),
        biases=spread([node.bias for node in nodes], 0.0),
        edge_offsets=edge_offsets,
        sources=sources,
        targets=targets,
        weights=attributes_in([edge.weight for edge in edges]).astype(np.float64),
        enabled=np.array([edge.enabled for edge in edges], np.bool_),
        innovations=np.arange(len(edges)),
        responses=None if (responses == 1).all() else responses,
        aggregations=ways if ways.any() else None,
    )
