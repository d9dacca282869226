"""How well suspicions tell other images from real ones, with bootstrap intervals."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from neatfool.errors import ShapeError
from neatfool.types import Doubles

Both: TypeAlias = tuple[Doubles, Doubles]
"""Suspicions of real images ``(N,)``, and of others ``(M,)``."""
INTERVAL = 0.95
"""How likely an interval holds the value."""


def auroc(real: Doubles, others: Doubles) -> float:
    """Say how likely another image is more suspicious than a real one; ties count half.

    That is the area under the curve of true over false alarms, and Mann and Whitney's U over
    ``N M``: 1 tells all apart, 0.5 is chance, less is worse than chance.

    Args:
        real: ``(N,)`` suspicions, at least one.
        others: ``(M,)``, at least one.
    """
    _check(real, others)
    ordered = np.sort(real)
    below = np.searchsorted(ordered, others, "left") + np.searchsorted(ordered, others, "right")
    return float(below.mean() / (2 * len(real)))


def fpr95(real: Doubles, others: Doubles, accepted: float = 0.95) -> float:
    """Say which share of others passes where a share of the real ones does.

    Args:
        real: ``(N,)`` suspicions, at least one.
        others: ``(M,)``, at least one.
        accepted: Share of the real images that pass.
    """
    _check(real, others)
    return share_accepted(others, threshold_of(real, accepted))


def threshold_of(real: Doubles, accepted: float) -> float:
    """Give the least threshold that accepts a share of real images.

    Args:
        real: ``(N,)`` suspicions, at least one.
        accepted: In (0, 1].
    """
    place = int(np.ceil(accepted * len(real) - 1e-9)) - 1
    return float(np.sort(real)[max(place, 0)])


def share_accepted(suspicions: Doubles, threshold: float) -> float:
    """Say which share of suspicions ``(N,)`` is at most the threshold; NaN never is."""
    return float((suspicions <= threshold).mean())


def bootstrap(
    measure: Callable[[Doubles, Doubles], float],
    samples: Sequence[Both],
    random: np.random.Generator,
    draws: int = 500,
) -> tuple[float, float]:
    """Give an interval of the mean of a measure over samples, such as those of several seeds.

    Samples are drawn with replacement, and in each the real images and the others.

    Args:
        measure: Of real and others.
        samples: At least one.
        random: Is drawn from.
        draws: How many.

    Returns:
        The ends of the interval, which holds the mean with 95 %.
    """

    def once() -> float:
        chosen = random.integers(len(samples), size=len(samples)).tolist()
        again = ([each[random.integers(len(each), size=len(each))] for each in samples[k]]
                 for k in chosen)  # fmt: skip
        return float(np.mean([measure(real, others) for real, others in again]))

    means = [once() for _ in range(draws)]
    tail = (1 - INTERVAL) / 2
    low, high = np.quantile(means, [tail, 1 - tail]).tolist()
    return low, high


def _check(real: Doubles, others: Doubles) -> None:
    if real.ndim != 1 or others.ndim != 1 or not len(real) or not len(others):
        raise ShapeError(
            f"expected suspicions (N,) of real images and (M,) of others, at least one of each, "
            f"got {real.shape} and {others.shape}"
        )
