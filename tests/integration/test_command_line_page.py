"""The commands of docs/command-line.md run as written."""

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.command import neatfool

PAGE = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
    if "--install-completion" not in line
]


def test_the_commands_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(COMMANDS) == 8
    for line in COMMANDS:
        command, _, file = line.partition("#")[0].partition(">")
        done = neatfool(*shlex.split(command)[1:])
        assert done.code == 0, f"{line}: {done.err}"
        if "--json -" in command:
            assert json.loads(done.out), line
        if file:
            Path(file.strip()).write_text(done.out, encoding="utf-8")
    found = json.loads(Path("found.json").read_text(encoding="utf-8"))
    assert Path(found["folder"], "report.json").is_file()
    assert json.loads(Path("three.json").read_text(encoding="utf-8"))["folder"] == "runs/three"
