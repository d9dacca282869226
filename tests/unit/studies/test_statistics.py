"""Statistics of few runs: by their definitions, and by simulation."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from neatfool.streams import stream
from neatfool.studies import compare, holm, median_interval, runs_needed
from neatfool.studies.statistics import quantiles

GROUP = st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=12)


@settings(max_examples=30)
@given(GROUP, GROUP)
def test_a_comparison_counts_pairs(first: list[float], second: list[float]) -> None:
    found = compare(first, second)
    pairs = [(a > b) + (a == b) / 2 for a, b in itertools.product(first, second)]
    assert found.effect == pytest.approx(np.mean(pairs))
    assert found.statistic == pytest.approx(min(sum(pairs), len(pairs) - sum(pairs)))
    turned = compare(second, first)
    assert turned.p == pytest.approx(found.p)
    assert turned.effect == pytest.approx(1 - found.effect)


FEW = st.lists(st.integers(-2, 2).map(float), min_size=2, max_size=4)


@settings(max_examples=30)
@given(FEW, FEW)
def test_p_of_small_groups_is_that_of_all_orders(first: list[float], second: list[float]) -> None:
    def above(chosen: list[float], others: list[float]) -> float:
        return sum((a > b) + (a == b) / 2 for a, b in itertools.product(chosen, others))

    both = [*first, *second]
    places = range(len(both))
    found = np.array(
        [
            above([both[i] for i in some], [both[i] for i in places if i not in some])
            for some in itertools.combinations(places, len(first))
        ]
    )
    ours = above(first, second)
    one_sided = min((found >= ours).mean(), (found <= ours).mean())
    assert compare(first, second).p == pytest.approx(min(1, 2 * one_sided))


def test_many_ties_lead_to_no_p_that_no_order_has() -> None:
    assert compare([1.0] * 20, [0.1, 0.2, 0.3]).p == pytest.approx(2 / 1771)
    assert compare([1.0] * 20, [0.1]).p == pytest.approx(2 / 21)
    assert compare([1.0], [0.1]).p == 1


@given(*[st.lists(st.floats(0, 1), min_size=9, max_size=12, unique=True)] * 2)
def test_p_of_larger_groups_is_that_of_scipy(first: list[float], second: list[float]) -> None:
    assert compare(first, second).p == stats.mannwhitneyu(first, second).pvalue


def test_groups_apart_are_told_exactly() -> None:
    found = compare(range(10, 18), range(8))  # type: ignore[arg-type]
    assert str(found) == "U = 0, n = 8 and 8, p = 0.000155, A = 1.00"  # 2 of 12,870 orders


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.9]).tolist() == [1, 1]
    assert holm([]).tolist() == []


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_keeps_the_order_and_lowers_nothing(ps: list[float]) -> None:
    adjusted = holm(ps)
    assert (adjusted >= ps).all()
    order = np.argsort(ps, kind="stable")
    assert (np.diff(adjusted[order]) >= 0).all()


def coverage(draw: str, times: int) -> float:
    """How often the interval holds the median."""
    random = stream(0, "coverage", draw)
    truth = {"normal": 0.0, "exponential": np.log(2), "uniform": 0.5}[draw]
    samples = (getattr(random, draw)(size=30) for _ in range(times))
    ends = (median_interval(sample, random) for sample in samples)
    return float(np.mean([low <= truth <= high for low, high in ends]))


def test_intervals_of_the_median_hold_it() -> None:
    assert 0.9 <= coverage("normal", 200) <= 0.99


@pytest.mark.proof
@pytest.mark.parametrize("draw", ["normal", "exponential", "uniform"])
def test_intervals_of_the_median_hold_it_as_often_as_they_say(draw: str) -> None:
    assert 0.93 <= coverage(draw, 3000) <= 0.97


@pytest.mark.parametrize("values", [[3.0], [2.0, 2.0, 2.0]])
def test_values_that_do_not_differ_have_no_interval(values: list[float]) -> None:
    assert median_interval(values, stream(0, "one")) == (values[0], values[0])


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9), st.integers(0, 5))
def test_quantiles_are_numpys_and_infinite_where_a_value_beside_them_is(
    values: list[float], lost: int
) -> None:
    whole, shares = np.sort([*values, *[np.inf] * lost]), np.linspace(0, 1, 9)
    found = quantiles(whole, shares)
    above = np.quantile(whole, shares, method="higher")
    assert np.array_equal(np.isinf(found), np.isinf(above))
    if not lost:
        assert found == pytest.approx(np.quantile(values, shares))
    low, high = median_interval(whole, stream(0, "test"))
    assert whole[0] <= low <= high <= whole[-1]


@pytest.mark.parametrize("effect", [0.7, 0.85])
def test_so_many_runs_show_the_difference(effect: float) -> None:
    random, count = stream(0, "power"), runs_needed(effect)
    shift = np.sqrt(2) * stats.norm.ppf(effect)
    found = [
        compare(random.normal(shift, size=count), random.normal(size=count)).p < 0.05
        for _ in range(600)
    ]
    assert 0.73 <= np.mean(found) <= 0.9
    assert runs_needed(1 - effect) == count


@pytest.mark.parametrize("wrong", [(0.5, 0.8, 0.05), (1.1, 0.8, 0.05), (0.7, 1.0, 0.05)])
def test_no_number_of_runs_shows_nothing(wrong: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match=r"that is not 0\.5"):
        runs_needed(*wrong)
