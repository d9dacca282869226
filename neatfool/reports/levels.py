"""How many niches reach scores, and after how many evaluations."""

from collections.abc import Sequence

import numpy as np

from neatfool.types import Floats, Json

SHARES = (0.5, 0.9)
"""Of the niches, until which evaluations are counted."""


def share_reached(scores: Sequence[float | None], level: float) -> float:
    """Say which share of niches, at least one, has an elite of this score or more.

    A score is none where there is no elite.
    """
    found = sum(each is not None and each >= level for each in scores)
    return found / len(scores)


def shares_reached(scores: Sequence[float | None], levels: Sequence[float]) -> dict[str, float]:
    """Give the share of niches that reach each level, by level: ``{"0.5": 0.8, …}``."""
    return {f"{level:g}": share_reached(scores, level) for level in levels}


def effort(evaluations: Floats, scores: Floats, levels: Sequence[float]) -> Json:
    """Count the evaluations until half and nine tenths of the niches reach each level.

    Args:
        evaluations: ``(G,)`` so far, one per generation.
        scores: ``(G, K)`` of the elites.
        levels: Scores.

    Returns:
        By level, by share, as texts: ``{"0.9": {"0.5": 400, "0.9": null}}``; null: never.
    """
    return {
        f"{level:g}": {
            f"{share:g}": _first(evaluations, (np.asarray(scores) >= level).mean(axis=1) >= share)
            for share in SHARES
        }
        for level in levels
    }


def _first(evaluations: Floats, is_reached: np.ndarray) -> int | None:
    found = np.flatnonzero(is_reached)
    return int(evaluations[found[0]]) if len(found) else None
