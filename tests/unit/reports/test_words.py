"""What reports say in sentences."""

import pytest

from neatfool.reports.words import first_name, title, verdict
from neatfool.types import Json


def made(scores: list[float | None], names: list[str] | None = None, **more: object) -> Json:
    names = names or [str(k) for k in range(len(scores))]
    known = sorted(score for score in scores if score is not None)
    levels = (0.5, 0.9, 0.99, 0.9999)
    report: Json = {
        "task": {
            "name": "lenet5",
            "unit": {"noun": "confidence", "is_share": True},
            "best": 1.0,
        },
        "encoding": "cppn",
        "grid": None,
        "median_score": known[len(known) // 2] if known else None,
        "coverage": len(known) / len(scores),
        "reached": {f"{k:g}": sum(s >= k for s in known) / len(scores) for k in levels},
        "niches": [
            {"name": name, "score": score, "found_at_generation": 3}
            for name, score in zip(names, scores, strict=True)
        ],
    }
    return report | more


DISTANCE = {"name": "boxes", "unit": {"noun": "distance", "is_share": False}, "best": 9.0}


@pytest.mark.parametrize(
    ("report", "text"),
    [
        (made([0.9, 0.99]), "Patterns that LeNet-5 takes for digits"),
        (made([0.9, 0.99], encoding="pixels"), "Noise that LeNet-5 takes for digits"),
        (made([0.9, 0.99], ["a", "b"], encoding="x"), "Images that LeNet-5 takes for 2 classes"),
        (made([0.9], ["robin, Turdus"]), "Patterns that LeNet-5 takes for robin"),
        (made([0.0003, 0.9, 0.0001]), "Patterns made to fool LeNet-5"),
        (made([None, None]), "Patterns made to fool LeNet-5"),
        (made([3.0], task=DISTANCE), "The best at boxes"),
    ],
)
def test_titles_claim_no_more_than_there_is(report: Json, text: str) -> None:
    assert title(report) == text


def test_the_verdict_says_how_many_and_compares_with_nothing() -> None:
    white = {"confidence": 0.97, "name": "8, eight"}
    said = verdict(made([0.99995, 0.95, 0.993], baselines={"white": white, "grey": None}))
    assert said == [
        "2 of 3 classes are fooled with 99 % confidence or more.",
        "The median confidence is 99.30 %; most fooled is “0” (99.9950 %), least “1” (95.0 %).",
        "Shown nothing (white), the network is 97.0 % sure of “8”; 2 of 3 images exceed that.",
    ]


@pytest.mark.parametrize(
    ("report", "first"),
    [
        (made([0.001, 0.2]), "None of 2 classes are fooled with 50 % confidence or more."),
        (made([0.99999, 0.99999]), "All 2 classes are fooled with 99.99 % confidence or more."),
        (made([None, None]), "Nothing has a score yet."),
        (made([7.5], task=DISTANCE), "The best distance is 7.5 of at most 9."),
        (
            made([7.5, 3.0], task=DISTANCE, reached={}),
            "The median distance is 7.5; best is “0” (7.5), least “1” (3).",
        ),
        (made([7.5, None], grid={}, task=DISTANCE), "1 of 2 cells of the grid are filled."),
    ],
)
def test_verdicts_begin_with_what_counts(report: Json, first: str) -> None:
    assert verdict(report)[0] == first


def test_the_first_synonym_is_the_name() -> None:
    assert first_name("robin, American robin, Turdus migratorius") == "robin"
