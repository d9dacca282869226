"""Genes of two batches of graphs set side by side (Stanley and Miikkulainen 2002)."""

import numpy as np

from neatfool.networks.graph import Graphs
from neatfool.networks.jit import jit
from neatfool.types import Floats, Ints


def matches(bounds: Ints, marks: Ints, other_bounds: Ints, other_marks: Ints) -> Ints:
    """Find for each gene the gene of the other batch that has its mark, in the graph of its place.

    Args:
        bounds: ``(P + 1,)`` offsets of the genes of each graph.
        marks: ``(A,)`` innovation numbers or ids, ascending within a graph.
        other_bounds: ``(P + 1,)`` likewise, of the other batch.
        other_marks: ``(B,)``.

    Returns:
        ``(A,)`` positions in the other batch, or -1.
    """
    found = np.full(len(marks), -1)
    _match(bounds, marks, other_bounds, other_marks, found)
    return found


@jit(nogil=True, error_model="numpy")
def _match(bounds, marks, other_bounds, other_marks, found):  # type: ignore[no-untyped-def]
    """Walk through the genes of both batches side by side, and fill ``found``."""
    for graph in range(len(bounds) - 1):
        other, end = other_bounds[graph], other_bounds[graph + 1]
        for gene in range(bounds[graph], bounds[graph + 1]):
            while other < end and other_marks[other] < marks[gene]:
                other += 1
            if other < end and other_marks[other] == marks[gene]:
                found[gene] = other


def distances(
    first: Graphs, second: Graphs, coefficients: tuple[float, float, float, int]
) -> Floats:
    """Tell how far each graph of a batch is from each of another, by their edges.

    The distance is ``c1 * excess / n + c2 * disjoint / n + c3 * difference``: ``n`` is the number
    of edges of the larger graph, or 1 where both have fewer than ``small``; the difference is the
    mean one of the weights of matching edges.

    Args:
        first: ``A`` graphs.
        second: ``B`` graphs.
        coefficients: c1, c2, c3 and small.

    Returns:
        ``(A, B)`` float32.
    """
    result = np.empty((len(first), len(second)), np.float32)
    one = first.edge_offsets, first.innovations, first.weights
    _compare(one, (second.edge_offsets, second.innovations, second.weights), coefficients, result)
    return result


@jit(nogil=True, error_model="numpy")
def _compare(first, second, coefficients, result):  # type: ignore[no-untyped-def]
    """Walk through the edges of each pair of graphs side by side, and fill ``result``."""
    bounds, marks, weights = first
    other_bounds, other_marks, other_weights = second
    excess_weight, disjoint_weight, difference_weight, small = coefficients
    for row in range(len(bounds) - 1):
        for column in range(len(other_bounds) - 1):
            one, one_end = bounds[row], bounds[row + 1]
            two, two_end = other_bounds[column], other_bounds[column + 1]
            larger = max(one_end - one, two_end - two)
            matching, disjoint, difference = 0, 0, 0.0
            while one < one_end and two < two_end:
                if marks[one] == other_marks[two]:
                    difference += abs(np.float64(weights[one]) - np.float64(other_weights[two]))
                    matching += 1
                    one += 1
                    two += 1
                elif marks[one] < other_marks[two]:
                    disjoint += 1
                    one += 1
                else:
                    disjoint += 1
                    two += 1
            excess = one_end - one + two_end - two
            scale = 1.0 if larger < small or larger == 0 else 1.0 / larger
            mean = difference / matching if matching else 0.0
            apart = (excess_weight * excess + disjoint_weight * disjoint) * scale
            result[row, column] = apart + difference_weight * mean
