"""Worlds: simulations of many episodes at once, in which networks act."""

from neatfool.worlds.cart_pole import CartPole as CartPole
from neatfool.worlds.tetris import Tetris as Tetris
from neatfool.worlds.world import Outcome as Outcome
from neatfool.worlds.world import Seen as Seen
from neatfool.worlds.world import World as World

ALL: tuple[type[World], ...] = (CartPole, Tetris)
"""Those that have a name."""
