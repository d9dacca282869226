"""The archive of MAP-Elites: for each niche, the best genome seen so far."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from neatfool.types import Bools, Ints, Scores


@dataclass(frozen=True, eq=False)
class Archive:
    """One elite for each of ``K`` niches; a genome may hold several.

    Attributes:
        genomes: ``K`` genomes, one for each niche.
        keys: ``(K,)`` int64, key of each elite.
        scores: ``(K,)`` float32, each elite's score in its niche.
        found_at: ``(K,)`` int64, the generation each elite was born in.
    """

    genomes: Any
    keys: Ints
    scores: Scores
    found_at: Ints

    def offer(
        self, genomes: Any, keys: Ints, scores: Scores, generation: int
    ) -> "tuple[Archive, Bools]":
        """Let every genome compete in every niche; only a strictly better one replaces.

        Of the best in a niche the first wins, as if the genomes came one after the other. NaN
        never wins.

        Args:
            genomes: ``P`` genomes.
            keys: ``(P,)`` their keys.
            scores: ``(P, K)``.
            generation: The one they were born in.

        Returns:
            The new archive, and ``(P, K)`` bool: who won which niche.
        """
        clean = np.where(np.isnan(scores), -np.inf, scores)
        best = clean.argmax(axis=0)
        niches = np.arange(len(self.scores))
        better = clean[best, niches] > self.scores
        won = np.zeros(scores.shape, np.bool_)
        won[best[better], niches[better]] = True
        if not better.any():
            return self, won
        both = type(self.genomes).concatenate([self.genomes, genomes.select(best[better])])
        origin = niches.copy()
        origin[better] = len(niches) + np.arange(better.sum())
        return Archive(
            both.select(origin),
            np.where(better, keys[best], self.keys),
            np.where(better, clean[best, niches], self.scores).astype(np.float32),
            np.where(better, generation, self.found_at),
        ), won
