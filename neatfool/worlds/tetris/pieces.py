"""The seven pieces, cell by cell, as in RL-Glue's Tetris."""

import numpy as np

WIDTH, HEIGHT = 10, 20
NAMES = "IOTSZLJ"
"""In the order in which they are numbered."""
SIDE = 5
"""Pieces lie in boxes of so many cells along each side."""
START = 3
"""Column where boxes come in."""

_CELLS: tuple[tuple[tuple[int, ...], ...], ...] = (
    ((2, 12, 22, 32), (21, 22, 23, 24)),
    ((12, 13, 22, 23),),
    ((12, 21, 22, 23), (12, 22, 23, 32), (21, 22, 23, 32), (12, 21, 22, 32)),
    ((11, 21, 22, 32), (12, 13, 21, 22)),
    ((12, 21, 22, 31), (11, 12, 22, 23)),
    ((12, 22, 32, 33), (21, 22, 23, 31), (11, 12, 22, 32), (13, 21, 22, 23)),
    ((12, 22, 31, 32), (11, 21, 22, 23), (12, 13, 22, 32), (21, 22, 23, 33)),
)
"""Column and row of each cell in its box, as two digits, for each rotation to the right; rotations
beyond those given begin again with the first."""

TURNS = np.array([len(rotations) for rotations in _CELLS])
"""``(7,)`` int64, how many rotations of each piece differ."""
CELLS = np.array(
    [
        [[divmod(cell, 10) for cell in rotations[turn % len(rotations)]] for turn in range(4)]
        for rotations in _CELLS
    ]
)
"""``(7, 4, 4, 2)`` int64, column and row of each cell of each piece and rotation in its box."""
ROWS = np.zeros((7, 4, SIDE), np.int64)
"""``(7, 4, 5)``, the rows of the boxes: bit c is set where there is a cell in column c."""
for _piece, _turn, _cell in np.ndindex(7, 4, 4):
    _column, _row = CELLS[_piece, _turn, _cell]
    ROWS[_piece, _turn, _row] |= 1 << _column
STARTS = -CELLS[:, 0, :, 1].min(axis=1)
"""``(7,)`` int64, row of the board where the box of each piece is when it came in as a whole."""
