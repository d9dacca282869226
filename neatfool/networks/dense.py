"""Networks of dense layers that act, each with weights of its own, such as those of substrates."""

import functools
from dataclasses import dataclass

import numpy as np
from numba import types

from neatfool.networks.executors.numba_tiles import activate
from neatfool.networks.jit import Compiled, jit, uncounted
from neatfool.networks.policy import ADVANCE, OBSERVE, CompiledWorld, Played, check_seen
from neatfool.types import Doubles, Floats, Ints

_F = np.float32
_OPTIONS: dict[str, object] = {"nogil": True, "error_model": "numpy"}


@dataclass(frozen=True, eq=False)
class Layers:
    """How sheets of nodes are computed, one after the other, from weights in a row.

    Attributes:
        widths: ``(S,)`` int64, nodes of each sheet; those of inputs come first.
        computed: ``(C, 5)`` int64, for each sheet that is computed, in order: which it is, its
            activation, where its biases begin (-1: none), and its first pair and the one behind its
            last.
        pairs: ``(M, 3)`` int64: which sheet it comes from, where its weights begin, source by
            source, and whether it carries values of the step before.
        outputs: Sheets whose values are given, one behind the other.
    """

    widths: Ints
    computed: Ints
    pairs: Ints
    outputs: Ints

    @property
    def inputs(self) -> int:
        """How many inputs there are."""
        return int(self.widths[: len(self.widths) - len(self.computed)].sum())

    @property
    def remembered(self) -> tuple[int, int]:
        """Shape of the values of all nodes, sheet by sheet, if they are carried on; else none."""
        return (len(self.widths), int(self.widths.max())) if self.pairs[:, 2].any() else (0, 0)


