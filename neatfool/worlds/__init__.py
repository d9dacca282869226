"""Worlds: simulations of many episodes at once, in which networks act."""

from neatfool.worlds.cart_pole import CartPole as CartPole
from neatfool.worlds.gym import Gym as Gym
from neatfool.worlds.pace import bare_seconds as bare_seconds
from neatfool.worlds.poles import BlindDoublePole as BlindDoublePole
from neatfool.worlds.poles import DoublePole as DoublePole
from neatfool.worlds.poles import Pole as Pole
from neatfool.worlds.quadruped import Quadruped as Quadruped
from neatfool.worlds.tetris import Tetris as Tetris
from neatfool.worlds.world import Exam as Exam
from neatfool.worlds.world import Outcome as Outcome
from neatfool.worlds.world import Seen as Seen
from neatfool.worlds.world import Trace as Trace
from neatfool.worlds.world import World as World

ALL: tuple[type[World], ...] = (CartPole, Pole, DoublePole, BlindDoublePole, Tetris, Quadruped, Gym)
"""Those that have a name."""
