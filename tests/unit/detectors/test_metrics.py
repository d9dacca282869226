import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from neatfool.detectors import metrics
from neatfool.errors import ShapeError

NUMBERS = st.lists(st.integers(-5, 5), min_size=1, max_size=30).map(
    lambda values: np.array(values, np.float64)
)


@given(NUMBERS, NUMBERS)
def test_auroc_is_mann_and_whitneys(real, others) -> None:
    expected = stats.mannwhitneyu(others, real).statistic / (len(real) * len(others))
    assert metrics.auroc(real, others) == pytest.approx(expected)
    assert metrics.auroc(others, real) == pytest.approx(1 - expected)


def test_by_hand() -> None:
    real = np.arange(100.0)
    assert metrics.threshold_of(real, 0.95) == 94
    assert metrics.threshold_of(real, 1.0) == 99
    assert metrics.fpr95(real, np.array([93.0, 94.0, 95.0, 200.0])) == 0.5
    assert metrics.auroc(real, np.array([1000.0])) == 1
    assert metrics.auroc(real, np.array([-1.0, 1000.0])) == 0.5
    assert metrics.share_accepted(np.array([1.0, np.nan, 3.0, 5.0]), 3) == 0.5
    with pytest.raises(ShapeError, match="at least one"):
        metrics.auroc(real, np.array([]))


def test_intervals_hold_the_value_and_grow_with_what_differs() -> None:
    random = np.random.default_rng(0)
    samples = [(random.normal(size=200), random.normal(1, 1, 200)) for _ in range(4)]
    value = np.mean([metrics.auroc(*each) for each in samples])
    low, high = metrics.bootstrap(metrics.auroc, samples, np.random.default_rng(1), 200)
    assert low < value < high < low + 0.1
    apart = [*samples, (samples[0][0], samples[0][1] - 3)]
    wide = metrics.bootstrap(metrics.auroc, apart, np.random.default_rng(1), 200)
    assert wide[1] - wide[0] > 2 * (high - low)
    again = metrics.bootstrap(metrics.auroc, samples, np.random.default_rng(1), 200)
    assert again == (low, high)
