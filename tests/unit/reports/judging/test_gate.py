import pytest

from neatfool.errors import ConfigError
from neatfool.reports.judging import Check, Gate
from neatfool.types import Json

CONFIDENCES = [0.1, 0.5, 0.89, 0.9, 0.995]


def judged(text: str, scores: list[float | None], noun: str = "confidence", **more: Json) -> Check:
    unit = {"noun": noun, "is_share": noun == "confidence"}
    niches = [{"score": score} for score in scores]
    return Gate.parse(text).check({"task": {"unit": unit}, "niches": niches} | more)


@pytest.mark.parametrize(
    ("text", "passes"), [("0.9:0.4", True), ("0.9:0.39", False), ("0:1", True)]
)
def test_a_gate_lets_through_what_it_allows(text, passes):
    assert judged(text, CONFIDENCES).is_passed == passes


def test_the_verdict_is_one_sentence_with_the_numbers():
    assert judged("0.9:0.25", CONFIDENCES).text == (
        "2 of 5 classes (40.0 %) are fooled at a confidence of 90 % or more, which is more than "
        "the 25.0 % allowed."
    )
    assert judged("0.9:0.5", CONFIDENCES).text == (
        "2 of 5 classes (40.0 %) are fooled at a confidence of 90 % or more; 50.0 % allowed."
    )


def test_scores_may_be_of_any_size():
    assert judged("-20:0.5", [-20.0, -21.0], "score").is_passed
    assert judged("15:0", [15.5, None], "score").text == (
        "1 of 2 niches (50.0 %) reach a score of 15 or more, which is more than the 0 % allowed."
    )


def test_a_single_class_or_niche_is_no_share():
    assert judged("0.9:0", [0.95]).text == (
        "The only class is fooled at a confidence of 90 % or more, which is not allowed."
    )
    assert judged("15:0", [16.0], "score").text == (
        "The only niche reaches a score of 15 or more, which is not allowed."
    )


@pytest.mark.parametrize(
    ("text", "passes", "words"),
    [
        ("nothing:0", False, "1 of 3 classes (33.3 %)"),
        ("nothing:0.4", True, "90.0 % or more, above images of nothing"),
        ("nothing+1:0", False, "99.0 % or more, 1 nines above images of nothing"),
        ("nothing+2:0", True, "0 of 3 classes"),
    ],
)
def test_levels_above_what_nothing_reaches(text: str, passes: bool, words: str) -> None:
    baselines: Json = {"black": {"confidence": 0.9}, "grey": None, "white": {"confidence": 0.1}}
    found = judged(text, [0.9, 0.5, 0.995], baselines=baselines)
    assert found.is_passed == passes
    assert words in found.text


def test_what_showed_nothing_is_needed() -> None:
    with pytest.raises(ConfigError, match="give a score in place of nothing"):
        judged("nothing:0", [1.0], "score")
    with pytest.raises(ConfigError, match="give a score in place of nothing"):
        judged("nothing:0", [1.0])


@pytest.mark.parametrize(
    "text",
    [
        *("0.9", "0.9:", ":0.5", "a:b", "0.9:2", "0.9:-1", "nan:0.5", "nothing+x:1", "nothing"),
        *("nothing1:0.5", "nothing-3:0.5", "nothing+:0.5", " 0.9:0.5", "1_0:0.5", "1e999:0.5"),
    ],
)
def test_refuses_what_is_no_gate(text):
    with pytest.raises(ConfigError, match="expected SCORE:SHARE"):
        Gate.parse(text)


@pytest.mark.parametrize("level", ["-0.1", "1.5"])
def test_confidences_are_shares(level):
    with pytest.raises(ConfigError, match="expected a confidence from 0 to 1"):
        judged(f"{level}:0.5", CONFIDENCES)
