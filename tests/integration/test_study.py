"""Studies from the command line: what is done stays, what is missing is made, failures are told."""

import ast
import csv
import importlib.util
import itertools
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.command import neatfool

ROOT = Path(__file__).parents[2]
FLAKY = """
from pathlib import Path

import numpy as np

from neatfool import KindSettings, Line, Task


class Flaky(Task):
    Settings = KindSettings
    niches = ("only",)
    medium = Line(3)

    def __init__(self, settings, seed):
        self.seed = seed

    def score(self, vectors, trial=None):
        if self.seed == 1 and not Path("{mended}").exists():
            raise ValueError("not today")
        return vectors.numpy()[:, :1]
"""
SMALL = ("--set", "search.batch=12", "--set", "run.generations=3", "--on", "threads")


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "runs.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_from_tasks_to_a_page_and_on_to_more_seeds(tmp_path: Path) -> None:
    out = tmp_path / "study"
    done = neatfool("study", "xor", "--seeds", "0-1", *SMALL, "--at", "2", "--out", out)
    assert (done.code, done.err.count("failed")) == (0, 0), done.err
    before = (out / "runs" / "xor" / "seed-0" / "elites.safetensors").stat().st_mtime_ns
    assert [row["seed"] for row in rows(out)] == ["0", "1"]

    shutil.rmtree(out / "runs" / "xor" / "seed-1")  # what is recorded need not be there
    more = neatfool("study", out, "--seeds", "0-2", "--on", "threads")
    assert more.code == 0, more.err
    assert [row["seed"] for row in rows(out)] == ["0", "1", "2"]
    assert (out / "runs" / "xor" / "seed-0" / "elites.safetensors").stat().st_mtime_ns == before
    assert not (out / "runs" / "xor" / "seed-1").exists()
    page = (out / "study.md").read_text(encoding="utf-8")
    said = f"`neatfool study {out} --seeds 0-2 --on threads`. 3 seeds: 3 of 3 runs are done."
    assert re.search(r"^Made by `neatfool study xor .*`, then ", page, re.MULTILINE)
    assert said in page
    assert "## Score after 2 generations" in page
    assert all((out / name).is_file() for name in ("curves.png", "boxes.svg", "table.tex"))


def test_where_the_runs_are_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    wanted = ("study", "xor", "--seeds", "0-0", *SMALL, "--runs", "runs/xor", "--out", "pages/xor")
    assert neatfool(*wanted).code == 0
    assert 'runs = "../../runs/xor"' in Path("pages/xor/study.toml").read_text()

    moved = (tmp_path / "here").rename(tmp_path / "there")
    monkeypatch.chdir(tmp_path)
    more = neatfool("study", moved / "pages" / "xor", "--seeds", "0-1", "--on", "threads")
    assert more.code == 0, more.err
    assert sorted(p.name for p in (moved / "runs" / "xor" / "xor").iterdir()) == [
        "seed-0",
        "seed-1",
    ]

    monkeypatch.chdir(moved)
    far = ("--runs", tmp_path / "far", "--on", "threads")
    assert neatfool("study", "pages/xor", "--seeds", "0-2", *far).code == 0
    assert f'runs = "{tmp_path / "far"}"' in Path("pages/xor/study.toml").read_text()
    assert [path.name for path in (tmp_path / "far" / "xor").iterdir()] == ["seed-2"]
    (tmp_path / "far").rename(tmp_path / "farther")
    assert "say --runs if it was moved" in neatfool("study", "pages/xor").err


def test_what_fails_is_listed_and_made_again_on_request(tmp_path: Path) -> None:
    task = tmp_path / "flaky.py"
    mended = tmp_path / "mended"
    task.write_text(FLAKY.format(mended=mended))
    out = tmp_path / "study"
    wanted = ("study", f"{task}:Flaky", "--seeds", "0-1", *SMALL, "--out", out)
    failed = neatfool(*wanted)
    assert failed.code == 1
    assert "not today" in failed.err
    assert "--retry" in failed.err
    assert [bool(row["error"]) for row in rows(out)] == [False, True]
    assert "Runs that failed" in (out / "study.md").read_text(encoding="utf-8")

    mended.touch()
    assert neatfool(*wanted).code == 1  # it is not tried again unasked
    again = neatfool(*wanted, "--retry")
    assert again.code == 0, again.err
    assert [row["error"] for row in rows(out)] == ["", ""]


