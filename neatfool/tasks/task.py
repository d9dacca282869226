"""The protocol of every task, and what it may draw on: it scores phenotypes, niche by niche."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from neatfool.streams import stream
from neatfool.types import Ints, Scores


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


class Task(Protocol):
    """What evolution is for. It sees neither genomes nor searches.

    A task may also have ``measures``, names of ``D`` features of behaviour that MAP-Elites lays a
    grid over: then ``score`` gives ``(P, K + D)``, the measures behind the scores.

    Attributes:
        niches: ``K`` names, one for each niche.
    """

    niches: tuple[str, ...]

    def score(self, phenotypes: Any, trial: Trial, /) -> Scores:
        """Score ``P`` images, networks or weights: ``(P, K)`` float32, higher is better.

        Tasks that draw nothing take ``trial`` for None as well.
        """
