"""The task of playing a world."""

import threading
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import create_model

from neatfool.encodings import ActingMedium, Phenotypes
from neatfool.networks import Played, Policy
from neatfool.reporting import Unit
from neatfool.streams import stream
from neatfool.tasks.playing.episodes import play
from neatfool.tasks.playing.settings import PlaySettings
from neatfool.tasks.playing.through import medium_of
from neatfool.tasks.task import Task, Trial
from neatfool.types import Ints, Scores
from neatfool.worlds import World

_REDUCERS: dict[str, Callable[..., npt.NDArray[np.float64]]] = {
    "mean": np.mean,
    "median": np.median,
    "worst": np.min,
}


class Playing(Task):
    """One niche for each reward that counts: the mean of it over some episodes.

    Attributes:
        played: Class of the world.
    """

    played: ClassVar[type[World]]

    def __init__(self, settings: Any, seed: int = 0) -> None:
        self._settings, self._seed = settings, seed
        self._worlds = threading.local()
        world = self.world
        self.play: PlaySettings = settings.play
        self.niches = self.play.rewards or world.rewards[:1]
        self._columns = [world.rewards.index(name) for name in self.niches]
        self.name = settings.label
        self.medium: ActingMedium = medium_of(world, self.play)
        self.unit = Unit(self.niches[0])
        self.best = world.best if len(self.niches) == 1 else None

    @property
    def world(self) -> World:
        """The world of this thread."""
        if not hasattr(self._worlds, "world"):
            self._worlds.world = self.played(self._settings)
        world: World = self._worlds.world
        return world

    def policy(self, phenotypes: Phenotypes) -> Policy:
        """Let phenotypes act."""
        return self.medium.policy(phenotypes)

    def score(self, phenotypes: Phenotypes, trial: Trial) -> Scores:
        """Play: ``(P, K)`` float32."""
        streamed = trial.stream("episodes") if self.play.fresh else stream(self._seed, "episodes")
        seeds = streamed.integers(1 << 31, size=self.play.episodes)
        policy = self.policy(phenotypes)
        played = play(policy, self.world, seeds)
        each = played.rewards.reshape(len(policy), len(seeds), -1)[:, :, self._columns]
        scores: Scores = _REDUCERS[self.play.mean](each, axis=1).astype(np.float32)
        return scores

    def test(self, phenotypes: Phenotypes, count: int) -> Played:
        """Play episodes that no network saw before."""
        seeds: Ints = stream(self._seed, "tests").integers(1 << 31, 1 << 32, size=count)
        return play(self.policy(phenotypes), self.world, seeds)


def playing(world: type[World]) -> type[Playing]:
    """Make the task of playing a world, whose settings are those of the world and of playing."""
    fields: Any = {"play": (PlaySettings, PlaySettings())}
    settings = create_model(world.Settings.__name__, __base__=world.Settings, **fields)
    settings.__doc__ = world.Settings.__doc__
    made: type[Playing] = type(world.__name__, (Playing,), {"played": world, "Settings": settings})
    return made
