"""The programs of docs/neat-python.md run as they stand there."""

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.command import neatfool
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
    assert attributes(names["best"]) == attributes(winner)
    assert names["disc"].fitness > 0.7
    assert (tmp_path / "winner.svg").is_file()
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


@pytest.mark.proof
def test_a_script_and_four_commands_show_what_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(XOR, tmp_path / "xor.ini")
    monkeypatch.setattr("webbrowser.open", lambda address: None)
    monkeypatch.setattr("neatfool.web.serve", lambda app, listening, log: None)
    script: dict = {}
    exec(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0], script)
    script["population"].reporters.reporters[0].close()  # as its end does

    commands = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)[0].splitlines()
    for command in commands:
        called = neatfool(*shlex.split(command, comments=True)[1:])
        assert called.code == 0, called.err
    assert len(commands) == 4
    pictures = {path.stem for path in (tmp_path / "runs/xor/plots").glob("*.png")}
    assert pictures == {"curves", "gallery", "sizes", "species"}
    page = (tmp_path / "runs/xor/report.html").read_text()
    assert "its script ended" in page
    table = PAGE.partition("| file in the folder |")[2].partition("\n\n")[0]
    named = re.findall(r"`([^`]*)`", "".join(row.split("|")[1] for row in table.splitlines()[2:]))
    assert len(named) == 8
    assert all((tmp_path / "runs/xor" / name).exists() for name in named)
    assert neatfool("resume", "runs/xor").code != 0


SCRIPTS = json.loads((ROOT / "docs/results/neat-scripts.json").read_text())


def test_the_page_says_what_whole_scripts_take() -> None:
    taken = {(row["way"], row["rows"]): row for row in SCRIPTS}
    for rows in (4, 100, 400):
        theirs, ours = (taken[way, rows]["whole"] for way in ("neat-python", "neatfool"))
        assert f"| {rows} | {theirs:.1f} | {ours:.1f} |" in PAGE
    recorded = taken["recorded", 4]
    share = 100 * recorded["recording"] / (recorded["evolving"] - recorded["recording"])
    begin = recorded["whole"] - taken["neat-python", 4]["whole"] - recorded["recording"]
    assert f"{share:.0f} % of the CPU time of XOR, and {begin:.1f} s to begin with" in TEXT
    lead, lag = (
        taken["neat-python", rows]["whole"] - taken["neatfool", rows]["whole"]
        for rows in (400, 100)
    )
    level = (100 + 300 * lag / (lag - lead)) * 150 * recorded["generations"]
    assert f"level at about {level / 1e6:.1f} million activations" in TEXT


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
