"""What can be said of few runs, which are seldom normally distributed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from neatfool.types import Doubles

LEVEL = 0.95
"""How likely an interval holds the value."""
_DRAWS = 2_000
_ORDERS = 20_000  # as many are gone through one by one
_HUGE, _LARGE = 1e150, 1e100
Samples = Sequence[float] | npt.NDArray[np.floating]


@dataclass(frozen=True)
class Comparison:
    """Two groups of runs, compared by ranks.

    Attributes:
        statistic: Mann and Whitney's U: the smaller of the two, 0 where one group is above the
            other in every pair of runs.
        effect: Vargha and Delaney's A (2000): how likely a run of the first group has a higher
            value than one of the second; ties count half. 0.5: no difference.
        p: Two-sided; exact for small groups.
        counts: Runs in both groups.
    """

    statistic: float
    effect: float
    p: float
    counts: tuple[int, int]

    def __str__(self) -> str:
        first, second = self.counts
        return (
            f"U = {self.statistic:g}, n = {first} and {second}, p = {self.p:.3g}, "
            f"A = {self.effect:.2f}"
        )


def least_p(first: int, second: int) -> float:
    """Give the smallest p that groups of so many runs can have: two of all orders are extreme."""
    return min(1.0, 2 / math.comb(first + second, first))


def compare(first: Samples, second: Samples) -> Comparison:
    """Test whether two groups differ (Mann and Whitney 1947), and say how much.

    Args:
        first: ``(N,)``, at least one.
        second: ``(M,)``, at least one.
    """
    counts = len(first), len(second)
    pairs, orders = math.prod(counts), math.comb(sum(counts), counts[0])
    has_ties = len({*first, *second}) < sum(counts)  # so the normal approximation may mislead
    by_all = stats.PermutationMethod(n_resamples=_ORDERS)
    method = by_all if has_ties and orders <= _ORDERS and min(counts) > 1 else "auto"
    found = stats.mannwhitneyu(first, second, alternative="two-sided", method=method)
    above = float(found.statistic)  # pairs in which the first is higher, ties half
    statistic, effect = min(above, pairs - above), above / pairs
    p = max(float(found.pvalue), least_p(*counts))
    return Comparison(statistic, effect, p, counts)


def kruskal(groups: Sequence[Samples]) -> float:
    """Test whether any of several groups differs (Kruskal and Wallis 1952); return p.

    Args:
        groups: At least two, none empty. If all values are equal, p is 1.
    """
    if len({float(each) for group in groups for each in group}) == 1:
        return 1.0
    return float(stats.kruskal(*groups).pvalue)


def spearman(first: Samples, second: Samples) -> tuple[float, float]:
    """Return the rank correlation (Spearman 1904) of two numbers, and its two-sided p.

    Args:
        first: ``(N,)``, at least three.
        second: ``(N,)``. If either never changes, the correlation is 0 and p is 1.
    """
    if len({*first}) == 1 or len({*second}) == 1:
        return 0.0, 1.0
    found = stats.spearmanr(first, second)
    return float(found.statistic), float(found.pvalue)


def quantiles(values: Samples, shares: Samples) -> Doubles:
    """Interpolate quantiles.

    Args:
        values: ``(N,)``, at least one; infinite ones are larger than all others.
        shares: ``(Q,)`` in [0, 1].

    Returns:
        ``(Q,)`` float64; infinite where one of the two values beside a quantile is.
    """
    return _unbounded(np.quantile(_bounded(values), shares))


def median_interval(values: Samples, random: np.random.Generator) -> tuple[float, float]:
    """Give a 95 % interval of the median: percentiles of bootstrap medians (Efron 1979).

    Args:
        values: ``(N,)``, at least one; infinite ones are larger than all others. With fewer than
            about ten, intervals are rough.
        random: Is drawn from.

    Returns:
        Its lower and upper end; infinite where they are no number.
    """
    given = _bounded(values)
    if len(given) == 1 or (given == given[0]).all():
        end = float(_unbounded(given[0]))
        return end, end
    found = stats.bootstrap(
        *((given,), np.median),
        n_resamples=_DRAWS,
        confidence_level=LEVEL,
        method="percentile",
        rng=random,
    ).confidence_interval
    return float(_unbounded(found.low)), float(_unbounded(found.high))


def _bounded(values: Samples) -> Doubles:
    """Replace infinite values by one that is so large that whatever it is part of is large too."""
    given = np.asarray(values, np.float64)
    return np.where(given == np.inf, _HUGE, given)


def _unbounded(values: npt.ArrayLike) -> Doubles:
    """Undo ``_bounded`` for what was made of its values."""
    made = np.asarray(values, np.float64)
    return np.where(made > _LARGE, np.inf, made)


def holm(ps: Samples) -> Doubles:
    """Adjust the p values of several tests, so that they can be read as those of one (Holm 1979).

    Args:
        ps: ``(T,)`` in [0, 1].

    Returns:
        ``(T,)`` float64: none is smaller than it was, and their order stays.
    """
    given = np.asarray(ps, np.float64)
    order = np.argsort(given, kind="stable")
    times = np.arange(len(given), 0, -1)
    adjusted = np.empty(len(given))
    adjusted[order] = np.minimum(np.maximum.accumulate(given[order] * times), 1)
    return adjusted


def runs_needed(effect: float, power: float = 0.8, alpha: float = 0.05) -> int:
    """Say how many runs of each of two groups show a difference (Noether 1987).

    Args:
        effect: Vargha and Delaney's A that is to be found, not 0.5.
        power: Chance to find it.
        alpha: Chance to find one where there is none.

    Raises:
        ValueError: The effect is none, or a share is not between 0 and 1.
    """
    if not all(0 < share < 1 for share in (power, alpha)) or not 0 <= effect <= 1 or effect == 0.5:
        raise ValueError(
            "expected power and alpha between 0 and 1, and an effect A of 0 to 1 that is not 0.5, "
            f"got {power}, {alpha} and {effect}"
        )
    spread = stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power)
    return math.ceil(spread**2 / (6 * (effect - 0.5) ** 2))
