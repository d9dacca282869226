"""Tetris: boards as bits, where pieces come to rest, what is seen, and the world."""

from neatfool.worlds.tetris.tetris import Tetris as Tetris
from neatfool.worlds.tetris.tetris import TetrisSettings as TetrisSettings
