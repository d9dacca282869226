import pytest

from neatfool.errors import ConfigError
from neatfool.reporting import SCORE
from neatfool.reports.gates.reached import Gate, share_reached, shares_reached

CONFIDENCES = [0.1, 0.5, 0.89, 0.9, 0.995]


def test_a_share_counts_the_level_itself():
    shares = shares_reached(CONFIDENCES, (0.5, 0.9, 0.99, 0.9999))
    assert shares == {"0.5": 0.8, "0.9": 0.4, "0.99": 0.2, "0.9999": 0.0}
    assert shares_reached([-20.0, 2250.0], (-20, 2137.5)) == {"-20": 1.0, "2137.5": 0.5}


def test_niches_without_an_elite_reach_nothing():
    assert share_reached([None, 0.5], -1.0) == 0.5
    assert share_reached([None, None], -1.0) == 0


@pytest.mark.parametrize(
    ("text", "passes"), [("0.9:0.4", True), ("0.9:0.39", False), ("0:1", True)]
)
def test_a_gate_lets_through_what_it_allows(text, passes):
    assert (Gate.parse(text).verdict(CONFIDENCES) is None) == passes


def test_the_verdict_is_one_sentence_with_the_numbers():
    verdict = Gate.parse("0.9:0.25").verdict(CONFIDENCES)
    assert verdict == (
        "2 of 5 classes (40.0 %) are fooled at a confidence of 90 % or more, which is more than "
        "the 25.0 % allowed."
    )


def test_scores_may_be_of_any_size():
    assert Gate.parse("-20:0.5").verdict([-20.0, -21.0], SCORE) is None
    assert Gate.parse("15:0").verdict([15.5, None], SCORE) == (
        "1 of 2 niches (50.0 %) reach a score of 15 or more, which is more than the 0 % allowed."
    )
    assert Gate.parse("15:0.5").verdict([15.5], SCORE) == (
        "The only niche reaches a score of 15 or more, which is not allowed."
    )


@pytest.mark.parametrize("text", ["1.1:0.5", "-0.1:0.5"])
def test_no_confidence_is_above_one(text):
    with pytest.raises(ConfigError, match=r"expected a confidence from 0 to 1, got (1|-0)\.1"):
        Gate.parse(text).verdict(CONFIDENCES)


@pytest.mark.parametrize("text", ["", ":", "0.9", "a:b", "0.9:0.5:0.1", "0.5:-0.1", "0.5:1.1"])
@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
def test_what_is_no_gate_is_refused(text, number):
    for each in (text, f"{number}:0.5", f"0.5:{number}"):
        with pytest.raises(ConfigError, match="expected SCORE:SHARE, a score and a number from 0"):
            Gate.parse(each)
