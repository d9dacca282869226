import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neatfool.errors import ConfigError
from neatfool.search import GridSettings

GRID = GridSettings(bins=(4, 3), lower=(0, -1), upper=(2, 1))


@pytest.mark.parametrize(
    ("measures", "cell"),
    [
        ((0, -1), (0, 0)),
        ((0.49, -0.34), (0, 0)),
        ((0.5, -0.33), (1, 1)),
        ((1.99, 0.99), (3, 2)),
        ((2, 1), (3, 2)),
        ((-9, 9), (0, 2)),
        ((np.inf, -np.inf), (3, 0)),
    ],
)
def test_measures_fall_into_cells_row_by_row(measures, cell) -> None:
    found = GRID.cells_of(np.array([measures], np.float32))

    assert found.tolist() == [cell[0] * 3 + cell[1]]


numbers = st.floats(-5, 5, width=32)


@given(st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=9))
def test_a_score_counts_in_its_own_cell_alone(rows) -> None:
    table = np.array(rows, np.float32)

    spread = GRID.spread(table[:, 0], table[:, 1:])

    assert spread.shape == (len(rows), GRID.cells) == (len(rows), 12)
    assert ((spread > -np.inf).sum(axis=1) == 1).all()
    assert np.array_equal(spread.max(axis=1), table[:, 0])
    assert np.array_equal(spread.argmax(axis=1), GRID.cells_of(table[:, 1:]))


def test_what_has_no_measure_has_no_cell() -> None:
    measures = np.array([[np.nan, 0], [1, 0], [1, np.nan]], np.float32)

    spread = GRID.spread(np.ones(3, np.float32), measures)

    assert (spread > -np.inf).sum(axis=1).tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bins": ()}, "expected a list of at least 1"),
        ({"bins": (4, 0)}, "expected a number of at least 1"),
        ({"bins": (4,)}, "a value for each measure, got 1, 2 and 2"),
        ({"upper": (2, -1)}, "expected lower below upper, got -1 and -1"),
        ({"bins": (1000, 1000)}, "at most 100,000 cells, got 1,000,000"),
    ],
)
def test_a_grid_that_cannot_be_is_refused(changes, message) -> None:
    with pytest.raises(ConfigError, match=message):
        GridSettings(**{"bins": (4, 3), "lower": (0, -1), "upper": (2, 1), **changes})
