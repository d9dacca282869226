"""Intervals of shares equal those of scipy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from neatfool.exams.intervals import wilson


@given(total=st.integers(1, 5000), part=st.floats(0, 1))
def test_equals_scipy(total: int, part: float) -> None:
    count = round(part * total)
    interval = binomtest(count, total).proportion_ci(method="wilson")

    assert wilson(count, total) == pytest.approx((interval.low, interval.high), abs=1e-12)
