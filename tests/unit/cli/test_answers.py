"""Slips are answered before any large library is imported: that is what makes answers fast."""

import json
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
BENCHMARK = runpy.run_path(str(ROOT / "benchmarks/answers.py"))
SLIPS, HELP = BENCHMARK["SLIPS"], BENCHMARK["HELP"]
LARGE = ("torch", "numba", "neat", "scipy", "networkx", "matplotlib", "fastapi", "onnx", "ray")
CALLED_ONE_AFTER_THE_OTHER = f"""
import contextlib, io, json, sys
from neatfool import cli
said = {{}}
for name, arguments in json.loads(sys.argv[1]).items():
    sys.argv = ["neatfool", *arguments.split()]
    out, err, code = io.StringIO(), io.StringIO(), None
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code
    large = [library for library in {LARGE} if library in sys.modules]
    said[name] = [code, out.getvalue(), err.getvalue(), large]
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Call all of them in one process, which imports nothing else."""
    calls = {name: arguments for name, (arguments, _) in SLIPS.items()} | HELP
    done = subprocess.run(
        [sys.executable, "-c", CALLED_ONE_AFTER_THE_OTHER, json.dumps(calls)],
        cwd=tmp_path_factory.mktemp("nowhere"),
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_every_slip_is_answered(answers: dict[str, Any]) -> None:
    for name, (_, says) in SLIPS.items():
        code, out, err, _ = answers[name]
        assert (code, out) == (2, ""), name
        assert says in " ".join(err.split()), f"{name}: {err}"


def test_help_and_settings_are_printed(answers: dict[str, Any]) -> None:
    for name in HELP:
        code, out, err, _ = answers[name]
        assert (code, err) == (0, ""), name
        assert out, name


def test_answers_take_no_large_library(answers: dict[str, Any]) -> None:
    assert {name: large for name, (*_, large) in answers.items() if large} == {}
