"""The programs of docs/python.md, and the notebooks, run as they stand there, but shorter."""

import json
import re
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest

DOCS = Path(__file__).parents[2] / "docs"
NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.ipynb"))


def run(programs: list[str]) -> dict[str, Any]:
    """Run programs one after the other, with few generations of few."""
    names: dict[str, Any] = {}
    for program in programs:
        short = re.sub(r"\bgenerations=\d+", "generations=2", program)
        short = re.sub(r"\bbatch=\d+", "batch=12", short)
        exec(compile(short.replace("%load_ext", "# "), "program", "exec"), names)
    return names


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    mpl.use("agg")


def test_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = (DOCS / "python.md").read_text(encoding="utf-8")
    names = run(re.findall(r"```python\n(.*?)```", page, re.DOTALL))

    assert names["found"].report().is_file()
    assert len(names["bests"]) == 2
    said = re.findall(r"# (CppnSettings: .*)", page)
    assert said == capsys.readouterr().out.splitlines()[-1:]


@pytest.mark.proof
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_run(notebook: Path) -> None:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    programs = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]

    assert programs
    assert not any(cell.get("outputs") for cell in cells), "outputs are not kept"
    run(programs)


def test_there_are_three_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS] == [
        "fool_your_own_model",
        "neat_and_hyperneat",
        "reading_runs",
    ]


def test_make_installs_so_that_type_checkers_find_neatfool() -> None:
    makefile = (DOCS.parent / "Makefile").read_text(encoding="utf-8")
    installs = re.findall(r"pip install .* -e .*", makefile)
    assert len(installs) == 2
    assert all("$(TYPED)" in each for each in installs)
