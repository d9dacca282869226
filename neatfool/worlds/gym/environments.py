"""Environments of Gymnasium, many at once: stepped in this process, or in one of its own.

A process that only steps environments runs this file as a script. It imports next to nothing of
neatfool, so that it is ready in a fraction of a second.
"""

import contextlib
import functools
import importlib
import os
import pickle
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from neatfool.programs import run_program

_Numbers = npt.NDArray[np.float64]
_Space: TypeAlias = Any
_Env: TypeAlias = Any
_Recipe: TypeAlias = Mapping[str, Any]
Failures = list[tuple[int, str]]
"""Which episodes failed, and why."""

_FORGETFUL = (
    "gymnasium.envs.classic_control.",
    "gymnasium.envs.mujoco.",
    "gymnasium.envs.toy_text.",
    "gymnasium.envs.box2d.lunar_lander:",
)
"""Environments that ``reset`` makes as good as new. Others, such as BipedalWalker-v3, play an
episode differently after another one, and are made anew for each."""


def spec_of(recipe: _Recipe) -> _Env:
    """Look up the environment that a recipe names, once what registers it was run."""
    if recipe["program"]:
        _register(recipe["program"], os.stat(recipe["program"]).st_mtime_ns)
    module, _, name = recipe["id"].rpartition(":")
    if module:
        importlib.import_module(module)
    return gymnasium.spec(name)


@functools.cache
def _register(program: str, _: int) -> None:
    """Run a file, again only if it has changed: whoever registers twice is warned."""
    run_program(Path(program))


def make(recipe: _Recipe, spec: Any, **more: object) -> _Env:
    """Make an environment.

    Args:
        recipe: ``program``, ``id``, ``arguments``, ``wrappers`` and ``most_steps``.
        spec: Of ``spec_of``.
        more: Further arguments.
    """
    env = gymnasium.make(
        spec, recipe["most_steps"], disable_env_checker=True, **recipe["arguments"], **more
    )
    for name, arguments in recipe["wrappers"]:
        env = getattr(gymnasium.wrappers, name)(env, **arguments)
    return env


def width(space: _Space) -> int:
    """Count the numbers that an actor gives for an action; 0: no numbers serve this space."""
    if isinstance(space, spaces.Discrete):
        return int(space.n)
    if isinstance(space, spaces.MultiDiscrete):
        return int(space.nvec.sum())
    if isinstance(space, (spaces.MultiBinary, spaces.Box)):
        return int(np.prod(space.shape))
    parts = [width(part) for part in _parts(space)]
    return sum(parts) if all(parts) else 0


def actions(space: _Space, outputs: _Numbers) -> list[Any]:
    """Turn what ``L`` actors say, ``(L, O)``, into an action for each.

    Of discrete actions the one with the greatest number is chosen; binary ones are on above 0; on
    a scale with two ends -1 is the lower and 1 the upper one, and elsewhere numbers are themselves.
    """
    count = len(outputs)
    if isinstance(space, spaces.Discrete):
        chosen: list[Any] = (outputs.argmax(1) + int(space.start)).tolist()
        return chosen
    if isinstance(space, spaces.MultiDiscrete):
        groups = np.split(outputs, np.cumsum(space.nvec.ravel())[:-1], axis=1)
        places = np.stack([group.argmax(1) for group in groups], 1)
        return list(places.reshape(count, *space.shape).astype(space.dtype) + space.start)
    if isinstance(space, spaces.MultiBinary):
        return list((outputs > 0).reshape(count, *space.shape).astype(space.dtype))
    if isinstance(space, spaces.Box):
        low, high = (end.astype(np.float64).ravel() for end in (space.low, space.high))
        given = np.nan_to_num(outputs)
        is_scale = np.isfinite(low) & np.isfinite(high)
        ends = np.where(is_scale, low, 0), np.where(is_scale, high, 0)
        scaled = ends[0] + (np.clip(given, -1, 1) + 1) / 2 * (ends[1] - ends[0])
        values = np.where(is_scale, scaled, np.clip(given, low, high))
        if np.issubdtype(space.dtype, np.integer):
            values = np.rint(values)
        return list(values.astype(space.dtype).reshape(count, *space.shape))
    parts = _parts(space)
    given_to = np.split(outputs, np.cumsum([width(part) for part in parts])[:-1], axis=1)
    each = zip(*map(actions, parts, given_to), strict=True)
    if isinstance(space, spaces.Dict):
        return [dict(zip(space.spaces, every, strict=True)) for every in each]
    return list(each)


