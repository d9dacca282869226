"""Networks that act: what they see goes in, what they do comes out, step by step."""

import functools
from typing import NamedTuple, Protocol

import numpy as np
import torch
from numba import types

from neatfool.errors import ShapeError
from neatfool.networks.compile import Networks
from neatfool.networks.executors import execute_each
from neatfool.networks.executors.numba_exact import (
    PYTHON,
    advance,
    advance_plainly,
    program_of,
    rooms_of,
)
from neatfool.networks.jit import Compiled, jit, uncounted
from neatfool.types import Doubles, Ints

_D, _I = types.float64, types.int64
OBSERVE = _I(_D[::1], _D[:, :])
"""Types of ``World.observe``."""
ADVANCE = types.boolean(_D[::1], _D[:, ::1], _D[::1])
"""Types of ``World.advance``."""
_TOGETHER = 8
"""Episodes of a network that are played side by side."""


class Played(NamedTuple):
    """What came of ``P * E`` episodes, those of each network one behind the other.

    Attributes:
        rewards: ``(P * E, R)`` float64, sums over each episode.
        steps: ``(P * E,)`` int64, how long each lasted.
    """

    rewards: Doubles
    steps: Ints


class CompiledWorld(Protocol):
    """A world as compiled code."""

    @property
    def options(self) -> int:
        """The most options that an episode may offer at once."""

    @property
    def rewards(self) -> tuple[str, ...]:
        """Names of what is gained."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of what is observed."""

    @property
    def most_steps(self) -> int:
        """After so many steps an episode ends."""

    def compiled(self) -> tuple[Compiled, Compiled]:
        """Return the functions that observe and that make a step."""


class Policy(Protocol):
    """``P`` networks that act, each in ``E`` episodes. It knows no world."""

    def __len__(self) -> int:
        """How many networks there are."""

    def select(self, index: Ints) -> "Policy":
        """Take the networks at ``index``."""

    def reset(self, episodes: int) -> None:
        """Forget everything: each network begins so many episodes."""

    def act(self, observations: Doubles, episodes: Ints) -> Doubles:
        """Say what is done.

        Args:
            observations: ``(R, I)`` float64.
            episodes: ``(R,)`` int64, ascending: of which episode each is; those of network ``p``
                are ``p * E`` to ``p * E + E - 1``. Where an episode stands several times, it has
                several options, and the network remembers none of them.

        Returns:
            ``(R, O)`` float64.

        Raises:
            ShapeError: There are more or fewer inputs than the networks have.
        """

    def play(self, world: CompiledWorld, states: Doubles) -> Played:
        """Play whole episodes in compiled code; the outcome is that of ``act`` step by step.

        Args:
            world: What is played.
            states: ``(P * E, S)`` float64, how each episode begins; used up.

        Raises:
            ShapeError: As ``act``.
        """


class NetworkPolicy:
    """Compiled networks that act, on the CPU in double precision.

    Args:
        networks: ``P`` of them. An input that they have beyond those observed is a bias, and is 1.
    """

    def __init__(self, networks: Networks) -> None:
        self.networks = networks
        self.reset(1)

    def __len__(self) -> int:
        return len(self.networks)

    def select(self, index: Ints) -> "NetworkPolicy":
        """As ``Policy.select``."""
        return NetworkPolicy(self.networks.select(index))

    def reset(self, episodes: int) -> None:
        """As ``Policy.reset``."""
        self._episodes = episodes
        self._memory = np.zeros((len(self) * episodes, self.networks.remembered))

    def act(self, observations: Doubles, episodes: Ints) -> Doubles:
        """As ``Policy.act``."""
        check_seen(observations.shape[1], self.networks.inputs)
        given = torch.ones(len(observations), self.networks.inputs).double()
        given[:, : observations.shape[1]] = torch.from_numpy(observations)
        bounds = np.searchsorted(episodes, np.arange(len(self) + 1) * self._episodes)
        if not self.networks.remembered:
            return _rows(execute_each(self.networks, given.T, bounds))
        is_alone = np.bincount(episodes)[episodes] == 1
        memory = np.where(is_alone[:, None], self._memory[episodes], 0.0)
        found = execute_each(self.networks, given.T, bounds, torch.from_numpy(memory))
        self._memory[episodes[is_alone]] = memory[is_alone]
        return _rows(found)

    def play(self, world: CompiledWorld, states: Doubles) -> Played:
        """As ``Policy.play``."""
        networks, options = self.networks, world.options
        check_seen(len(world.inputs), networks.inputs)
        count, outputs = len(states), networks.outputs.shape[1]
        each = count // max(1, len(networks))
        together = max(1, min(each, _TOGETHER)) if options == 1 else 1
        width = max(together, options)
        played = Played(np.zeros((count, len(world.rewards))), np.zeros(count, np.int64))
        places = (
            np.zeros(together, np.int64),
            np.ones((width, networks.inputs)),
            rooms_of(networks, width),
            np.empty((together + width, networks.remembered)),
            np.empty((width, outputs)),
            np.empty(len(world.rewards)),
        )
        is_plain = options == 1 and networks.only_sums and networks.rates is None
        sizes = np.array([each, world.most_steps, len(world.inputs), is_plain])
        program = program_of(networks), PYTHON
        _player()(*world.compiled(), program, states, sizes, places, tuple(played))
        return played


