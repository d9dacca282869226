"""What every task has, and what it may draw on: it scores phenotypes, niche by niche."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeVar

import numpy as np
import torch

from neatfool.encodings import Medium, Phenotypes
from neatfool.errors import ConfigError
from neatfool.kinds import KindSettings
from neatfool.reporting import SCORE, Reporter, Unit
from neatfool.streams import stream
from neatfool.types import Bools, Bytes, Doubles, Floats, Ints, Json, Scores
from neatfool.worlds import Trace

T = TypeVar("T", bound="Task")


@dataclass(frozen=True, eq=False)
class Trial:
    """What one evaluation draws on; the same for any chunks, threads, workers and resumptions.

    A task that draws takes its random numbers from here and from nowhere else. Then a genome has
    the same scores whichever genomes it is scored with, and an interrupted run goes on as if it
    had not been.

    Args:
        keys: ``(P,)`` int64, one for each phenotype: the keys of its genome in the search.
        generation: The generation that is scored, from 1.
        seed: Of the run.

    Example:
        >>> trial = Trial(np.arange(3), generation=2, seed=1)
        >>> trial.part(1, 3).keys
        array([1, 2])
        >>> trial.stream("weather").random() == trial.part(1, 3).stream("weather").random()
        True
    """

    keys: Ints
    generation: int = 1
    seed: int = 0

    def stream(self, *path: str | int) -> np.random.Generator:
        """Derive a stream that all phenotypes of the generation share: common random numbers.

        Args:
            path: Words and non-negative numbers; equal paths give equal streams.
        """
        return stream(self.seed, "trial", self.generation, *path)

    def streams(self, *path: str | int) -> Iterator[np.random.Generator]:
        """Derive a stream of its own for each of the ``P`` phenotypes, by its key."""
        for key in self.keys.tolist():
            yield self.stream("genome", key, *path)

    def part(self, first: int, end: int) -> "Trial":
        """Take the phenotypes from ``first`` to before ``end``."""
        return replace(self, keys=self.keys[first:end])


@dataclass(frozen=True, eq=False)
class Answers:
    """What phenotypes answer where the right answer is known, trial by trial.

    Attributes:
        wanted: ``(X, O)`` float32, the right answers.
        given: ``(P, X, O)`` float32, those of each phenotype.
        cases: ``X`` names of the trials; empty: they have none.
    """

    wanted: Floats
    given: Floats
    cases: tuple[str, ...] = ()


class Task:
    """What evolution is for. It sees neither genomes nor searches.

    Derive from this: ``niches``, ``medium`` and ``score`` are all that a task needs.

    Attributes:
        Settings: Class of its settings, derived from ``KindSettings``.
        niches: ``K`` names, one for each niche.
        medium: What networks are expressed through.
        name: What is evolved for, in a word or two; the kind, if it is empty.
        indices: ``K`` numbers of the niches in a larger list, such as that of all classes of a
            network; empty: 0 to ``K - 1``.
        measures: Names of ``D`` features of behaviour that MAP-Elites may lay a grid over; where
            there are any, ``score`` gives ``(P, K + D)``, the measures behind the scores.
        unit: What a score is called and how it is written.
        best: The largest score there can be; none: there is no such bound.
        levels: Scores that are worth counting how many niches reach them.
        digest: Of all that scores depend on beside the settings, such as weights of a network; a
            run goes on with the same only.
        paints: Its phenotypes are images, whatever its settings.
        method: How scores are computed, for the report; may be empty.
    """

    NEEDED: ClassVar = ("score",)
    Settings: ClassVar[type[KindSettings]] = KindSettings
    paints: ClassVar[bool] = False
    niches: tuple[str, ...]
    medium: Medium
    name: str = ""
    indices: tuple[int, ...] = ()
    measures: tuple[str, ...] = ()
    unit: Unit = SCORE
    best: float | None = None
    levels: tuple[float, ...] = ()
    digest: str = ""
    method: str = ""

    def __init__(self, settings: Any = None, seed: int = 0) -> None:
        """Take settings and seed, as ``build`` hands them in; nothing depends on them."""

    @classmethod
    def build(
        cls: type[T],
        settings: Any,
        seed: int,
        device: torch.device,
        reporter: Reporter | None = None,
    ) -> T:
        """Build the task for a run: ``cls(settings, seed)``, unless a task needs more.

        Args:
            settings: Of the class ``Settings``.
            seed: Of the run; what the task draws once and for all follows from it.
            device: Where phenotypes are made.
            reporter: Hears of progress where something is fetched.

        Raises:
            NeatfoolError: It cannot be built; the message says which setting to change.
        """
        return cls(settings, seed)

    def score(self, phenotypes: Phenotypes, trial: Trial, /) -> Scores:
        """Score ``P`` images, networks or weights: ``(P, K)`` float32, higher is better.

        Tasks that draw nothing take ``trial`` for None as well.
        """
        raise NotImplementedError

    def require_gradients(self) -> None:
        """Refuse, before anything is evolved, if there are no ``gradients``."""
        if type(self).gradients is Task.gradients:
            raise ConfigError(
                f"{self.name or type(self).__name__}: expected a task with gradients for this "
                "search, got one without; choose another search, such as map-elites"
            )

    def gradients(
        self, phenotypes: Phenotypes, niches: Ints, trial: Trial, objective: str, /
    ) -> torch.Tensor:
        """Compute the gradient of one score of each phenotype in it: ``(P, *shape)`` float32.

        Args:
            phenotypes: Images or weights, as for ``score``.
            niches: ``(P,)``, whose score it is.
            trial: As for ``score``.
            objective: As in ``search.Ascents``.
        """
        raise NotImplementedError

    def contenders(self, scores: Scores, leading: Ints, /) -> Ints:
        """Name those of a generation who are asked whether they solve the task; here, all.

        Args:
            scores: ``(P, K)``, those of the whole generation.
            leading: Those that the search would look at first, one of each of its populations.
        """
        return np.arange(len(scores))

    def solved(self, phenotypes: Phenotypes, scores: Scores, /) -> Bools:
        """Tell which of ``P`` phenotypes solve the task: ``(P,)`` bool; here, the best there are.

        Args:
            phenotypes: As for ``score``.
            scores: ``(P, K)``, those that ``score`` gave them.
        """
        if self.best is None:
            raise ConfigError(
                f"{self.name or 'this task'} does not say when it is solved: leave out "
                "run.until_solved, or set run.target to a score in its place"
            )
        return np.asarray((scores >= self.best).all(axis=1))

    def answers(self, phenotypes: Phenotypes, /) -> Answers | None:
        """Say what ``P`` phenotypes answer, to be shown beside what is right; none: no such."""
        return None

    def tests(self, phenotypes: Phenotypes, /, count: int | None = None) -> list[Json]:
        """Test the best ``P`` phenotypes apart from evolution; empty: there is nothing to test.

        Args:
            phenotypes: As for ``score``.
            count: How often each is tested; none: as often as the settings say.

        Returns:
            For each, name → numbers, as JSON holds them.
        """
        return []

    def remarks(self, phenotypes: Phenotypes, /) -> list[Json]:
        """Say of each of ``P`` phenotypes what a report has beside its score; empty: nothing."""
        return []

    def frames(self, phenotypes: Phenotypes, seed: int, /) -> Iterator[tuple[Bytes, str]]:
        """Show what a phenotype, a batch of it alone, does: a film, picture by picture.

        Args:
            phenotypes: As for ``score``.
            seed: Of what it meets with.

        Yields:
            ``(H, W, 3)`` uint8, and what stands beneath; nothing, if there is nothing to be seen.
        """
        yield from ()

    def watch(self, phenotypes: Phenotypes, seed: int, most: int, /) -> tuple[Doubles, Doubles]:
        """Let a phenotype, a batch of it alone, act in an episode of at most so many steps.

        Returns:
            ``(T, I)`` float64, what it saw in each step, and ``(T, O)``, what it said; none of
            them, if it does not act.
        """
        return np.empty((0, 0)), np.empty((0, 0))

    def trace(self, phenotypes: Phenotypes, seed: int, /) -> Trace | None:
        """Let a phenotype, a batch of it alone, walk through an episode; None: it does not walk."""
        return None

    def steps(self, phenotypes: Phenotypes, trial: Trial, /) -> int:
        """Count the steps that phenotypes act for when they are scored; 0: they do not act."""
        return 0

    def bare_seconds(self, trial: Trial, steps: int, /) -> float:
        """Measure a step of the world that phenotypes act in, with none of them in it.

        Args:
            trial: Its episodes are played.
            steps: How many are measured, at least.
        """
        raise NotImplementedError

    def doubts(self) -> list[str]:
        """Say in one line each what seems to be wrong, before anything is evolved."""
        return []

    def grid_facts(self) -> Json | None:
        """Give the grid over what it measures, if niches are its cells, as JSON holds it."""
        return None

    def facts(self) -> Json:
        """Give what a report says of the task beside all others, as JSON holds it."""
        return {}