def test_a_function_of_users_measures_runs(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "from neatfool import past\n"
        "def size(folder):\n"
        "    return {'niches': len(past.read_about(folder).names), 'nothing': None}\n"
    )
    study = tmp_path / "small.toml"
    study.write_text(
        f"program = '{tmp_path / 'own.py'}:size'\n"
        "measures = ['niches', 'score']\nseeds = '2'\n"
        "changes = ['search.batch=12', 'run.generations=2']\n"
        "[[methods]]\nname = 'XOR'\nconfig = 'xor'\npublished = {niches = '1 (of a paper)'}\n"
    )
    out = tmp_path / "out"
    done = neatfool("study", study, "--on", "threads", "--out", out)
    assert done.code == 0, done.err
    assert [(row["niches"], row["nothing"]) for row in rows(out)] == [("1", ""), ("1", "")]
    page = (out / "study.md").read_text(encoding="utf-8")
    assert "| XOR | 2 | 1 (0) | 1 |" in page
    assert "| published |  | 1 (of a paper) |  |" in page


@pytest.mark.proof
def test_the_examples_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "studies.md").read_text(encoding="utf-8")
    _, study = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    measure, script = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    quick = study.replace("run.until_solved=true", "run.generations=2")
    Path("larger.toml").write_text(f'program = "measures.py:size"\n{quick}')
    Path("measures.py").write_text(measure)
    batches = ("--vary", "search.batch=12,20")
    done = neatfool("study", "larger.toml", "--seeds", "0-0", *batches, "--on", "threads")
    assert done.code == 0, done.err
    found = rows(Path("runs/study-larger"))
    assert [row["method"] for row in found] == ["plain", "many new nodes"] * 2
    assert all(float(row["hidden"]) >= 0 for row in found)
    names = {node.id for node in ast.walk(ast.parse(script)) if isinstance(node, ast.Name)}
    assert {"studies", "study", "results"} <= names
    told = page.split("## What it writes")[1].split("## ")[0]
    for file in ("study.md", "study.toml", "runs.csv", "tests.csv", "table.tex", "records.jsonl"):
        assert f"`{file}`" in told
        assert Path("runs/study-larger", file).is_file()


def test_folders_of_other_settings_are_never_taken_for_these(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    text = '[task]\nkind = "xor"\n[encoding]\nsigma = {}\n'
    config.write_text(text.format(2.5))
    wanted = ("study", config, "--seeds", "0-0", *SMALL, "--out", tmp_path / "study")
    assert neatfool(*wanted).code == 0
    config.write_text(text.format(0.01))
    other = neatfool(*wanted)
    assert other.code == 1
    assert "expected the encoding.sigma that it was begun with" in other.err
    runs = ("--runs", tmp_path / "study" / "runs", "--out", tmp_path / "other")
    config.write_text(text.format(2.5))
    shared = neatfool(*wanted, *runs, "--set", "run.target=1.0")
    assert "expected the run.target that it was begun with" in shared.err


def test_programs_of_a_folder_take_consent(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "from pathlib import Path\nPath(__file__ + '.ran').touch()\n"
        "def size(folder):\n    return {'own': 1}\n"
    )
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "study.toml").write_text(
        f"program = '{tmp_path / 'own.py'}:size'\nseeds = '1'\n"
        "changes = ['search.batch=12', 'run.generations=2']\n"
        "[[methods]]\nname = 'xor'\nconfig = 'xor'\n"
    )
    refused = neatfool("study", folder, "--on", "threads")
    assert refused.code == 2
    assert "add --trust if you trust it" in " ".join(refused.err.split())
    assert not (tmp_path / "own.py.ran").exists()
    assert neatfool("study", folder, "--on", "threads", "--trust").code == 0
    assert rows(folder)[0]["own"] == "1"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["xor", "--vary", "search.batch=5,6", "--vary", "search.batch=7"], "each setting once"),
        (["xor", "--out", "full"], "holds no study: expected study.toml"),
        (["xor", "--vary", "search.batch=5,-5"], "xor,batch=-5/seed-0"),
        (["xor", "--vary", "run.sed=1,2"], "did you mean run.seed?"),
        (["xor", "--seeds", "many"], "expected seeds such as 0-29"),
        (["xor", "--measure", "nonsense"], "there is no measure 'nonsense': expected score, mean,"),
        (["xor", "--on", "moon"], "on: expected threads, processes, ray"),
        (["xor", "--on", "processes:0"], "on: expected threads, processes, ray"),
        (["xor", "--on", "threads:2"], "take processes:2 for 2 at a time"),
        (["xor", "--at", "soon"], "--at: expected generations"),
        (["xor", "--at", "3,9", "--set", "run.generations=8"], "at: expected generations up to 8"),
        (["xor", "--at", "9", "--vary", "run.generations=9,8"], "of xor,generations=8, got 9;"),
        (["xor", "xor"], "two methods have one name"),
        (["nothing.toml"], "cannot read the config nothing.toml"),
        (["."], "holds no study"),
        (["xor", "--out", "taken"], "is no folder"),
    ],
)
def test_bad_input_is_told_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("taken").touch()
    Path("full").mkdir()
    Path("full", "precious.csv").touch()
    out = ("--out", "out") if "--out" not in given else ()
    found = neatfool("study", *given, *out)
    assert found.code == 2
    assert said in " ".join(found.err.split())
    assert not list(Path().glob("out/runs/*/seed-*"))
    assert not Path("out", "study.toml").exists()


