"""The command line for tests: within this process, or in one of its own."""

import contextlib
import functools
import hashlib
import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import typer.main

from neatfool import cli

TIMES = ("wall_seconds", "evolve_seconds", "evaluations_per_second", "environment")
"""What a report says that two equal runs need not have in common."""


_command = functools.cache(typer.main.get_command)
"""All commands, put together once."""


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


def neatfool(*arguments: object) -> Outcome:
    """Call the command line within this process; an unexpected exception comes through."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["neatfool", *map(str, arguments)]),
        mock.patch.object(typer.main, "get_command", _command),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            cli.main()
        except SystemExit as stop:
            return Outcome(int(stop.code or 0), out.getvalue(), err.getvalue())
    raise AssertionError("the command line did not exit")


@contextlib.contextmanager
def started(*arguments: object) -> Iterator["subprocess.Popen[str]"]:
    """Start the command line in a process of its own, which does not outlive the block."""
    command = [sys.executable, "-m", "neatfool", *map(str, arguments)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(process: "subprocess.Popen[str]", condition: Callable[[], bool]) -> None:
    """Wait until something holds or the process ends."""
    while process.poll() is None and not condition():
        time.sleep(0.002)


def generation_saved(folder: Path) -> int:
    """Return the generation of the newest checkpoint; -1 if there is none."""
    return max((int(path.stem) for path in folder.glob("checkpoints/*.safetensors")), default=-1)


def read_metrics(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def read_lineage(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "lineage.jsonl").read_text().splitlines()]


def digests(folder: Path) -> dict[str, str]:
    """Digest every file below a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def assert_same_run(folder: Path, expected: Path) -> None:
    """Two run folders hold the same in every bit, times aside."""
    assert (folder / "elites.safetensors").read_bytes() == (
        expected / "elites.safetensors"
    ).read_bytes()
    without_times = [{**line, "seconds": 0} for line in read_metrics(folder)]
    assert without_times == [{**line, "seconds": 0} for line in read_metrics(expected)]
    for name in ("lineage.jsonl", "bests.jsonl", "about.json"):
        ours, theirs = folder / name, expected / name
        assert ours.exists() == theirs.exists(), name
        assert not ours.exists() or ours.read_bytes() == theirs.read_bytes(), name
    assert digests(folder / "elites") == digests(expected / "elites")
    reports = [json.loads((each / "report.json").read_text()) for each in (folder, expected)]
    for each in reports:
        each["settings"]["run"].pop("workers")
    ours, theirs = ({k: v for k, v in each.items() if k not in TIMES} for each in reports)
    assert ours == theirs


def assert_whole(folder: Path) -> None:
    """Nothing half-written is left."""
    assert not list(folder.rglob("*.part"))


def assert_refused(outcome: Outcome, *messages: str) -> None:
    """The command ended with code 2 and a message of one to three lines that holds all of these."""
    assert outcome.code == 2, outcome
    assert outcome.out == ""
    lines = outcome.err.strip().splitlines()
    assert 1 <= len(lines) <= 3, outcome.err
    assert lines[-1].startswith("error: ")
    assert "Traceback" not in outcome.err
    for message in messages:
        assert message in outcome.err
