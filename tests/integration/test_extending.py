"""The examples of docs/extending.md, as a reader saves and runs them."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.command import neatfool
from tests.idx_files import write_mnist

PAGE = (Path(__file__).parents[2] / "docs" / "extending.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r'```python title="([^"]+)"\n(.*?)```', PAGE, re.DOTALL))
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
            for line in block.splitlines()]  # fmt: skip
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
RUNS = dict(re.findall(r"--out (\S+)", line) + re.findall(r"--generations (\d+)", line)
            for line in COMMANDS if "--out" in line and "defend" not in line)  # fmt: skip


@pytest.fixture(autouse=True)
def _saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, content in FILES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    write_mnist(tmp_path / "mnist", 64)
    monkeypatch.chdir(tmp_path)


def called(command: str) -> int:
    return neatfool(*shlex.split(command, comments=True)[1:]).code


@pytest.mark.proof
def test_everything_on_the_page_runs() -> None:
    assert len(FILES) == 7
    for line in COMMANDS:
        line = line.replace("bins=[20,20]", "bins=[6,6]")
        is_world = "parking.py" in line or "swing.py" in line
        fewer = " --set task.play.tests=20 --set search.batch=20" if is_world else ""
        assert called(f"{line}{fewer} --quiet") == 0, line
    for folder, generations in RUNS.items():
        more = f"neatfool resume {folder} --generations {int(generations) + 2} --quiet"
        assert called(more) == 0, folder
        assert Path(folder, "report.html").exists()
    assert called(f"neatfool report {next(iter(RUNS))} --quiet") == 0
    assert Path("runs/ripples/grid.png").exists()
    space: dict[str, Any] = {}
    for snippet in SNIPPETS:
        exec(compile(snippet, "extending.md", "exec"), space)


@pytest.mark.parametrize("name", ["ripples.py", "stripes.py", "climb.py"])
def test_settings_of_the_examples_are_checked(name: str) -> None:
    kind = f"{name}:{re.findall(r'^class ([A-Z][a-z]+)[(]', FILES[name], re.MULTILINE)[-1]}"
    part = {"ripples.py": "task", "stripes.py": "encoding", "climb.py": "search"}[name]
    key = {"ripples.py": "size", "stripes.py": "step", "climb.py": "parents"}[name]
    command = f"neatfool run xor --set {part}.kind={kind} --set {part}."

    wrong = neatfool(*shlex.split(f"{command}{key}x=1")[1:])
    assert wrong.code == 2
    assert f"did you mean {part}.{key}?" in " ".join(wrong.err.split())
    least = neatfool(*shlex.split(f"{command}{key}=0")[1:])
    assert least.code == 2
    assert f"{part}.{key}: expected a number " in " ".join(least.err.split())
