"""The commands of docs/tutorial.md, in the order of the page, but shorter."""

import re
import shlex
from pathlib import Path

import pytest

from tests.command import neatfool
from tests.idx_files import write_mnist

PAGE = (Path(__file__).parents[2] / "docs" / "tutorial.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
            for line in block.splitlines()]  # fmt: skip


@pytest.mark.proof
def test_the_tutorial_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr("neatfool.web.serve", lambda app, listening, log: None)
    monkeypatch.setattr("webbrowser.open", lambda address: None)
    write_mnist(tmp_path / "mnist")

    for line in COMMANDS:
        if line.startswith("neatfool data"):
            continue
        short = line.replace("--generations 300", "--generations 20")
        short = short.replace("--budget 2000", "--budget 100")
        failing = "--against" in line or "check" in line  # of numbers drawn at random
        assert neatfool(*shlex.split(short)[1:]).code in ((0, 1) if failing else (0,)), line

    assert Path("three.png").is_file()
    for path in re.findall(r"`(runs/[\w/.-]+\.html)`", PAGE):
        assert Path(path).is_file(), path
