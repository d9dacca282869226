"""How first networks are joined."""

import itertools
import math

import numpy as np

from neatfool.sections.encoding import StructureSettings
from neatfool.types import Bools, Doubles, Ints


def most_hidden(structure: StructureSettings) -> int:
    """Say how many hidden nodes first networks have at most."""
    layers = {"direct": 0, "dense": structure.start_layers}
    return structure.start_nodes * layers.get(structure.start, 1)


def hidden_counts(structure: StructureSettings, count: int, random: np.random.Generator) -> Ints:
    """Say how many hidden nodes each of ``count`` first networks has: ``(P,)``."""
    most = most_hidden(structure)
    if structure.start == "random":
        return random.integers(1, most + 1, size=count)
    return np.full(count, most)


def pairs(
    structure: StructureSettings, inputs: int, outputs: int, hidden: int, bias: int | None = None
) -> Ints:
    """List the nodes that may be joined ``(C, 2)``, ascending; hidden ones are the last.

    Args:
        structure: How networks begin.
        inputs: How many there are.
        outputs: Likewise.
        hidden: Of the largest network.
        bias: Which input is the bias, if any: in dense networks it leads to all nodes.
    """
    start = structure.start
    ins, outs = np.arange(inputs), np.arange(inputs, inputs + outputs)
    middle = inputs + outputs + np.arange(hidden)
    if start == "dense":
        layers = [ins, *middle.reshape(-1, structure.start_nodes), outs]
        found = [
            (a, b) for one, next_one in itertools.pairwise(layers) for a in one for b in next_one
        ]
        if bias is not None:
            found += [(bias, b) for layer in layers[2:] for b in layer]
        return np.array(sorted(found), np.int64)
    found = [] if start == "layer" else [(a, b) for a in ins for b in outs]
    found += [(a, b) for a in ins for b in middle] + [(a, b) for a in middle for b in outs]
    if start == "random":
        found += [(a, b) for a in middle for b in middle if a < b]
    return np.array(sorted(found), np.int64)


def reaches(
    structure: StructureSettings, reach: float, ends: Ints, inputs: int, outputs: int
) -> Doubles:
    """Say between minus and plus what first weights of edges are drawn.

    Behind the first layer of dense networks it is sqrt(6 / nodes), with which sums stay as large
    from layer to layer (He et al. 2015), and 0 for the bias.

    Args:
        structure: How networks begin.
        reach: Of all others.
        ends: ``(E, 2)`` nodes that edges join.
        inputs: How many there are.
        outputs: Likewise.

    Returns:
        ``(E,)`` float64.
    """
    found = np.full(len(ends), reach)
    if structure.start != "dense":
        return found
    first = inputs + outputs, inputs + outputs + structure.start_nodes
    is_first = (ends[:, 0] < inputs) & (ends[:, 1] >= first[0]) & (ends[:, 1] < first[1])
    within = min(reach, math.sqrt(6 / structure.start_nodes))
    return np.where(is_first, found, np.where(ends[:, 0] < inputs, 0.0, within))


def joined(
    ends: Ints, nodes: Ints, share: float | None, random: np.random.Generator
) -> tuple[Ints, Ints]:
    """Draw which pairs are joined, network by network.

    Args:
        ends: ``(C, 2)`` pairs.
        nodes: ``(P,)`` nodes of each network.
        share: Chance of each pair; none: all are.
        random: What decides.

    Returns:
        ``(E,)`` networks, ascending, and ``(E,)`` places in ``ends``.
    """
    is_joined: Bools = ends.max(axis=1) < nodes[:, None]
    if share is not None:
        is_joined &= random.random(is_joined.shape) < share
    networks, places = np.nonzero(is_joined)
    return networks, places
