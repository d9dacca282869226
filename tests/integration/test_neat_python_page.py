"""The programs of docs/neat-python.md run as they stand there."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.neat_genomes import XOR, attributes

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "neat-python.md").read_text(encoding="utf-8")
TEXT = " ".join(PAGE.split())


def test_the_programs_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(XOR, tmp_path / "xor.ini")
    names: dict = {}

    for program in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(program, names)

    winner, genomes = names["winner"], names["genomes"]
    assert winner.fitness > 3.9
    assert names["pilot"].fitness > -15
    assert names["parrot"].fitness > -28  # who says one half all the time gets -28
    assert attributes(genomes[0]) == attributes(winner)
    assert genomes[0].key == winner.key
    exec(names["source"], names)
    errors = [
        abs(names["xor"](*inputs)[0] - output)
        for inputs, output in zip(names["xor_inputs"], names["xor_outputs"], strict=True)
    ]
    assert max(errors) < 0.35


MEASURED = json.loads((ROOT / "docs/results/neat-python.json").read_text())


def test_the_page_says_how_exact_it_was_when_it_was_measured() -> None:
    agreement, runs = MEASURED["agreement"], MEASURED["runs"]

    assert agreement["genomes"] == agreement["bit for bit"] + agreement["overflow"] == 10_000
    assert agreement["overflow"] < 10
    assert runs["equal"] == [*range(1, 11)]
    assert f"ten runs of {runs['generations']} generations" in TEXT
    single = agreement["float32"]
    assert f"{single['within']:,} agree to 1e-4. In the other {single['beyond']}," in TEXT
    assert single["of which neat-python's own result changes when rounded"] == single["beyond"]


@pytest.mark.parametrize(("queries", "least"), [(1, 2), (4, 2), (100, 10), (1000, 10)])
def test_the_page_says_how_fast_it_was_when_it_was_measured(queries, least) -> None:
    rows = [row for row in MEASURED["speed"] if row["queries"] == queries]
    made, alone = (
        [row[f"faster, {name}{end}"] for row in rows for name in ("shared", "own")]
        for end in (", made too", "")
    )

    assert len(rows) == 5 * 3
    assert min(made) >= least
    assert min(alone) >= least
    cells = (f"{min(times):.1f} to {max(times):.0f}" for times in (made, alone))
    assert f"| {queries:,} | {' | '.join(cells)} |" in PAGE


def test_the_page_says_what_a_script_pays_once() -> None:
    once = MEASURED["beginning"]
    seconds = once["import"] + once["first call"]
    compiling = once["first call, compiling"] - once["first call"]

    assert f"{seconds:.1f} s of CPU, and {compiling:.1f} s more" in TEXT
    assert f"{once['activations of neat-python meanwhile']:,} times in the {seconds:.1f} s" in TEXT
