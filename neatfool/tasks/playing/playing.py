"""The task of playing a world."""

import threading
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from neatfool.encodings import ActingMedium, Phenotypes
from neatfool.errors import ConfigError
from neatfool.kinds import KindSettings
from neatfool.networks import Policy
from neatfool.reporting import Unit
from neatfool.sections.task import played
from neatfool.sections.world import PlaySettings
from neatfool.settings import unknown
from neatfool.streams import stream
from neatfool.tasks.playing.checks import check_world
from neatfool.tasks.playing.episodes import play, watch
from neatfool.tasks.playing.generalisation import passes
from neatfool.tasks.playing.through import medium_of
from neatfool.tasks.task import Task, Trial
from neatfool.types import Bools, Bytes, Doubles, Ints, Json, Scores
from neatfool.worlds import Trace, World, bare_seconds

_Reducer = Callable[..., npt.NDArray[np.float64]]
_REDUCERS: dict[str, _Reducer] = {"mean": np.mean, "median": np.median, "worst": np.min}
_NORMAL = 1.96  # standard errors on either side of a mean make an interval of 95 %


class Playing(Task):
    """One niche for each reward that counts: what some episodes bring of it, in the mean.

    A network whose score solves the task plays further episodes before that is believed.

    Attributes:
        played: Class of the world.
        settings: Those of the world, and in ``play`` those of playing.
    """

    played: ClassVar[type[World]]

    def __init__(self, settings: Any, seed: int = 0) -> None:
        self.settings, self._seed = settings, seed
        self._worlds = threading.local()
        self.play: PlaySettings = settings.play
        world = self.world
        check_world(world)
        self.niches = self.play.rewards or world.rewards[:1]
        wrong = [name for name in self.niches if name not in world.rewards]
        if wrong:
            raise ConfigError(
                unknown("reward", wrong[0], list(world.rewards), "task.play.rewards ")
            )
        if len(set(self.niches)) < len(self.niches):
            raise ConfigError(
                f"task.play.rewards: expected each reward once, got {list(self.niches)}"
            )
        self._columns = [world.rewards.index(name) for name in self.niches]
        self.name = settings.label
        self.medium: ActingMedium = medium_of(world, self.play)
        self.unit = Unit(self.niches[0])
        self.best = world.best if len(self.niches) == 1 else None
        self.solved_at = world.solved_at if self._columns[0] == 0 else None
        """Score of the first niche that solves the task; none: it is not said."""

    @property
    def world(self) -> World:
        """The world of this thread."""
        if not hasattr(self._worlds, "world"):
            self._worlds.world = self.played(self.settings)
        world: World = self._worlds.world
        return world

    def policy(self, phenotypes: Phenotypes) -> Policy:
        """Let ``P`` phenotypes act."""
        return self.medium.policy(phenotypes)

    def score(self, phenotypes: Phenotypes, trial: Trial) -> Scores:
        """Play: ``(P, K)`` float32."""
        policy = self.policy(phenotypes)
        rewards = self._rewards(policy, self._episodes(trial))
        scores = self._reduced(rewards)
        if self.solved_at is not None and self.world.is_random:
            self._confirm(policy, trial, rewards, scores)
        return scores

    def _confirm(self, policy: Policy, trial: Trial, rewards: Doubles, scores: Scores) -> None:
        """Let those who would solve the task play more, as long as they still would.

        Each round has as many episodes as were played before, so that few play many.
        """
        left, played = np.arange(len(scores)), rewards
        seeds, done = self._seeds(trial, "confirmed", self.play.confirmed), 0
        while done < len(seeds):
            would = scores[left, 0] >= self.solved_at
            left, played = left[would], played[would]
            if not len(left):
                return
            more = seeds[done : done + played.shape[1]]
            played = np.hstack([played, self._rewards(policy.select(left), more)])
            scores[left] = self._reduced(played)
            done += len(more)

    def contenders(self, scores: Scores, leading: Ints) -> Ints:
        """Name all; where the world has exams, those that lead."""
        return leading if self.world.exams() else super().contenders(scores, leading)

    def solved(self, phenotypes: Phenotypes, scores: Scores) -> Bools:
        """Tell which of ``P`` phenotypes reach what the world calls solved, or pass its exams."""
        if self.world.exams():
            return passes(self.policy(phenotypes), self.world)
        if self.solved_at is None:
            return np.zeros(len(scores), np.bool_)
        return np.asarray(scores[:, 0] >= self.solved_at)

    def tests(self, phenotypes: Phenotypes, count: int | None = None) -> list[Json]:
        """Play episodes that no network has played before.

        Args:
            phenotypes: ``P`` of them.
            count: Episodes; none: as the settings say. The first ones are always the same.

        Returns:
            For each phenotype the mean, median, standard deviation and least of each reward, and an
            interval that the mean lies in with 95 %.
        """
        count = self.play.tests if count is None else count
        count = count if self.world.is_random else min(1, count)
        if not count:
            return []
        seeds: Ints = stream(self._seed, "tests").integers(1 << 31, 1 << 32, size=count)
        return [
            {
                name: _summary(each[:, k])
                for k, name in enumerate(self.world.rewards)
                if np.isfinite(each[:, k]).any()
            }
            for each in self._played(self.policy(phenotypes), seeds)
        ]

    def frames(self, phenotypes: Phenotypes, seed: int) -> Iterator[tuple[Bytes, str]]:
        """Show an episode."""
        for place, picture in enumerate(self.world.frames(self._acting(phenotypes), seed)):
            yield picture, f"{self.name}, step {place * self.world.shown_every}"

    def watch(self, phenotypes: Phenotypes, seed: int, most: int) -> tuple[Doubles, Doubles]:
        """As ``Task.watch``."""
        return watch(self.policy(phenotypes), self.world, seed, most)

    def trace(self, phenotypes: Phenotypes, seed: int) -> Trace | None:
        """As ``Task.trace``."""
        return self.world.trace(self._acting(phenotypes), seed)

    def steps(self, phenotypes: Phenotypes, trial: Trial) -> int:
        """As ``Task.steps``, those of confirming left out."""
        policy = self.policy(phenotypes)
        return int(play(policy, self.world, self._episodes(trial)).steps.sum())

    def bare_seconds(self, trial: Trial, steps: int) -> float:
        """As ``Task.bare_seconds``."""
        return bare_seconds(self.world, self._episodes(trial), steps)

    def _acting(self, phenotypes: Phenotypes) -> Callable[[Doubles], Doubles]:
        """Let one phenotype act in one episode."""
        policy = self.policy(phenotypes)
        policy.reset(1)
        return lambda seen: policy.act(seen, np.zeros(len(seen), np.int64))

    def _episodes(self, trial: Trial) -> Ints:
        """Return the seeds of the episodes of a generation."""
        return self._seeds(trial, "episodes", self.play.episodes if self.world.is_random else 1)

    def _seeds(self, trial: Trial, name: str, count: int) -> Ints:
        random = trial.stream(name) if self.play.fresh else stream(self._seed, name)
        return random.integers(1 << 31, size=count)

    def _played(self, policy: Policy, seeds: Ints) -> Doubles:
        """Play: ``(P, E, R)``."""
        return play(policy, self.world, seeds).rewards.reshape(len(policy), len(seeds), -1)

    def _rewards(self, policy: Policy, seeds: Ints) -> Doubles:
        """Play: ``(P, E, K)``."""
        return self._played(policy, seeds)[:, :, self._columns]

    def _reduced(self, rewards: Doubles) -> Scores:
        scores: Scores = _REDUCERS[self.play.reduce](rewards, axis=1).astype(np.float32)
        return scores


