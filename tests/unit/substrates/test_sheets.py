import numpy as np
import pytest

from neatfool.errors import ConfigError
from neatfool.substrates import SheetSettings


def sheet(**settings) -> SheetSettings:
    return SheetSettings(name="s", role="input", **settings)


def test_a_grid_goes_row_by_row_from_corner_to_corner() -> None:
    places = sheet(width=3, height=2).positions()

    assert places.tolist() == [[-1, -1], [0, -1], [1, -1], [-1, 1], [0, 1], [1, 1]]


def test_a_line_stands_in_the_middle() -> None:
    assert sheet(width=3).positions().tolist() == [[-1, 0], [0, 0], [1, 0]]
    assert sheet(height=2).positions().tolist() == [[0, -1], [0, 1]]
    assert sheet().positions().tolist() == [[0, 0]]


def test_coordinates_are_those_of_the_published_grid() -> None:
    places = sheet(width=11, height=11).positions().reshape(11, 11, 2)

    for column in range(11):
        assert places[4, column] == pytest.approx([(column - 5) / 5, -1 / 5])


def test_a_sheet_can_be_laid_into_a_part_of_the_plane() -> None:
    assert sheet(width=3, y=(-1, -1)).positions().tolist() == [[-1, -1], [0, -1], [1, -1]]
    assert sheet(width=2, x=(0, 0.5), y=(-1, 0)).positions().tolist() == [[0, -0.5], [0.5, -0.5]]


def test_rings_are_concentric_and_clockwise() -> None:
    places = sheet(layout="rings", width=4, height=2).positions()

    half = [[0.5, 0], [0, 0.5], [-0.5, 0], [0, -0.5]]
    assert places == pytest.approx(np.array([*half, *(2 * np.array(half))]), abs=1e-12)


def test_more_resolution_keeps_a_line_a_line_and_the_ends_where_they_are() -> None:
    line = sheet(width=3).scaled(5)
    grid = sheet(width=3, height=2).scaled(2)

    assert (line.width, line.height) == (15, 1)
    assert (grid.width, grid.height) == (6, 4)
    assert grid.positions()[[0, -1]].tolist() == [[-1, -1], [1, 1]]


@pytest.mark.parametrize(
    "wrong", [{"width": 0}, {"height": 0}, {"x": (0.5, -0.5)}, {"y": (-2, 0)}, {"layout": "cube"}]
)
def test_wrong_sheets_are_refused(wrong) -> None:
    with pytest.raises(ConfigError):
        sheet(**wrong)


def test_an_unknown_activation_is_an_error() -> None:
    with pytest.raises(ConfigError, match="unknown activation 'sigmoidal'"):
        sheet(activation="sigmoidal")
