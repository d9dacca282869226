"""The programs of docs/neat-python.md run as they stand there."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.neat_genomes import XOR, attributes

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "neat-python.md").read_text(encoding="utf-8")


def test_the_programs_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(XOR, tmp_path / "xor.ini")
    names: dict = {}

    for program in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(program, names)

    winner, genomes = names["winner"], names["genomes"]
    assert winner.fitness > 3.9
    assert attributes(genomes[0]) == attributes(winner)
    assert genomes[0].key == winner.key
    exec(names["source"], names)
    errors = [
        abs(names["xor"](*inputs)[0] - output)
        for inputs, output in zip(names["xor_inputs"], names["xor_outputs"], strict=True)
    ]
    assert max(errors) < 0.35


def test_the_numbers_of_the_page_are_those_measured() -> None:
    measured = json.loads((ROOT / "docs/results/neat-python.json").read_text())["agreement"]

    assert measured["genomes"] == measured["float64"]["within"] == 10_000
    assert measured["float64"]["largest within"] < 1e-13
    assert f"{measured['float32']['within']:,} then agree to 1e-4" in PAGE
    assert f"In the other {measured['float32']['beyond']}," in PAGE
    key = "of which neat-python's own result changes when rounded"
    assert measured["float32"][key] == measured["float32"]["beyond"]
