"""Trackers that fail."""

import logging
import sys
from pathlib import Path

import pytest

from neatfool.tracking import Tracking

NAME = "tensorboard"


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]


def told(folder: Path) -> None:
    with Tracking([NAME]) as tracking:
        assert tracking.begin(folder, {"run.seed": 3}, 0) == 0
        tracking.numbers({"generation": 1, "best": 0.5, "worst": None})
        tracking.saved(1)


def test_a_tracker_that_fails_is_warned_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / NAME).write_text("where its files should go")
    told(tmp_path)

    [warning] = warnings_of(caplog)
    assert warning.startswith(f"{NAME} is told no more: ")
    assert warning.endswith(f"the run is not affected ({tmp_path}/tracked/{NAME}.txt)")


def test_a_process_that_cannot_be_started_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    told(tmp_path)

    [warning] = warnings_of(caplog)
    assert "cannot be started: No such file" in warning


def test_nobody_is_told_without_a_name(tmp_path: Path) -> None:
    with Tracking() as tracking:
        assert tracking.begin(tmp_path, {}, 4) == 4
        assert not tracking.is_told
        tracking.numbers({"generation": 1})

    assert not list(tmp_path.iterdir())
