"""What compiled worlds are stepped by."""

import functools

import numba
from numba import types

from neatfool.networks.jit import Compiled, jit
from neatfool.networks.policy import ADVANCE, OBSERVE

_D, _I = types.float64, types.int64


@functools.cache
def compiled(observe: Compiled, advance: Compiled) -> tuple[Compiled, Compiled]:
    """Compile ``World.observe`` and ``World.advance``, so that compiled code can call them."""
    compile_observe = jit(OBSERVE, nogil=True, error_model="numpy")
    compile_advance = jit(ADVANCE, nogil=True, error_model="numpy")
    return compile_observe(observe), compile_advance(advance)


@functools.cache
def observe_all() -> Compiled:
    """Return what observes many episodes; compiled when a world is first played."""
    observe = types.FunctionType(OBSERVE)
    given = observe, _D[:, ::1], _I[::1], _D[:, ::1], _I[::1], _I
    return jit(types.void(*given), nogil=True)(_observing)


@functools.cache
def advance_all() -> Compiled:
    """Return what makes a step in many episodes, likewise."""
    advance = types.FunctionType(ADVANCE)
    given = advance, _D[:, ::1], _I[::1], _I[::1], _D[:, ::1], _D[:, ::1], numba.boolean[::1]
    return jit(types.void(*given), nogil=True)(_advancing)


def _observing(observe, states, live, observations, bounds, options):  # type: ignore[no-untyped-def]
    """Fill in the observations of the episodes that are going on, and whose they are."""
    for place, episode in enumerate(live):
        first = bounds[place]
        bounds[place + 1] = first + observe(states[episode], observations[first : first + options])


def _advancing(advance, states, live, bounds, outputs, rewards, over):  # type: ignore[no-untyped-def]
    """Make a step in the episodes that are going on."""
    for place, episode in enumerate(live):
        chosen = outputs[bounds[place] : bounds[place + 1]]
        over[place] = advance(states[episode], chosen, rewards[place])
