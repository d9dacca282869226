"""Environments of Gymnasium as a world (Towers et al. 2024)."""

import contextlib
import json
import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterator

import numpy as np

from neatfool.kinds import file_digest
from neatfool.reporting import log
from neatfool.sections.gym import GymSettings
from neatfool.types import Bytes, Doubles, Ints
from neatfool.worlds.gym.apart import Apart, Here, Pool, Stepping
from neatfool.worlds.gym.spaces import describe
from neatfool.worlds.world import Outcome, Seen, World

_MOST_STEPS = 1000
_PICTURE = 60.0
"""Seconds that each step of a film has at least: the first opens what draws it."""
_POOLS: "weakref.WeakValueDictionary[str, Pool]" = weakref.WeakValueDictionary()
_LOCK = threading.Lock()


class Gym(World):
    """Any environment of Gymnasium, by its id.

    Each episode is played in a single environment, begun from its own seed: those that step many
    at once begin otherwise, and what a network is worth must not depend on which was used. The
    environments are in other processes, where Python's lock is in nobody's way, and where they may
    hang or die. An episode that fails has a reward that is NaN.
    """

    Settings = GymSettings
    at_once = 512  # environments that are in memory, in each thread

    def __init__(self, settings: GymSettings) -> None:
        self._name, self._recipe = settings.label, settings.recipe()
        digest = file_digest(settings.file) if settings.file else ""
        found = describe(self._recipe, settings.normalised, digest)
        self.inputs, self.outputs, self.sheets = found.inputs, found.outputs, found.sheets
        self.most_steps = found.most_steps or _MOST_STEPS
        self.solved_at = found.solved_at
        self._middle, self._factor = found.middle, found.factor
        self._pool = _pool(settings, self._recipe)
        self._is_here, self._seconds = settings.processes == 0, settings.seconds
        self._taken: list[Stepping] = []
        self._bounds: Ints = np.zeros(1, np.int64)
        self._seeds: Ints = np.zeros(0, np.int64)

    def reset(self, seeds: Ints) -> Seen:
        """Begin episodes, in as many processes as are free."""
        self.close()
        self._seeds, self._taken = seeds, self._pool.take(len(seeds))
        self._bounds = np.linspace(0, len(seeds), len(self._taken) + 1).astype(np.int64)
        seen = []
        with self._whole():
            for one, first, end in zip(self._taken, self._bounds, self._bounds[1:], strict=False):
                one.begin(seeds[first:end].tolist())
            for one, first in zip(self._taken, self._bounds, strict=False):
                answer, failures = one.answer()
                seen.append(answer)
                self._note(first, failures)
        return self._normalised(np.concatenate(seen))

    def step(self, live: Ints, outputs: Doubles) -> Outcome:
        """As ``World.step``; a reward that is NaN means that the episode failed."""
        cuts = np.searchsorted(live, self._bounds)
        parts = zip(self._taken, self._bounds, cuts, cuts[1:], strict=False)
        asked = [(one, first, a, b) for one, first, a, b in parts if b > a]
        answers = []
        with self._whole():
            for one, first, a, b in asked:
                one.go_on(live[a:b] - first, outputs[a:b])
            for one, first, _, _ in asked:
                *answer, failures = one.answer()
                answers.append(answer)
                self._note(first, failures)
        rewards, over, seen = map(np.concatenate, zip(*answers, strict=True))
        if over.all():
            self.close()
        return Outcome(rewards[:, None], over, self._normalised(seen[~over]))

    def frames(self, act: Callable[[Doubles], Doubles], seed: int) -> Iterator[Bytes]:
        """As ``World.frames``, as Gymnasium renders it; apart, unless all steps are made here."""
        one: Stepping
        if self._is_here:
            os.environ.update(_drawing())
            one = Here(self._recipe)
        else:
            one = Apart(self._recipe, max(self._seconds or 0, _PICTURE), _drawing())
        with contextlib.closing(one):
            given = one.film(seed, np.zeros((1, 0)))
            for _ in range(self.most_steps + 1):
                if isinstance(given, str):  # the film ends there
                    log.warning("%s cannot be shown: %s", self._name, given)
                    return
                seen, picture, is_over = given
                yield picture
                if is_over:
                    return
                given = one.film(None, act(self._normalised(seen).observations))

    def close(self) -> None:
        """Give back those who step."""
        taken, self._taken = self._taken, []
        self._pool.give(taken)

    @contextlib.contextmanager
    def _whole(self) -> Iterator[None]:
        """Give those up who were interrupted: an answer that nobody heard is in their way."""
        try:
            yield
        except BaseException:
            taken, self._taken = self._taken, []
            self._pool.drop(taken)
            raise

    def _normalised(self, observations: Doubles) -> Seen:
        return Seen((observations - self._middle) * self._factor)

    def _note(self, first: int, failures: list[tuple[int, str]]) -> None:
        """Tell of episodes that failed."""
        for place, why in failures:
            if self._pool.note(why):
                log.warning(
                    "%s: %s, in the episode of seed %d: its network has the worst score there is",
                    self._name,
                    why,
                    self._seeds[first + place],
                )


def _drawing() -> dict[str, str]:
    """Return what lets libraries draw without a window, where it is not said how they should."""
    has_window = os.environ.get("DISPLAY") or sys.platform != "linux"
    wanted = {"SDL_VIDEODRIVER": "dummy"} | ({} if has_window else {"MUJOCO_GL": "egl"})
    return {name: value for name, value in wanted.items() if name not in os.environ}


def _pool(settings: GymSettings, recipe: dict[str, object]) -> Pool:
    """Find those who step such environments in this process, or make them."""
    key = json.dumps([settings.binding(), settings.processes])
    with _LOCK:
        pool = _POOLS.get(key)
        if pool is None:
            pool = _POOLS[key] = Pool(recipe, settings.processes, settings.seconds)
    return pool
