"""What is better in several objectives at once: fronts and crowding (Deb et al. 2002)."""

import numpy as np

from neatfool.networks.jit import jit
from neatfool.search.archive import ranked
from neatfool.types import Doubles, Ints, Scores

_MOST = np.finfo(np.float32).max


def fronts(scores: Scores) -> Ints:
    """Sort genomes by domination: ``(P,)`` int64, 0 for those that no other one dominates.

    A genome dominates another that is better nowhere and worse somewhere. Those that are dominated
    by none but genomes of front 0 are front 1, and so on. Genomes come in an order in which nobody
    is dominated by one behind, and each joins the first front that holds no one that dominates it
    (Zhang et al. 2015): for most scores that takes far fewer than all pairs.

    Args:
        scores: ``(P, K)``, the more the better; NaN is minus infinity.
    """
    values = ranked(scores).astype(np.float64)
    order = np.lexsort(-values.T[::-1])
    found = np.empty(len(values), np.int64)
    found[order] = _joined(values[order])
    return found


def crowding(scores: Scores, groups: Ints) -> Doubles:
    """Measure how much room each genome has among those of its group: ``(P,)`` float64.

    In each objective this is the distance between its neighbours on both sides, as a share of that
    between the ends; objectives are summed. The first and the last in any objective have infinitely
    much. What has no score stands beside the least that there is, so that it spreads nobody out.

    Args:
        scores: ``(P, K)``.
        groups: ``(P,)`` numbers of their groups, from 0.
    """
    room, count = np.zeros(len(scores)), len(scores)
    for values in ranked(scores).astype(np.float64).T:
        values = np.maximum(values, values.min(initial=_MOST, where=values > -np.inf))
        order = np.lexsort((values, groups))
        kept, group = values[order], groups[order]
        first = np.flatnonzero(np.diff(group, prepend=-1))
        last = np.append(first[1:], count) - 1
        span = np.repeat(kept[last] - kept[first], last - first + 1)
        gaps = np.zeros(count)
        gaps[1:-1] = kept[2:] - kept[:-2]
        shares = np.divide(gaps, span, out=np.zeros(count), where=span > 0)
        shares[first] = shares[last] = np.inf
        room[order] += shares
    return room


@jit()
def _joined(values: Doubles) -> Ints:
    """Let genomes join fronts: ``(P, K)``, sorted downwards, → ``(P,)``."""
    count, objectives = values.shape
    found = np.zeros(count, np.int64)
    newest = np.full(count, -1)  # of each front
    before = np.full(count, -1)  # of each genome, in its front
    for one in range(count):
        front = 0
        other = newest[front]
        while other >= 0:
            is_less = is_more = False
            for k in range(objectives):
                is_less |= values[one, k] < values[other, k]
                is_more |= values[one, k] > values[other, k]
            if is_less and not is_more:
                front += 1
                other = newest[front]
            else:
                other = before[other]
        found[one], before[one], newest[front] = front, newest[front], one
    return found
