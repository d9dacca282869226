"""What a world gives, checked before any of it is used: users write worlds."""

import math

import numpy as np

from neatfool.errors import ConfigError, ShapeError
from neatfool.types import Doubles, Ints
from neatfool.worlds import Outcome, Seen, World


def check_world(world: World) -> None:
    """Make sure that a world says what it is.

    Raises:
        ConfigError: It does not.
    """
    who = type(world).__name__
    inputs, rewards = getattr(world, "inputs", None), world.rewards
    for name, given in (("inputs", inputs), ("rewards", rewards)):
        if not (isinstance(given, (tuple, list)) and given and all(map(_is_text, given))):
            raise ConfigError(f"{who}.{name}: expected a tuple of names, got {given!r:.80}")
    for name in ("outputs", "most_steps", "options", "shown_every"):
        number = getattr(world, name, None)
        if not isinstance(number, (int, np.integer)) or number < 1:
            raise ConfigError(f"{who}.{name}: expected a whole number from 1, got {number!r:.80}")
    sheet = world.output_sheet
    if sheet is not None and math.prod(sheet) != world.outputs:
        raise ConfigError(
            f"{who}.output_sheet: expected a width and a height for {world.outputs} outputs, got "
            f"{sheet!r:.80}"
        )


def starts_of(world: World, seeds: Ints) -> Doubles:
    """Return how episodes of a compiled world begin: ``(E, S)``.

    Raises:
        ShapeError: The world gives something else.
    """
    try:
        starts = np.ascontiguousarray(world.starts(seeds), np.float64)
    except (TypeError, ValueError) as error:
        raise ShapeError(f"{type(world).__name__}.starts: expected numbers: {error}") from None
    if starts.ndim != 2 or len(starts) != len(seeds):
        raise ShapeError(
            f"{type(world).__name__}.starts: expected an array ({len(seeds)}, S), a row for each "
            f"seed, got {starts.shape}"
        )
    return starts


def seen_of(given: object, count: int, world: World, where: str) -> Seen:
    """Take what is seen of so many episodes.

    Raises:
        ShapeError: It is something else.
    """
    who = f"{type(world).__name__}.{where}"
    if not isinstance(given, Seen):
        raise ShapeError(f"{who}: expected neatfool.Seen(observations), got {given!r:.80}")
    observations, bounds = np.asarray(given.observations), given.bounds
    if bounds is not None and not _are_bounds(bounds, count):
        raise ShapeError(
            f"{who}: expected bounds ({count + 1},) of int64, ascending from 0, with an option or "
            f"more for each episode that goes on, got {bounds!r:.80}"
        )
    wanted = (count if bounds is None else int(bounds[-1]), len(world.inputs))
    if observations.shape != wanted or observations.dtype.kind not in "biuf":
        raise ShapeError(
            f"{who}: expected observations of {count} episodes that go on, an array {wanted} of "
            f"numbers, got {observations.shape} of {observations.dtype}"
        )
    return Seen(observations.astype(np.float64, copy=False), bounds)


def outcome_of(given: object, live: int, world: World) -> Outcome:
    """Take what a step brought to so many episodes.

    Raises:
        ShapeError: It is something else.
    """
    who = f"{type(world).__name__}.step"
    if not isinstance(given, Outcome):
        raise ShapeError(
            f"{who}: expected neatfool.Outcome(rewards, over, seen), got {given!r:.80}"
        )
    rewards, over = np.asarray(given.rewards), np.asarray(given.over)
    wanted = (live, len(world.rewards))
    if rewards.shape != wanted or rewards.dtype.kind not in "biuf":
        raise ShapeError(
            f"{who}: expected rewards {wanted}, a row for each episode that goes on and a column "
            f"for each reward, got {rewards.shape} of {rewards.dtype}"
        )
    if over.shape != (live,) or over.dtype != np.bool_:
        raise ShapeError(
            f"{who}: expected over ({live},) of bool, which episodes ended, got {over.shape} of "
            f"{over.dtype}"
        )
    left = live - int(over.sum())
    return Outcome(rewards, over, seen_of(given.seen, left, world, "step"))


def _are_bounds(given: object, count: int) -> bool:
    bounds = np.asarray(given)
    return (
        bounds.shape == (count + 1,)
        and bounds.dtype.kind in "iu"
        and bounds[0] == 0
        and bool((np.diff(bounds) > 0).all())
    )


def _is_text(name: object) -> bool:
    return isinstance(name, str)
