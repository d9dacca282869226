"""Curves of a page: what is drawn of any scores, and that letters stay apart."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from neatfool.reporting import CONFIDENCE, SCORE
from neatfool.reports.pages.chart import chart

EVALUATIONS = np.arange(1, 6, dtype=np.float32) * 200


def drawn(scores: np.ndarray, unit=CONFIDENCE, names: list[str] | None = None):
    names = names or [f"n{k}" for k in range(scores.shape[1])]
    return ElementTree.fromstring(chart(EVALUATIONS[: len(scores)], scores, names, unit))


def ends_of(tree) -> dict[str, float]:
    (ends,) = (each for each in tree if each.get("class") == "ends")
    bottom = re.compile(r"bottom:([0-9.]+)%")
    return {each.text.strip(): float(bottom.search(each.get("style"))[1]) for each in ends}


@pytest.mark.parametrize("unit", [CONFIDENCE, SCORE])
@pytest.mark.parametrize("niches", [1, 3, 20, 21])
def test_lines_end_in_their_names_and_bands_where_there_are_many(unit, niches: int) -> None:
    scores = 1 - 10.0 ** -np.outer(np.arange(5), np.linspace(0.5, 1.5, niches))
    tree = drawn(scores.astype(np.float32), unit)
    ends = ends_of(tree)
    wanted = {1: 1, 21: 3}.get(niches, niches + 1)
    assert len(ends) == wanted
    heights = sorted(ends.values())
    assert all(np.diff(heights) > 4.7)
    assert heights[-1] <= 100
    if niches in (3, 20):
        assert ends["n0"] < ends["median"] < ends[f"n{niches - 1}"]


def test_factors_of_evaluations_have_equal_spaces() -> None:
    evaluations = 2.0 ** np.arange(5000 // 100) * 100
    scores = np.linspace(0, 0.9, len(evaluations))[:, None]
    tree = ElementTree.fromstring(chart(evaluations, scores, ["a"], CONFIDENCE))
    (path,) = (each.get("d") for each in tree.iter("path") if each.get("class") == "median")
    across = [float(x) for x in re.findall(r"[ML](\d+),", path)]
    assert (across[0], across[-1]) == (0, 1000)
    assert max(abs(np.diff(across, 2))) <= 2


def test_of_many_generations_the_first_are_all_drawn_and_of_few_all() -> None:
    tree = ElementTree.fromstring(
        chart(np.arange(1, 201), np.linspace(0, 0.9, 200)[:, None], ["a"], CONFIDENCE)
    )
    (path,) = (each.get("d") for each in tree.iter("path") if each.get("class") == "median")
    assert len(re.findall(r"[ML]", path)) == 200
    scores = np.linspace(0, 0.9, 5000)[:, None]
    tree = ElementTree.fromstring(chart(np.arange(1, 5001), scores, ["a"], CONFIDENCE))
    (path,) = (each.get("d") for each in tree.iter("path") if each.get("class") == "median")
    across = [float(x) for x in re.findall(r"[ML](\d+),", path)]
    assert len(across) < 250
    wanted = 1000 * np.log(np.arange(1, 21)) / np.log(5000)
    np.testing.assert_allclose(across[:20], wanted, atol=1)


def test_ends_say_the_scores_themselves_beyond_the_scale_too() -> None:
    tree = drawn(np.array([[0.5, 0.5], [1.0, 0.99999998]], np.float64))
    said = {each.find("b").text for each in tree.iter("span") if each.find("b") is not None}
    assert {"100 %", "> 99.99999 %"} <= said


def test_gaps_are_gaps_and_hostile_names_are_text() -> None:
    scores = np.array([[0.5, np.nan], [-np.inf, np.nan], [0.9, 0.2], [0.95, 0.3]], np.float32)
    tree = drawn(scores, names=["</svg><script>", "b"])
    paths = [each.get("d") for each in tree.iter("path") if "c0" in (each.get("class") or "")]
    assert [path.count("M") for path in paths] == [2]
    assert "</svg><script>" in ends_of(tree)


@pytest.mark.parametrize("scores", [np.zeros((0, 2)), np.full((5, 2), np.nan)])
def test_nothing_to_draw_is_nothing(scores: np.ndarray) -> None:
    assert chart(EVALUATIONS[: len(scores)], scores, ["a", "b"], CONFIDENCE) == ""