def check_seen(seen: int, inputs: int) -> None:
    """Make sure that networks can see so much: each input but for a bias.

    Raises:
        ShapeError: They cannot.
    """
    if inputs not in (seen, seen + 1):
        raise ShapeError(
            f"expected {inputs} observations, or one less beside a bias, got {seen}: let "
            "networks, or the input sheets of a substrate, have as many inputs"
        )


def _rows(found: torch.Tensor) -> Doubles:
    """Turn columns into rows."""
    return np.ascontiguousarray(found.numpy().T)


def _playing(observe, advance_world, networks, states, sizes, places, played):  # type: ignore[no-untyped-def]
    """Play every episode to its end, some of a network side by side: processors overlap them."""
    networks, states, places, played = uncounted((networks, states, places, played))
    program, python = networks
    rewards, steps = played
    each, most, seen, is_plain = sizes
    going, observations, rooms, memory, outputs, gained = places
    past, values, _ = rooms
    ends, inputs, together = program[4], observations.shape[1], len(going)
    remembers = memory.shape[1] > 0
    for network in range(len(ends)):
        following, behind, live = network * each, network * each + each, 0
        while live or following < behind:
            while live < together and following < behind:
                going[live] = following
                memory[live], past[inputs:, live] = 0.0, 0.0
                following, live = following + 1, live + 1
            width = 0
            for place in range(live):
                width += observe(states[going[place]], observations[width:, :seen])
            for x in range(width):
                for row in range(inputs):
                    past[row, x] = observations[x, row]
            if is_plain:
                advance_plainly(program, network, rooms, inputs, live, remembers, python)
            else:
                if width > live:
                    memory[live:] = 0.0
                own = memory[live:] if width > live else memory
                advance(program, network, rooms, own, inputs, width, python)
            for x in range(width):
                for output in range(outputs.shape[1]):
                    outputs[x, output] = values[ends[network, output], x]
            left = 0
            for place in range(live):
                episode, last = going[place], width if together == 1 else place + 1
                gained[:] = 0.0
                is_over = advance_world(states[episode], outputs[place:last], gained)
                for kind in range(len(gained)):
                    rewards[episode, kind] += gained[kind]
                steps[episode] += 1
                if not is_over and steps[episode] < most:
                    going[left] = episode
                    if remembers and left < place:
                        memory[left], past[inputs:, left] = memory[place], past[inputs:, place]
                    left += 1
            live = left


@functools.cache
def _player() -> Compiled:
    """Compile for all worlds alike, when the first is played."""
    vector, matrix, counts, codes = _D[::1], _D[:, ::1], _I[::1], types.int16[::1]
    tuple_of: Compiled = types.Tuple  # numba tells no types
    program = tuple_of(
        (counts, codes, counts, counts, _I[:, ::1], vector, vector, vector, codes, vector)
    )
    python = tuple_of((types.boolean, _D, _D))
    rooms = tuple_of((matrix, matrix, vector))
    places = tuple_of((counts, matrix, rooms, matrix, matrix, vector))
    networks, played = tuple_of((program, python)), tuple_of((matrix, counts))
    functions = types.FunctionType(OBSERVE), types.FunctionType(ADVANCE)
    given = *functions, networks, matrix, counts, places, played
    return jit(types.void(*given), nogil=True, error_model="numpy")(_playing)