def test_a_folder_keeps_what_it_was_begun_with(tmp_path: Path) -> None:
    out = tmp_path / "study"
    assert neatfool("study", "xor", "--seeds", "0-0", *SMALL, "--out", out).code == 0
    other = neatfool("study", "xor", "--set", "search.batch=13", "--out", out)
    assert other.code == 2
    assert "expected the changes that it was begun with" in " ".join(other.err.split())
    damaged = out / "records.jsonl"
    damaged.write_text("{}\n" + damaged.read_text())
    found = neatfool("study", out)
    assert found.code == 2
    assert "is damaged" in found.err


@pytest.mark.long
@pytest.mark.parametrize("on", ["ray:1", "processes:1"])
def test_a_run_that_ends_its_process_fails_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on: str
) -> None:
    if on == "ray:1":
        pytest.importorskip("ray")
        monkeypatch.setattr("neatfool.workers.ray.tasks._TRIES", 2)
    (tmp_path / "own.py").write_text(
        "import os\n"
        "def size(folder):\n"
        "    return os._exit(3) if folder.name == 'seed-1' else {'own': 1}\n"
    )
    (tmp_path / "small.toml").write_text(
        f"program = '{tmp_path / 'own.py'}:size'\nseeds = '3'\n"
        "changes = ['search.batch=12', 'run.generations=2']\n"
        "[[methods]]\nname = 'xor'\nconfig = 'xor'\n"
    )
    found = neatfool("study", tmp_path / "small.toml", "--on", on, "--out", tmp_path / "out")
    assert found.code == 1, found.err
    assert [bool(row["error"]) for row in rows(tmp_path / "out")] == [False, True, False]
    assert "failed: xor/seed-1: its process" in found.err


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_study_that_is_killed_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    """2 × 3 × 10 runs, killed at ten random moments; and the same on threads."""
    command = ["study", "xor", "--seeds", "0-9", "--vary", "search.kind=neat,map-elites"]
    command += ["--vary", "search.batch=12,18,24", "--set", "run.generations=12", "--out", "out"]
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()

    def started(where: str, *more: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", "neatfool", *command, *more],
            cwd=tmp_path / where,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    with started("whole") as process:
        assert process.wait() == 0
    moments, kills = random.Random(0), 0
    while kills < 10:
        with started("killed", "--on", "processes" if kills < 3 else "threads") as process:
            folder = tmp_path / "killed" / "out" / "runs"
            begun = len(list(folder.glob("*/*/metrics.jsonl")))
            wanted = begun + moments.randrange(1, 6)
            while process.poll() is None and len(list(folder.glob("*/*/metrics.jsonl"))) < wanted:
                time.sleep(0.005)
            assert process.poll() is None, "it ended before it was killed"
            os.kill(process.pid, signal.SIGKILL)
            kills += 1
    with started("killed") as process:  # the page says what was called last
        assert process.wait() == 0
    others = ["threads"] + ["ray:2"] * (importlib.util.find_spec("ray") is not None)
    for name in others:
        (tmp_path / name).mkdir()
        with started(name, "--on", name) as process:
            assert process.wait() == 0
    tables = {
        (tmp_path / name / "out" / "runs.csv").read_bytes() for name in ("whole", "killed", *others)
    }
    assert len(tables) == 1
    pages = [(tmp_path / name / "out" / "study.md").read_bytes() for name in ("whole", "killed")]
    assert pages[0] == pages[1]
    runs = sorted((tmp_path / "whole" / "out" / "runs").glob("*/*/elites.safetensors"))
    assert len(runs) == 60
    for file, name in itertools.product(runs, ("killed", *others)):
        other = tmp_path / name / file.relative_to(tmp_path / "whole")
        assert file.read_bytes() == other.read_bytes()
