"""How fast a world is with nobody in it: what playing is measured by."""

import functools
import time

import numpy as np
from numba import types

from neatfool.networks.jit import Compiled, jit
from neatfool.networks.policy import ADVANCE, OBSERVE
from neatfool.types import Ints
from neatfool.worlds.world import World

_D = types.float64


def bare_seconds(world: World, seeds: Ints, steps: int) -> float:
    """Measure steps of a world whose actor always says 0.5; episodes that are over begin again.

    Args:
        world: That nobody acts in.
        seeds: ``(E,)`` of the episodes that are played at once.
        steps: How many, at least.

    Returns:
        Seconds of one step of one episode.
    """
    if world.is_compiled():
        starts = world.starts(seeds)
        given = np.full((world.options, world.outputs), 0.5)
        room, rewards = np.zeros((world.options, len(world.inputs))), np.zeros(len(world.rewards))
        sizes = np.array([steps, world.most_steps])
        idle = _idle()  # compiled before the clock runs
        begun = time.perf_counter()
        idle(*world.compiled(), starts, starts[0].copy(), (room, given, rewards), sizes)
        return (time.perf_counter() - begun) / steps
    done, begun = 0, time.perf_counter()
    while done < steps:
        seen, live = world.reset(seeds), np.arange(len(seeds))
        for _ in range(world.most_steps):
            if not len(live) or done >= steps:
                break
            outcome = world.step(live, np.full((len(seen.observations), world.outputs), 0.5))
            done += len(live)
            live, seen = live[~outcome.over], outcome.seen
    world.close()
    return (time.perf_counter() - begun) / done


def _idling(observe, advance, starts, state, places, sizes):  # type: ignore[no-untyped-def]
    """Make steps."""
    steps, most = sizes
    seen, given, rewards = places
    episode, lasted = 0, 0
    for _ in range(steps):
        count = observe(state, seen)
        lasted += 1
        if advance(state, given[:count], rewards) or lasted == most:
            episode, lasted = (episode + 1) % len(starts), 0
            state[:] = starts[episode]


@functools.cache
def _idle() -> Compiled:
    functions = types.FunctionType(OBSERVE), types.FunctionType(ADVANCE)
    tuple_of: Compiled = types.Tuple  # numba tells no types
    places = tuple_of((_D[:, ::1], _D[:, ::1], _D[::1]))
    given = *functions, _D[:, ::1], _D[::1], places, types.int64[::1]
    return jit(types.void(*given), nogil=True, error_model="numpy")(_idling)
