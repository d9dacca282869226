"""The page of a gate shows what strangers named, and nothing of it is run."""

import numpy as np
import pytest

from neatfool.defence.attempt import Attempt
from neatfool.defence.result import curves_of, numbers_of
from neatfool.images import levels_to_png
from neatfool.reports import gate_page
from neatfool.types import Json
from tests.unit.reports.pages.test_page import HOSTILE, Page

PNG = levels_to_png(np.zeros((1, 2, 2), np.uint8))


def made(count: int, threshold: float, names: str = HOSTILE) -> tuple[Json, Page]:
    """Make the page of a gate of so many targets, of which an attack opened one."""
    targets = [(index, f"{names}{index}") for index in range(count)]
    best = np.zeros((2, count), np.float32)
    best[1, 0] = 0.95
    files = tuple(f"cppn/{index}.png" for index in range(count))
    attempt = Attempt(f"patterns {names}", np.array([5, 10]), best, None, lambda place: PNG, files)
    genuine = np.array([0.5, 1.0], np.float32)
    curve, points = curves_of({"cppn": attempt}, genuine, threshold)
    result = {
        "version": "0", "rule": "", "threshold": threshold, "budget": 10, "batch": 5, "seed": 0,
        "model": {"name": names, "classes": count, "canvas": [1, 2, 2],
                  "independent": False, "verifier": None},
        "accept": [{"index": index, "name": name} for index, name in targets],
        "real": {"accepted": 2, "true_accepts": 0.5, "own_accepts": 0.25},
        "attacks": {"cppn": numbers_of(attempt, threshold, targets)},
        "curve": curve, "operating_points": points, "skipped": {"others": names},
    }  # fmt: skip
    return result, Page(gate_page(result, {"cppn": attempt.picture}))


def test_it_says_who_was_let_in_as_another() -> None:
    _, page = made(2, 0.9, "of a CPPN")

    words = " ".join(page.words.split())
    assert "50.0 % of 2 real pictures of accepted classes; 25.0 % as the class" in words.replace(
        "\xa0", " "
    )
    assert words.count("Patterns of a CPPN") == 2


def test_hostile_names_are_text() -> None:
    _, page = made(2, 0.9)

    assert page.all("script") == []
    assert {each["src"][:11] for each in page.all("img")} == {"data:image/"}
    assert page.words.count(HOSTILE) >= 4
    (policy,) = [each for each in page.all("meta") if "http-equiv" in each]
    assert "script-src" not in policy["content"]
    assert policy["content"].startswith("default-src 'none'")


@pytest.mark.parametrize(("threshold", "words"), [(0.9, "open after 10"), (0.96, "shut")])
def test_what_opened_is_shown_else_what_came_nearest(threshold: float, words: str) -> None:
    _, page = made(2, threshold, "a")

    assert words in page.words
    assert len([each for each in page.all("img") if "confidence" in each["alt"]]) == 1
    assert ("Nothing opened the gate" in page.words) == (words == "shut")


def test_very_many_targets_are_not_all_shown() -> None:
    _, page = made(80, 0.0, "a")

    assert len([each for each in page.all("img") if "confidence" in each["alt"]]) == 60
    assert "60 of 80" in page.words


def test_curves_are_there_with_alternatives() -> None:
    _, page = made(1, 0.9, "a")

    curves = [each for each in page.all("img") if each.get("class") == "curve"]
    assert len(curves) == 3
    assert all(each["alt"] for each in curves)
    assert "sum to 1" in page.words
