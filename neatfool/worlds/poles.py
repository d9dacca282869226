"""One or two poles on a cart that a continuous force moves (Wieland 1991; Gruau et al. 1996).

Constants, the scales of what is observed and the starts of the test of generalisation are those of
the code released with NEAT (Stanley and Miikkulainen 2002), where the cart has no friction; the
start is that of the paper.
"""

import itertools
import math

import numpy as np

from neatfool.networks.jit import jit
from neatfool.sections.world import BlindDoublePoleSettings, DoublePoleSettings, PoleSettings
from neatfool.types import Bytes, Doubles, Ints
from neatfool.worlds.drawing import draw_cart
from neatfool.worlds.world import Exam, World

_GRAVITY, _FRICTION, _FORCE = -9.8, 2e-6, 10.0
_CART, _LONG, _SHORT = 1.0, (0.1, 0.5), (0.01, 0.05)  # kg; kg and half the length in metres
_TRACK, _TILT = 2.4, math.radians(36)
_SECONDS, _EACH = 0.01, 2  # steps of Runge and Kutta, and how many of them a step of episodes is
_SPAN, _SPEED, _WIDTH = 4.8, 2.0, 0.52  # what is observed is divided by
_UPRIGHT = (0.0, 0.0, math.radians(1), 0.0, 0.0, 0.0)
_REACH = np.array([2.16, 1.35, math.radians(3.6), math.radians(8.6), 0.0, 0.0])
_SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
_KEPT = 100
_STEPS, _MOST, _RING = 6, 7, 8  # behind the state: steps so far, the most, and Gruau's terms
_OPTIONS: dict[str, object] = {"nogil": True, "error_model": "numpy"}


class _Balancing:
    """What worlds of poles have in common.

    An episode is the position, the angles of both poles, and before the next the velocity of each.
    """

    outputs = 1

    def __init__(self, settings: PoleSettings) -> None:
        self._start, self.most_steps = settings.start, settings.steps
        self.is_random = settings.start == "drawn"
        self.best: float | None = float(settings.steps)
        self.solved_at = None if self.is_random else self.best

    def starts(self, seeds: Ints) -> Doubles:
        """As the setting ``start`` says."""
        if self._start == "published":
            return np.tile(_UPRIGHT, (len(seeds), 1))
        streams = (np.random.default_rng(int(seed)) for seed in seeds)
        return np.array([s.uniform(-1, 1, 6) for s in streams]).reshape(-1, 6) * 0.9 * _REACH

    def picture(self, state: Doubles, outputs: Doubles) -> Bytes:
        """As ``World.picture``."""
        poles = (state[2], 2 * _LONG[1]), (state[4], 2 * _SHORT[1])
        return draw_cart(state[0], poles, _TRACK)


class Pole(_Balancing, World):
    """Push the cart: an output from 0 to 1 is a force from -10 to 10 newtons.

    A step brings 1 unless the pole is more than 36 degrees from upright, or the cart more than 2.4
    metres from the middle.
    """

    Settings = PoleSettings
    inputs: tuple[str, ...] = ("position", "velocity", "angle", "angular velocity")

    def starts(self, seeds: Ints) -> Doubles:
        """As the setting ``start`` says."""
        return super().starts(seeds) * [1, 1, 1, 1, 0, 0]

    @staticmethod
    def observe(state, observations):  # type: ignore[no-untyped-def]
        """Scale what is observed."""
        observations[0, 0] = state[0] / _SPAN
        observations[0, 1] = state[1] / _SPEED
        observations[0, 2] = state[2] / _WIDTH
        observations[0, 3] = state[3] / _SPEED
        return 1

    @staticmethod
    def advance(state, outputs, rewards):  # type: ignore[no-untyped-def]
        """Move the cart and one pole."""
        is_over = _advance(state, outputs[0, 0], False)
        rewards[0] = 0.0 if is_over else 1.0
        return is_over

    def picture(self, state: Doubles, outputs: Doubles) -> Bytes:
        """As ``World.picture``."""
        return draw_cart(state[0], [(state[2], 2 * _LONG[1])], _TRACK)


class DoublePole(_Balancing, World):
    """As ``Pole``, with a second pole that is ten times as short and light."""

    Settings = DoublePoleSettings
    inputs = (*Pole.inputs, "short angle", "short angular velocity")

    @staticmethod
    def observe(state, observations):  # type: ignore[no-untyped-def]
        """Scale what is observed."""
        observations[0, 0] = state[0] / _SPAN
        observations[0, 1] = state[1] / _SPEED
        observations[0, 2] = state[2] / _WIDTH
        observations[0, 3] = state[3] / _SPEED
        observations[0, 4] = state[4] / _WIDTH
        observations[0, 5] = state[5] / _SPEED
        return 1

    @staticmethod
    def advance(state, outputs, rewards):  # type: ignore[no-untyped-def]
        """Move the cart and both poles."""
        is_over = _advance(state, outputs[0, 0], True)
        rewards[0] = 0.0 if is_over else 1.0
        return is_over


