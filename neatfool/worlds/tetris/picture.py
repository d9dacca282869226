"""A game as a picture: the board, where the piece may go, and what was said of each place."""

import numpy as np
from PIL import Image, ImageDraw

from neatfool.types import Bools, Bytes, Doubles, Ints
from neatfool.worlds.tetris.pieces import CELLS, HEIGHT, WIDTH

_CELL, _GAP, _BARS = 16, 12, 160  # pixels
_SIZE = _GAP + WIDTH * _CELL + _GAP + _BARS + _GAP, _GAP + HEIGHT * _CELL + _GAP
_BLOCK, _EDGE, _CHOSEN = (90, 90, 96), (225, 225, 230), (196, 78, 82)
_WORST, _BEST = np.array([247, 247, 250]), np.array([120, 160, 215])


def draw_board(rows: Ints, piece: int, rests: Ints, values: Doubles, chosen: int) -> Bytes:
    """Draw a board; the more is said of a place, the darker: ``(H, W, 3)`` uint8.

    Args:
        rows: ``(20,)`` int64, a bit for each cell.
        piece: Its number.
        rests: ``(A, 3)`` int64, rotation, column and row of its box, wherever it may rest.
        values: ``(A,)`` float64, what was said of each; beside the board they are bars, in order.
        chosen: Which of them is chosen; drawn in red.
    """
    image = Image.new("RGB", _SIZE, "white")
    draw = ImageDraw.Draw(image)
    tints = np.full((HEIGHT, WIDTH), -1.0)
    shares = _shares(values)
    for share, rest in zip(shares, rests, strict=True):
        for x, y in _cells(piece, rest):
            tints[y, x] = max(tints[y, x], share)
    blocks: Bools = (rows[:, None] >> np.arange(WIDTH) & 1) > 0
    goal = {*_cells(piece, rests[chosen])} if len(rests) else set()
    for y, x in np.ndindex(HEIGHT, WIDTH):
        corner = _GAP + _CELL * x, _GAP + _CELL * y
        colour = _tint(tints[y, x]) if tints[y, x] >= 0 else (255, 255, 255)
        colour = _CHOSEN if (x, y) in goal else _BLOCK if blocks[y, x] else colour
        ends = corner[0] + _CELL, corner[1] + _CELL
        draw.rectangle((*corner, *ends), fill=colour, outline=_EDGE)
    _draw_bars(draw, shares, chosen)
    return np.asarray(image)


def _draw_bars(draw: ImageDraw.ImageDraw, shares: Doubles, chosen: int) -> None:
    """Draw a bar for each value, the longer the more, in order."""
    left, height = _GAP + WIDTH * _CELL + _GAP, HEIGHT * _CELL / max(34, len(shares))
    for place, option in enumerate(np.argsort(-shares, kind="stable")):
        top = _GAP + height * place
        right = left + 4 + (_BARS - 4) * shares[option]
        colour = _CHOSEN if option == chosen else _tint(shares[option])
        draw.rectangle((left, top, right, top + height - 2), fill=colour)


def _cells(piece: int, rest: Ints) -> list[tuple[int, int]]:
    """Return column and row of each cell of a piece at rest."""
    return [(int(rest[1] + x), int(rest[2] + y)) for x, y in CELLS[piece, rest[0]]]


def _shares(values: Doubles) -> Doubles:
    """Spread values from 0 to 1; what is not a number is least."""
    if not len(values):
        return values
    values = np.nan_to_num(values, nan=-np.inf, neginf=-1e300, posinf=1e300)
    reach = values.max() - values.min()
    return (values - values.min()) / reach if reach > 0 else np.ones(len(values))


def _tint(share: float) -> tuple[int, int, int]:
    red, green, blue = (int(part) for part in _WORST + share * (_BEST - _WORST))
    return red, green, blue
