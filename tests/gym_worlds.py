"""Small environments of Gymnasium, most of which misbehave; ids are tests.gym_worlds:NAME."""

import os
import time
from typing import Any, ClassVar

import gymnasium
import numpy as np
from gymnasium import spaces


class Line(gymnasium.Env[Any, Any]):
    """Walk along a line for ten steps from a random place; being far to the right is good."""

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["rgb_array"]}
    observation_space: spaces.Space[Any] = spaces.Box(-20, 20, (2,), np.float64)
    action_space: spaces.Space[Any] = spaces.Discrete(3, start=-1)  # type: ignore[arg-type]

    def __init__(self, render_mode: str | None = None, length: int = 10) -> None:
        self.render_mode, self.length = render_mode, length

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.place = self.first = self.np_random.uniform(-1, 1)
        self.time = 0
        return self.seen(), {}

    def seen(self) -> Any:
        return np.array([self.place, self.time], np.float64)

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        self.place += float(action)
        self.time += 1
        return self.seen(), self.reward(), self.time == self.length, False, {}

    def reward(self) -> Any:
        return self.place

    @property
    def is_odd(self) -> bool:
        """Whether it is time to misbehave: late, in about every other episode."""
        return self.time == 3 and self.first > 0

    def render(self) -> Any:
        return np.full((8, 12, 3), self.time, np.uint8)


class Unseen(Line):
    def render(self) -> Any:
        if self.time == 2:
            time.sleep(3600)
        return super().render()


class Unopened(Line):
    def render(self) -> Any:
        return os._exit(7) if self.time == 1 else super().render()


class Raises(Line):
    def reward(self) -> Any:
        if self.is_odd:
            raise OSError("the floor broke")
        return self.place


class Unrewarding(Line):
    def reward(self) -> Any:
        return None if self.is_odd else self.place


class NoNumber(Line):
    def reward(self) -> Any:
        return float("nan") if self.is_odd else self.place


class Blurred(Line):
    def seen(self) -> Any:
        return np.array([np.nan if self.is_odd else self.place, self.time])


class Growing(Line):
    def seen(self) -> Any:
        return np.zeros(3) if self.is_odd else super().seen()


class Hangs(Line):
    def reward(self) -> Any:
        if self.is_odd:
            time.sleep(3600)
        return self.place


class SeldomRaises(Raises):
    @property
    def is_odd(self) -> bool:
        """Only on the left."""
        return self.time == 9 and self.place < -4


class SeldomHangs(Hangs):
    is_odd = SeldomRaises.is_odd


class Broken(Line):
    def reward(self) -> Any:
        raise OSError("the floor broke")


class Dies(Line):
    def reward(self) -> Any:
        if self.is_odd:
            os._exit(7)
        return self.place


class DiesSoon(Line):
    def reward(self) -> Any:
        if self.time == 1 and self.first > 0:
            os._exit(7)
        return self.place


class DiesAtOnce(Line):
    def seen(self) -> Any:
        if self.time == 0 and self.first > 0:
            os._exit(7)
        return super().seen()


class Endless(Line):
    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        return np.zeros(2), 1.0, False, False, {}


class Remembers(Line):
    """What one episode leaves behind changes the next."""

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        self.offset = getattr(self, "place", 0.0)
        super().reset(seed=seed)
        self.place += self.offset
        return self.seen(), {}


class Strange(Line):
    """All spaces that there are."""

    observation_space = spaces.Dict(
        {
            "eyes": spaces.Tuple((spaces.Box(-1, 1, (2, 2)), spaces.Discrete(3))),
            "mood": spaces.MultiDiscrete([2, 2]),
        }
    )
    action_space = spaces.Dict(
        {
            "arm": spaces.Box(np.array([0, -np.inf], np.float32), np.array([4, 9], np.float32)),
            "keys": spaces.MultiBinary(3),
            "mode": spaces.Tuple((spaces.MultiDiscrete([2, 3]), spaces.Discrete(2))),
            "steps": spaces.Box(-2, 2, (1,), np.int32),
        }
    )

    def seen(self) -> Any:
        return {"eyes": (np.full((2, 2), 0.5, np.float32), 2), "mood": np.array([0, 1])}

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        assert self.action_space.contains(action), action
        self.time += 1
        return self.seen(), float(action["arm"][0]), self.time == self.length, False, {}


class Speaks(Line):
    observation_space = spaces.Sequence(spaces.Discrete(3))


class Told(Line):
    action_space = spaces.Text(5)


class Sees(Line):
    observation_space = spaces.Box(0, 255, (210, 160, 3), np.uint8)


for made in (*Line.__subclasses__(), SeldomRaises, SeldomHangs):
    gymnasium.register(made.__name__ + "-v0", made, reward_threshold=40)
gymnasium.register("Line-v0", Line, reward_threshold=40, max_episode_steps=10)
gymnasium.register("Line-v1", Line, kwargs={"length": 5}, max_episode_steps=10)
