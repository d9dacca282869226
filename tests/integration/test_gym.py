"""Runs in environments of Gymnasium: by name, resumed, failing, and of strangers."""

import json
import os
import re
import shutil
import signal
from pathlib import Path

import pytest

pytest.importorskip("gymnasium")

from neatfool import runs
from neatfool.reports import played
from tests.command import (
    assert_refused,
    assert_same_run,
    generation_saved,
    neatfool,
    started,
    wait_for,
)

SMALL = (
    *("--set", "search.batch=12", "--set", "task.play.episodes=2", "--set", "task.play.tests=6"),
    *("--set", "task.play.confirmed=0", "--set", "run.until_solved=false"),
    *("--set", "run.checkpoint_every=2", "--quiet"),
)
WALKS = {"own": "tests.gym_worlds:Line-v0", "made anew": "BipedalWalker-v3"}
FILE = """
from pathlib import Path
import gymnasium
from tests.gym_worlds import Line

Path(__file__).with_name("ran").touch()
gymnasium.register("Hill-v0", Line)
"""


@pytest.fixture(autouse=True)
def _short_films(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(played, "MOST_FRAMES", 3)


def run(folder: Path, name: str, *more: object) -> Path:
    outcome = neatfool("run", f"gym:{name}", "--out", folder, *SMALL, *more)
    assert outcome.code == 0, outcome.err
    return folder


def test_cart_and_pole_are_solved_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    small = (
        "--set",
        "task.play.tests=9",
        "--set",
        "task.play.confirmed=9",
        "--set",
        "search.batch=30",
    )
    outcome = neatfool("run", "gym:CartPole-v1", "--search", "neat", "--out", folder, *small)
    assert outcome.code == 0, outcome.err
    assert "it was solved" in outcome.out
    report = json.loads((folder / "report.json").read_text())
    assert report["task"]["name"] == "CartPole-v1"
    assert report["niches"][0]["tests"]["return"]["mean"] > 300  # of few
    assert (folder / "film.webp").exists()


@pytest.mark.parametrize("name", WALKS)
@pytest.mark.proof
def test_a_run_goes_on_as_if_it_had_not_been_interrupted(tmp_path: Path, name: str) -> None:
    more = "--set", "task.most_steps=30"
    whole = run(tmp_path / "whole", WALKS[name], "--generations", 5, *more)
    cut = run(tmp_path / "cut", WALKS[name], "--generations", 3, *more)
    outcome = neatfool("resume", cut, "--generations", 5, "--quiet")
    assert outcome.code == 0, outcome.err
    assert_same_run(cut, whole)


@pytest.mark.proof
def test_a_killed_run_resumes_to_the_same_end(tmp_path: Path) -> None:
    name, more = "LunarLander-v3", ("--generations", 8, "--set", "task.most_steps=120")
    whole, cut = run(tmp_path / "whole", name, *more), tmp_path / "cut"
    with started("run", f"gym:{name}", "--out", cut, *SMALL, *more) as process:
        wait_for(process, lambda: generation_saved(cut) >= 4)
    assert process.returncode == -signal.SIGKILL, "it had ended before it was killed"
    assert neatfool("resume", cut, "--quiet").code == 0
    assert_same_run(cut, whole)


@pytest.mark.parametrize("name", ["Raises", pytest.param("Hangs", marks=pytest.mark.proof)])
def test_what_fails_is_the_worst_and_the_run_goes_on(tmp_path: Path, name: str) -> None:
    rare = "--set", "task.play.episodes=1", "--set", "task.play.fresh=true", "--seed", 2
    limit = ("--set", "task.seconds=0.3") if name == "Hangs" else ()
    folder = tmp_path / "run"
    outcome = neatfool(
        *("run", f"gym:tests.gym_worlds:Seldom{name}-v0", "--out", folder, "--generations", 2),
        *SMALL[:-1],
        *rare,
        *limit,
    )
    assert outcome.code == 0, outcome.err
    report = json.loads((folder / "report.json").read_text())
    assert 0 < report["failed"] < 24
    assert f"{report['failed']} evaluations have no score" in outcome.out
    assert "without a score" in (folder / "report.html").read_text()
    assert "its network has the worst score" in (folder / "log.txt").read_text()


def test_what_always_fails_ends_the_run(tmp_path: Path) -> None:
    outcome = neatfool("run", "gym:tests.gym_worlds:Broken-v0", "--out", tmp_path / "run", *SMALL)
    assert outcome.code == 2
    assert "the floor broke" in outcome.err
    assert "scores that are no numbers" in outcome.err


@pytest.fixture
def sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run in a file's environment, as somebody else gets it."""
    (tmp_path / "hill.py").write_text(FILE)
    run(tmp_path / "run", f"{tmp_path / 'hill.py'}:Hill-v0", "--generations", 2)
    assert (tmp_path / "run" / "film.webp").exists()
    (tmp_path / "ran").unlink()
    os.utime(tmp_path / "hill.py", (0, 0))  # so that it is run again, though in one process
    monkeypatch.setenv("NEATFOOL_CACHE", str(tmp_path / "cache"))
    return tmp_path


def test_a_strangers_environment_is_not_run_unasked(sent: Path) -> None:
    again = "resume", sent / "run", "--generations", 3, "--quiet"
    assert_refused(neatfool(*again), "names a program", "hill.py:Hill-v0", "--trust")
    assert_refused(neatfool("play", sent / "run"), "names a program", "--trust")
    assert not (sent / "ran").exists()
    assert neatfool(*again, "--trust").code == 0
    assert (sent / "ran").exists()


def test_a_run_goes_on_with_the_file_it_began_with(sent: Path) -> None:
    (sent / "hill.py").write_text(FILE + "# changed\n")
    outcome = neatfool("resume", sent / "run", "--generations", 3, "--quiet", "--trust")
    assert_refused(outcome, "id.file")


def test_a_module_is_not_imported_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it is a module or in a package, or in one without files."""
    folder = run(tmp_path / "run", "tests.gym_worlds:Line-v0", "--generations", 1)
    monkeypatch.setenv("NEATFOOL_CACHE", str(tmp_path / "cache"))
    (tmp_path / "evil" / "inner").mkdir(parents=True)
    for module in ("wicked.py", "evil/inner/worse.py"):
        (tmp_path / module).write_text('open(__file__ + ".ran", "w")')
    monkeypatch.syspath_prepend(tmp_path)
    config = folder / "resolved.toml"
    text = config.read_text()
    for module in ("wicked", "evil.inner.worse", "tests.gym_worlds"):
        config.write_text(text.replace("tests.gym_worlds:", f"{module}:"))
        outcome = neatfool("resume", folder, "--generations", 2, "--quiet")
        assert_refused(outcome, "names a program", "--trust")
    assert not list(tmp_path.rglob("*.ran"))


def test_the_example_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[2] / "docs" / "gymnasium.md").read_text()
    [(name, text)] = re.findall(r'```python title="(\S+)"\n(.*?)```', page, re.DOTALL)
    (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    run(tmp_path / "run", "hill.py:Hill-v0", "--generations", 3)
    [toml] = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "lander.toml").write_text(toml)
    config = runs.load_config(tmp_path / "lander.toml")
    assert (config.batch, config.encoding.activations) == (200, ("tanh",))  # type: ignore[attr-defined]
    parts = runs.build(config)
    assert len(parts.task.medium.inputs) == 2 * 8 + 1


def test_environments_are_refused_in_words(tmp_path: Path) -> None:
    outcome = neatfool("run", "gym:LunaLander-v3", "--out", tmp_path / "run")
    assert_refused(outcome, "did you mean LunarLander-v3")
    outcome = neatfool("run", "gym:", "--out", tmp_path / "run")
    assert_refused(outcome, "task.id")
    outcome = neatfool("run", "jim:CartPole-v1", "--out", tmp_path / "run")
    assert_refused(outcome, "unknown task jim:CartPole-v1")
    shutil.rmtree(tmp_path / "run", ignore_errors=True)
