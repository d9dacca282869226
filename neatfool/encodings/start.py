"""How first networks are joined."""

import numpy as np

from neatfool.sections.encoding import Start
from neatfool.types import Bools, Ints


def hidden_counts(start: Start, most: int, count: int, random: np.random.Generator) -> Ints:
    """Say how many hidden nodes each of ``count`` first networks has: ``(P,)``."""
    if start == "random":
        return random.integers(1, most + 1, size=count)
    return np.full(count, most if start == "layer" else 0)


def pairs(start: Start, inputs: int, outputs: int, hidden: int) -> Ints:
    """List the nodes that may be joined ``(C, 2)``, ascending; hidden ones are the last."""
    ins, outs = np.arange(inputs), np.arange(inputs, inputs + outputs)
    middle = inputs + outputs + np.arange(hidden)
    found = [] if start == "layer" else [(a, b) for a in ins for b in outs]
    found += [(a, b) for a in ins for b in middle] + [(a, b) for a in middle for b in outs]
    if start == "random":
        found += [(a, b) for a in middle for b in middle if a < b]
    return np.array(sorted(found), np.int64)


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
