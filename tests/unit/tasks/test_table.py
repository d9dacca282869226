"""What tasks of users may give as scores, and what is said where it is something else."""

from typing import Any

import numpy as np
import pytest
import torch

from neatfool import evolve
from neatfool.encodings import VectorGenomes, Weights, WeightSettings
from neatfool.errors import ShapeError
from neatfool.runs import Gridded
from neatfool.search import GridSettings
from neatfool.tasks import Task
from neatfool.types import CPU, Scores
from neatfool.workers.threads import Threads
from tests.fakes import Line

GRID = GridSettings(bins=(2,), lower=(-1,), upper=(1,))


class Given(Task):
    """Gives whatever it was told to."""

    niches, measures, medium, name = ("one",), ("where",), Line(2), "given"

    def __init__(self, given: Any) -> None:
        self.given = given

    def score(self, points: torch.Tensor, trial: object = None) -> Any:
        return self.given


def scored(given: Any, is_gridded: bool) -> Scores:
    encoding = Weights(WeightSettings(), (2,))
    task: Task = Gridded(Given(given), GRID) if is_gridded else Given(given)
    with Threads(CPU, 1) as pool:
        return pool.evaluate(VectorGenomes(torch.zeros(2, 2)), encoding, task)


TABLE = [[1.0, -0.5], [2.0, 0.5]]
NONE = -np.inf


@pytest.mark.parametrize(
    "given",
    [
        TABLE,
        tuple(map(tuple, TABLE)),
        np.array(TABLE),
        np.array(TABLE, object),
        torch.tensor(TABLE, dtype=torch.float64),
        torch.tensor(TABLE, dtype=torch.bfloat16),
        torch.tensor(TABLE, requires_grad=True),
    ],
    ids=["lists", "tuples", "float64", "objects", "tensor", "bfloat16", "gradient"],
)
def test_numbers_of_any_kind_are_scores(given: Any) -> None:
    assert scored(given, is_gridded=False).tolist() == [[1], [2]]
    assert scored(given, is_gridded=True).tolist() == [[1, NONE], [NONE, 2]]


@pytest.mark.parametrize("is_gridded", [False, True])
@pytest.mark.parametrize(
    "given",
    [
        None,
        "text",
        [["text", "0"]] * 2,
        [[1.0], [2.0, 0.0]],
        {},
        (row for row in TABLE),
        np.ones((2, 2), complex),
        torch.ones((2, 2), dtype=torch.complex64),
        np.ones(2),
        np.ones((1, 2)),
        np.ones((2, 3)),
        np.ones((2, 0)),
    ],
    ids=lambda given: type(given).__name__,
)
def test_anything_else_is_refused_in_words(given: Any, is_gridded: bool) -> None:
    with pytest.raises(ShapeError, match=r"^given: expected .*, got"):
        scored(given, is_gridded)


def test_a_grid_needs_the_measures() -> None:
    assert scored(np.ones((2, 1)), is_gridded=False).tolist() == [[1], [1]]
    with pytest.raises(ShapeError, match=r"expected 1 measures .* shape \(2, 2\), got \(2, 1\)"):
        scored(np.ones((2, 1)), is_gridded=True)


def test_what_is_too_large_for_four_bytes_is_no_number(caplog: pytest.LogCaptureFixture) -> None:
    assert scored(np.array([[1e300, 0], [1, 0]]), is_gridded=False).tolist() == [[NONE], [1]]


@pytest.mark.parametrize("given", ["text", [[1.0], [1.0, 2.0]], [1j] * 6], ids=repr)
def test_a_fitness_that_is_no_number_is_refused(given: Any) -> None:
    with pytest.raises(ShapeError, match="expected an array of numbers, got"):
        evolve(lambda networks: given, inputs=1, generations=1, search__batch=6)
