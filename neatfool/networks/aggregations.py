"""Aggregation functions: how the weighted inputs of a node become one number.

All but the sum come from neat-python alone; the scalar forms are the operations of its version 2.0.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Aggregation:
    """A function of the terms ``weight * source`` of a node.

    Attributes:
        name: As in neat-python.
        scalar: Floats, one or more, to a float; the oracle.
        batched: ``(n, terms, X)`` to ``(n, X)``; may write to what it is given.
        empty: Of a node without edges into it.
    """

    name: str
    scalar: Callable[[Sequence[float]], float]
    batched: Callable[[torch.Tensor], torch.Tensor]
    empty: float = 0.0


def _median(terms: Sequence[float]) -> float:
    if len(terms) <= 2:
        return sum(terms) / len(terms)
    ordered, half = sorted(terms), len(terms) // 2
    return ordered[half] if len(terms) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _medians(terms: torch.Tensor) -> torch.Tensor:
    ordered, count = terms.sort(dim=1).values, terms.shape[1]
    return (ordered[:, (count - 1) // 2] + ordered[:, count // 2]) / 2


def _farthest(terms: torch.Tensor) -> torch.Tensor:
    """Take the term farthest from zero; of equals the first."""
    return terms.gather(1, terms.abs().argmax(dim=1, keepdim=True))[:, 0]


AGGREGATIONS: tuple[Aggregation, ...] = (
    Aggregation("sum", sum, lambda t: t.sum(dim=1)),
    Aggregation("product", math.prod, lambda t: t.prod(dim=1), empty=1.0),
    Aggregation("max", max, lambda t: t.amax(dim=1)),
    Aggregation("min", min, lambda t: t.amin(dim=1)),
    Aggregation("maxabs", lambda t: max(t, key=abs), _farthest),
    Aggregation("median", _median, _medians),
    Aggregation("mean", lambda t: sum(t) / len(t), lambda t: t.mean(dim=1)),
)
"""The table; a genome stores the position of its functions in it, so entries are only appended."""

SUM, PRODUCT, MAX, MIN, MAXABS, MEDIAN, MEAN = range(len(AGGREGATIONS))
"""The position of each in the table, for executors that branch on it."""


def aggregate(code: int, terms: torch.Tensor, nodes: int) -> torch.Tensor:
    """Aggregate the terms of nodes that have equally many.

    Args:
        code: Position in the table.
        terms: ``(nodes * count, X)``, the terms of a node one behind the other.
        nodes: How many.

    Returns:
        ``(nodes, X)``.
    """
    if not len(terms):
        return terms.new_full((nodes, terms.shape[1]), AGGREGATIONS[code].empty)
    return AGGREGATIONS[code].batched(terms.view(nodes, -1, terms.shape[1]))
