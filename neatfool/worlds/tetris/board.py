"""Boards as rows of bits: where a piece can come to rest, and what the board is then.

A board is ``(29,)`` int64, a row for each of four rows above it, its twenty, and five below it. Bit
``c + 3`` of a row is column c; what is not of the board is set.
"""

import numpy as np

from neatfool.networks.jit import jit
from neatfool.worlds.tetris.pieces import CELLS, HEIGHT, ROWS, SIDE, START, STARTS, TURNS, WIDTH

ABOVE, LEFT = 4, 3
"""Rows above a board, and bits to the right of its first."""
MOST = 34 * HEIGHT // 2
"""Rests of a piece are at most so many: of 34 columns and rotations, in every other row."""
FULL = (1 << 16) - 1
WALLS = FULL ^ ((1 << WIDTH) - 1) << LEFT
_OPTIONS: dict[str, object] = {"nogil": True, "error_model": "numpy"}


@jit(**_OPTIONS)
def load(state, board):  # type: ignore[no-untyped-def]
    """Fill in a board from its twenty rows of ten bits."""
    board[:] = FULL
    for row in range(HEIGHT):
        board[ABOVE + row] = WALLS | np.int64(state[row]) << LEFT


@jit(**_OPTIONS)
def save(board, state):  # type: ignore[no-untyped-def]
    """Undo ``load``."""
    for row in range(HEIGHT):
        state[row] = (board[ABOVE + row] & ~WALLS) >> LEFT


@jit(**_OPTIONS)
def rests(board, piece, found):  # type: ignore[no-untyped-def]
    """Find where a piece can come to rest, as a search over all lists of actions would.

    Each step is an action (left, right, a turn to either side, none, or a fall to where the piece
    rests) and a row downwards; where that is blocked, the piece rests. So where the piece may be
    after each step is a row of bits for each rotation. That it waits keeps a bit set until there is
    something below; a fall from where it was first set is the shortest way to rest there.

    Args:
        board: ``(29,)`` int64.
        piece: Its number.
        found: ``(MOST, 4)`` int64, to be filled in: rotation, column and row of the box, and
            actions of the shortest list.

    Returns:
        How many there are.
    """
    turns, start = TURNS[piece], STARTS[piece]
    reached, since = np.zeros(4, np.int64), np.zeros((4, 16), np.int64)
    moved, free = np.zeros(4, np.int64), np.zeros(4, np.int64)
    reached[0] = 1 << (START + LEFT)
    since[0, START + LEFT] = start
    for turn in range(turns):
        free[turn] = _free(board, piece, turn, start)
    count = 0
    for row in range(start, HEIGHT):
        anywhere = np.int64(0)
        for turn in range(turns):
            here = reached[turn]
            turned = reached[(turn + 1) % turns] | reached[(turn + turns - 1) % turns]
            moved[turn] = (here | here << 1 | here >> 1 | turned) & free[turn]
        for turn in range(turns):
            free[turn] = _free(board, piece, turn, row + 1)
            resting = moved[turn] & ~free[turn]
            falling = moved[turn] & free[turn]
            new = falling & ~reached[turn]
            for place in range(16 if resting | new else 0):
                if resting >> place & 1:
                    was_here = reached[turn] >> place & 1
                    found[count, 0] = turn
                    found[count, 1] = place - LEFT
                    found[count, 2] = row
                    found[count, 3] = (since[turn, place] if was_here else row) - start + 1
                    count += 1
                if new >> place & 1:
                    since[turn, place] = row + 1
            moved[turn] = falling
        for turn in range(turns):
            reached[turn] = moved[turn]
            anywhere |= moved[turn]
        if not anywhere:
            break
    return count


@jit(**_OPTIONS)
def _free(board, piece, turn, row):  # type: ignore[no-untyped-def]
    """Return at which columns the box of a piece may be in a row; bit ``x + 3`` is column x."""
    blocked = np.int64(0)
    for cell in range(4):
        blocked |= board[ABOVE + row + CELLS[piece, turn, cell, 1]] >> CELLS[piece, turn, cell, 0]
    return ~blocked & FULL


@jit(**_OPTIONS)
def put(board, piece, rest, after):  # type: ignore[no-untyped-def]
    """Fill in the board that a rest leads to; return how many lines were full and taken out."""
    turn, place, first = rest[0], rest[1] + LEFT, ABOVE + rest[2]
    for row in range(len(board)):
        after[row] = board[row]
    lines = 0
    for row in range(SIDE):
        if ROWS[piece, turn, row]:
            after[first + row] |= ROWS[piece, turn, row] << place
            lines += after[first + row] == FULL
    if lines:
        target = ABOVE + HEIGHT - 1
        for row in range(ABOVE + HEIGHT - 1, ABOVE - 1, -1):
            if after[row] != FULL:
                after[target] = after[row]
                target -= 1
        after[ABOVE : target + 1] = WALLS
    return lines


@jit(**_OPTIONS)
def is_blocked(board, piece):  # type: ignore[no-untyped-def]
    """Return whether a piece cannot come in.

    Of the rows on its way in, the last one and that where it is on the board as a whole count; in
    the former, only those of its cells that are on the board.
    """
    row = STARTS[piece]
    blocked = False
    for cell in range(4):
        column, down = CELLS[piece, 0, cell]
        bit = 1 << (START + LEFT + column)
        blocked |= board[ABOVE + row + down] & bit != 0
        if row - 1 + down >= 0:
            blocked |= board[ABOVE + row - 1 + down] & bit != 0
    return blocked
