"""MAP-Elites on a grid of measures, on a task small enough to know the answer."""

import inspect

import numpy as np
import pytest
import torch

from neatfool.encodings import Weights, WeightSettings
from neatfool.errors import ConfigError, ShapeError
from neatfool.runs import Gridded
from neatfool.search import GridSettings, MapElites, MapElitesSettings
from neatfool.tasks import TargetWeights, Task, Trial
from neatfool.types import CPU, Scores
from neatfool.workers.threads import Threads
from tests.fakes import Line

GRID = GridSettings(bins=(5, 4), lower=(-1, -1), upper=(1, 1))


class Height(Task):
    """The nearer to the middle the better, at every place."""

    niches = ("height",)
    medium = Line(2)
    measures = ("x", "y")

    def score(self, points: torch.Tensor, trial: Trial | None = None) -> Scores:
        heights = 1 - points.square().mean(dim=1, keepdim=True)
        return torch.cat([heights, points], dim=1).numpy()


def illuminate(generations: int, threads: int = 1) -> MapElites:
    encoding = Weights(WeightSettings(weight_range=1.0, weight_rate=0.9, sigma=0.3), (2,))
    task = Gridded(Height(), GRID)
    evolution = MapElites(encoding, len(task.niches), MapElitesSettings(batch=40), seed=3)
    with Threads(CPU, threads) as pool:
        for _ in range(generations):
            evolution.tell(pool.evaluate(evolution.ask(), encoding, task))
    return evolution


def test_every_cell_gets_the_best_that_was_seen_there() -> None:
    archive = illuminate(40).archive

    assert archive.occupied.all()
    points = archive.genomes.genes
    assert np.array_equal(GRID.cells_of(points.numpy()), np.arange(20))
    np.testing.assert_allclose(archive.scores, Height().score(points)[:, 0])
    edges = np.meshgrid([0.6, 0.2, 0, 0.2, 0.6], [0.5, 0, 0, 0.5], indexing="ij")
    best = 1 - (edges[0] ** 2 + edges[1] ** 2) / 2
    assert (archive.scores <= best.reshape(-1) + 1e-6).all()
    assert (archive.scores > best.reshape(-1) - 0.2).all()


def test_parents_come_from_occupied_cells_and_threads_change_nothing() -> None:
    one, three = illuminate(3), illuminate(3, threads=3)

    assert 0 < one.archive.occupied.sum() < 20
    assert set(one.latest.parents[:, 0].tolist()) <= set(range(120))
    assert one.archive.scores.tobytes() == three.archive.scores.tobytes()


def test_niches_are_named_by_their_place() -> None:
    names = Gridded(Height(), GRID).niches
    assert names[:2] == ("x -1 to -0.6, y -1 to -0.5", "x -1 to -0.6, y -0.5 to 0")
    assert names[-1] == "x 0.6 to 1, y 0.5 to 1"
    assert len(set(names)) == len(names) == 20


def test_all_that_a_task_may_say_is_passed_on() -> None:
    methods = {name for name, each in vars(Task).items() if inspect.isfunction(each)}
    assert methods <= set(vars(Gridded))
    assert "tests" in methods


class Modest(Height):
    """It says that it measures, and gives its score alone."""

    def score(self, points: torch.Tensor, trial: Trial | None = None) -> Scores:
        return super().score(points)[:, :1]


def test_measures_that_are_not_given_are_missed() -> None:
    with pytest.raises(
        ShapeError, match=r"Modest: expected 2 measures .* shape \(2, 3\), got \(2, 1\)"
    ):
        Gridded(Modest(), GRID).score(torch.zeros(2, 2), Trial(np.arange(2)))


def test_a_task_without_these_measures_is_refused() -> None:
    with pytest.raises(ConfigError, match="got one of 1 scores and 0 measures"):
        Gridded(TargetWeights(), GRID)
    line = GridSettings(bins=(5,), lower=(-1,), upper=(1,))
    with pytest.raises(ConfigError, match="1 measures for a grid of as many axes"):
        Gridded(Height(), line)