def _parts(space: _Space) -> list[_Space]:
    if isinstance(space, spaces.Dict):
        return list(space.spaces.values())
    return list(space.spaces) if isinstance(space, spaces.Tuple) else []


class Environments:
    """Environments of one kind, one for each episode that is going on.

    What fails, an exception, a reward or an observation that is no number or of another shape,
    ends its episode with a reward that is NaN, and nothing else.

    Args:
        recipe: As ``make`` takes it.
        progress: Is told how many calls there were, and which episode is called, ``(2,)`` int64.
    """

    def __init__(self, recipe: _Recipe, progress: npt.NDArray[np.int64] | None = None) -> None:
        self._recipe, self._spec = recipe, spec_of(recipe)
        self._progress = np.zeros(2, np.int64) if progress is None else progress
        first = make(recipe, self._spec)
        self._observed, self._acted = first.observation_space, first.action_space
        self._inputs = spaces.flatdim(self._observed)
        entry = self._spec.entry_point
        self._is_forgetful = isinstance(entry, str) and entry.startswith(_FORGETFUL)
        self._idle = [first]
        self._busy: dict[int, _Env] = {}
        self._film: _Env | None = None

    def handle(self, request: tuple[Any, ...]) -> Any:
        """Do what a request asks for: its first part is the name of a method."""
        try:
            return getattr(self, request[0])(*request[1:])
        finally:
            self._progress[1] = -1

    def reset(self, places: Sequence[int], seeds: Sequence[int]) -> tuple[_Numbers, Failures]:
        """Begin episodes; any before them are forgotten.

        Args:
            places: _Numbers of the episodes.
            seeds: Of each.

        Returns:
            What is seen, ``(L, I)``; and those that failed, which have seen zeros.
        """
        for place in list(self._busy):
            self._release(place)
        seen: _Numbers = np.zeros((len(places), self._inputs))
        failures: Failures = []
        for row, (place, seed) in enumerate(zip(places, seeds, strict=True)):
            self._call(place)
            try:
                env = self._idle.pop() if self._idle else make(self._recipe, self._spec)
                self._busy[place] = env
                seen[row] = self._flat(env.reset(seed=seed)[0])
                if not np.isfinite(seen[row]).all():
                    raise ValueError(_ODD)
            except (Exception, SystemExit) as error:
                failures.append((place, _said(error)))
                seen[row] = 0
                self._busy.pop(place, None)
        return seen, failures

    def step(
        self, places: Sequence[int], outputs: _Numbers
    ) -> tuple[_Numbers, npt.NDArray[np.bool_], _Numbers, Failures]:
        """Make a step in some episodes.

        Args:
            places: Their numbers.
            outputs: ``(L, O)``.

        Returns:
            Rewards ``(L,)``, which episodes are over ``(L,)``, what is seen of all ``(L, I)``, and
            those that failed.
        """
        count = len(places)
        rewards, over = np.full(count, np.nan), np.ones(count, np.bool_)
        seen: _Numbers = np.zeros((count, self._inputs))
        failures: Failures = []
        for row, (place, action) in enumerate(
            zip(places, actions(self._acted, outputs), strict=True)
        ):
            if place not in self._busy:  # it failed at its start
                continue
            self._call(place)
            try:
                observation, reward, ended, cut, _ = self._busy[place].step(action)
                is_over = bool(ended) or bool(cut)
                rewards[row] = _number(reward)
                if not is_over:
                    seen[row] = self._flat(observation)
                over[row] = is_over
            except (Exception, SystemExit) as error:
                failures.append((place, _said(error)))
                rewards[row] = np.nan
                del self._busy[place]
        for row in np.flatnonzero(~np.isfinite(seen).all(1)).tolist():
            failures.append((places[row], _ODD))
            rewards[row], over[row], seen[row] = np.nan, True, 0
            del self._busy[places[row]]
        for row in np.flatnonzero(over).tolist():
            self._release(places[row])
        return rewards, over, seen, failures

    def replay(
        self, places: Sequence[int], seeds: Sequence[int], outputs: Sequence[_Numbers]
    ) -> Failures:
        """Bring episodes to where they stood: ``T`` of ``(L, O)`` are what was said in them."""
        _, failures = self.reset(places, seeds)
        for said in outputs:
            failures += self.step(places, said)[3]
        return failures

    def film(self, seed: int | None, outputs: _Numbers) -> tuple[Any, ...] | str:
        """Begin an episode that is drawn, or make a step in it.

        Args:
            seed: Of the episode; none: it has begun.
            outputs: ``(1, O)`` for the step.

        Returns:
            What is seen ``(1, I)``, its picture ``(H, W, 3)`` uint8, and whether the episode is
            over; or what failed.
        """
        self._call(0)
        try:
            if seed is not None:
                self._film = make(self._recipe, self._spec, render_mode="rgb_array")
                seen, is_over = self._film.reset(seed=seed)[0], False
            else:
                assert self._film is not None
                [action] = actions(self._acted, outputs)
                seen, _, ended, cut, _ = self._film.step(action)
                is_over = bool(ended) or bool(cut)
            return np.float64(self._flat(seen))[None], _picture(self._film), is_over
        except (Exception, SystemExit) as error:
            return _said(error)

    def close(self) -> None:
        """Close all environments."""
        for env in filter(None, [*self._idle, *self._busy.values(), self._film]):
            with contextlib.suppress(Exception):
                env.close()
        self._idle, self._busy, self._film = [], {}, None

    def _call(self, place: int) -> None:
        self._progress[0] += 1
        self._progress[1] = place

    def _flat(self, observation: object) -> _Numbers:
        """Return an observation as ``I`` numbers."""
        if isinstance(self._observed, spaces.Box):
            found = np.asarray(observation)
            if found.shape != self._observed.shape:
                raise ValueError(
                    f"an observation of shape {found.shape}, expected {self._observed.shape}"
                )
            flat: _Numbers = found.ravel()
            return flat
        flattened: _Numbers = np.asarray(spaces.flatten(self._observed, observation))
        return flattened

    def _release(self, place: int) -> None:
        """Put away the environment of an episode that is over."""
        env = self._busy.pop(place, None)
        if env is None:
            return
        if self._is_forgetful:
            self._idle.append(env)
            return
        with contextlib.suppress(Exception):
            env.close()


