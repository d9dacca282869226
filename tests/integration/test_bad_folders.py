"""A folder that cannot be used is left as it is, and a message says what to do."""

import errno
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import safetensors.torch
import torch

from neatfool import files
from neatfool.classifiers import LeNet5
from neatfool.images import to_png
from tests.command import Outcome, assert_refused, assert_whole, digests, neatfool

SIZE = ("--generations", 3, "--batch", 20, "--quiet")


def test_an_output_folder_with_another_run(run: Path) -> None:
    before = digests(run)
    assert_refused(
        neatfool("fool", "--out", run, *SIZE), "holds another run", f"`neatfool resume {run}`"
    )
    assert digests(run) == before


def test_an_output_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path, tmp_path / "file"):
        assert_refused(neatfool("fool", "--out", folder, *SIZE), "is not an empty folder: choose")
    for folder in (tmp_path / "file" / "run", Path("/proc/run"), tmp_path / ("long" * 99)):
        outcome = neatfool("fool", "--out", folder, *SIZE)
        assert_refused(outcome, f"cannot write to {folder}", "choose another folder")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "mine"


def test_no_space_left(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the space runs out, the run can be resumed once there is some."""
    kept = {name: d for name, d in digests(run).items() if name != "log.txt"}
    real, room, left = files.os.fsync, 0, 0

    def full(descriptor: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(files.os, "fsync", full)
    while room < 30:
        left = room
        outcome = neatfool("resume", run, "--quiet")
        if outcome.code == 0:
            break
        assert_refused(outcome, "No space left on device; make room", f"`neatfool resume {run}`")
        assert_whole(run)
        room += 1

    assert room > 10
    now = digests(run)
    changing = {"log.txt", "report.json", "report.html", "checkpoints/00000008.safetensors"}
    assert {k: v for k, v in now.items() if k not in changing} == {
        k: v for k, v in kept.items() if k not in changing
    }


@pytest.mark.parametrize(
    ("content", "messages"),
    [
        ("[run\n", ("resolved.toml is not TOML",)),
        ("", ("resolved.toml is not whole: expected all settings",)),
        ("[run]\nsede = 3\n", ("resolved.toml: unknown key run.sede: did you mean run.seed?",)),
        ("[search]\nbatch = 7\n", ("resolved.toml is not whole", "put the file back")),
    ],
)
def test_resuming_with_other_settings(run: Path, content: str, messages: tuple[str, ...]) -> None:
    (run / "resolved.toml").write_text(content)
    before = digests(run)
    assert_refused(neatfool("resume", run), *messages)
    assert digests(run) == before


def test_resuming_against_other_weights(tmp_path: Path) -> None:
    weights, run = tmp_path / "w.safetensors", tmp_path / "run"
    safetensors.torch.save_file(LeNet5(10).state_dict(), weights)
    neatfool("fool", "--out", run, "--set", f"task.classifier.weights={weights}", *SIZE)
    before = digests(run)

    safetensors.torch.save_file(LeNet5(10).state_dict(), weights)  # which are drawn anew

    assert_refused(
        neatfool("resume", run, "--generations", 9),
        "the weights that it was begun with",
        "put it back",
    )
    assert digests(run) == before


def test_resuming_what_is_no_run(tmp_path: Path, run: Path) -> None:
    for folder in (tmp_path, tmp_path / "none", run / "log.txt"):
        assert_refused(neatfool("resume", folder), f"{folder} holds no run: expected a folder with")
    assert_refused(neatfool("resume", run, "--generations", -1), "run.generations", "got -1")
    assert_refused(neatfool("resume", run, "--generations", "x"), "neatfool resume --help")


def black_png(side: int) -> bytes:
    return to_png(torch.zeros(1, side, side))


def _without_elite(folder: Path) -> None:
    (folder / "elites" / "3_3.png").unlink()


def _with_another_picture(folder: Path) -> None:
    (folder / "elites" / "3_3.png").write_bytes(black_png(29))


def _with_half_a_picture(folder: Path) -> None:
    (folder / "elites" / "3_3.png").write_bytes(black_png(28)[:45])


def _with_a_report(text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / "report.json").write_text(text) and None


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_without_elite, "3_3.png is missing"),
        (_with_another_picture, "3_3.png: expected a picture of shape (1, 28, 28)"),
        (_with_half_a_picture, "3_3.png: expected a PNG picture, grey or RGB"),
        (lambda folder: (folder / "elites.safetensors").unlink(), "elites.safetensors is missing"),
        (_with_a_report(""), "report.json is damaged"),
        (_with_a_report("[]"), "report.json is damaged"),
        (_with_a_report('{"schema": 3, "niches": []}'), "report.json is damaged"),
        (_with_a_report('{"schema": 99}'), "has schema 99, expected 3: another version"),
        (_with_a_report('{"schema": 2, "classes": []}'), "has schema 2, expected 3: another"),
        (
            _with_a_report('{"schema": 3, "generations": 9, "niches": [{"score": 1}]}'),
            "report.json is damaged",
        ),
    ],
)
def test_a_spoilt_folder_is_told(run: Path, spoil: Callable[[Path], None], message: str) -> None:
    spoil(run)
    assert_refused(neatfool("report", run), message)
    assert_whole(run)


LIMITED = """
import resource, sys
from neatfool import cli, runs
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), resource.RLIM_INFINITY))
cli.main()
"""


@pytest.mark.proof
def test_a_limit_on_the_size_of_files(tmp_path: Path) -> None:
    """The limit is the system's, which stops the write of the first checkpoint half-way."""
    folder = tmp_path / "run"
    command = [sys.executable, "-c", LIMITED, "5000", "fool", "--out", folder, *SIZE]
    ended = subprocess.run(list(map(str, command)), capture_output=True, encoding="utf-8")

    assert_refused(Outcome(ended.returncode, ended.stdout, ended.stderr), "File too large")
    assert_whole(folder)
    assert neatfool("resume", folder, "--quiet").code == 0
