"""What attacks on a gate come to, counted by hand."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neatfool.defence import above
from neatfool.defence.attempt import Attempt, Tally
from neatfool.defence.result import accepted, curves_of, median_of, numbers_of, success
from neatfool.images import levels_to_png

TARGETS = [(3, "three"), (7, "seven"), (1, "one")]


def evolved(best: list[list[float]], queries: list[int]) -> Attempt:
    count = len(best[0])
    return Attempt(
        "evolved", np.array(queries), np.array(best, np.float32), None, lambda place: None,
        tuple(f"cppn/{k}.png" for k in range(count)),
    )  # fmt: skip


def test_queries_are_counted_until_a_target_is_open() -> None:
    attempt = evolved([[0.1, 0.5, 0.0], [0.9, 0.5, 0.0], [0.95, 0.91, 0.2]], [10, 20, 30])

    assert attempt.needed(0.9).tolist() == [20, 30, np.inf]
    assert attempt.needed(0.5).tolist() == [20, 10, np.inf]
    assert attempt.accepted(0.9) == pytest.approx(2 / 3)
    numbers = numbers_of(attempt, 0.9, TARGETS)
    assert numbers["opened"] == numbers["false_accepts"] == pytest.approx(2 / 3)
    assert numbers["median_queries"] == 30
    assert numbers["success"] == [[20, pytest.approx(1 / 3)], [30, pytest.approx(2 / 3)]]
    assert numbers["targets"][0] == {
        "index": 3, "name": "three", "queries": 20, "confidence": pytest.approx(0.95),
        "image": "cppn/0.png",
    }  # fmt: skip
    assert numbers["targets"][2]["queries"] is None


@pytest.mark.parametrize(
    ("needed", "median"),
    [
        ([4], 4),
        ([np.inf], None),
        ([1, 2, np.inf], 2),
        ([1, np.inf, np.inf], None),
        ([1, 2, 6, np.inf], 4),
        ([1, 2, np.inf, np.inf], None),  # half of them stayed shut
    ],
)
def test_a_median_that_is_censored_is_unknown(needed: list[float], median: float | None) -> None:
    assert median_of(np.array(needed)) == median


def test_success_grows_only_where_something_was_opened() -> None:
    assert success(np.array([3.0, np.inf, 3.0, 9.0])) == [(3, 0.5), (9, 0.75)]
    assert success(np.array([np.inf])) == []


@given(st.integers(1, 30), st.integers(1, 7), st.integers(0, 9))
def test_a_tally_does_not_depend_on_batches(count: int, size: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    images = torch.from_numpy(random.integers(0, 256, (count, 1, 2, 2)).astype(np.float32)) / 255
    confidences = random.random((count, 4), np.float32)
    confidences[random.random((count, 4)) < 0.1] = np.nan
    whole, parts = Tally([2, 0], (1, 2, 2)), Tally([2, 0], (1, 2, 2))

    whole.add(images, confidences)
    for first in range(0, count, size):
        parts.add(images[first : first + size], confidences[first : first + size])

    one, other = whole.attempt("all"), parts.attempt("all")
    assert [one.picture(k) for k in range(2)] == [other.picture(k) for k in range(2)]
    np.testing.assert_array_equal(one.best[-1], other.best[-1])
    np.testing.assert_array_equal(one.images, other.images)
    assert other.queries[-1] == count
    own = np.nan_to_num(confidences[:, [2, 0]], nan=-np.inf)
    assert one.accepted(0.5) == (own >= 0.5).any(axis=1).mean()
    for target in range(2):
        best = int(own[:, target].argmax())
        if own[best, target] > -np.inf:
            levels = (images[best] * 255).round().to(torch.uint8).numpy()
            assert one.picture(target) == levels_to_png(levels)
    assert (np.diff(other.best, axis=0) >= 0).all()


def test_a_state_of_another_gate_does_not_fit() -> None:
    tally = Tally([0, 1], (1, 2, 2))
    tally.add(torch.zeros(3, 1, 2, 2), np.zeros((3, 2), np.float32))

    assert Tally([0, 1], (1, 2, 2)).fits(tally.state)
    assert not Tally([0], (1, 2, 2)).fits(tally.state)
    assert not Tally([0, 1], (1, 2, 3)).fits(tally.state)
    assert not tally.fits(tally.state | {"images": tally.state["images"][:-1]})
    assert not tally.fits(tally.state | {"best": tally.state["best"].astype(np.float64)})


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=20), st.floats(0, 1))
def test_curves_fall_with_the_threshold(genuine: list[float], threshold: float) -> None:
    attempt = evolved([[0.2, 0.999, 1.0]], [5])
    curve, points = curves_of({"cppn": attempt}, np.array(genuine, np.float32), threshold)

    assert curve["thresholds"] == sorted(curve["thresholds"])
    assert round(threshold, 7) in curve["thresholds"]
    for shares in (curve["true_accepts"], curve["false_accepts"]["cppn"]):
        assert shares[0] == 1  # at 0
        assert (np.diff(shares) <= 0).all()
    for point in points:
        assert accepted(np.array(genuine, np.float32), point["threshold"]) >= point["true_accepts"]
        assert point["false_accepts"]["cppn"] == attempt.accepted(point["threshold"])


def test_without_real_pictures_there_is_nothing_to_compare_with() -> None:
    curve, points = curves_of({"cppn": evolved([[0.2, 0.9, 1.0]], [5])}, None, 0.5)

    assert curve["true_accepts"] is None
    assert points == []


def test_what_is_above_the_limit_is_said() -> None:
    result = {
        "attacks": {
            "plain": {"title": "plain colours", "evolved": False, "false_accepts": 0.25},
            "cppn": {"title": "patterns", "evolved": True, "false_accepts": 0.5},
        }
    }

    assert above(result, 0.5) == []
    assert above(result, 0.3) == [
        "patterns: 50.0 % of the targets were opened, more than the 30.0 % allowed"
    ]
    assert "plain colours: 25.0 % of the images were let in" in above(result, 0)[0]
