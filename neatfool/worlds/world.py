"""What every world has: many episodes at once, which begin from seeds and go on by steps."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numba.core.errors import NumbaError

from neatfool.errors import ConfigError
from neatfool.kinds import KindSettings
from neatfool.networks.jit import Compiled
from neatfool.types import Bools, Bytes, Doubles, Ints
from neatfool.worlds.compiled import advance_all, compiled, observe_all


@dataclass(frozen=True, eq=False)
class Seen:
    """What is seen of the episodes that are still going on.

    Attributes:
        observations: ``(L, I)`` float64, one of each episode; or, where an episode offers several
            options to choose from, ``(R, I)``, one of each option.
        bounds: ``(L + 1,)`` int64, the options of each episode; none: each has one.
    """

    observations: Doubles
    bounds: Ints | None = None

    @property
    def counts(self) -> Ints:
        """``(L,)`` options of each episode."""
        return (
            np.ones(len(self.observations), np.int64)
            if self.bounds is None
            else (np.diff(self.bounds))
        )


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a step brought to the episodes that were going on.

    Attributes:
        rewards: ``(L, R)`` float64, one of each kind.
        over: ``(L,)`` bool, the episodes that ended.
        seen: Of those that did not end.
    """

    rewards: Doubles
    over: Bools
    seen: Seen


@dataclass(frozen=True, eq=False)
class Exam:
    """Episodes that tell whether a world is solved.

    Attributes:
        name: What is asked for.
        starts: ``(E, S)`` float64, how they begin.
        steps: How much each has to bring of the last reward, at most 1 for a step.
        needed: How many of them have to.
    """

    name: str
    starts: Doubles
    steps: int
    needed: int = 1


@dataclass(frozen=True, eq=False)
class Trace:
    """How somebody walked through an episode.

    Attributes:
        seconds: Of a step.
        path: ``(T, 2)`` float64, where it was, in metres.
        touching: ``(T, F)`` bool, which feet touched the ground.
        feet: ``F`` names.
    """

    seconds: float
    path: Doubles
    touching: Bools
    feet: tuple[str, ...]


