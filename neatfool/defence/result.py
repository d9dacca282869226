"""What a gate lets in, in numbers: over queries, over thresholds, against what it should let in."""

from collections.abc import Mapping, Sequence

import numpy as np

from neatfool.defence.attempt import Attempt
from neatfool.reporting import percent
from neatfool.types import Doubles, Floats, Json

RULE = "the gate opens for an image if its confidence in an accepted class is the threshold or more"
TRUE_ACCEPTS = (0.99, 0.95, 0.9)
"""Shares of real pictures of accepted classes that a gate may want to let in."""
_NINES = [1 - step * 10.0**-n for n in range(2, 7) for step in range(1, 11)]
_GRID = [k / 100 for k in range(101)] + _NINES


def numbers_of(attempt: Attempt, threshold: float, targets: Sequence[tuple[int, str]]) -> Json:
    """Say what an attack came to at a threshold, as ``gate.json`` holds it.

    Args:
        attempt: Any.
        threshold: Of the gate.
        targets: ``K`` indices and names of the accepted classes.
    """
    needed = attempt.needed(threshold)
    is_evolved = attempt.images is None
    rows = zip(targets, needed, attempt.best[-1].tolist(), attempt.files, strict=True)
    return {
        "title": attempt.title,
        "evolved": is_evolved,
        "queries": int(attempt.queries[-1]),
        "false_accepts": attempt.accepted(threshold),
        "opened": float(np.isfinite(needed).mean()),
        "median_queries": median_of(needed),
        "success": [[int(q), share] for q, share in success(needed)],
        "targets": [
            {
                "index": index,
                "name": name,
                "queries": int(queries) if np.isfinite(queries) else None,
                "confidence": confidence if np.isfinite(confidence) else None,
                "image": file,
            }
            for (index, name), queries, confidence, file in rows
        ],
    }


def median_of(needed: Doubles) -> float | None:
    """Return the median of queries until targets were opened; none: it is more than were made."""
    middle = np.sort(needed)[[(len(needed) - 1) // 2, len(needed) // 2]].mean()
    return float(middle) if np.isfinite(middle) else None


def success(needed: Doubles) -> list[tuple[float, float]]:
    """List after how many queries which share of the targets was open, where it grew."""
    opened = np.sort(needed[np.isfinite(needed)])
    ends = np.append(opened[1:] != opened[:-1], True)[: len(opened)]
    shares = np.arange(1, len(opened) + 1) / len(needed)
    return list(zip(opened[ends].tolist(), shares[ends].tolist(), strict=True))


def curves_of(
    attempts: Mapping[str, Attempt], genuine: Floats | None, threshold: float
) -> tuple[Json, list[Json]]:
    """Say what is let in at every threshold.

    Args:
        attempts: By name.
        genuine: ``(N,)`` highest confidences in an accepted class of real pictures of accepted
            classes; none: there are no such pictures.
        threshold: Of the gate; it is among those of the curves.

    Returns:
        ``thresholds`` with the shares ``true_accepts`` (none without pictures) and
        ``false_accepts`` by attack; and for several shares of true accepts the threshold that has
        them, and the false accepts there.
    """
    grid = sorted({round(each, 7) for each in [*_GRID, threshold]})
    curve = {
        "thresholds": grid,
        "true_accepts": None if genuine is None else [accepted(genuine, each) for each in grid],
        "false_accepts": {n: [a.accepted(each) for each in grid] for n, a in attempts.items()},
    }
    if genuine is None:
        return curve, []
    points = []
    for share in TRUE_ACCEPTS:
        rank = int(np.ceil(share * len(genuine)))
        level = float(np.sort(genuine)[len(genuine) - rank])
        if np.isfinite(level):
            false = {name: each.accepted(level) for name, each in attempts.items()}
            points.append({"true_accepts": share, "threshold": level, "false_accepts": false})
    return curve, points


def accepted(confidences: Floats, threshold: float) -> float:
    """Return which share of confidences reaches a threshold."""
    return float((confidences >= np.float32(threshold)).mean())


def above(result: Json, limit: float) -> list[str]:
    """Say in a sentence each which attacks had more false accepts than is allowed.

    Args:
        result: What ``gate`` returned.
        limit: Share of false accepts that is allowed.
    """
    return [
        f"{each['title']}: {percent(each['false_accepts'])} of the "
        f"{'targets were opened' if each['evolved'] else 'images were let in'}, more than the "
        f"{percent(limit)} allowed"
        for each in result["attacks"].values()
        if each["false_accepts"] > limit
    ]
