"""What an environment shows and takes, found out once: names of inputs, numbers, limits."""

import difflib
import functools
import importlib.util
import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np

from neatfool.bounded import parse_json
from neatfool.errors import ConfigError
from neatfool.reporting import log
from neatfool.types import Doubles, Json
from neatfool.version import installing

_Thing: TypeAlias = Any
_MOST_INPUTS = 4096
_STEPS, _LEAST = 1000, 1e-6
_EXTRAS = ("box2d", "mujoco", "classic_control", "toy_text")


@dataclass(frozen=True, eq=False)
class Described:
    """An environment, as far as a world has to know it.

    Attributes:
        inputs: ``I`` names.
        outputs: ``O``.
        most_steps: Of an episode, as the environment says; none: it does not.
        solved_at: Mean return that counts as solved; none: it is not said.
        sheets: As those of ``World``.
        middle: ``(I,)`` float64, subtracted from what is observed.
        factor: ``(I,)`` float64, what is left is multiplied by it.
    """

    inputs: tuple[str, ...]
    outputs: int
    most_steps: int | None
    solved_at: float | None
    sheets: tuple[tuple[str, int, int], ...]
    middle: Doubles
    factor: Doubles


def describe(recipe: Json, normalised: str, digest: str) -> Described:
    """Make an environment and look at it; once in a process.

    Args:
        recipe: Of the environment.
        normalised: As in the settings.
        digest: Of the user's file, if it names one.

    Raises:
        ConfigError: It is not there, it cannot be made, or no network can serve it.
    """
    return _described(json.dumps(recipe), normalised, digest)


@functools.lru_cache(maxsize=64)
def _described(text: str, normalised: str, _: str) -> Described:
    recipe = parse_json(text)
    environments = module()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        spec, env = _made(environments, recipe)
        try:
            return _look(environments, recipe, normalised, spec, env)
        finally:
            env.close()
            for text in {str(each.message) for each in said if "gymnasium" in each.filename}:
                log.warning("%s: %s", recipe["id"], re.sub(r"\x1b\[\d+m", "", text).strip())


def module() -> ModuleType:
    """Import what steps environments.

    Raises:
        ConfigError: Gymnasium is not installed.
    """
    if importlib.util.find_spec("gymnasium") is None:
        raise ConfigError(
            "task.kind gym: expected the package gymnasium, which is not installed; install it by: "
            f"{installing('gym')}"
        )
    from neatfool.worlds.gym import environments

    return environments


def _made(environments: ModuleType, recipe: Json) -> tuple[_Thing, _Thing]:
    """Look an environment up, and make it."""
    name = recipe["id"]
    try:
        spec = environments.spec_of(recipe)
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"task.id {name:.80}: there is no module {error.name}: install it, or write FILE.py:ID "
            "for a file of your own"
        ) from None
    except environments.gymnasium.error.Error as error:
        raise ConfigError(f"task.id {name:.80}: {_unknown(environments, name, error)}") from None
    except (Exception, SystemExit) as error:
        what = recipe["program"] or name
        raise ConfigError(
            f"task.id {what:.200}: it fails when it is run: {type(error).__name__}: {error!s:.200}"
        ) from error
    try:
        return spec, environments.make(recipe, spec)
    except (ImportError, environments.gymnasium.error.DependencyNotInstalled) as error:
        raise ConfigError(
            f"task.id {name:.80}: it needs more than is installed{_extra(spec)}: {error!s:.200}"
        ) from None
    except (Exception, SystemExit) as error:
        raise ConfigError(
            f"task.id {name:.80} cannot be made: {type(error).__name__}: {error!s:.300}; check "
            "task.arguments and task.wrappers"
        ) from error


def _unknown(environments: ModuleType, name: str, error: Exception) -> str:
    """Say which ids are near."""
    name = name.rpartition(":")[2]
    there = list(environments.gymnasium.registry)
    lower = {each.lower(): each for each in there}
    near = difflib.get_close_matches(name.lower(), lower, n=3, cutoff=0.5)
    if not near:
        return f"{error}"
    return f"there is no such environment: did you mean {' or '.join(lower[n] for n in near)}?"


def _extra(spec: _Thing) -> str:
    """Say what to install."""
    entry = str(spec.entry_point)
    found = next((extra for extra in _EXTRAS if f".{extra}." in entry), None)
    return f", pip install 'gymnasium[{found.replace('_', '-')}]'" if found else ""