_ODD = "an observation that is no number (NaN or infinite)"


def _picture(env: _Env) -> npt.NDArray[np.uint8]:
    """Return what an environment renders: ``(H, W, 3)`` uint8.

    Raises:
        ValueError: It renders something else.
    """
    picture = np.asarray(env.render())
    if picture.ndim != 3 or picture.dtype != np.uint8:
        raise ValueError(f"expected a picture (H, W, 3) uint8, got {picture.shape} {picture.dtype}")
    return picture


def _number(reward: object) -> float:
    """Return a reward.

    Raises:
        ValueError: It is none.
    """
    try:
        number = float(reward)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = np.nan
    if not np.isfinite(number):
        raise ValueError(f"a reward that is no number, {reward!r:.40}")
    return number


def _said(error: BaseException) -> str:
    """Say what failed, and where."""
    if isinstance(error, ValueError) and str(error).startswith(("a reward", "an observation")):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {frames[-1].filename}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}: {error!s:.200}"


def main() -> None:
    """Answer requests from stdin on stdout, until there are no more."""
    answers = os.fdopen(os.dup(1), "wb")
    requests = os.fdopen(os.dup(0), "rb")
    os.dup2(2, 1)  # what environments print disturbs nothing
    nothing, end = os.pipe()
    os.close(end)
    os.dup2(nothing, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")  # the process that asks has given them
    parent, sys.path[:], recipe, path = pickle.load(requests)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    progress = np.asarray(np.memmap(path, np.int64, "r+"))
    environments = None
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            request = pickle.load(requests)
            environments = environments or Environments(recipe, progress)
            pickle.dump(environments.handle(request), answers)
            answers.flush()


def _end_with(parent: int) -> None:
    """End this process when the one that started it is gone, whatever is going on here."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    main()
