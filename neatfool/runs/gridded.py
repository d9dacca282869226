"""MAP-Elites as in illumination: the niches are cells of a grid over what a task measures."""

import itertools
from typing import Any

from neatfool.errors import ConfigError
from neatfool.search import GridSettings
from neatfool.tasks import Task, Trial
from neatfool.types import Scores


class Gridded:
    """A task of one score, with a niche for each cell of a grid over its measures.

    A search sees scores alone: that of a phenotype in the cell that its measures fall into, and
    nothing in any other.

    Args:
        task: It has one niche, and ``measures``.
        grid: As many axes as the task has measures.

    Attributes:
        niches: ``K`` names, the place of each cell along every axis: ``"3, 17"``.

    Raises:
        ConfigError: The task has several niches, or other measures than the grid has axes.
    """

    def __init__(self, task: Task, grid: GridSettings) -> None:
        measures: tuple[str, ...] = getattr(task, "measures", ())
        if len(task.niches) != 1 or len(measures) != len(grid.bins):
            raise ConfigError(
                f"expected a task of one score and {len(grid.bins)} measures for a grid of as many "
                f"axes, got one of {len(task.niches)} scores and {len(measures)} measures; set "
                "search.grid to what the task measures, or leave it out"
            )
        self.niches = tuple(
            ", ".join(map(str, cell)) for cell in itertools.product(*map(range, grid.bins))
        )
        self.measures = measures
        self._task = task
        self._grid = grid

    def score(self, phenotypes: Any, trial: Trial) -> Scores:
        """Score ``P`` phenotypes: ``(P, K)``, minus infinity outside the own cell."""
        table = self._task.score(phenotypes, trial)
        return self._grid.spread(table[:, 0], table[:, 1:])
