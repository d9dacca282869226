"""Searches that can be asked for: settings that all have, and those of single ones."""

import math
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from neatfool.kinds import KindSettings
from neatfool.settings import Settings
from neatfool.types import Floats, Ints, Scores


class SearchSettings(KindSettings):
    """Settings that every search has; users derive those of their own searches from this."""

    batch: int = Field(default=100, ge=1, le=1_000_000)
    """Genomes in a generation."""


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


class MapElitesSettings(SearchSettings):
    """Settings of MAP-Elites; the defaults are those of the paper's MNIST experiments."""

    kind: Literal["map-elites"] = "map-elites"
    """An archive with one elite for each niche."""
    batch: int = Field(default=200, ge=1, le=1_000_000)
    """Genomes per generation; those of the first are random."""
    crossover: float = Field(default=0.0, ge=0, le=1)
    """Chance of a child to have two parents."""
    pipelined: bool = False
    """Make children while the generation before is still being scored; their parents are elites of
    one generation earlier."""
    grid: GridSettings | None = None
    """A grid of niches over what the task measures. Unset: the niches of the task."""
    tolerance: float = Field(default=1e-4, ge=0)
    """An elite must gain more than this to count as an improvement, for the `stagnation` of the
    encoding switch."""


class Nsga2Settings(SearchSettings):
    """Settings of NSGA-II; the defaults are those of Gillespie, Gonzalez and Schrum 2017."""

    kind: Literal["nsga2"] = "nsga2"
    """Several objectives at once: each niche of the task is one."""
    batch: int = Field(default=100, ge=2, le=1_000_000)
    """Genomes in a generation: parents that are scored again, and as many children. Without
    rescored they are all children, of as many parents."""
    rescored: bool = True
    """Score parents again in each generation, beside their children, so that no lucky score lasts.
    Where a genome always has the same score, false saves half of the work."""
    crossover: float = Field(default=0.5, ge=0, le=1)
    """Chance of two parents to have two children together; otherwise one parent has one child."""
    crowding: Literal["front", "pool"] = "front"
    """Among whom crowding is measured: those of the same front, or all, as in the code of
    MM-NEAT."""


class InteractiveSettings(SearchSettings):
    """Settings of interactive evolution; the defaults are those of Picbreeder."""

    kind: Literal["interactive"] = "interactive"
    """Whoever looks at the genomes chooses the parents."""
    batch: int = Field(default=15, ge=1, le=10_000)
    """Genomes on a page."""
    crossover: float = Field(default=0.0, ge=0, le=1)
    """Chance of a child to have two parents, where there are two."""
    start_changes: int = Field(default=0, ge=0, le=1_000)
    """How often the random start is mutated, so that the first page is worth choosing from."""
