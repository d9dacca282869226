"""MAP-Elites as in illumination: the niches are cells of a grid over what a task measures."""

import itertools
from collections.abc import Iterator

import numpy as np
import torch

from neatfool.encodings import Phenotypes
from neatfool.errors import ConfigError, ShapeError
from neatfool.search import GridSettings
from neatfool.tasks import Answers, Task, Trial, table_of
from neatfool.types import Bools, Bytes, Doubles, Ints, Json, Scores
from neatfool.worlds import Trace


class Gridded(Task):
    """A task of one score, with a niche for each cell of a grid over its measures.

    A search sees scores alone: that of a phenotype in the cell that its measures fall into, and
    nothing in any other.

    Args:
        task: It has one niche, and ``measures``.
        grid: As many axes as the task has measures.

    Attributes:
        task: As it was handed in.
        grid: Likewise.
        niches: ``K`` names, the bounds of each cell: ``"speed 0 to 0.5, height 3 to 4"``.

    Raises:
        ConfigError: The task has several niches, or other measures than the grid has axes.
    """

    def __init__(self, task: Task, grid: GridSettings) -> None:
        measures = task.measures
        if len(task.niches) != 1 or len(measures) != len(grid.bins):
            raise ConfigError(
                f"expected a task of one score and {len(grid.bins)} measures for a grid of as many "
                f"axes, got one of {len(task.niches)} scores and {len(measures)} measures; set "
                "search.grid to what the task measures, or leave it out"
            )
        self.niches = tuple(map(", ".join, itertools.product(*_places(measures, grid))))
        self.measures = measures
        self.task, self.grid = task, grid
        self.medium, self.name, self.unit = task.medium, task.name, task.unit
        self.best, self.levels = task.best, task.levels
        self.digest, self.method = task.digest, task.method

    def score(self, phenotypes: Phenotypes, trial: Trial) -> Scores:
        """Score ``P`` phenotypes: ``(P, K)``, minus infinity outside the own cell.

        Raises:
            ShapeError: The task gives something else than a score and its measures.
        """
        table = table_of(self.task.score(phenotypes, trial), self.task, len(phenotypes))
        if table.shape[1] == 1:
            raise ShapeError(
                f"{self.name or type(self.task).__name__}: expected {len(self.measures)} measures "
                f"behind each score, an array of shape {(len(table), 1 + len(self.measures))}, "
                f"got {table.shape}"
            )
        return self.grid.spread(table[:, 0], table[:, 1:])

    def require_gradients(self) -> None:
        """Make sure that the task has them."""
        self.task.require_gradients()

    def gradients(
        self, phenotypes: Phenotypes, niches: Ints, trial: Trial, objective: str
    ) -> torch.Tensor:
        """Compute those of the one score that the task has, whatever the cell."""
        return self.task.gradients(phenotypes, np.zeros_like(niches), trial, objective)

    def contenders(self, scores: Scores, leading: Ints) -> Ints:
        """Name those of the task."""
        return self.task.contenders(scores.max(axis=1, keepdims=True), leading)

    def solved(self, phenotypes: Phenotypes, scores: Scores) -> Bools:
        """Tell which phenotypes solve the task, in whichever cell they are."""
        return self.task.solved(phenotypes, scores.max(axis=1, keepdims=True))

    def answers(self, phenotypes: Phenotypes) -> Answers | None:
        """Return those of the task."""
        return self.task.answers(phenotypes)

    def tests(self, phenotypes: Phenotypes, count: int | None = None) -> list[Json]:
        """Return those of the task."""
        return self.task.tests(phenotypes, count)

    def remarks(self, phenotypes: Phenotypes) -> list[Json]:
        """Return those of the task."""
        return self.task.remarks(phenotypes)

    def frames(self, phenotypes: Phenotypes, seed: int) -> Iterator[tuple[Bytes, str]]:
        """Show what the task shows."""
        return self.task.frames(phenotypes, seed)

    def watch(self, phenotypes: Phenotypes, seed: int, most: int) -> tuple[Doubles, Doubles]:
        """Watch in the task."""
        return self.task.watch(phenotypes, seed, most)

    def trace(self, phenotypes: Phenotypes, seed: int) -> Trace | None:
        """Return that of the task."""
        return self.task.trace(phenotypes, seed)

    def steps(self, phenotypes: Phenotypes, trial: Trial) -> int:
        """Count those of the task."""
        return self.task.steps(phenotypes, trial)

    def bare_seconds(self, trial: Trial, steps: int) -> float:
        """Measure the task."""
        return self.task.bare_seconds(trial, steps)

    def doubts(self) -> list[str]:
        """Return those of the task."""
        return self.task.doubts()

    def facts(self) -> Json:
        """Return those of the task."""
        return self.task.facts()

    def grid_facts(self) -> Json:
        """Give names, numbers of cells and bounds of all axes."""
        return {"measures": list(self.measures), **self.grid.model_dump(mode="json")}


def _places(measures: tuple[str, ...], grid: GridSettings) -> Iterator[list[str]]:
    """Name the places along each axis by their bounds."""
    axes = zip(measures, grid.bins, grid.lower, grid.upper, strict=True)
    for name, bins, least, most in axes:
        edges = np.linspace(least, most, bins + 1).tolist()
        yield [f"{name} {low:.4g} to {high:.4g}" for low, high in itertools.pairwise(edges)]
