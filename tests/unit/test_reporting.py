"""How scores are written for people."""

import math

import pytest

from neatfool.reporting import CONFIDENCE, SCORE, Announcing, Reporter, Unit, Within


@pytest.mark.parametrize(
    ("score", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (-1234.5, "-1,234.5"),
        (-0.00001234, "-1.234e-05"),
        (99_999.96, "100,000"),
        (-123_456.7, "-123,457"),
        (2.5e8, "250,000,000"),
        (1e9, "1e+09"),
        (-3.4028234663852886e38, "-3.40282e+38"),
        (math.nan, "–"),
        (-math.inf, "–"),
        (None, "–"),
    ],
)
def test_scores_are_short_however_large_or_small(score: float | None, text: str) -> None:
    assert SCORE.write(score) == text


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf, None])
def test_a_share_that_is_no_number_is_a_dash(score: float | None) -> None:
    assert CONFIDENCE.write(score) == "–"


class Heard(Reporter):
    def __init__(self) -> None:
        self.said: list[tuple[object, ...]] = []

    def start(self, task: str, total: int, done: int = 0, unit: Unit = CONFIDENCE) -> None:
        self.said.append((task, total, done, unit))

    def step(self, done: int, **numbers: float | None) -> None:
        self.said.append((done, numbers))

    def finish(self) -> None:
        self.said.append(())


def test_progress_is_passed_on_with_a_name_or_as_a_part() -> None:
    heard = Heard()
    for reporter in (Announcing("noise", heard), Within(heard, 30, "evolving")):
        for task in ("building", "evolving"):
            reporter.start(task, 9, 1, SCORE)
            reporter.step(2, best=0.5)
            reporter.finish()
    said = [[(f"noise: {task}", 9, 1, SCORE), (2, {"best": 0.5}), ()]
            for task in ("building", "evolving")]  # fmt: skip
    assert heard.said == [*said[0], *said[1], (32, {"best": 0.5})]
