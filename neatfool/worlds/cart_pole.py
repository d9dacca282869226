"""Cart and pole as in Gymnasium's CartPole-v1, number by number (Barto, Sutton and Anderson 1983).

The constants and the order of operations are Gymnasium's (MIT licence), so that episodes are equal
to its own to the last bit.
"""

import math

import numpy as np

from neatfool.sections.world import CartPoleSettings
from neatfool.types import Bytes, Doubles, Ints
from neatfool.worlds.drawing import draw_cart
from neatfool.worlds.world import World

_GRAVITY, _CART, _POLE, _LENGTH, _FORCE, _TAU = 9.8, 1.0, 0.1, 0.5, 10.0, 0.02
_TRACK, _TILT = 2.4, 12 * 2 * math.pi / 360
_POLE_MOMENT, _TOTAL = _POLE * _LENGTH, _CART + _POLE


class CartPole(World):
    """Push the cart to the left or to the right, as the greater of two outputs says.

    A step brings 1; an episode ends when the pole has fallen, the cart left its track, or after 500
    steps.
    """

    Settings = CartPoleSettings
    inputs = ("position", "velocity", "angle", "angular velocity")
    outputs = 2
    most_steps = 500
    solved_at = 475.0
    best = 500.0

    def starts(self, seeds: Ints) -> Doubles:
        """Draw four numbers from -0.05 to 0.05, as ``reset(seed=…)`` of Gymnasium does."""
        streams = (np.random.Generator(np.random.PCG64(int(seed))) for seed in seeds)
        return np.array([s.uniform(-0.05, 0.05, 4) for s in streams]).reshape(-1, 4)

    @staticmethod
    def observe(state, observations):  # type: ignore[no-untyped-def]
        """As Gymnasium: the state in single precision."""
        for k in range(4):
            observations[0, k] = np.float32(state[k])
        return 1

    @staticmethod
    def advance(state, outputs, rewards):  # type: ignore[no-untyped-def]
        """Make a step of Euler's method."""
        position, velocity, angle, spin = state
        force = _FORCE if outputs[0, 1] > outputs[0, 0] else -_FORCE
        cosine, sine = math.cos(angle), math.sin(angle)
        push = (force + _POLE_MOMENT * (spin * spin) * sine) / _TOTAL
        fall = (_GRAVITY * sine - cosine * push) / (
            _LENGTH * (4.0 / 3.0 - _POLE * (cosine * cosine) / _TOTAL)
        )
        pull = push - _POLE_MOMENT * fall * cosine / _TOTAL
        state[0] = position + _TAU * velocity
        state[1] = velocity + _TAU * pull
        state[2] = angle + _TAU * spin
        state[3] = spin + _TAU * fall
        rewards[0] = 1.0
        return abs(state[0]) > _TRACK or abs(state[2]) > _TILT

    def picture(self, state: Doubles, outputs: Doubles) -> Bytes:
        """As ``World.picture``."""
        return draw_cart(state[0], [(state[2], 2 * _LENGTH)], _TRACK)
