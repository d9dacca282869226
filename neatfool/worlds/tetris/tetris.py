"""Tetris as in RL-Glue, played by afterstates (Gillespie, Gonzalez and Schrum 2017)."""

import numpy as np

from neatfool.networks.jit import jit
from neatfool.sections.world import TetrisSettings
from neatfool.types import Bytes, Doubles, Ints
from neatfool.worlds.tetris.board import ABOVE, MOST, is_blocked, load, put, rests, save
from neatfool.worlds.tetris.picture import draw_board
from neatfool.worlds.tetris.pieces import HEIGHT
from neatfool.worlds.tetris.seen import (
    VIEWS,
    fill_cells,
    fill_dellacherie,
    fill_features,
)
from neatfool.worlds.world import World

_PIECE, _SEED, _PLACED, _STEPS, _MOST_STEPS, _VIEW, _OFFERED = range(HEIGHT, HEIGHT + 7)
_RESTS = HEIGHT + 7
_FEATURES, _RAW = range(2)
_U = np.uint64
_OPTIONS: dict[str, object] = {"nogil": True, "error_model": "numpy"}


class Tetris(World):
    """For each piece, choose where it shall come to rest, by the board that this leads to.

    The game is that of RL-Glue: 10 x 20 cells; pieces are drawn uniformly, and fall by a row after
    each action, so that some are slid under others, and not every place can be reached. The options
    are the boards after the piece, found by all lists of actions, of which the shortest counts; the
    one of the greatest output is chosen, of equal ones any. 1, 2, 3 or 4 lines at once bring a
    score of 1, 2, 4 or 8; steps are those of RL-Glue, an action each, and one for each new piece.
    The pieces of an episode follow from its seed, whatever is played.
    """

    Settings = TetrisSettings
    inputs, sheets = VIEWS["features"]
    outputs = 1
    rewards = ("score", "steps")
    most_steps = 250_000
    options = MOST

    def __init__(self, settings: TetrisSettings | None = None) -> None:
        self._settings = settings or TetrisSettings()
        self.inputs, self.sheets = VIEWS[self._settings.inputs]

    def starts(self, seeds: Ints) -> Doubles:
        """Begin with empty boards, and draw the first pieces."""
        states = np.zeros((len(seeds), _RESTS + MOST))
        states[:, _SEED] = seeds
        states[:, _PIECE] = [_draw(seed, 0, 7) for seed in seeds]
        states[:, _MOST_STEPS] = self._settings.most_steps
        states[:, _VIEW] = [*VIEWS].index(self._settings.inputs)
        return states

    @staticmethod
    def observe(state, observations):  # type: ignore[no-untyped-def]
        """Find the boards that differ, and what is seen of each."""
        board, after = np.empty(29, np.int64), np.empty(29, np.int64)
        found, cleared = np.empty((MOST, 4), np.int64), np.empty((MOST, HEIGHT + 1), np.int64)
        load(state, board)
        piece = np.int64(state[_PIECE])
        offered, remembered = 0, 0
        for place in range(rests(board, piece, found)):
            rest = found[place]
            if put(board, piece, rest, after):  # only such boards can be equal
                same = _find(after, cleared, remembered)
                if same >= 0:
                    if _unpacked(state[_RESTS + same])[3] > rest[3]:
                        state[_RESTS + same] = _packed(rest)
                    continue
                cleared[remembered, :HEIGHT] = after[ABOVE : ABOVE + HEIGHT]
                cleared[remembered, HEIGHT] = offered
                remembered += 1
            if state[_VIEW] == _FEATURES:
                fill_features(after, observations[offered])
            elif state[_VIEW] == _RAW:
                fill_cells(after, observations[offered])
            else:
                fill_dellacherie(board, piece, rest, after, observations[offered])
            state[_RESTS + offered] = _packed(rest)
            offered += 1
        state[_OFFERED] = offered
        return offered

    @staticmethod
    def advance(state, outputs, rewards):  # type: ignore[no-untyped-def]
        """Place the piece, take out full lines, and let the next piece in."""
        board, after = np.empty(29, np.int64), np.empty(29, np.int64)
        rest = _unpacked(state[_RESTS + _chosen(state, outputs)])
        left = state[_MOST_STEPS] - state[_STEPS]
        rewards[0], rewards[1] = 0.0, left
        if rest[3] > left:
            return True
        load(state, board)
        lines = put(board, np.int64(state[_PIECE]), rest, after)
        save(after, state)
        state[_PLACED] += 1
        state[_PIECE] = _draw(state[_SEED], 2 * state[_PLACED], 7)
        rewards[0] = (1 << lines) >> 1
        rewards[1] = min(left, rest[3] + 1)
        state[_STEPS] += rewards[1]
        return state[_STEPS] >= state[_MOST_STEPS] or is_blocked(after, np.int64(state[_PIECE]))

    def picture(self, state: Doubles, outputs: Doubles) -> Bytes:
        """As ``World.picture``: the board, each place where the piece can rest, and the choice."""
        rests = np.array([_unpacked(packed) for packed in state[_RESTS : _RESTS + len(outputs)]])
        chosen = _chosen(state, outputs) if len(outputs) else 0
        rows = state[:HEIGHT].astype(np.int64)
        return draw_board(rows, int(state[_PIECE]), rests, outputs[:, 0], chosen)


@jit(**_OPTIONS)
def _packed(rest):  # type: ignore[no-untyped-def]
    """Pack a rest, whose numbers are from -8 to 55, into one number."""
    return ((rest[0] + 8) * 64 + rest[1] + 8) * 4096 + (rest[2] + 8) * 64 + rest[3] + 8


@jit(**_OPTIONS)
def _unpacked(packed):  # type: ignore[no-untyped-def]
    """Undo ``_packed``."""
    rest, packed = np.empty(4, np.int64), np.int64(packed)
    for part in range(3, -1, -1):
        rest[part] = packed % 64 - 8
        packed //= 64
    return rest


@jit(**_OPTIONS)
def _find(board, cleared, count):  # type: ignore[no-untyped-def]
    """Return the option that leads to the same board; -1: there is none."""
    for place in range(count):
        same = True
        for row in range(HEIGHT):
            same = same and cleared[place, row] == board[ABOVE + row]
        if same:
            return cleared[place, HEIGHT]
    return -1


@jit(**_OPTIONS)
def _chosen(state, outputs):  # type: ignore[no-untyped-def]
    """Return the option of the greatest output; of equal ones, any; NaN is less than all."""
    most, count = -np.inf, 0
    for option in range(len(outputs)):
        value = outputs[option, 0]
        if value > most:
            most, count = value, 0
        count += value == most
    if not count:
        return 0
    left = _draw(state[_SEED], 2 * state[_PLACED] + 1, count)
    option = -1
    while left >= 0:
        option += 1
        left -= outputs[option, 0] == most
    return option


@jit(**_OPTIONS)
def _draw(seed, place, sides):  # type: ignore[no-untyped-def]
    """Throw a die: the throw at a place of the sequence of a seed, from 0."""
    mixed = _mixed(_mixed(_U(seed)) + _U(place))
    return np.int64(((mixed >> _U(32)) * _U(sides)) >> _U(32))


@jit(**_OPTIONS)
def _mixed(number):  # type: ignore[no-untyped-def]
    """Mix the bits of a number (SplitMix64: Steele, Lea and Flood 2014)."""
    number += _U(0x9E3779B97F4A7C15)
    number = (number ^ (number >> _U(30))) * _U(0xBF58476D1CE4E5B9)
    number = (number ^ (number >> _U(27))) * _U(0x94D049BB133111EB)
    return number ^ (number >> _U(31))
