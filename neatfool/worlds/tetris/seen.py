"""What networks see: each cell of a board, features of it, or those of Dellacherie."""

import numpy as np

from neatfool.networks.jit import jit
from neatfool.worlds.tetris.board import ABOVE, FULL, LEFT, WALLS
from neatfool.worlds.tetris.pieces import CELLS, HEIGHT, ROWS, WIDTH

_LANE = 6  # bits, enough to count the rows
_SPREAD = np.zeros(1 << WIDTH, np.int64)
for _column in range(WIDTH):
    _SPREAD |= (np.arange(1 << WIDTH) >> _column & 1) << (_LANE * _column)
_TWENTIETHS = np.arange(HEIGHT + 1) / HEIGHT  # a division takes long
_INNER = (1 << WIDTH) - 1
_COUNT = np.array([bin(bits).count("1") for bits in range(2 << WIDTH)])
_OPTIONS: dict[str, object] = {"nogil": True, "error_model": "numpy"}

FEATURE_NAMES = (
    *(f"height {column}" for column in range(WIDTH)),
    *(f"difference {column}" for column in range(WIDTH - 1)),
    "greatest height",
    "holes",
    *(f"holes {column}" for column in range(WIDTH)),
)
FEATURE_SHEETS = (
    *(("heights", WIDTH, 1), ("differences", WIDTH - 1, 1)),
    *(("greatest height", 1, 1), ("holes", 1, 1), ("holes by column", WIDTH, 1)),
)
CELL_NAMES = tuple(
    f"{what} {row} {column}"
    for what in ("block", "hole")
    for row in range(HEIGHT)
    for column in range(WIDTH)
)
CELL_SHEETS = ("blocks", WIDTH, HEIGHT), ("holes", WIDTH, HEIGHT)

DELLACHERIE_NAMES = (
    *("landing height", "eroded cells", "row transitions", "column transitions"),
    *("holes", "wells"),
)
Sheets = tuple[tuple[str, int, int], ...]
VIEWS: dict[str, tuple[tuple[str, ...], Sheets]] = {
    "features": (FEATURE_NAMES, FEATURE_SHEETS),
    "raw": (CELL_NAMES, CELL_SHEETS),
    "dellacherie": (DELLACHERIE_NAMES, ()),
}
"""What may be seen: names, and the sheets that they lie on."""


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
        features[column] = _TWENTIETHS[height]
        features[21 + column] = _TWENTIETHS[below]
        if column:
            features[9 + column] = _TWENTIETHS[abs(height - previous)]
        total += below
        greatest = max(greatest, height)
        previous = height
    features[19] = _TWENTIETHS[greatest]
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


@jit(**_OPTIONS)
def fill_dellacherie(board, piece, rest, after, features):  # type: ignore[no-untyped-def]
    """Fill in the ``(6,)`` features that go by the name of Dellacherie, as numbers of cells.

    How high the middle of the piece lies; lines times those of its cells that they take out; how
    often cells differ from the next one in rows, between walls that count as blocks, and in columns
    above the ground; holes; and for each cell that only lacks neighbours above and below, how many
    such cells end there.
    """
    turn, place, first = rest[0], rest[1] + LEFT, ABOVE + rest[2]
    features[:] = 0.0
    top, bottom, lines = HEIGHT, 0, 0
    for cell in range(4):
        row = CELLS[piece, turn, cell, 1]
        top, bottom = min(top, row), max(bottom, row)
        is_full = board[first + row] | ROWS[piece, turn, row] << place == FULL
        features[1] += is_full
    for row in range(top, bottom + 1):
        lines += board[first + row] | ROWS[piece, turn, row] << place == FULL
    features[0] = HEIGHT - rest[2] - (top + bottom + 1) / 2.0
    features[1] *= lines
    covered = np.int64(0)
    for row in range(ABOVE, ABOVE + HEIGHT):
        blocks = after[row] >> LEFT & _INNER
        covered |= blocks
        features[2] += _COUNT[(after[row] ^ after[row] >> 1) >> (LEFT - 1) & 2 * _INNER + 1]
        below = _INNER if row == ABOVE + HEIGHT - 1 else after[row + 1] >> LEFT & _INNER
        features[3] += _COUNT[blocks ^ below]
        features[4] += _COUNT[covered ^ blocks]
        ends, above = _wells(after[row]), row - 1
        while ends:
            features[5] += _COUNT[ends]
            ends &= _wells(after[above])
            above -= 1


@jit(**_OPTIONS)
def _wells(row):  # type: ignore[no-untyped-def]
    """Return the columns where a row is empty between blocks; above the board there are none."""
    return (~row & row << 1 & row >> 1) >> LEFT & _INNER
