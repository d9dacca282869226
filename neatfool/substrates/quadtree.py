"""Quadtrees that find where the output of a CPPN holds information (Risi and Stanley 2012).

All trees of a batch grow together, one depth after the other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from neatfool.sections.substrate import QuadtreeSettings
from neatfool.types import Bools, Ints

Values: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells of trees; a tree of depth ``d`` has ``2 ** d`` columns and rows over [-1, 1].

    Attributes:
        trees: ``(M,)`` int64, the tree of each cell.
        depths: ``(M,)`` int64, from 1.
        columns: ``(M,)`` int64, from the left.
        rows: ``(M,)`` int64, from above.
        values: ``(M,)`` float64, what the CPPN gives at their centres.
    """

    trees: Ints
    depths: Ints
    columns: Ints
    rows: Ints
    values: Values


Ask: TypeAlias = Callable[[int, Ints, Ints, Ints], Values]
"""``(depth, trees, columns, rows) -> values``, each ``(M,)``; cells may lie one beyond the edge."""


def centres(depths: npt.ArrayLike, cells: Ints) -> Values:
    """Return the coordinates of centres of cells, by depth and column or row."""
    return np.ldexp(2.0 * cells + 1, -np.asarray(depths)) - 1


def find_bands(settings: QuadtreeSettings, trees: int, ask: Ask) -> Cells:
    """Grow trees, and return the cells that lie in bands.

    Division: a cell is divided while its depth is less than the initial one, or less than the
    largest and its siblings vary. Pruning: from the root down, where the leaves of a cell vary, its
    children are looked at in its place; else it counts if it differs from its neighbours.

    Args:
        settings: Depths and thresholds.
        trees: How many trees.
        ask: Gives the values of cells, called twice for each depth.
    """
    levels = _divide(settings, trees, ask)
    variances = _variances(levels)
    found = []
    looked_at = np.ones(4 * trees, np.bool_)
    for depth, (level, variance) in enumerate(zip(levels, variances, strict=True), 1):
        goes_on = looked_at & (variance > settings.variance_threshold)
        places = np.flatnonzero(looked_at & ~goes_on)
        found.append(_banded(settings, depth, level.part(places), ask))
        looked_at = np.repeat(goes_on[level.divided], 4)
    return Cells(
        np.concatenate([level.trees for level in found]),
        np.repeat(np.arange(1, len(found) + 1), [len(level.trees) for level in found]),
        np.concatenate([level.columns for level in found]),
        np.concatenate([level.rows for level in found]),
        np.concatenate([level.values for level in found]),
    )


@dataclass(frozen=True, eq=False)
class _Level:
    """Cells of one depth, four siblings together.

    The children of the cells ``divided``, in their order, are the cells of the next level.
    """

    trees: Ints
    columns: Ints
    rows: Ints
    values: Values
    divided: Bools

    def part(self, places: Ints) -> "_Level":
        return _Level(
            self.trees[places],
            self.columns[places],
            self.rows[places],
            self.values[places],
            self.divided[places],
        )


def _divide(settings: QuadtreeSettings, count: int, ask: Ask) -> list[_Level]:
    """Grow the trees, level by level."""
    trees, columns, rows = np.arange(count), np.zeros(count, np.int64), np.zeros(count, np.int64)
    levels = []
    for depth in range(1, settings.max_depth + 1):
        trees = np.repeat(trees, 4)
        columns = np.repeat(2 * columns, 4) + np.tile([0, 1, 0, 1], len(columns))
        rows = np.repeat(2 * rows, 4) + np.tile([0, 0, 1, 1], len(rows))
        values = ask(depth, trees, columns, rows)
        varies = values.reshape(-1, 4).var(axis=1) > settings.division_threshold
        divided = np.repeat(varies | (depth < settings.initial_depth), 4)
        divided &= depth < settings.max_depth
        levels.append(_Level(trees, columns, rows, values, divided))
        trees, columns, rows = trees[divided], columns[divided], rows[divided]
    return levels


def _variances(levels: list[_Level]) -> list[Values]:
    """Compute the variance of the leaves within each cell, from the deepest level up.

    Means and sums of squares are joined as by Chan, Golub and LeVeque 1983.
    """
    found: list[Values] = []
    below = (np.empty(0), np.empty(0), np.empty(0))
    for level in reversed(levels):
        counts, means = np.ones(len(level.values)), level.values.copy()
        squares = np.zeros(len(level.values))
        n, mean, square = (array.reshape(-1, 4) for array in below)
        counts[level.divided] = n.sum(axis=1)
        means[level.divided] = (n * mean).sum(axis=1) / n.sum(axis=1)
        between = n * (mean - means[level.divided][:, None]) ** 2
        squares[level.divided] = (square + between).sum(axis=1)
        below = (counts, means, squares)
        found.insert(0, squares / counts)
    return found


def _banded(settings: QuadtreeSettings, depth: int, cells: _Level, ask: Ask) -> _Level:
    """Keep the cells that differ from both neighbours of a side."""
    steps = np.array([[-1, 0], [1, 0], [0, -1], [0, 1]])
    count = len(cells.trees)
    neighbours = ask(
        depth,
        np.tile(cells.trees, 4),
        np.tile(cells.columns, 4) + np.repeat(steps[:, 0], count),
        np.tile(cells.rows, 4) + np.repeat(steps[:, 1], count),
    )
    left, right, above, beneath = np.abs(neighbours.reshape(4, count) - cells.values)
    bands = np.maximum(np.minimum(left, right), np.minimum(above, beneath))
    return cells.part(np.flatnonzero(bands > settings.band_threshold))
