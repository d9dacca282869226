"""What networks see of a board: each cell, or thirty-one features of Bertsekas and Tsitsiklis."""

import numpy as np

from neatfool.networks.jit import jit
from neatfool.worlds.tetris.board import ABOVE, LEFT, WALLS
from neatfool.worlds.tetris.pieces import HEIGHT, WIDTH

_LANE = 6  # bits, enough to count the rows
_SPREAD = np.zeros(1 << WIDTH, np.int64)
for _column in range(WIDTH):
    _SPREAD |= (np.arange(1 << WIDTH) >> _column & 1) << (_LANE * _column)
_OPTIONS: dict[str, object] = {"nogil": True, "error_model": "numpy"}

FEATURE_NAMES = (
    *(f"height {column}" for column in range(WIDTH)),
    *(f"difference {column}" for column in range(WIDTH - 1)),
    "greatest height",
    "holes",
    *(f"holes {column}" for column in range(WIDTH)),
)
FEATURE_SHEETS: tuple[tuple[str, int, int], ...] = (
    *(("heights", WIDTH, 1), ("differences", WIDTH - 1, 1)),
    *(("greatest height", 1, 1), ("holes", 1, 1), ("holes by column", WIDTH, 1)),
)
CELL_NAMES = tuple(
    f"{what} {row} {column}"
    for what in ("block", "hole")
    for row in range(HEIGHT)
    for column in range(WIDTH)
)
CELL_SHEETS: tuple[tuple[str, int, int], ...] = ("blocks", WIDTH, HEIGHT), ("holes", WIDTH, HEIGHT)


@jit(**_OPTIONS)
def fill_features(board, features):  # type: ignore[no-untyped-def]
    """Fill in ``(31,)`` features, each within 0 and 1: Gillespie, Gonzalez and Schrum 2017.

    Heights of columns, differences of neighbours, the greatest height, holes, and holes of each
    column. A hole is an empty cell below a block.
    """
    covered, heights, holes = np.int64(0), np.int64(0), np.int64(0)
    for row in range(ABOVE, ABOVE + HEIGHT):
        blocks = (board[row] & ~WALLS) >> LEFT
        covered |= blocks
        heights += _SPREAD[covered]
        holes += _SPREAD[covered ^ blocks]
    total, greatest, previous = np.int64(0), np.int64(0), np.int64(0)
    for column in range(WIDTH):
        height = heights >> (_LANE * column) & 63
        below = holes >> (_LANE * column) & 63
        features[column] = height / 20.0
        features[21 + column] = below / 20.0
        if column:
            features[9 + column] = abs(height - previous) / 20.0
        total += below
        greatest = max(greatest, height)
        previous = height
    features[19] = greatest / 20.0
    features[20] = total / 200.0


@jit(**_OPTIONS)
def fill_cells(board, cells):  # type: ignore[no-untyped-def]
    """Fill in ``(400,)`` cells, row by row from the top: 1 for a block; then -1 for a hole."""
    covered = np.int64(0)
    for row in range(HEIGHT):
        blocks = (board[ABOVE + row] & ~WALLS) >> LEFT
        covered |= blocks
        holes = covered ^ blocks
        for column in range(WIDTH):
            cells[row * WIDTH + column] = blocks >> column & 1
            cells[(HEIGHT + row) * WIDTH + column] = -(holes >> column & 1)
