"""Many robots at once in MuJoCo, each a row of numbers."""

import importlib.util
from typing import Any, NamedTuple

import numpy as np

from neatfool.errors import ConfigError
from neatfool.types import Bools, Doubles
from neatfool.version import installing
from neatfool.worlds.quadruped.body import CORNERS, LEGS, POINTS, RADIUS, written

_FASTEST = 1000.0  # metres, or radians, per second; faster is an error of the simulation


class Moved(NamedTuple):
    """What a step brought to ``L`` robots.

    Attributes:
        robots: ``(L, S)`` float64.
        fell: ``(L,)`` bool, whether a part other than a foot was on the ground when it began.
        touching: ``(L, 4)`` bool, which feet were.
        lost: ``(L,)`` bool, whether the simulation failed, as of a robot that bursts.
    """

    robots: Doubles
    fell: Bools
    touching: Bools
    lost: Bools


class Simulation:
    """What steps robots; it holds none. Equal robots become equal, whoever is stepped beside them.

    Attributes:
        start: ``(S,)`` float64, a robot that stands still: time, places (MuJoCo's ``qpos``: three
            of the torso, four of its rotation, and the angle of each joint) and speeds.
        places: Where in such a row ``qpos`` is.
        model: Of MuJoCo.

    Raises:
        ConfigError: MuJoCo is not installed.
    """

    def __init__(self) -> None:
        if importlib.util.find_spec("mujoco") is None:
            raise ConfigError(
                "task.kind quadruped: expected the package mujoco, which is not installed; install "
                f"it by: {installing('mujoco')}"
            )
        try:
            import mujoco
            from mujoco import rollout
        except Exception as error:  # such as of a wrong MUJOCO_GL
            raise ConfigError(f"MuJoCo cannot be loaded: {error}") from None
        mujoco.set_mju_user_warning(lambda _: None)  # else it writes into the current folder
        self.model: Any = mujoco.MjModel.from_xml_string(written())
        self._data = mujoco.MjData(self.model)
        self._rollout = rollout.Rollout(nthread=0)  # in this thread
        self._whole = mujoco.mjtState.mjSTATE_FULLPHYSICS
        size = mujoco.mj_stateSize(self.model, self._whole)
        self.start: Doubles = np.empty(size)
        mujoco.mj_getState(self.model, self._data, self.start, self._whole)
        self.places = slice(1, 1 + self.model.nq)

    def step(self, robots: Doubles, angles: Doubles) -> Moved:
        """Move on by a step.

        Args:
            robots: ``(L, S)`` float64.
            angles: ``(L, 12)`` float64, what each joint is to have, in radians.
        """
        count = len(robots)
        if not count:  # none would crash MuJoCo
            none = np.zeros(0, np.bool_)
            return Moved(robots, none, np.zeros((0, len(LEGS)), np.bool_), none)
        after = np.empty((count, 1, robots.shape[1]))
        seen = np.empty((count, 1, self.model.nsensordata))
        self._rollout.rollout(
            [self.model] * count,
            [self._data],
            np.ascontiguousarray(robots),
            np.ascontiguousarray(angles[:, None]),
            nstep=1,
            state=after,
            sensordata=seen,
            skip_checks=True,
        )
        heights = seen.reshape(count, -1, 3)[:, :, 2]
        legs = heights[:, len(CORNERS) :].reshape(count, len(LEGS), len(POINTS)) <= RADIUS
        body = heights[:, : len(CORNERS)] <= 0
        fell: Bools = np.asarray(np.hstack([body, legs[:, :, :-1].reshape(count, -1)]).any(axis=1))
        speeds = np.abs(after[:, 0, self.places.stop :]).max(axis=1)
        began_anew = after[:, 0, 0] <= robots[:, 0]  # MuJoCo does that with what is no number
        return Moved(after[:, 0], fell, legs[:, :, -1], began_anew | ~(speeds < _FASTEST))

    def placed(self, robot: Doubles) -> Any:
        """Return MuJoCo's data of a robot ``(S,)``, as far as its pictures show them."""
        import mujoco

        self._data.qpos[:] = robot[self.places]
        mujoco.mj_forward(self.model, self._data)
        return self._data

    def points(self, robot: Doubles) -> Doubles:
        """Return where the points of a robot ``(S,)`` are: ``(28, 3)`` float64, in metres.

        Those are the corners of its torso, and five of each leg.
        """
        found: Doubles = self.placed(robot).site_xpos.copy()
        return found
