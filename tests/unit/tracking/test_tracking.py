"""Trackers that fail."""

import json
import logging
import sys
from pathlib import Path

import pytest
from filelock import FileLock

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


def test_a_tracker_that_hangs_holds_nobody_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tensorboard")
    monkeypatch.setattr("neatfool.tracking.tracking._PATIENCE", 0.0)
    (tmp_path / "tracked").mkdir()
    generations = 3000  # more than a pipe holds
    with FileLock(tmp_path / "tracked" / f"{NAME}.lock"):
        with Tracking([NAME]) as tracking:
            tracking.begin(tmp_path, {}, 0)
            [channel] = tracking._channels
            for number in range(1, generations + 1):
                tracking.numbers({"generation": number, "best": 0.5, "worst": 0.25})
        [warning] = warnings_of(caplog)
    assert channel._process is not None
    channel._process.wait()

    assert "is still at it, and goes on by itself: it was not told what followed gen" in warning
    assert warning.count(" resume") == 1
    known = json.loads((tmp_path / "tracked" / f"{NAME}.json").read_text())
    assert known["told"] == generations, "it hears all of it in the end"


def test_nobody_is_told_without_a_name(tmp_path: Path) -> None:
    with Tracking() as tracking:
        assert tracking.begin(tmp_path, {}, 4) == 4
        assert not tracking.is_told
        tracking.numbers({"generation": 1})

    assert not list(tmp_path.iterdir())
