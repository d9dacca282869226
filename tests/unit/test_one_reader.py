"""Whoever reads a file of a run folder asks ``past``."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READERS = ("runs", "past")
"""The run itself, which resumes and mends, and the one reader."""
FORMAT = {
    f"neatfool.runs.{name}"
    for name in ("about", "checkpoint", "folder", "mending", "record", "told", "written")
}
"""Modules that know what the files of a run folder are called, and what is in them."""
WRITTEN = {
    "writing": "turns failures of writing into messages",
    "occupied": "holds a folder that is written into",
    "save_arrays": "writes the genomes of the elites",
    "REPORT": "written by reports",
    "REPORT_SCHEMA": "written by reports",
    "GENOMES": "written by reports",
    "GALLERY": "written by reports, copied into a summary",
}
"""What others may take from there, and why."""
FILES = (
    *("resolved.toml", "pinned.json", "about.json", "checkpoints"),
    *("metrics.jsonl", "lineage.jsonl", "bests.jsonl", "report.json", "elites.safetensors"),
)
SPELLED = {
    "classifiers/zoo/libraries.py": "names a folder of PyTorch",
    "classifiers/kinds.py": "tells a run folder from a model, and reads nothing",
    "cli/runs.py": "says what was written",
    "web/browse/archive_bodies.py": "offers files for download by their names",
}
"""Where files are called by name, and why."""


def outside() -> list[Path]:
    folder = ROOT / "neatfool"
    found = [
        path for path in folder.rglob("*.py") if path.relative_to(folder).parts[0] not in READERS
    ]
    return sorted(found) + sorted((ROOT / "experiments").glob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT)).removeprefix("neatfool/")


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", outside(), ids=name_of)
def test_nobody_else_takes_files_of_runs_apart(path: Path) -> None:
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and node.module in FORMAT:
            taken = {alias.name for alias in node.names} - WRITTEN.keys()
            assert not taken, f"{name_of(path)} takes {taken} from {node.module}: ask past"
        if isinstance(node, ast.Import | ast.ImportFrom):
            whole = {alias.name for alias in node.names}
            if isinstance(node, ast.ImportFrom):
                whole = {f"{node.module}.{name}" for name in whole}
            assert not whole & FORMAT, f"{name_of(path)} imports {whole & FORMAT}: ask past"


@pytest.mark.parametrize("path", outside(), ids=name_of)
def test_nobody_else_spells_the_name_of_a_file_of_runs(path: Path) -> None:
    spelled = {
        node.value for node in nodes(path) if isinstance(node, ast.Constant) and node.value in FILES
    }
    assert not spelled or name_of(path) in SPELLED, f"{name_of(path)} spells {spelled}: ask past"


def test_no_exception_is_out_of_date() -> None:
    texts = {name_of(path): path.read_text(encoding="utf-8") for path in outside()}
    assert all(any(file in texts[name] for file in FILES) for name in SPELLED)
    assert all(any(name in text for text in texts.values()) for name in WRITTEN)
    public = ast.parse((ROOT / "neatfool/runs/__init__.py").read_text(encoding="utf-8"))
    taken = {
        alias.name
        for node in public.body
        if isinstance(node, ast.ImportFrom) and node.module in FORMAT
        for alias in node.names
    }
    assert taken == {"claimed_folder", "default_folder"}, "runs gives nobody what reads"
