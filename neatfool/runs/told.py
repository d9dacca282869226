"""What the records of a run say of one generation."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neatfool.search import Search
from neatfool.types import Json, Scores


@dataclass(frozen=True, eq=False)
class Told:
    """One generation, as it is recorded.

    Attributes:
        winners: Lines of ``lineage.jsonl``.
        bests: The line of ``bests.jsonl``; none: the search needs none.
    """

    winners: list[Json]
    bests: Json | None

    def scores(self, search: Search) -> Scores:
        """Fill in the scores that decided something, all others are minus infinity.

        An elite that was asked for again, and of which nothing is recorded, has the score it had.

        Args:
            search: That asks for these genomes, as it stood before it was told.

        Returns:
            ``(P, K)`` float32.

        Raises:
            UNFIT: The lines are not about these genomes and niches.
        """
        asked = search.asked
        scores = np.full((len(asked), search.niches), -np.inf, np.float32)
        rows = dict(zip(asked[::-1].tolist(), range(len(asked))[::-1], strict=True))  # the first
        won = [niche for winner in self.winners for niche in winner["niches"]]
        _recall(scores, search, won)
        for winner in self.winners:
            scores[rows[winner["key"]], winner["niches"]] = winner["scores"]
        if self.bests is not None and "within" in self.bests:
            self._recall_within(scores, search, self.bests["within"])
        if self.bests is not None:
            best = np.array(self.bests["scores"], np.float32).reshape(len(asked), -1)
            places = np.array(self.bests["niches"], np.int64).reshape(best.shape)
            scores[np.isnan(best[:, 0])] = -np.inf  # null is no number, and the others are less
            np.put_along_axis(scores, places, best, axis=1)
        return np.where(np.isnan(scores), np.float32(-np.inf), scores)

    def _recall_within(self, scores: Scores, search: Search, within: Json) -> None:
        """Fill in what decided on islands."""
        rows, niches = np.array(within["rows"], np.int64), np.array(within["niches"], np.int64)
        first = 0
        for island in search.islands:
            last = first + len(island.asked)
            _recall(scores[first:last], island, niches[(rows >= first) & (rows < last)])
            first = last
        scores[rows, niches] = within["scores"]


def _recall(scores: Scores, search: Search, won: npt.ArrayLike) -> None:
    """Fill in what elites that are asked for again have in niches that nobody won."""
    if search.archive is not None:
        again, held = search.archive.again(search.asked)
        is_same = ~np.isin(held, won)
        scores[again[is_same], held[is_same]] = search.archive.scores[held[is_same]]
