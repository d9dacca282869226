"""A grid over measures of behaviour: the niches of MAP-Elites where a task measures (2015)."""

import math
from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from neatfool.settings import Settings
from neatfool.types import Floats, Ints, Scores

_MOST_CELLS = 100_000
Bins = Annotated[int, Field(ge=1, le=_MOST_CELLS)]


class GridSettings(Settings):
    """A niche for each cell of a grid over what the task measures (Mouret and Clune 2015)."""

    bins: Annotated[tuple[Bins, ...], Field(min_length=1)]
    """Number of cells along each measure: [50, 50]."""
    lower: tuple[float, ...]
    """Lower end of each measure; values below it fall into the first cell."""
    upper: tuple[float, ...]
    """Upper end of each measure; values above it fall into the last cell."""

    @model_validator(mode="after")
    def _check(self) -> "GridSettings":
        counts = len(self.bins), len(self.lower), len(self.upper)
        if len(set(counts)) > 1:
            raise ValueError(
                "expected bins, lower and upper of one length, a value for each measure, got "
                f"{counts[0]}, {counts[1]} and {counts[2]}"
            )
        for low, high in zip(self.lower, self.upper, strict=True):
            if low >= high:
                raise ValueError(f"expected lower below upper, got {low:g} and {high:g}")
        if self.cells > _MOST_CELLS:
            raise ValueError(f"expected at most {_MOST_CELLS:,} cells, got {self.cells:,}")
        return self

    @property
    def cells(self) -> int:
        """How many niches there are."""
        return math.prod(self.bins)

    def cells_of(self, measures: Floats) -> Ints:
        """Find the cell of measures ``(P, D)``, none of them NaN: ``(P,)`` int64, row by row."""
        low, high, bins = (np.array(each) for each in (self.lower, self.upper, self.bins))
        places = np.floor((measures.astype(np.float64) - low) / (high - low) * bins)
        index = np.clip(places, 0, bins - 1).astype(np.int64)
        return np.ravel_multi_index(tuple(index.T), self.bins)

    def spread(self, scores: Floats, measures: Floats) -> Scores:
        """Give each phenotype its score in the cell of its measures, and nothing elsewhere.

        Args:
            scores: ``(P,)``.
            measures: ``(P, D)``; a phenotype with one that is NaN has no cell.

        Returns:
            ``(P, K)`` float32, minus infinity outside the own cell.
        """
        spread = np.full((len(scores), self.cells), -np.inf, np.float32)
        rows = np.flatnonzero(~np.isnan(measures).any(axis=1))
        spread[rows, self.cells_of(measures[rows])] = scores[rows]
        return spread
