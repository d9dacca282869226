import pytest

from neatfool.errors import ConfigError
from neatfool.reports.reached import Gate, coverage

CONFIDENCES = [0.1, 0.5, 0.89, 0.9, 0.995]


def test_coverage_counts_the_level_itself():
    assert coverage(CONFIDENCES) == {"0.5": 0.8, "0.9": 0.4, "0.99": 0.2, "0.9999": 0.0}


@pytest.mark.parametrize(
    ("text", "passes"), [("0.9:0.4", True), ("0.9:0.39", False), ("0:1", True)]
)
def test_a_gate_lets_through_what_it_allows(text, passes):
    assert (Gate.parse(text).verdict(CONFIDENCES) is None) == passes


def test_the_verdict_is_one_sentence_with_the_numbers():
    verdict = Gate.parse("0.9:0.25").verdict(CONFIDENCES)
    assert verdict == (
        "2 of 5 classes (40 %) are fooled at a confidence of 0.9 or more, which is more than the "
        "25 % allowed."
    )


@pytest.mark.parametrize(
    "text", ["", ":", "0.9", "a:b", "0.9:0.5:0.1", "1.1:0.5", "0.5:-0.1", "nan:0.5", "0.5:inf"]
)
def test_what_is_no_gate_is_refused(text):
    with pytest.raises(ConfigError, match="expected CONFIDENCE:SHARE, two numbers from 0 to 1"):
        Gate.parse(text)
