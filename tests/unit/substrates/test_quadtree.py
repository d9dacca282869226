import numpy as np
import pytest

from neatfool.errors import ConfigError
from neatfool.substrates import QuadtreeSettings
from neatfool.substrates.quadtree import Cells, centres, find_bands


def bands(pattern, **settings) -> tuple[set[tuple[int, int, int]], list[int]]:
    """Return the cells (depth, column, row) found in a pattern of x and y, and what was asked."""
    asked = []

    def ask(depth, trees, columns, rows):
        asked.append(len(columns))
        return pattern(centres(depth, columns), centres(depth, rows)).astype(float)

    cells = find_bands(QuadtreeSettings(**settings), 1, ask)
    places = np.stack([cells.depths, cells.columns, cells.rows], axis=1)
    return {(*place,) for place in places.tolist()}, asked


def test_centres_are_those_of_equal_cells() -> None:
    assert centres(1, np.arange(2)).tolist() == [-0.5, 0.5]
    assert centres(2, np.arange(-1, 5)).tolist() == [-1.25, -0.75, -0.25, 0.25, 0.75, 1.25]


def test_the_initial_depth_is_eight_by_eight_cells() -> None:
    _, asked = bands(lambda x, y: 0 * x)

    assert asked[:3] == [4, 16, 64]


def test_nothing_is_found_where_nothing_varies() -> None:
    assert bands(lambda x, y: 0 * x + 0.7)[0] == set()


def test_a_stripe_of_one_cell_is_a_band() -> None:
    found, _ = bands(lambda x, y: (x > 0) & (x < 0.25))

    assert found == {(3, 4, row) for row in range(8)}


def test_an_edge_is_no_band() -> None:
    assert bands(lambda x, y: x > 0)[0] == set()


def test_a_wide_stripe_is_a_band_of_larger_cells_once_variance_within_is_small() -> None:
    found, _ = bands(lambda x, y: (x > 0) & (x < 0.5), variance_threshold=0.2)

    assert found == {(2, 2, row) for row in range(4)}


def test_cells_are_divided_only_where_siblings_vary() -> None:
    settings = {"initial_depth": 1, "max_depth": 4}

    def divided(pattern) -> list[int]:
        return bands(pattern, **settings)[1][:4]

    assert divided(lambda x, y: 0 * x) == [4, 0, 0, 0]
    assert divided(lambda x, y: (x > 0.5) & (y > 0.5)) == [4, 0, 0, 0]  # the four are alike
    assert divided(lambda x, y: x * y > 0) == [4, 16, 0, 0]
    assert divided(lambda x, y: x > 0.45) == [4, 16, 8 * 4, 0]


def test_no_trees_find_nothing() -> None:
    cells = find_bands(QuadtreeSettings(), 0, lambda depth, trees, columns, rows: np.empty(0))

    assert isinstance(cells, Cells)
    assert len(cells.trees) == len(cells.depths) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"initial_depth": 0},
        {"max_depth": 11},
        {"initial_depth": 3, "max_depth": 2},
        {"band_threshold": -1},
    ],
)
def test_wrong_settings_are_refused(wrong) -> None:
    with pytest.raises(ConfigError):
        QuadtreeSettings(**wrong)
