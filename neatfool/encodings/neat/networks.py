"""Genomes of neat-python as compiled networks, for scripts that run many of them many times."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, TypeAlias

import neat
import numpy as np
import numpy.typing as npt
import torch
from neat.genes import DefaultConnectionGene, DefaultNodeGene

from neatfool.encodings.neat.given import attributes_in, numbers_in, own_numbers_in
from neatfool.errors import ConfigError, ShapeError
from neatfool.networks import Graphs, Networks, execute, step
from neatfool.networks.keyed import place
from neatfool.types import CPU


class NeatNetworks:
    """``P`` networks, each with the outputs of the network that neat-python makes of its genome.

    That is a ``FeedForwardNetwork``; or a ``RecurrentNetwork``, which remembers: each call is a
    step; or a ``CTRNN``, for which time goes on by ``advance``.
    """

    def __init__(self, networks: Networks, dtype: torch.dtype) -> None:
        if dtype not in (torch.float64, torch.float32):
            raise ConfigError(f"expected dtype=torch.float64 or torch.float32, got {dtype!r:.60}")
        self._networks = networks
        self._dtype = dtype
        self.reset()

    def __len__(self) -> int:
        return len(self._networks)

    def reset(self) -> None:
        """Forget all steps, as a new network; without it a new episode goes on from the last."""
        self._memory: torch.Tensor | None = None
        self._time = 0.0

    def __call__(self, inputs: npt.ArrayLike) -> npt.NDArray[Any]:
        """Evaluate each network on inputs of its own; if they remember, that is a step.

        Args:
            inputs: ``(P, I)``, a row for each network, or ``(P, X, I)``, ``X`` queries for each: if
                they remember, those of ``X`` episodes.

        Returns:
            ``(P, O)``, or ``(P, X, O)``.

        Raises:
            ConfigError: The networks run in continuous time.
            ShapeError: The inputs do not fit, or there are not as many as before.
        """
        if self._networks.dynamics == "ctrnn":
            raise ConfigError("networks in continuous time: call advance(inputs, time, time_step)")
        return self._stepped(inputs, self._networks)

    def advance(
        self, inputs: npt.ArrayLike, advance_time: float, time_step: float
    ) -> npt.NDArray[Any]:
        """Let time go on for networks in continuous time, as ``CTRNN.advance`` does.

        Args:
            inputs: As for a call; they are the same all the while.
            advance_time: How long.
            time_step: How long a step is, at most.

        Returns:
            As a call.

        Raises:
            ConfigError: The networks do not run in continuous time, or a time is not above 0.
            ShapeError: The inputs do not fit, or there are not as many as before.
        """
        if self._networks.dynamics != "ctrnn":
            raise ConfigError(
                f"expected networks in continuous time, got {self._networks.dynamics} ones: "
                "compile_all(genomes, config, dynamics='ctrnn')"
            )
        if not min(advance_time, time_step) > 0:
            raise ConfigError(f"expected times above 0, got {advance_time} and {time_step}")
        end, outputs = self._time + advance_time, np.empty(0)
        while self._time < end:
            step_time = min(time_step, end - self._time)
            outputs = self._stepped(inputs, replace(self._networks, time_step=step_time))
            self._time += step_time
        return outputs

    def _stepped(self, inputs: npt.ArrayLike, networks: Networks) -> npt.NDArray[Any]:
        points = own_numbers_in(inputs, len(self), networks.inputs, self._dtype)
        each = points[:, None] if points.ndim == 2 else points
        if networks.dynamics != "forward" and self._memory is None:
            self._memory = each.new_zeros(*each.shape[:2], networks.remembered)
        if self._memory is not None and self._memory.shape[1] != each.shape[1]:
            raise ShapeError(
                f"expected inputs of {self._memory.shape[1]} episodes, as in the steps before, got "
                f"{each.shape[1]}: call reset() before others begin"
            )
        found = step(networks, each, self._memory)
        return (found[:, 0] if points.ndim == 2 else found).numpy()

    def execute(self, inputs: npt.ArrayLike, device: torch.device = CPU) -> npt.NDArray[Any]:
        """Evaluate all networks on the same inputs; if they remember, row by row from the start.

        Args:
            inputs: ``(X, I)``, a row for each query, or step.
            device: Where it is computed.

        Returns:
            ``(P, X, O)``.

        Raises:
            ConfigError: The networks run in continuous time.
            ShapeError: The inputs do not fit.
        """
        networks = self._networks
        queries = numbers_in(inputs, networks.inputs, self._dtype, device)
        if networks.dynamics == "forward":
            return execute(networks, queries.T.contiguous()).transpose(1, 2).cpu().numpy()
        if networks.dynamics == "ctrnn":
            raise ConfigError("networks in continuous time: call advance(inputs, time, time_step)")
        memory = queries.new_zeros(len(self), 1, networks.remembered)
        rows = [step(networks, row.expand(len(self), 1, -1), memory) for row in queries]
        found = torch.cat(rows, dim=1) if rows else queries.new_empty(0)
        return found.reshape(len(self), len(queries), networks.outputs.shape[1]).cpu().numpy()


Stock: TypeAlias = Sequence[neat.DefaultGenome]
"""Genomes of neat-python."""
NodeGenes: TypeAlias = list[DefaultNodeGene]
Codes = tuple[dict[str, int], dict[str, int]]
"""Positions in our tables of activations and of aggregations, by their names in neat-python."""


def read(
    genomes: Sequence[neat.DefaultGenome], inputs: int, outputs: int, codes: Codes, timed: bool
) -> Graphs | None:
    """Read what networks compute, as fast as may be; connections stay in their order.

    Args:
        genomes: ``P`` of them.
        inputs: How many they have.
        outputs: Likewise.
        codes: Of functions.
        timed: Whether time constants are read.

    Returns:
        ``P`` graphs, which may be recurrent; innovation numbers count the connections of each. None
        where something is amiss: what reads genomes with all that they have says what.
    """
    try:
        return _read(genomes, inputs, outputs, codes, timed)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return None


def _read(genomes: Stock, inputs: int, outputs: int, codes: Codes, timed: bool) -> Graphs:
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
        time_constants=spread([n.time_constant for n in nodes], 1.0) if timed else None,
    )
