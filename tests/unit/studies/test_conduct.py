"""How what is asked for is joined with what a folder was begun with."""

import sys
from pathlib import Path
from typing import Any

import pytest

from neatfool.cli.study import _asked
from neatfool.reporting import SCORE, Reporter, Unit
from neatfool.studies import StudySettings, make_study
from neatfool.studies.conducting import joined
from neatfool.studies.jobs import jobs_of
from neatfool.studies.together import TogetherReporter

XOR = {"name": "xor", "config": "xor"}


def study(seeds: str, *commands: str, **more: Any) -> StudySettings:
    return make_study({"methods": [XOR], "seeds": seeds, "commands": commands, **more})


BEFORE = study("0-4", "first")


@pytest.mark.parametrize(
    ("now", "commands"),
    [
        (study("0-9", "all of it"), ("all of it",)),
        (study("5-9", "more"), ("first", "more")),
        (study("0-1", "less"), ("first",)),
        (study("0-4", "the same"), ("the same",)),
        (study("0-4", "title", title="Another"), ("title",)),
        (study("7", "first"), ("first",)),
    ],
)
def test_the_commands_that_ask_for_the_whole_are_kept(
    now: StudySettings, commands: tuple[str, ...]
) -> None:
    assert joined(BEFORE, now, Path("out")).commands == commands


class Hears(Reporter):
    def __init__(self) -> None:
        self.begun = list[tuple[str, int]]()

    def start(self, task: str, total: int, done: int = 0, unit: Unit = SCORE) -> None:
        self.begun.append((task, total))


def test_what_comes_before_the_runs_is_told_by_its_name(tmp_path: Path) -> None:
    jobs, heard = jobs_of(study("0-1", changes=["run.generations=3"]), tmp_path), Hears()
    together = TogetherReporter(jobs, lambda _: None, heard)
    together.start("starting Ray", 0)
    together.start("running", 2)
    assert heard.begun == [("starting Ray", 0), ("2 runs", 6)]


def test_a_study_that_is_gone_on_with_by_its_folder_keeps_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "study.toml").write_text(BEFORE.dump(), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["neatfool", "study", "it", "--seeds", "0-9"])
    for given, commands in (
        ({}, ("first",)),
        ({"seeds": "0-9"}, ("first", "neatfool study it --seeds 0-9")),
        ({"seeds": "0-1"}, ("first",)),
    ):
        asked, _ = _asked([str(tmp_path)], dict(given), None)
        assert joined(BEFORE, asked, tmp_path).commands == commands
