"""What the records of a run say of one generation."""

from dataclasses import dataclass

import numpy as np

from neatfool.search import Archive
from neatfool.types import Ints, Json, Scores


@dataclass(frozen=True, eq=False)
class Told:
    """One generation, as it is recorded.

    Attributes:
        winners: Lines of ``lineage.jsonl``.
        bests: The line of ``bests.jsonl``; none: the search needs none.
    """

    winners: list[Json]
    bests: Json | None

    def scores(self, asked: Ints, niches: int, archive: Archive | None) -> Scores:
        """Fill in the scores that decided something, all others are minus infinity.

        An elite that was asked for again, and of which nothing is recorded, has the score it had.

        Args:
            asked: ``(P,)`` keys of the genomes.
            niches: How many there are.
            archive: As it stood before; none: there was none.

        Returns:
            ``(P, K)`` float32.

        Raises:
            UNFIT: The lines are not about these genomes and niches.
        """
        scores = np.full((len(asked), niches), -np.inf, np.float32)
        rows = {key: row for row, key in enumerate(asked.tolist())}
        if archive is not None:
            again, held = archive.again(asked)
            scores[again, held] = archive.scores[held]
        for winner in self.winners:
            scores[:, winner["niches"]] = -np.inf
            scores[rows[winner["key"]], winner["niches"]] = winner["scores"]
        if self.bests is not None:
            best = np.array(self.bests["scores"], np.float32).reshape(len(asked), -1)
            places = np.array(self.bests["niches"], np.int64).reshape(best.shape)
            scores[np.isnan(best[:, 0])] = -np.inf  # null is no number, and the others are less
            np.put_along_axis(scores, places, best, axis=1)
        return np.where(np.isnan(scores), np.float32(-np.inf), scores)
