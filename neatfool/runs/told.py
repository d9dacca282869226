"""What the records of a run say of one generation."""

from dataclasses import dataclass

import numpy as np

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

    def scores(self, asked: Ints, niches: int) -> Scores:
        """Fill in the scores that decided something, all others are minus infinity.

        Args:
            asked: ``(P,)`` keys of the genomes.
            niches: How many there are.

        Returns:
            ``(P, K)`` float32.

        Raises:
            UNFIT: The lines are not about these genomes and niches.
        """
        scores = np.full((len(asked), niches), -np.inf, np.float32)
        rows = {key: row for row, key in enumerate(asked.tolist())}
        if self.bests is not None:
            best = np.array(self.bests["scores"], np.float32)  # null is no number
            scores[np.arange(len(asked)), self.bests["niches"]] = best
        for winner in self.winners:
            scores[rows[winner["key"]], winner["niches"]] = winner["scores"]
        return np.where(np.isnan(scores), np.float32(-np.inf), scores)
