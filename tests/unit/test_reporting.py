"""How scores are written for people."""

import json
import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neatfool.reporting import (
    CONFIDENCE,
    SCORE,
    Announcing,
    Reporter,
    Unit,
    Within,
    apart,
    percent,
)

NUMBERS = Path(__file__).parents[2] / "neatfool" / "web" / "static" / "numbers.js"
ODD = (
    0.0,
    -1.0,
    1.0,
    1 - 2**-24,
    1 - 1e-7,
    1 - 1e-12,
    5e-324,
    1e-6,
    0.0625,
    0.03125,
    0.9,
    0.995561,
)


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


@pytest.mark.parametrize(
    ("confidence", "text"),
    [
        (0.995561, "99.56 %"),
        (np.float32(0.999996), "99.99960 %"),
        (1 - 2**-24, "> 99.99999 %"),
        (0.000312, "0.0312 %"),
        (1e-9, "< 0.0001 %"),
        (0.125, "12.5 %"),
        (0.0, "0 %"),
        (1.0, "100 %"),
        (-1.0, "refused"),
    ],
)
def test_confidences_have_the_digits_that_matter(confidence: float, text: str) -> None:
    assert percent(confidence) == text


@given(st.floats(0, 1))
def test_certainty_is_never_what_was_rounded_to_it(share: float) -> None:
    text = percent(share)
    assert (text == "100 %") == (share == 1)
    assert (text == "0 %") == (share == 0)
    number = float(text.strip("<> %")) / 100
    assert abs(number - share) <= 0.0051 * max(min(share, 1 - share), 2e-4)


@given(st.floats(0, 1), st.floats(0, 1))
def test_what_is_apart_has_a_sign_and_what_is_not_has_none(one: float, other: float) -> None:
    text = apart(one, other)
    if text == "0":
        assert apart(other, one) == "0"
        return
    assert (text[0] == "+") == (one > other)
    assert apart(other, one)[1:] == text[1:]
    assert any(digit in text for digit in "123456789")


def in_pages(tmp_path: Path, expression: str, given: object) -> list[list[str]]:
    """Compute an expression of ``one`` and ``other`` for each of some pairs, as pages do."""
    program = (
        "import { percent, apart, figure, write, writeLevel } from './numbers.mjs';"
        "const pairs = JSON.parse(process.argv[1]);"
        f"console.log(JSON.stringify(pairs.map(([one, other]) => {expression})));"
    )
    shutil.copy(NUMBERS, tmp_path / "numbers.mjs")
    node = ["node", "--input-type=module", "-e", program, json.dumps(given)]
    said = subprocess.run(node, cwd=tmp_path, capture_output=True, check=True).stdout
    found: list[list[str]] = json.loads(said)
    return found


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_pages_write_shares_as_python_does(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    nines = 1 - 10.0 ** -random.uniform(0, 9, 400)
    shares = [*ODD, *nines, *(1 - nines), *np.arange(0, 1, 1 / 128)]
    pairs = list(zip(shares, random.permutation(shares).tolist(), strict=True))
    said = in_pages(tmp_path, "[percent(one), apart(one, other)]", pairs)
    assert said == [[percent(a), apart(a, b)] for a, b in pairs]


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_pages_write_scores_and_levels_as_python_does(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    scores = 10.0 ** random.uniform(-9, 13, 300)
    ties = [1234.125, 1234.375, 100_000.5, 100_001.5, 99_999.95, 0.5, 1.0000005, 999_999_999.5]
    some = [0.0, 1_234_567, 1.2e9, 1.234e-05, 1e5, 1e9, 99_999.96, 0.0001, *ties, *scores.tolist()]
    numbers = [*some, *(-each for each in some), *random.normal(0, 1e4, 50).astype("f4").tolist()]
    levels = [0.5, 0.9, 0.99, 0.9999, 0.125, 1e-7, 0.0, 1.0, *random.uniform(0, 1, 50).tolist()]
    for unit, wanted in ((SCORE, numbers), (Unit("distance"), numbers), (CONFIDENCE, levels)):
        pairs = [(each, {"is_share": unit.is_share}) for each in wanted]
        said = in_pages(tmp_path, "[write(one, other), writeLevel(one, other)]", pairs)
        assert said == [[unit.write(each), unit.round(each)] for each in wanted]
    none = in_pages(tmp_path, "[write(one, other), figure(2)]", [(None, {"is_share": False})])
    assert none == [[SCORE.write(None), SCORE.write(2)]]


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
