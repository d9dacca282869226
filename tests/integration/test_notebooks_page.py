"""The programs of docs/notebooks.md run as they stand there, one after the other."""

import re
import shlex
from pathlib import Path

import matplotlib as mpl
import pandas as pd
import pytest

from tests.command import neatfool

PAGE = (Path(__file__).parents[2] / "docs" / "notebooks.md").read_text(encoding="utf-8")
FEWER = ("--generations", 3, "--set", "search.batch=12", "--quiet")


@pytest.mark.proof
def test_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    mpl.use("agg")
    commands = re.findall(r"^neatfool .*", PAGE, re.MULTILINE)
    for command in commands:
        assert neatfool(*shlex.split(command)[1:], *FEWER).code == 0
    said: dict[str, object] = {}
    programs = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    for program in programs:
        exec(program.replace("%load_ext neatfool", ""), said)

    assert (len(commands), len(programs)) == (2, 3)
    frame = said["numbers"]
    assert isinstance(frame, pd.DataFrame)
    assert frame.groupby("search.kind")["evaluations"].last().to_dict() == {
        "map-elites": 36,
        "neat": 36,
    }