class DensePolicy:
    """``P`` networks of the same layers that act, on the CPU in single precision.

    Sources that are 0 are passed over. Sums have a fixed order.

    Args:
        layers: What they have in common. An input beyond those observed is a bias, and is 1.
        weights: ``(P, L)`` float32.
    """

    def __init__(self, layers: Layers, weights: Floats) -> None:
        self.layers, self.weights = layers, np.ascontiguousarray(weights)
        self._program = layers.widths, layers.computed, layers.pairs, layers.outputs
        self._outputs = int(layers.widths[layers.outputs].sum())
        self.reset(1)

    def __len__(self) -> int:
        return len(self.weights)

    def select(self, index: Ints) -> "DensePolicy":
        """As ``Policy.select``."""
        return DensePolicy(self.layers, self.weights[index])

    def reset(self, episodes: int) -> None:
        """As ``Policy.reset``."""
        self._episodes = episodes
        self._memory = np.zeros((len(self) * episodes, *self.layers.remembered), np.float32)

    def act(self, observations: Doubles, episodes: Ints) -> Doubles:
        """As ``Policy.act``."""
        check_seen(observations.shape[1], self.layers.inputs)
        outputs = np.empty((len(observations), self._outputs))
        bounds = np.searchsorted(episodes, np.arange(len(self) + 1) * self._episodes)
        given = np.ascontiguousarray(observations)
        is_alone = np.bincount(episodes)[episodes] == 1
        memory = np.where(is_alone[:, None, None], self._memory[episodes], np.float32(0))
        places = self._scratch(), memory, outputs
        _runner()(self._program, self.weights, given, bounds, places)
        self._memory[episodes[is_alone]] = memory[is_alone]
        return outputs

    def play(self, world: CompiledWorld, states: Doubles) -> Played:
        """As ``Policy.play``."""
        check_seen(len(world.inputs), self.layers.inputs)
        count, options = len(states), world.options
        played = Played(np.zeros((count, len(world.rewards))), np.zeros(count, np.int64))
        places = (
            np.empty((options, len(world.inputs))),
            self._scratch(),
            np.zeros((2, *self.layers.remembered), np.float32),
            np.empty((options, self._outputs)),
            np.empty(len(world.rewards)),
        )
        sizes = np.array([count // max(1, len(self)), world.most_steps])
        networks = self._program, self.weights
        _player()(*world.compiled(), networks, states, sizes, places, tuple(played))
        return played

    def _scratch(self) -> tuple[Floats, Ints, Ints]:
        """Return room for the values of nodes, and for which are not 0, sheet by sheet.

        The last row is for what a sheet was a step before.
        """
        shape = len(self.layers.widths) + 1, int(self.layers.widths.max()) + 1
        return np.empty(shape, np.float32), np.empty(shape, np.int64), np.empty(shape[0], np.int64)


@jit(**_OPTIONS)
def _forward(program, weights, observation, places, past, outputs):  # type: ignore[no-untyped-def]
    """Compute one network for one observation, after what was a step before."""
    widths, computed, pairs, ends = program
    values, active, counts = places
    place, seen = 0, len(observation)
    for sheet in range(len(widths) - len(computed)):
        for node in range(widths[sheet]):
            values[sheet, node] = _F(observation[place]) if place < seen else _F(1)
            place += 1
        counts[sheet] = _gather(values[sheet], active[sheet], widths[sheet])
    for step in range(len(computed)):
        sheet, code, bias, first, last = computed[step]
        width = widths[sheet]
        for node in range(width):
            values[sheet, node] = weights[bias + node] if bias >= 0 else _F(0)
        for pair in range(first, last):
            source, start, is_recurrent = pairs[pair]
            if is_recurrent:
                count = _gather(past[source], active[-1], widths[source])
                sources = past[source], active[-1, :count]
            else:
                sources = values[source], active[source, : counts[source]]
            if width == 1:
                values[sheet, 0] += _dot(sources, weights[start:])
            else:
                _add(sources, weights[start:], values[sheet, :width])
        activate(code, values, sheet, width, True)
        counts[sheet] = _gather(values[sheet], active[sheet], width)
    place = 0
    for sheet in ends:
        for node in range(widths[sheet]):
            outputs[place] = values[sheet, node]
            place += 1


@jit(**_OPTIONS)
def _gather(values, active, width):  # type: ignore[no-untyped-def]
    """List the nodes whose value is not 0; return how many there are."""
    count = 0
    for node in range(width):
        active[count] = node
        count += values[node] != _F(0)
    return count


@jit(**_OPTIONS)
def _add(sources, weights, sums):  # type: ignore[no-untyped-def]
    """Add what sources send, one after the other; four at once, which spares reading the sums."""
    values, active = sources
    width, count = len(sums), len(active)
    whole = count - count % 4
    for place in range(0, whole, 4):
        a, b, c, d = active[place], active[place + 1], active[place + 2], active[place + 3]
        from_a, from_b = (
            weights[a * width : a * width + width],
            weights[b * width : b * width + width],
        )
        from_c, from_d = (
            weights[c * width : c * width + width],
            weights[d * width : d * width + width],
        )
        p, q, r, s = values[a], values[b], values[c], values[d]
        for node in range(width):
            total = sums[node] + p * from_a[node]
            total = total + q * from_b[node]
            total = total + r * from_c[node]
            sums[node] = total + s * from_d[node]
    for place in range(whole, count):
        a = active[place]
        p, from_a = values[a], weights[a * width : a * width + width]
        for node in range(width):
            sums[node] += p * from_a[node]


@jit(**_OPTIONS)
def _dot(sources, weights):  # type: ignore[no-untyped-def]
    """Return what sources send to a single node; four sums grow side by side."""
    values, active = sources
    count = len(active)
    whole = count - count % 4
    p, q, r, s = _F(0), _F(0), _F(0), _F(0)
    for place in range(0, whole, 4):
        a, b, c, d = active[place], active[place + 1], active[place + 2], active[place + 3]
        p += values[a] * weights[a]
        q += values[b] * weights[b]
        r += values[c] * weights[c]
        s += values[d] * weights[d]
    for place in range(whole, count):
        p += values[active[place]] * weights[active[place]]
    return (p + q) + (r + s)


@jit(**_OPTIONS)
def _remember(values, memory):  # type: ignore[no-untyped-def]
    """Keep the values of all sheets; nothing, if there is no room."""
    sheets, width = memory.shape
    for sheet in range(sheets):
        for node in range(width):
            memory[sheet, node] = values[sheet, node]


def _running(program, weights, observations, bounds, places):  # type: ignore[no-untyped-def]
    """Compute each network for observations of its own."""
    scratch, memory, outputs = places
    for network in range(len(weights)):
        for row in range(bounds[network], bounds[network + 1]):
            past = memory[row]
            _forward(program, weights[network], observations[row], scratch, past, outputs[row])
            _remember(scratch[0], past)


def _playing(observe, advance, networks, states, sizes, places, played):  # type: ignore[no-untyped-def]
    """Play every episode to its end."""
    networks, states, places, played = uncounted((networks, states, places, played))
    program, weights = networks
    rewards, steps = played
    each, most = sizes
    observations, scratch, memories, outputs, gained = places
    memory, nothing = memories[0], memories[1]
    for episode in range(len(states)):
        network, state = weights[episode // each], states[episode]
        is_over = False
        memory[:] = _F(0)
        while not is_over and steps[episode] < most:
            count = observe(state, observations)
            for option in range(count):
                seen = observations[option]
                past = memory if count == 1 else nothing
                _forward(program, network, seen, scratch, past, outputs[option])
            if count == 1:
                _remember(scratch[0], memory)
            gained[:] = 0.0
            is_over = advance(state, outputs[:count], gained)
            for kind in range(len(gained)):
                rewards[episode, kind] += gained[kind]
            steps[episode] += 1


_D, _I, _S = types.float64, types.int64, types.float32
_TUPLE: Compiled = types.Tuple  # numba tells no types
_PROGRAM = _TUPLE((_I[::1], _I[:, ::1], _I[:, ::1], _I[::1]))
_SCRATCH = _TUPLE((_S[:, ::1], _I[:, ::1], _I[::1]))


@functools.cache
def _runner() -> Compiled:
    """Compile what acts, when it first does."""
    places = _TUPLE((_SCRATCH, _S[:, :, ::1], _D[:, ::1]))
    given = _PROGRAM, _S[:, ::1], _D[:, ::1], _I[::1], places
    return jit(types.void(*given), **_OPTIONS)(_running)


@functools.cache
def _player() -> Compiled:
    """Compile for all worlds alike, when the first is played."""
    places = _TUPLE((_D[:, ::1], _SCRATCH, _S[:, :, ::1], _D[:, ::1], _D[::1]))
    networks, played = _TUPLE((_PROGRAM, _S[:, ::1])), _TUPLE((_D[:, ::1], _I[::1]))
    functions = types.FunctionType(OBSERVE), types.FunctionType(ADVANCE)
    given = *functions, networks, _D[:, ::1], _I[::1], places, played
    return jit(types.void(*given), **_OPTIONS)(_playing)