def _summary(rewards: Doubles) -> Json:
    """Sum up the episodes that did not fail."""
    count, rewards = len(rewards), rewards[np.isfinite(rewards)]
    half = _NORMAL * float(rewards.std(ddof=1)) / len(rewards) ** 0.5 if len(rewards) > 1 else 0.0
    mean = float(rewards.mean())
    return {
        "episodes": count,
        "mean": mean,
        "interval": [mean - half, mean + half],
        "median": float(np.median(rewards)),
        "least": float(rewards.min()),
        "most": float(rewards.max()),
        **({"failed": count - len(rewards)} if len(rewards) < count else {}),
    }


def playing(world: type[World]) -> type[Playing]:
    """Make the task of playing a world, whose settings are those of the world and of playing.

    Raises:
        ConfigError: It lacks what a world has.
    """
    lacking = world.lacking()
    if lacking or not issubclass(world.Settings, KindSettings):
        raise ConfigError(
            "expected a world with inputs, outputs, reset and step, or with inputs, outputs, "
            "starts, observe and advance, and Settings derived from neatfool.KindSettings, got "
            f"one without {' and '.join(lacking) or 'such Settings'}"
        )
    parts = {"played": world, "Settings": played(world.Settings)}
    made: type[Playing] = type(world.__name__, (Playing,), parts)
    return made


def task_of(found: type) -> type:
    """Make the task of playing what is a world; a task stays as it is."""
    return playing(found) if issubclass(found, World) else found
