"""The robot as an environment of Gymnasium, for other people's algorithms."""

import contextlib
import math
from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from neatfool.errors import ConfigError, ShapeError
from neatfool.sections.world import QuadrupedSettings
from neatfool.settings import located, unknown
from neatfool.types import Bytes, Doubles, Json
from neatfool.worlds.quadruped.body import JOINTS, LEGS
from neatfool.worlds.quadruped.picture import camera
from neatfool.worlds.quadruped.quadruped import HEIGHT, WIDTH, Quadruped

_Floats = npt.NDArray[np.float32]
_ALONE = np.zeros(1, np.int64)
_LIMITS = {"most_steps": 1_000_000, "most_turns": 0.0}  # none
_NOT_HERE = {
    "most_steps": "give max_episode_steps to gymnasium.make",
    "most_turns": "how often joints turn has no limit here",
}


class QuadrupedEnv(gymnasium.Env[_Floats, _Floats]):
    """One robot. The reward of a step is how many metres it got further from where it began.

    Observations are the twenty of the world ``Quadruped``; actions the angles that the twelve
    joints are to have, from -1 to 1 in units of pi, leg by leg.

    Args:
        render_mode: rgb_array: ``render`` gives a picture; none: nothing.
        settings: Of the world: ``faulty`` and ``error_range``. ``gymnasium.make`` says how long an
            episode lasts, by ``max_episode_steps``, and joints may turn as often as they like.

    Raises:
        ConfigError: A setting is wrong.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 1000}  # noqa: RUF012

    def __init__(self, render_mode: str | None = None, **settings: object) -> None:
        for name in settings.keys() & _NOT_HERE.keys():
            raise ConfigError(f"Quadruped-v0 takes no {name}: {_NOT_HERE[name]}")
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise ConfigError(f"render_mode: expected rgb_array or None, got {render_mode!r:.80}")
        self.render_mode = render_mode
        self._world = Quadruped(_checked({**settings, **_LIMITS}))
        self._open = contextlib.ExitStack()
        self._show: Callable[[Doubles], Bytes] | None = None
        count = len(LEGS) * len(JOINTS)
        self.action_space = gymnasium.spaces.Box(-1, 1, (count,), np.float32)
        self.observation_space = gymnasium.spaces.Box(
            -math.inf, math.inf, (len(Quadruped.inputs),), np.float32
        )

    def reset(
        self, *, seed: int | None = None, options: Json | None = None
    ) -> tuple[_Floats, dict[str, Any]]:
        """Begin an episode; equal seeds draw equal errors."""
        super().reset(seed=seed)
        drawn = seed if seed is not None else int(self.np_random.integers(1 << 31))
        seen = self._world.reset(np.array([drawn]))
        self._distance = 0.0
        return _single(seen.observations), {"distance": 0.0}

    def step(self, action: _Floats) -> tuple[_Floats, float, bool, bool, dict[str, Any]]:
        """Make a step of a millisecond; angles beyond -1 and 1 count as these.

        Raises:
            ShapeError: The action is none of 12 finite numbers.
        """
        given = np.asarray(action)
        if given.shape != self.action_space.shape or not np.isfinite(given).all():
            raise ShapeError(f"expected an action of 12 angles from -1 to 1, got {action!r:.80}")
        outputs = np.zeros((HEIGHT, WIDTH))
        outputs[:, ::2] = given.reshape(HEIGHT, -1)
        outcome = self._world.step(_ALONE, outputs.reshape(1, -1))
        distance = float(self._world.distances(_ALONE)[0])
        gain, self._distance = distance - self._distance, distance
        seen = _single(self._world.sensed)
        return seen, gain, bool(outcome.over[0]), False, {"distance": distance}

    def render(self) -> Bytes | None:
        """Draw the robot, ``(H, W, 3)`` uint8, as films of the world show it."""
        if self.render_mode is None:
            return None
        if self._show is None:
            self._show = self._open.enter_context(camera(self._world.simulation))
        return self._show(self._world.robots[0])

    def close(self) -> None:
        """Let go of what renders."""
        self._open.close()
        self._show = None


def _checked(settings: Json) -> QuadrupedSettings:
    try:
        return QuadrupedSettings.model_validate(settings)
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "extra_forbidden":
            name = str(first["loc"][0])
            raise ConfigError(unknown("argument", name, ["faulty", "error_range"])) from None
        raise ConfigError(located(first)) from None


def _single(observations: Doubles) -> _Floats:
    found: _Floats = observations.reshape(-1).astype(np.float32)
    return found
