"""Whole runs by NEAT: interrupted or not, with any threads, from the command line."""

from pathlib import Path

import pytest

from neatfool import reports, runs
from tests.command import assert_same_run, assert_whole, neatfool

KINDS = {
    "cppn": ("encoding.kind=cppn", "search.species=5"),
    "pixels": ("encoding.kind=pixels", "search.distance.weights=30"),
    "offset": ("encoding.kind=offset",),
    "switch": ("encoding.kind=switch", "encoding.at=4"),
    "cppn as neat-python": ("search.rules=neat-python", "search.threshold=9"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_resumed_run_with_other_threads_is_the_same(kind: str, tmp_path: Path) -> None:
    changes = ["search.kind=neat", "search.batch=70", "run.checkpoint_every=2", *KINDS[kind]]

    def config(generations: int, threads: int) -> runs.Config:
        lengths = [f"run.generations={generations}", f"run.workers=threads:{threads}"]
        return runs.load_config(None, [*changes, *lengths])

    reports.run(config(8, 1), tmp_path / "whole")
    reports.run(config(3, 2), tmp_path / "parts")
    reports.run(config(8, 2), tmp_path / "parts", resume=True)

    assert_same_run(tmp_path / "parts", tmp_path / "whole")
    assert_whole(tmp_path / "parts")


def test_the_command_line_takes_it(tmp_path: Path) -> None:
    folder, size = tmp_path / "run", ("--generations", 3, "--batch", 20)
    rules = ("--set", "search.rules=2002")  # a number, for TOML
    outcome = neatfool("fool", "--search", "neat", *size, *rules, "--out", folder)
    assert outcome.code == 0, outcome.err
    assert "60 images" in outcome.out
    assert 'kind = "neat"' in (folder / "resolved.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--search", "neet"), "unknown search neet: did you mean neat?"),
        (("--search", "neat", "--batch", 1), "search.batch: expected a number "),
        (("--search", "neat", "--set", "search.tolerance=1"), "unknown key search.tolerance"),
        (
            ("--search", "neat", "--set", "search.rules=neat-python", "--set", "search.champion=1"),
            "champion has no effect with rules = neat-python",
        ),
        (
            ("--search", "neat", "--set", "search.rules=2003"),
            "search.rules: expected '2002' or 'neat-python'",
        ),
    ],
)
def test_bad_input_ends_in_one_line(arguments, message, tmp_path: Path) -> None:
    outcome = neatfool("fool", *arguments, "--out", tmp_path / "run")
    assert outcome.code == 2
    assert message in " ".join(outcome.err.split())
    assert not (tmp_path / "run").exists()
