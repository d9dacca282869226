"""The commands of docs/gate.md, in the order of the page but for what comes first: the badges."""

import json
import re
import runpy
import shlex
import sys
from pathlib import Path

import pytest

from tests.command import neatfool
from tests.idx_files import write_mnist

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "gate.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
            for line in block.splitlines()]  # fmt: skip
RECIPE = re.findall(r"- run: (neatfool .*)", PAGE)
FEWER = {
    "neatfool defend": "--budget 20 --batch 10 --attacks cppn --quiet",
    "neatfool fool": "--generations 2 --batch 10 --quiet",
}


def run(command: str) -> int:
    fewer = next((more for start, more in FEWER.items() if command.startswith(start)), "")
    return neatfool(*shlex.split(f"{command} {fewer}")[1:]).code


@pytest.mark.proof
def test_everything_on_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "experiments").symlink_to(ROOT / "experiments")
    write_mnist(tmp_path / "mnist")
    scripts = [line for line in COMMANDS if line.startswith("python ")]
    commands = [line for line in COMMANDS if line.startswith("neatfool") and "net.py" not in line]
    assert (len(scripts), len(commands)) == (1, 6)
    monkeypatch.setattr(sys, "argv", [*scripts[0].split()[1:], "--epochs", "1", "--count", "1"])
    monkeypatch.setattr("torch.set_num_threads", lambda count: None)
    with pytest.raises(SystemExit) as stop:
        runpy.run_path(sys.argv[0], run_name="__main__")
    assert not stop.value.code

    for line in commands:
        if not line.startswith("neatfool data"):
            assert run(line) in ((0, 1) if "--fail-above" in line else (0,)), line

    result = json.loads(Path("runs/badge-gate/gate.json").read_text())
    assert result["attacks"]["others"]["queries"] == 4
    assert len(result["accept"]) == 8
    assert {f"`{key}`" for key in result} <= {*re.findall("`[a-z_]+`", PAGE)}
    for attack in result["attacks"].values():
        assert {f"`{key}`" for key in attack} <= {*re.findall("`[a-z_]+`", PAGE)}


def test_the_recipe_names_options_that_exist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (line,) = RECIPE
    assert run(line.replace("--model net.onnx", "--model lenet5")) in (0, 1)
