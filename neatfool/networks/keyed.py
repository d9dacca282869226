"""Graphs whose nodes have keys, as neat-python has them: inputs below 0, outputs from 0 up."""

import numpy as np

from neatfool.networks.jit import jit
from neatfool.types import Ints

_HIGHEST = 1 << 24
"""Keys beyond this are not looked up, which takes an entry for each."""


def place(
    ends: tuple[int, int], keys: Ints, bounds: Ints, pairs: Ints, edge_bounds: Ints
) -> tuple[Ints, Ints, Ints]:
    """Find the place of each node in its graph: inputs first, then outputs, then as they come.

    Args:
        ends: Numbers of inputs and outputs.
        keys: ``(N,)`` of all nodes that are no inputs, graph by graph; unique within one.
        bounds: ``(P + 1,)`` offsets of those of each graph.
        pairs: ``(2 * E,)`` keys of sources and targets in turn, graph by graph.
        edge_bounds: ``(P + 1,)`` offsets of the edges of each graph.

    Returns:
        ``(N,)`` places among all nodes of all graphs, inputs too; and ``(E,)`` places of sources
        and ``(E,)`` of targets within their own graph.

    Raises:
        ValueError: An output is missing, or the node of an edge; or an edge leads into an input.
    """
    highest = int(keys.max(initial=0))
    found = np.empty_like(keys), *np.empty((2, len(pairs) // 2), np.int64)
    if highest > _HIGHEST or not _place(
        ends, keys, bounds, pairs, edge_bounds, np.full(highest + 1, -1), found
    ):
        raise ValueError("a node is missing, or an edge leads into an input")
    return found


@jit(nogil=True, error_model="numpy")
def _place(ends, keys, bounds, pairs, edge_bounds, table, found):  # type: ignore[no-untyped-def]
    """Fill ``found``; ``table`` is room for the place of each key. Returns whether all is there."""
    inputs, outputs = ends
    places, sources, targets = found
    for graph in range(len(bounds) - 1):
        first, last = bounds[graph], bounds[graph + 1]
        hidden = 0
        for node in range(first, last):
            key = keys[node]
            if key < 0:
                return False
            if key >= outputs:
                hidden += 1
            table[key] = inputs + (key if key < outputs else outputs + hidden - 1)
            places[node] = first + graph * inputs + table[key]
        if last - first - hidden < outputs:
            return False
        for edge in range(edge_bounds[graph], edge_bounds[graph + 1]):
            source, target = pairs[2 * edge], pairs[2 * edge + 1]
            if source < -inputs or target < 0 or max(source, target) >= len(table):
                return False
            sources[edge] = -1 - source if source < 0 else table[source]
            targets[edge] = table[target]
            if sources[edge] < 0 or targets[edge] < 0:
                return False
        for node in range(first, last):
            table[keys[node]] = -1
    return True
