"""Tetris of RL-Glue as it is described, one action and one cell at a time: slow and plain."""

from collections import deque
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import numpy as np

WIDTH, HEIGHT = 10, 20
ACTIONS = ("fall", "none", "left", "right", "cw", "ccw")
CELLS = {
    "I": ["02 12 22 32", "21 22 23 24", "02 12 22 32", "21 22 23 24"],
    "O": ["12 13 22 23"] * 4,
    "T": ["12 21 22 23", "12 22 23 32", "21 22 23 32", "12 21 22 32"],
    "S": ["11 21 22 32", "12 13 21 22", "11 21 22 32", "12 13 21 22"],
    "Z": ["12 21 22 31", "11 12 22 23", "12 21 22 31", "11 12 22 23"],
    "L": ["12 22 32 33", "21 22 23 31", "11 12 22 32", "13 21 22 23"],
    "J": ["12 22 31 32", "11 21 22 23", "12 13 22 32", "21 22 23 33"],
}
"""Column and row of each cell in a box of 5 x 5."""
Board = frozenset[tuple[int, int]]


@cache
def cells(piece: str, x: int, y: int, turn: int) -> Board:
    """Return the cells that a piece takes, whose box is at a place."""
    box = [(int(cell[0]), int(cell[1])) for cell in CELLS[piece][turn % 4].split()]
    return frozenset((x + column, y + row) for column, row in box)


@cache
def is_inside(piece: str, x: int, y: int, turn: int) -> bool:
    return all(0 <= x < WIDTH and 0 <= y < HEIGHT for x, y in cells(piece, x, y, turn))


@dataclass(frozen=True)
class Game:
    """A board and the piece above it; ``is_over`` when it could not come in."""

    board: Board
    piece: str
    x: int = 3
    y: int = -4
    turn: int = 0
    is_falling: bool = True
    is_over: bool = False
    score: int = 0

    def is_free(self, x: int, y: int, turn: int) -> bool:
        place = self.piece, x, y, turn
        return is_inside(*place) and self.board.isdisjoint(cells(*place))

    def spawned(self, piece: str) -> "Game":
        """Let a piece in from above."""
        x, y, hit = 3, -4, False
        while not is_inside(piece, x, y, 0):
            hit = any(cell in self.board for cell in cells(piece, x, y, 0) if cell[1] >= 0)
            y += 1
        game = Game(self.board, piece, x, y, score=self.score)
        return replace(game, is_over=hit or not game.is_free(x, y, 0))

    def after(self, action: str) -> "Game | None":
        """Take an action, then go down by a row, or stay for good; none: it cannot be taken."""
        x = self.x + {"left": -1, "right": 1}.get(action, 0)
        turn = (self.turn + {"cw": 1, "ccw": -1}.get(action, 0)) % 4
        y = self.y
        if not self.is_free(x, y, turn):
            return None
        while action == "fall" and self.is_free(x, y + 1, turn):
            y += 1
        if self.is_free(x, y + 1, turn):
            return replace(self, x=x, y=y + 1, turn=turn)
        board, lines = settled(self.board, cells(self.piece, x, y, turn))
        score = self.score + int(2.0 ** (lines - 1))
        return replace(self, board=board, is_falling=False, score=score)


@lru_cache(1000)
def settled(board: Board, piece: Board) -> tuple[Board, int]:
    """Add a piece; return the board without full lines, and how many those are."""
    after = board | piece
    lines = [y for y in range(HEIGHT) if all((x, y) in after for x in range(WIDTH))]
    for line in lines:
        after = frozenset((x, y + (y < line)) for x, y in after if y != line)
    return after, len(lines)


def afterstates(game: Game) -> dict[Board, list[str]]:
    """Search all lists of actions; of those that lead to a board, the first found is kept."""
    found: dict[Board, list[str]] = {}
    seen, queue = {(game.x, game.y, game.turn)}, deque([(game, list[str]())])
    while queue:
        here, actions = queue.popleft()
        for action in ACTIONS:
            there = here.after(action)
            if there is None:
                continue
            if not there.is_falling:
                found.setdefault(there.board, [*actions, action])
            elif (there.x, there.y, there.turn) not in seen:
                seen.add((there.x, there.y, there.turn))
                queue.append((there, [*actions, action]))
    return found


def rows_of(board: Board) -> np.ndarray:
    """Write a board as ``(20,)`` rows of ten bits."""
    rows = np.zeros(HEIGHT)
    for x, y in board:
        rows[y] += 1 << x
    return rows


def board_of(rows: np.ndarray) -> Board:
    """Undo ``rows_of``."""
    return frozenset((x, y) for y in range(HEIGHT) for x in range(WIDTH) if int(rows[y]) >> x & 1)