class BlindDoublePole(_Balancing, World):
    """As ``DoublePole``, but no velocities are seen, and swinging to and fro is worth little.

    The fitness is ``0.1 t / 1000 + 0.9 f``, where t counts the steps balanced, and ``f`` is 0.75
    divided by the sum of ``|x| + |x'| + |a| + |a'|`` over the last 100 of them, for the position
    and the angle of the long pole; 0 where there are fewer (Gruau, Whitley and Pyeatt 1996).
    """

    Settings = BlindDoublePoleSettings
    inputs = ("position", "angle", "short angle")
    rewards = ("fitness", "steps")

    def __init__(self, settings: BlindDoublePoleSettings) -> None:
        super().__init__(settings)
        self.best = self.solved_at = None

    def starts(self, seeds: Ints) -> Doubles:
        """As the setting ``start`` says, with room for what fitness needs."""
        return self._with_room(super().starts(seeds))

    def exams(self) -> tuple[Exam, ...]:
        """Ask for 100,000 steps, and for 1,000 steps from at least 200 of 625 starts."""
        shares = np.array([(*each, 0.5, 0.5) for each in itertools.product(_SHARES, repeat=4)])
        spread = self._with_room((2 * shares - 1) * _REACH)
        long_run = Exam("long run", self._with_room(np.array([_UPRIGHT])), 100_000)
        return long_run, Exam("generalisation", spread, 1000, 200)

    def _with_room(self, states: Doubles) -> Doubles:
        room = np.zeros((len(states), _RING - _STEPS + _KEPT))
        room[:, _MOST - _STEPS] = self.most_steps
        return np.hstack([states, room])

    @staticmethod
    def observe(state, observations):  # type: ignore[no-untyped-def]
        """Scale what is observed."""
        observations[0, 0] = state[0] / _SPAN
        observations[0, 1] = state[2] / _WIDTH
        observations[0, 2] = state[4] / _WIDTH
        return 1

    @staticmethod
    def advance(state, outputs, rewards):  # type: ignore[no-untyped-def]
        """Move the cart and both poles; what calm is worth is gained in the last step."""
        is_over = _advance(state, outputs[0, 0], True)
        rewards[:] = 0.0
        if not is_over:
            place = _RING + int(state[_STEPS]) % _KEPT
            state[place] = abs(state[0]) + abs(state[1]) + abs(state[2]) + abs(state[3])
            state[_STEPS] += 1.0
            rewards[0], rewards[1] = 0.1 / 1000.0, 1.0
        if state[_STEPS] >= _KEPT and (is_over or state[_STEPS] == state[_MOST]):
            rewards[0] += 0.9 * 0.75 / state[_RING:].sum()
        return is_over


@jit(**_OPTIONS)
def _advance(state, output, has_short):  # type: ignore[no-untyped-def]
    """Push for a step; return whether the poles fell, or the cart left the track."""
    force = _FORCE * (2.0 * min(max(output, 0.0), 1.0) - 1.0)
    now = state[0], state[1], state[2], state[3], state[4], state[5]
    for _ in range(_EACH):
        first = _slopes(now, force, has_short)
        second = _slopes(_moved(now, first, _SECONDS / 2), force, has_short)
        third = _slopes(_moved(now, second, _SECONDS / 2), force, has_short)
        fourth = _slopes(_moved(now, third, _SECONDS), force, has_short)
        now = _moved(_moved(now, first, _SECONDS / 6), second, _SECONDS / 3)
        now = _moved(_moved(now, third, _SECONDS / 3), fourth, _SECONDS / 6)
    for place in range(6):
        state[place] = now[place]
    return not (abs(now[0]) <= _TRACK and abs(now[2]) <= _TILT and abs(now[4]) <= _TILT)


@jit(**_OPTIONS)
def _moved(now, slopes, seconds):  # type: ignore[no-untyped-def]
    """Go along slopes."""
    return (
        now[0] + seconds * slopes[0],
        now[1] + seconds * slopes[1],
        now[2] + seconds * slopes[2],
        now[3] + seconds * slopes[3],
        now[4] + seconds * slopes[4],
        now[5] + seconds * slopes[5],
    )


@jit(**_OPTIONS)
def _slopes(now, force, has_short):  # type: ignore[no-untyped-def]
    """Return what all six numbers change by in a second."""
    _, velocity, angle, spin, short_angle, short_spin = now
    pull, mass, cosine, torque = _pole(angle, spin, _LONG)
    push, total = force + pull, _CART + mass
    short_cosine, short_torque = 0.0, 0.0
    if has_short:
        pull, mass, short_cosine, short_torque = _pole(short_angle, short_spin, _SHORT)
        push, total = push + pull, total + mass
    gain = push / total
    fall = -0.75 * (gain * cosine + torque) / _LONG[1]
    short_fall = -0.75 * (gain * short_cosine + short_torque) / _SHORT[1]
    return velocity, gain, spin, fall, short_spin, short_fall


@jit(**_OPTIONS)
def _pole(angle, spin, pole):  # type: ignore[no-untyped-def]
    """Return what a pole does to the cart, force and mass, its cosine, and what turns it."""
    mass, half = pole
    sine, cosine = math.sin(angle), math.cos(angle)
    torque = _GRAVITY * sine + _FRICTION * spin / (mass * half)
    pull = mass * half * spin * spin * sine + 0.75 * mass * cosine * torque
    return pull, mass * (1.0 - 0.75 * cosine * cosine), cosine, torque