def _look(
    environments: ModuleType, recipe: Json, normalised: str, spec: _Thing, env: _Thing
) -> Described:
    name, space = recipe["id"], env.observation_space
    outputs = environments.width(env.action_space)
    if not outputs:
        raise ConfigError(
            f"task.id {name:.80}: expected actions that are Discrete, MultiDiscrete, MultiBinary, "
            f"Box, or a Dict or Tuple of such, got {env.action_space!s:.200}; wrap it"
        )
    spaces = environments.spaces
    try:
        inputs = spaces.flatdim(space)
        is_flat = isinstance(spaces.flatten_space(space), spaces.Box)
    except (ValueError, NotImplementedError):
        inputs, is_flat = 0, False
    if not (inputs and is_flat):
        raise ConfigError(
            f"task.id {name:.80}: expected observations that are so many numbers, got "
            f"{space!s:.200}; wrap it"
        )
    if inputs > _MOST_INPUTS:
        raise ConfigError(
            f"task.id {name:.80}: expected at most {_MOST_INPUTS:,} numbers to observe, got "
            f"{inputs:,} ({space!s:.100}); shrink pictures with task.wrappers = "
            '[{name = "GrayscaleObservation"}, {name = "ResizeObservation", shape = [20, 20]}]'
        )
    threshold = spec.reward_threshold
    middle, factor = _normalisation(environments, recipe, normalised, space, env)
    names = tuple(_names(spaces, space, ""))
    return Described(
        names if len(names) == inputs else tuple(f"observation {k}" for k in range(inputs)),
        outputs,
        recipe["most_steps"] or spec.max_episode_steps,
        None if threshold is None else float(threshold),
        _sheets(spaces, space),
        middle,
        factor,
    )


def _names(spaces: _Thing, space: _Thing, prefix: str) -> Iterator[str]:
    """Name the numbers that an observation is flattened to, in that order."""
    own = prefix or "observation"
    if isinstance(space, spaces.Discrete):
        yield from (f"{own} is {space.start + k}" for k in range(space.n))
    elif isinstance(space, spaces.MultiDiscrete):
        for place, count in enumerate(space.nvec.ravel()):
            yield from (f"{own} {place} is {k}" for k in range(count))
    elif isinstance(space, spaces.Dict):
        for key, inner in space.spaces.items():
            yield from _names(spaces, inner, f"{prefix} {key}".strip())
    elif isinstance(space, spaces.Tuple):
        for place, inner in enumerate(space.spaces):
            yield from _names(spaces, inner, f"{prefix} {place}".strip())
    elif not space.shape or space.shape == (1,):
        yield own
    else:
        yield from (f"{own} {','.join(map(str, place))}" for place in np.ndindex(space.shape))


def _sheets(spaces: _Thing, space: _Thing) -> tuple[tuple[str, int, int], ...]:
    """Lay a picture, or a stack of them, on sheets."""
    if not isinstance(space, spaces.Box) or len(space.shape) not in (2, 3):
        return ()
    *stack, height, width = space.shape
    return tuple((f"observation {k}", width, height) for k in range(stack[0] if stack else 1))


def _normalisation(
    environments: ModuleType, recipe: Json, how: str, space: _Thing, env: _Thing
) -> tuple[Doubles, Doubles]:
    """Return what is subtracted from observations, and by what they are multiplied."""
    flat = environments.spaces.flatten_space(space)
    middle, factor = np.zeros(flat.shape), np.ones(flat.shape)
    if how == "bounds":
        low, high = (end.astype(np.float64) for end in (flat.low, flat.high))
        has_ends = np.isfinite(low) & np.isfinite(high) & (high > low) & (high - low < 1e30)
        middle[has_ends] = (low + high)[has_ends] / 2
        factor[has_ends] = 2 / (high - low)[has_ends]
    elif how == "measured":
        seen = np.array(list(_random_play(environments, recipe, env)))
        middle, spread = seen.mean(axis=0), seen.std(axis=0)
        factor = np.where(spread > _LEAST, 1 / np.maximum(spread, _LEAST), 1.0)
    return middle, factor


def _random_play(environments: ModuleType, recipe: Json, env: _Thing) -> Iterator[Doubles]:
    """Yield what is seen while random actions are taken."""
    some = environments.Environments(recipe)
    random, width = np.random.default_rng(0), environments.width(env.action_space)
    places = list(range(10))
    try:
        seen, _ = some.reset(places, places)
        for _ in range(_STEPS // len(places)):
            yield from seen
            _, over, seen, _ = some.step(places, random.uniform(-1, 1, (len(places), width)))
            if over.all():
                break
            places, seen = [p for p, o in zip(places, over, strict=True) if not o], seen[~over]
    finally:
        some.close()
