"""Worlds: simulations of many episodes at once, in which networks act."""

from neatfool.worlds.cart_pole import CartPole as CartPole
from neatfool.worlds.gym import Gym as Gym
from neatfool.worlds.world import Outcome as Outcome
from neatfool.worlds.world import Seen as Seen
from neatfool.worlds.world import World as World

ALL: tuple[type[World], ...] = (CartPole, Gym)
"""Those that have a name."""
