"""Tetris: boards as bits, where pieces come to rest, what is seen, and the world."""

from neatfool.sections.world import TetrisSettings as TetrisSettings
from neatfool.worlds.tetris.tetris import Tetris as Tetris
