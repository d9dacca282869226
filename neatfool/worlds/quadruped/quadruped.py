"""A robot with four legs that learns to walk: the third problem of HybrID.

Clune, Beckmann, Pennock and Ofria 2009; Clune, Stanley, Pennock and Ofria 2011; Helms and Clune
2017. They used ODE; see ``body`` for what is different here.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np

from neatfool.sections.world import QuadrupedSettings
from neatfool.types import Bools, Bytes, Doubles, Ints
from neatfool.worlds.quadruped.body import JOINTS, LEGS, STEP
from neatfool.worlds.quadruped.picture import camera
from neatfool.worlds.quadruped.simulation import Simulation
from neatfool.worlds.world import Outcome, Seen, Trace, World

WIDTH, HEIGHT = 5, len(LEGS)
"""Of the sheets of inputs and of outputs."""
_TORSO, _SIDE = ("roll", "pitch", "yaw", "sine"), 4
_PACE = 50.0  # steps for each radian of the sine
_MOVED = 1e-5  # radians; less is no movement
_NOWHERE = 1.0 + 0.001  # fitness of who has gone nowhere
_MOST = 100.0  # of the exponent, so that fitness is finite: 10 m


class Quadruped(World):
    """Walk away from where it began, in any direction.

    A row of the sheet of inputs is a leg: the angles of its three joints in radians, 1 if its foot
    touches the ground, and in the last column roll, pitch and yaw of the torso and a sine of time.
    Of the sheet of outputs, columns 0, 2 and 4 are the angles that the three joints are to have:
    from -1 to 1, in units of pi. The others do nothing.

    An episode ends when a part other than a foot touches the ground, or joints turned too often.
    Fitness is ``1 + 2 ** d**2`` for a distance of ``d`` metres between where the torso is then and
    where it began; who turned too often, or moved as no robot can, has gone nowhere.

    Attributes:
        simulation: What steps the robots.
        robots: ``(E, S)`` float64, those of all episodes that ``reset`` began.
        sensed: ``(E, 20)`` float64, what they sensed last.
    """

    Settings = QuadrupedSettings
    inputs = tuple(
        sense
        for leg, last in zip(LEGS, _TORSO, strict=True)
        for sense in (*(f"{leg} {each}" for each in (*JOINTS, "touch")), last)
    )
    outputs = WIDTH * HEIGHT
    rewards = ("fitness", "distance")
    sheets = (("body", WIDTH, HEIGHT),)
    output_sheet = WIDTH, HEIGHT
    shown_every = 40
    at_once = 1 << 12

    def __init__(self, settings: QuadrupedSettings | None = None) -> None:
        self._settings = settings or QuadrupedSettings()
        self.most_steps = self._settings.most_steps
        self.is_random = self._settings.faulty > 0
        self._most_turns = self._settings.most_turns * self.most_steps or math.inf
        self.simulation = Simulation()
        self.reset(np.zeros(0, np.int64))

    def reset(self, seeds: Ints) -> Seen:
        """As ``World.reset``; a seed says which joints are faulty, and how much."""
        count, joints = len(seeds), len(LEGS) * len(JOINTS)
        self.robots: Doubles = np.tile(self.simulation.start, (count, 1))
        self._errors: Doubles = np.array([self._drawn(seed) for seed in seeds]).reshape(-1, joints)
        self._angles: Doubles = np.zeros((count, joints))
        self._rising: Bools = np.zeros((count, joints), np.bool_)
        self._turns: Ints = np.zeros(count, np.int64)
        self._touching: Bools = np.zeros((count, len(LEGS)), np.bool_)
        self.sensed: Doubles = np.empty((count, len(self.inputs)))
        self._steps = 0
        self._look(np.arange(count))
        return Seen(self.sensed.copy())

    def step(self, live: Ints, outputs: Doubles) -> Outcome:
        """As ``World.step``."""
        wanted = np.nan_to_num(outputs).reshape(-1, HEIGHT, WIDTH)[:, :, ::2].clip(-1, 1)
        angles = math.pi * wanted.reshape(len(live), len(LEGS) * len(JOINTS)) + self._errors[live]
        moved = self.simulation.step(self.robots[live], angles)
        self.robots[live], self._touching[live] = moved.robots, moved.touching
        self._steps += 1
        self._look(live)
        is_wild = moved.lost | (self._turns[live] > self._most_turns)
        over = moved.fell | is_wild | (self._steps == self.most_steps)
        rewards = np.zeros((len(live), 2))
        distances = np.where(is_wild, 0.0, self.distances(live))[over]
        fitness = 1 + np.exp2(np.minimum(distances**2, _MOST))
        rewards[over, 0] = np.where(is_wild[over], _NOWHERE, fitness)
        rewards[over, 1] = distances
        return Outcome(rewards, over, Seen(self.sensed[live[~over]]))

    def distances(self, episodes: Ints) -> Doubles:
        """Return how far ``(L,)`` robots are from where they began, in metres."""
        found: Doubles = np.hypot(self.robots[episodes, 1], self.robots[episodes, 2])
        return found

    def frames(self, act: Callable[[Doubles], Doubles], seed: int) -> Iterator[Bytes]:
        """As ``World.frames``: drawn from the side and from above, or as MuJoCo renders it."""
        with camera(self.simulation) as show:
            for step, robot, _ in self._walked(act, seed):
                if step % self.shown_every == 0:
                    yield show(robot)

    def trace(self, act: Callable[[Doubles], Doubles], seed: int) -> Trace:
        """As ``World.trace``."""
        walked = [(robot[1:3].copy(), feet.copy()) for _, robot, feet in self._walked(act, seed)]
        path, touching = map(np.array, zip(*walked, strict=True))
        return Trace(STEP, path, touching, LEGS)

    def _walked(
        self, act: Callable[[Doubles], Doubles], seed: int
    ) -> Iterator[tuple[int, Doubles, Bools]]:
        """Play an episode; tell each step, the robot and its feet, from before the first on."""
        seen, live = self.reset(np.array([seed])), np.zeros(1, np.int64)
        yield 0, self.robots[0], self._touching[0]
        for step in range(1, self.most_steps + 1):
            outcome = self.step(live, act(seen.observations))
            yield step, self.robots[0], self._touching[0]
            if outcome.over[0]:
                return
            seen = outcome.seen

    def _drawn(self, seed: int) -> Doubles:
        """Draw the errors of an episode; those of fewer faulty joints are among those of more."""
        random = np.random.Generator(np.random.PCG64(int(seed)))
        order = random.permutation(len(LEGS) * len(JOINTS))
        half = math.radians(self._settings.error_range) / 2
        errors: Doubles = random.uniform(-half, half, len(order))
        errors[order[self._settings.faulty :]] = 0.0
        return errors

    def _look(self, live: Ints) -> None:
        """Note what robots sense, and which joints turned."""
        qpos = self.robots[live, self.simulation.places]
        angles = qpos[:, 7:] - self._errors[live]
        rising = angles - self._angles[live] > _MOVED
        self._turns[live] += (rising != self._rising[live]).sum(axis=1)
        self._angles[live], self._rising[live] = angles, rising
        seen = np.empty((len(live), HEIGHT, WIDTH))
        seen[:, :, : len(JOINTS)] = angles.reshape(-1, len(LEGS), len(JOINTS))
        seen[:, :, len(JOINTS)] = self._touching[live]
        seen[:, :-1, _SIDE] = _euler(qpos[:, 3:7])
        seen[:, -1, _SIDE] = math.pi * math.sin((self._steps + 1) / _PACE)
        self.sensed[live] = seen.reshape(len(live), len(self.inputs))


def _euler(rotations: Doubles) -> Doubles:
    """Turn quaternions ``(L, 4)``, real part first, into roll, pitch and yaw ``(L, 3)``."""
    w, x, y, z = rotations.T
    sine = 2 * (x * z + w * y)
    roll = np.arctan2(2 * (y * z - w * x), 1 - 2 * (x * x + y * y))
    yaw = np.arctan2(2 * (x * y - w * z), 1 - 2 * (y * y + z * z))
    return np.stack([roll, -np.arcsin(sine.clip(-1, 1)), yaw], axis=1)
