"""The archive of MAP-Elites: for each niche, the best genome seen so far, if there is one."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neatfool.encodings import Genomes
from neatfool.encodings.genomes import OfEncoding
from neatfool.errors import ShapeError
from neatfool.types import Arrays, Bools, Ints, Scores

_LEAST = np.finfo(np.float32).min


@dataclass(eq=False)
class Archive:
    """At most one elite for each of ``K`` niches; a genome may hold several.

    Attributes:
        genomes: ``K`` genomes, one for each niche; where it has no elite, any.
        keys: ``(K,)`` int64, key of each elite; -1 where there is none.
        scores: ``(K,)`` float32, each elite's score in its niche; where there is none, minus
            infinity.
        found_at: ``(K,)`` int64, the generation each elite was born in.
    """

    genomes: OfEncoding
    keys: Ints
    scores: Scores
    found_at: Ints
    NUMBERS: ClassVar = ("keys", "scores", "found_at")

    @property
    def occupied(self) -> Bools:
        """``(K,)`` whether each niche has an elite."""
        return self.keys >= 0

    def best(self) -> Ints:
        """Name the niches that have an elite, the one of the highest score first."""
        order = np.argsort(-self.scores, kind="stable")
        found: Ints = order[self.occupied[order]]
        return found

    def again(self, keys: Ints) -> tuple[Ints, Ints]:
        """Find the elites among genomes with these keys ``(P,)``: their places, and their niches.

        A genome that is an elite of several niches is there several times.
        """
        if not len(keys) or keys.min() > self.keys.max():  # all are new, as in most searches
            return np.empty(0, np.int64), np.empty(0, np.int64)
        order = np.argsort(keys, kind="stable")
        places = order[np.searchsorted(keys[order], self.keys).clip(max=len(keys) - 1)]
        niches = np.flatnonzero(keys[places] == self.keys)
        return places[niches], niches

    def judge(self, keys: Ints, scores: Scores) -> tuple[Bools, Scores]:
        """Say who wins which niche; nothing changes.

        An elite among the genomes has its latest score from now on, whatever it had before: where
        scores are matters of chance, the luckiest does not stay, and an elite is compared with
        others that met with the same luck. The least that it falls to is the least number there is.

        Args:
            keys: ``(P,)`` of genomes.
            scores: ``(P, K)``.

        Returns:
            ``(P, K)`` bool, who wins which niche, elites that keep one with another score among
            them; and ``(K,)`` the scores of the elites then.
        """
        clean, standing = ranked(scores), self.scores.copy()
        rows, held = self.again(keys)
        standing[held] = clean[rows, held] = np.maximum(clean[rows, held], _LEAST)
        best, won = clean.argmax(axis=0), np.zeros(scores.shape, np.bool_)
        won[rows, held] = standing[held] != self.scores[held]
        niches = np.flatnonzero(clean.max(axis=0) > standing)
        won[:, niches] = False
        won[best[niches], niches] = True
        standing[niches] = clean[best[niches], niches]
        return won, standing

    def offer(self, genomes: Genomes, keys: Ints, scores: Scores, generation: int) -> Bools:
        """Let every genome compete in every niche; only a strictly better one replaces.

        Elites among the genomes are judged anew: ``judge``. Of the best in a niche the first wins,
        as if the genomes came one after the other. NaN and minus infinity never win. The archive
        is changed in place: at 256×256 in colour, a copy of 1,000 elites would take as long as
        scoring tens of images.

        Args:
            genomes: ``P`` genomes.
            keys: ``(P,)`` their keys.
            scores: ``(P, K)``.
            generation: The one they were born in.

        Returns:
            ``(P, K)`` bool: who won which niche.
        """
        won, standing = self.judge(keys, scores)
        niches = np.flatnonzero(won.any(axis=0))
        winners = won[:, niches].argmax(axis=0)
        is_new = self.keys[niches] != keys[winners]
        niches, winners = niches[is_new], winners[is_new]
        self.scores[:] = standing
        if len(niches):
            self.genomes = self.genomes.replaced(niches, genomes.select(winners))
            self.keys[niches] = keys[winners]
            self.found_at[niches] = generation
        return won


def ranked(scores: Scores) -> Scores:
    """Make scores comparable: NaN is minus infinity, infinity is the largest number there is."""
    numbers = np.fmax(scores, np.float32(-np.inf))
    return np.minimum(numbers, np.finfo(np.float32).max, out=numbers)


def restored_archive(genomes: Genomes, state: Arrays, niches: int) -> Archive:
    """Return the archive of a state.

    Raises:
        ShapeError: It has another number of niches.
    """
    archive = Archive(genomes, *(state[name].copy() for name in Archive.NUMBERS))
    shapes = {(len(genomes),), *(getattr(archive, name).shape for name in Archive.NUMBERS)}
    if shapes != {(niches,)}:
        got = ", ".join(sorted(str(length) for length, *_ in shapes if length != niches))
        raise ShapeError(f"expected an archive of {niches} niches, got one of {got}")
    return archive


def empty_archive(genomes: Genomes, niches: int) -> Archive:
    """Return an archive that anything replaces."""
    return Archive(
        genomes.select(np.zeros(niches, np.int64)),
        np.full(niches, -1),
        np.full(niches, -np.inf, np.float32),
        np.zeros(niches, np.int64),
    )
