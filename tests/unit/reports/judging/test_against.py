"""Comparing a network with an earlier one, and what is written of checks."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from neatfool.errors import ConfigError
from neatfool.reports.judging import Check, compare, to_junit, to_markdown
from neatfool.types import Json


def settings(**more: object) -> Json:
    encoding, search = {"kind": "cppn", "rate": 0.1}, {"kind": "map-elites", "batch": 100}
    task = {"kind": "fooling", "classifier": {"model": "a.onnx"}, "classes": "all"} | more
    return {"encoding": encoding, "search": search, "task": task, "run": {"seed": 3}}


def made(scores: list[float], half: int | None, most: int | None = None, **more: object) -> Json:
    report: Json = {
        "task": {
            "name": "net|<b>",
            "unit": {"noun": "confidence", "is_share": True},
            "levels": [0.9],
            "best": 1.0,
        },
        "encoding": "cppn",
        "search": "map-elites",
        "settings": settings(),
        "generations": 100,
        "evaluations": 10_000,
        "wall_seconds": 1.5,
        "median_score": float(np.median(scores)),
        "grid": None,
        "reached": {"0.9": 1.0},
        "effort": {"0.9": {"0.5": half, "0.9": most}},
        "niches": [
            {"name": f"n{k}", "score": score, "image": f"elites/{k}.png"}
            for k, score in enumerate(scores)
        ],
    }
    return report | more


def failed(report: Json, base: Json, tolerance: float = 1.0) -> list[str]:
    return [each.text for each in compare(report, base, tolerance) if each.is_passed is False]


def test_equal_runs_are_equal_and_better_ones_are_no_worse() -> None:
    base = made([0.99, 0.999], 5_000)
    assert failed(base, base, 0.0) == []
    assert failed(made([0.9, 0.9], None), base, 0.0) == []


@pytest.mark.parametrize(
    ("before", "now"), [([0.9, 0.9], [0.995, 0.995]), ([0.001, 0.001], [0.02, 0.02])]
)
def test_confidences_that_rise_are_worse_however_low(before: list[float], now: list[float]) -> None:
    base, report = made(before, None), made(now, None)
    (text,) = failed(report, base)
    assert text.startswith("Median confidence: ")
    assert "easier to fool by a factor of" in text
    assert failed(report, base, 2.0) == []


def test_less_effort_is_worse_but_not_in_the_first_generations() -> None:
    base = made([0.95, 0.95], 9_900, None)
    (text,) = failed(made([0.95, 0.95], 100), base, 0.5)
    assert "Evaluations until half of the classes reach 90 %: 9,900 before, 100 now;" in text
    assert failed(made([0.95, 0.95], 100), made([0.95, 0.95], 1_000), 0.5) == []


@pytest.mark.parametrize(
    ("generations", "before", "tolerance", "is_measured"),
    [
        (100, None, 1.0, False),
        (101, None, 1.0, True),
        (60, None, 0.5, True),
        (60, None, 0.9, False),
        (1_000, 1_000, 1.0, False),  # it was so early already that it cannot be worse by a factor
        (1_000, 99_000, 1.0, True),
    ],
)
def test_what_cannot_be_worse_is_not_measured(
    generations: int, before: int | None, tolerance: float, is_measured: bool
) -> None:
    size = {"generations": generations, "evaluations": 100 * generations}
    base, worst = (made([0.95, 0.95], half, **size) for half in (before, 100))
    _, half, most = compare(worst, base, tolerance)
    assert half.is_passed is (False if is_measured else None)
    assert ("not measured, as it cannot be worse by more than" in half.text) != is_measured
    assert ("more generations or a smaller" in half.text) == (not is_measured and before is None)
    assert ("; a smaller --tolerance would" in half.text) == (not is_measured and before == 1_000)
    assert most.is_passed is (True if generations > 100 or tolerance == 0.5 else None)


def test_of_a_median_near_1_a_smaller_tolerance_is_advised_and_of_one_that_is_1_nothing() -> None:
    for score, said in ((0.9999995, "tolerated; a smaller --tolerance would"), (1.0, "tolerated.")):
        median, *_ = compare(made([score], 100), made([score], 100), 1.0)
        assert median.is_passed is None
        assert said in median.text


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"generations": 50}, "expected generations 50, as in the other report, got 100"),
        (
            {"settings": settings() | {"encoding": {"kind": "cppn", "rate": 0.2}}},
            "expected encoding.rate 0.2, as in the other report, got 0.1",
        ),
        ({"settings": settings(classes="0-4")}, "expected task.classes 0-4"),
        ({"settings": settings(detector={"kind": "energy"})}, "expected task.detector.kind energy"),
        ({"effort": {}}, "an earlier version wrote"),
        ({"settings": {}}, "an earlier version wrote"),
        ({"niches": [{"name": "a", "score": 0.5}]}, r"expected classes \['a'\]"),
        ({"task": {"unit": {"noun": "score", "is_share": True}}}, "expected two, got others"),
    ],
)
def test_runs_that_were_made_otherwise_are_refused(more: Json, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        compare(made([0.9, 0.9], 100), made([0.9, 0.9], 100, **more), 1.0)


def test_another_network_and_another_seed_are_no_difference() -> None:
    other = settings(classifier={"model": "b.onnx", "mean": [0.5]}) | {"run": {"seed": 4}}
    assert failed(made([0.9, 0.9], 100, settings=other), made([0.9, 0.9], 100)) == []


@pytest.mark.parametrize("letter", ["\x01", "\r", "\ufffe", "\uffff", "\udc80"])
def test_letters_that_xml_does_not_have_are_left_out(letter: str) -> None:
    checks, report = [Check(f"a{letter}b", False, f"c{letter}d")], made([0.9, 0.9], 100)
    (suite,) = ElementTree.fromstring(to_junit(checks, report).encode())
    assert (suite[0].get("name"), suite[0][0].get("message")) == ("ab", "cd")
    to_markdown(checks, report, Path("run")).encode()


def test_pictures_of_any_folder_are_shown() -> None:
    text = to_markdown([], made([0.9, 0.9], 100), Path("my run (2)"))
    assert "| ![](my%20run%20%282%29/elites/0.png) |" in text


def test_checks_are_written_for_machines_and_for_people() -> None:
    checks = [Check("one", True, "fine"), Check("two\x01", False, "a|b <i>")]
    checks += [Check("three", None, "so few")]
    report = made([0.95, 0.99], 100)
    (suite,) = ElementTree.fromstring(to_junit(checks, report).encode())
    assert [suite.get(each) for each in ("tests", "failures", "skipped")] == ["3", "1", "1"]
    assert [case.get("name") for case in suite] == ["one", "two", "three"]
    assert (suite[2][0].tag, suite[2][0].get("message")) == ("skipped", "so few")
    assert suite[1][0].get("message") == "a|b <i>"
    text = to_markdown(checks, report, Path("run"))
    assert "| ❌ | a\\|b \\<i\\> |" in text
    assert "<summary>1 not measured</summary>\n\n- so few\n\n</details>\n" in text
    assert text.index("run/elites/1.png") < text.index("run/elites/0.png")
    assert "net\\|\\<b\\>" in text
