"""Fronts and crowding are what their definitions say, pair by pair."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neatfool.search.fronts import crowding, fronts

NOTHING = -np.inf


@st.composite
def tables(draw: st.DrawFn) -> np.ndarray:
    """Draw scores ``(P, K)`` with ties, and some that are no numbers."""
    count, objectives = draw(st.integers(1, 40)), draw(st.integers(1, 4))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    scores = random.integers(0, draw(st.integers(1, 20)), (count, objectives)).astype(np.float32)
    scores[random.random(scores.shape) < 0.05] = NOTHING
    scores[random.random(scores.shape) < 0.02] = np.nan
    return scores


def dominates(one: np.ndarray, other: np.ndarray) -> bool:
    return bool((one >= other).all() and (one > other).any())


def peeled(scores: np.ndarray) -> list[int]:
    """Take front after front away: the slow and obvious way."""
    clean = np.where(np.isnan(scores), NOTHING, scores)
    found, left, front = [-1] * len(clean), set(range(len(clean))), 0
    while left:
        best = {a for a in left if not any(dominates(clean[b], clean[a]) for b in left)}
        for a in best:
            found[a] = front
        left, front = left - best, front + 1
    return found


@given(tables())
def test_fronts_are_what_is_left_when_better_ones_are_taken_away(scores: np.ndarray) -> None:
    assert fronts(scores).tolist() == peeled(scores)


@given(tables(), st.randoms(use_true_random=False))
def test_fronts_do_not_depend_on_order_or_scale(scores: np.ndarray, random) -> None:
    order = np.array(random.sample(range(len(scores)), len(scores)))
    found = fronts(scores)

    assert np.array_equal(fronts(scores[order]), found[order])
    assert np.array_equal(fronts(scores * np.float32(0.25) - 3), found)


@given(tables())
def test_of_one_objective_fronts_are_ranks(scores: np.ndarray) -> None:
    clean = np.where(np.isnan(scores[:, 0]), NOTHING, scores[:, 0])
    assert fronts(scores[:, :1]).tolist() == np.unique(-clean, return_inverse=True)[1].tolist()


def roomy(scores: np.ndarray, groups: np.ndarray) -> list[float]:
    """Add up shares of gaps, genome by genome, where no score is without number."""
    room = np.zeros(len(scores))
    for group in set(groups.tolist()):
        members = [m for m in range(len(scores)) if groups[m] == group]
        for k in range(scores.shape[1]):
            line = sorted(members, key=lambda m: scores[m, k])
            span = scores[line[-1], k] - scores[line[0], k]
            room[line[0]] = room[line[-1]] = np.inf
            for before, m, after in zip(line, line[1:], line[2:], strict=False):
                room[m] += (scores[after, k] - scores[before, k]) / span if span else 0.0
    return room.tolist()


@given(tables(), st.booleans())
def test_crowding_is_the_room_between_neighbours(scores: np.ndarray, in_fronts: bool) -> None:
    scores = np.nan_to_num(scores, nan=-1, neginf=-1).astype(np.float64)
    groups = fronts(scores) if in_fronts else np.zeros(len(scores), np.int64)

    assert crowding(scores, groups).tolist() == pytest.approx(roomy(scores, groups))


def test_crowding_of_what_has_no_score_is_a_number() -> None:
    scores = np.array([[0, NOTHING], [1, NOTHING], [2, 3], [np.nan, 4], [np.inf, 1]], np.float32)

    room = crowding(scores, np.zeros(5, np.int64))

    assert not np.isnan(room).any()
    assert room[1] < np.inf


def test_what_has_no_score_takes_no_room_away() -> None:
    random = np.random.default_rng(0)
    scores = random.random((12, 2)).astype(np.float32)
    failed = np.vstack([scores, [[NOTHING, NOTHING]]]).astype(np.float32)
    whole, room = (crowding(each, np.zeros(len(each), np.int64)) for each in (scores, failed))
    is_inner = np.isfinite(whole)
    assert is_inner.sum() > 5
    assert room[:12][is_inner].tolist() == pytest.approx(whole[is_inner].tolist())
    assert np.isinf(crowding(np.full((3, 2), NOTHING), np.zeros(3, np.int64))).any()
