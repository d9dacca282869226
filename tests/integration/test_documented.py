"""What the documents promise runs: experiments, the commands of the README."""

import json
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
import typer

import neatfool
from neatfool import runs
from neatfool.reporting import Reporter
from tests.command import neatfool as called
from tests.idx_files import write_mnist

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


COMMANDS = [line for block in blocks("sh") for line in block.splitlines() if "neatfool" in line]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run where the configurations are, but write nothing there."""
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    monkeypatch.chdir(tmp_path)


def call(command: str) -> int:
    return called(*shlex.split(command, comments=True)[1:]).code


def test_defaults_are_the_main_config() -> None:
    assert runs.load_config(ROOT / "configs/fooling/mnist_cppn.toml") == runs.load_config()


def test_settings_page_is_up_to_date() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert page == runs.settings_page() + "\n"


def test_readme_commands_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(Path.cwd()))
    monkeypatch.setattr("webbrowser.open", lambda address: None)
    monkeypatch.setattr("neatfool.web.serve", lambda app, listening, log: None)
    commands = [line for line in COMMANDS if line.startswith("neatfool")]
    assert len(commands) >= 3
    for line in commands:
        line = line.partition("#")[0].replace("--generations 300", "--generations 30")
        line = line.replace("--budget 2000", "--budget 400")
        if line.startswith("neatfool fool") and "--generations" not in line:
            line += " --generations 20"
        if "gym:" in line:  # which takes minutes to be solved
            line += " --generations 1 --set task.play.tests=2"
        assert call(line) == 0, line


def test_readme_names_commands_that_exist() -> None:
    for command in sorted({*re.findall(r"`(neatfool [a-z-]+(?: mnist)?)\b[^`]*`", README)}):
        assert call(f"{command} --help") == 0, command


def test_readme_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    torch.manual_seed(0)  # the example makes a network of its own
    space: dict[str, Any] = {}
    for block in blocks("python"):
        block = block.replace("generations=150", "generations=5")
        exec(compile(block, "README.md", "exec"), space)
    said = capsys.readouterr().out
    assert len(space["search"].archive.scores) == 10
    assert space["search"].generation == 50
    assert str(space["search"].archive.scores) in said
    assert str(space["found"].history) in said
    assert Path("gallery.png").read_bytes().startswith(b"\x89PNG")


def test_readme_shows_pictures_that_exist() -> None:
    pictures = re.findall(r"\]\(([^)]+\.png)\)", README)
    assert pictures
    for picture in pictures:
        assert (ROOT / picture).exists(), picture


def test_yaml_of_the_pages_can_be_read() -> None:
    yaml = pytest.importorskip("yaml")
    found = [
        (page.name, block)
        for page in (ROOT / "docs").glob("*.md")
        for block in re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    ]
    assert "report.md" in {name for name, _ in found}
    for name, block in found:
        assert isinstance(yaml.safe_load(block), dict), name


def assert_page_is_written(command: str, printed: str) -> None:
    page = Path("doc/page.md").read_text(encoding="utf-8")
    assert page == printed.rstrip("\n") + "\n"
    assert command.split()[0] in page
    assert json.loads(Path("doc/page.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "command",
    [
        "ascents.py configs/fooling/mnist_gradient.toml --steps 2 --only nothing --out ascents "
        "--write doc/page.md",
        pytest.param(
            "transferred.py digits --nets 3 --together 2 --epochs 1 --seeds 1 --generations 2 "
            "--set search.batch=10 --out transferred --write doc/page.md",
            marks=pytest.mark.proof,
        ),
    ],
    ids=lambda command: command.split(".")[0],
)
def test_experiments_write_their_pages(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_mnist(Path("digits"), count=20)
    script, *arguments = command.split()
    monkeypatch.setattr(sys, "argv", [str(ROOT / "experiments" / script), *arguments])
    with pytest.raises(SystemExit) as stop:
        runpy.run_path(sys.argv[0], run_name="__main__")
    assert not stop.value.code
    assert_page_is_written(command, capsys.readouterr().out)


def test_an_experiment_does_not_take_nets_of_other_data_for_its_own(tmp_path: Path) -> None:
    trained = runpy.run_path(str(ROOT / "experiments" / "transferred.py"))["trained"]
    data, other = (write_mnist(tmp_path / name, count=20, seed=len(name)) for name in ("a", "bb"))
    for _ in range(2):
        trained("mlp", 0, data, tmp_path / "nets", 1, Reporter())
    with pytest.raises(typer.BadParameter, match="trained otherwise: expected data_sha256"):
        trained("mlp", 0, other, tmp_path / "nets", 1, Reporter())


def test_the_programs_of_the_page_on_neat_run() -> None:
    page = (ROOT / "docs" / "neat.md").read_text(encoding="utf-8")
    programs = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(programs) == 6
    names: dict[str, Any] = {}
    for program in programs:
        exec(compile(program, "neat.md", "exec"), names)
    assert names["parrot"].fitness > -0.45  # who says 0 all the time gets -0.5
    assert names["config"].genome_config.add_node_rate == 0.1


def test_the_page_on_plots_draws_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "plots.md").read_text(encoding="utf-8")
    program = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[-1]
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(program, "plots.md", "exec"), names)
    assert (tmp_path / "curves.svg").is_file()
    assert names["sheet"].startswith(b"\x89PNG")


@pytest.mark.proof
def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(tmp_path)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert built.returncode == 0, built.stderr
    reference = (tmp_path / "reference.html").read_text(encoding="utf-8")
    names = {n for n in neatfool.__all__ if not isinstance(getattr(neatfool, n), ModuleType)}
    assert set(re.findall(r"neatfool\.[\w.]+\.(\w+)", reference)) >= names - {"__version__"}