class World:
    """A simulation of many episodes at once. It knows no networks.

    Derive from this. A world in Python is ``inputs``, ``outputs``, ``reset`` and ``step``. A
    compiled one, which is many times as fast, is ``inputs``, ``outputs``, ``starts``, ``observe``
    and ``advance``: an episode is a row of numbers, and the last two are functions of one episode
    that numba compiles, and that may call other compiled functions.

    Each thread has a world of its own.

    Attributes:
        Settings: Class of its settings, derived from ``KindSettings``.
        inputs: ``I`` names of what is observed.
        outputs: Numbers that an actor gives for each observation; the world decides what they mean.
        rewards: ``R`` names of what is gained. Those of an episode are added up.
        most_steps: After so many steps an episode ends.
        options: The most options that an episode of a compiled world may offer at once.
        solved_at: Mean of the first reward from which on it is solved; none: it is not said.
        best: The most that an episode can bring of the first; none: there is no bound.
        is_random: Episodes differ by their seeds.
        shown_every: Steps from one picture of a film to the next.
        at_once: The most episodes that are begun together, where they are played step by step.
        sheets: Name, width and height of each sheet that the inputs lie on, row by row, for
            substrates; empty: they lie on one line.
        output_sheet: Width and height of the sheet that the outputs lie on; none: likewise.
    """

    Settings: ClassVar[type[KindSettings]] = KindSettings
    inputs: tuple[str, ...]
    outputs: int
    rewards: tuple[str, ...] = ("return",)
    most_steps: int = 1000
    options: int = 1
    solved_at: float | None = None
    best: float | None = None
    is_random: bool = True
    shown_every: int = 1
    at_once: int = 1 << 20
    sheets: tuple[tuple[str, int, int], ...] = ()
    output_sheet: tuple[int, int] | None = None

    def __init__(self, settings: Any = None) -> None:
        """Take settings; nothing depends on them."""

    @classmethod
    def is_compiled(cls) -> bool:
        """Whether whole episodes can be played in compiled code."""
        return cls.advance is not World.advance

    @classmethod
    def lacking(cls) -> list[str]:
        """Name the methods that are missing."""
        names = ("starts", "observe", "advance") if cls.is_compiled() else ("reset", "step")
        return [name for name in names if getattr(cls, name) is getattr(World, name)]

    def starts(self, seeds: Ints, /) -> Doubles:
        """Return how the episodes of ``(E,)`` seeds begin: ``(E, S)`` float64."""
        raise NotImplementedError

    def exams(self) -> tuple[Exam, ...]:
        """Name what the leading network of a generation has to pass, one after the other.

        Compiled worlds may have some. None: it is solved by its score.
        """
        return ()

    @staticmethod
    def observe(state: Doubles, observations: Doubles) -> int:
        """Fill in the observation of each option, a row of ``(A, I)``; return how many there are.

        Args:
            state: ``(S,)`` float64; it may be written to.
            observations: ``(A, I)`` float64.
        """
        raise NotImplementedError

    @staticmethod
    def advance(state: Doubles, outputs: Doubles, rewards: Doubles) -> bool:
        """Make a step; return whether the episode is over.

        Args:
            state: ``(S,)`` float64, changed in place.
            outputs: ``(A, O)`` float64, a row for each option.
            rewards: ``(R,)`` float64, to be filled in; they are 0.
        """
        raise NotImplementedError

    @classmethod
    def compiled(cls) -> tuple[Compiled, Compiled]:
        """Return ``observe`` and ``advance`` as functions that compiled code can call.

        Raises:
            ConfigError: numba cannot compile them.
        """
        try:
            return compiled(cls.observe, cls.advance)
        except NumbaError as error:
            told = " ".join(str(error).split())
            raise ConfigError(
                f"{cls.__name__}: observe or advance cannot be compiled by numba, which knows "
                f"numbers, arrays and the module math: {told:.400}"
            ) from None

    def reset(self, seeds: Ints, /) -> Seen:
        """Begin an episode for each of ``(E,)`` seeds; equal seeds give equal episodes."""
        self._states = self.starts(seeds)
        return self._seen(np.arange(len(seeds)))

    def step(self, live: Ints, outputs: Doubles, /) -> Outcome:
        """Go on with the episodes that did not end.

        Args:
            live: ``(L,)`` int64, ascending: which of those that ``reset`` began.
            outputs: ``(L, O)`` float64, or ``(R, O)``, a row for each row of ``Seen``.
        """
        _, advance = self.compiled()
        rewards, over = np.zeros((len(live), len(self.rewards))), np.zeros(len(live), np.bool_)
        advance_all()(advance, self._states, live, self._bounds, outputs, rewards, over)
        return Outcome(rewards, over, self._seen(live[~over]))

    def picture(self, state: Doubles, outputs: Doubles, /) -> Bytes:
        """Show an episode of a compiled world: ``(H, W, 3)`` uint8; without it, there is no film.

        Args:
            state: ``(S,)`` float64, as ``observe`` left it.
            outputs: ``(A, O)`` float64, what was said of each option; none of it when it is over.
        """
        raise NotImplementedError

    def frames(self, act: Callable[[Doubles], Doubles], seed: int) -> Iterator[Bytes]:
        """Show every ``shown_every``-th step of an episode: ``(H, W, 3)`` uint8; or nothing.

        Args:
            act: Takes observations ``(A, I)``, gives outputs ``(A, O)``.
            seed: Of the episode.
        """
        if type(self).picture is World.picture:
            return
        seen, live = self.reset(np.array([seed])), np.zeros(1, np.int64)
        for step in range(self.most_steps):
            outputs = act(seen.observations)
            if step % self.shown_every == 0:
                yield self.picture(self._states[0], outputs)
            outcome = self.step(live, outputs)
            if outcome.over[0]:
                break
            seen = outcome.seen
        if (step + 1) % self.shown_every == 0:
            yield self.picture(self._states[0], np.empty((0, self.outputs)))

    def trace(self, act: Callable[[Doubles], Doubles], seed: int) -> Trace | None:
        """Play an episode, and tell how it was walked; None: nobody walks here.

        Args:
            act: As of ``frames``.
            seed: Of the episode.
        """
        return None

    def close(self) -> None:
        """Let go of what the world holds, such as processes."""

    def _seen(self, live: Ints) -> Seen:
        """Observe the episodes of a compiled world that are going on."""
        observe, _ = self.compiled()
        observations = np.empty((len(live) * self.options, len(self.inputs)))
        self._bounds = np.zeros(len(live) + 1, np.int64)
        observe_all()(observe, self._states, live, observations, self._bounds, self.options)
        bounds = self._bounds if self.options > 1 else None
        return Seen(observations[: self._bounds[-1]], bounds)
