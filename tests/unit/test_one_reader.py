"""Whoever reads a file of a run folder asks ``past``."""

import ast
from pathlib import Path

from tests.sources import nodes_of

ROOT = Path(__file__).parents[2]
READERS = ("runs", "past")
"""The run itself, which resumes and mends, and the one reader."""
FORMAT = {
    f"neatfool.runs.{name}"
    for name in ("checkpoint", "folder", "mending", "record", "told", "written")
} | {"neatfool.stored.layout"}
"""Modules that know what the files of a run folder are called, and what is in them."""
WRITTEN = {
    "writing": "turns failures of writing into messages",
    "occupied": "holds a folder that is written into",
    "is_foreign": "says what a folder may hold that is still free",
    "REPORT": "written by reports",
    "REPORT_SCHEMA": "written by reports",
    "GENOMES": "written by reports",
    "GALLERY": "written by reports, copied into a summary",
    "FILM": "written by reports, copied into a comparison",
}
"""What others may take from there, and why."""
FILES = (
    *("resolved.toml", "pinned.json", "about.json", "checkpoints"),
    *("metrics.jsonl", "lineage.jsonl", "bests.jsonl", "population.jsonl"),
    *("report.json", "elites.safetensors"),
)
SPELLED = {
    "stored/layout.py": "says what they are called",
    "resolved.py": "says which folders hold a run, before anything large is imported",
    "classifiers/zoo/libraries.py": "names a folder of PyTorch",
    "classifiers/foreign.py": "tells a run folder from a model, and reads nothing",
    "cli/runs/report.py": "says what was written",
    "web/browse/bodies.py": "offers files for download by their names",
}
"""Where files are called by name, and why."""


WRITERS = {
    "recording/recorder.py": "writes such a folder beside a script",
    "search/search.py": "writes its part of a checkpoint",
}
"""Who else takes what belongs into a folder, and why."""


def outside() -> list[Path]:
    folder = ROOT / "neatfool"
    found = [
        path for path in folder.rglob("*.py") if path.relative_to(folder).parts[0] not in READERS
    ]
    return sorted(found) + sorted((ROOT / "experiments").glob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT)).removeprefix("neatfool/")


def taken(path: Path) -> set[str]:
    """Name what a file takes from the modules that know the format, and those that it imports."""
    found = set()
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            found |= FORMAT & {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names}
            found |= FORMAT & {f"{node.module}.{name}" for name in names}
            found |= names if node.module in FORMAT else names & {"load_resolved", "open_folder"}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            is_there = node.value.id == "runs" and f"neatfool.runs.{node.attr}" in FORMAT
            found |= {node.attr} if is_there else set()
    return found


def spelled(path: Path) -> set[str]:
    """Name the files of run folders that a file calls by their names."""
    constants = (node.value for node in nodes_of(path) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str) and value in FILES}


def test_nobody_else_reads_files_of_runs() -> None:
    for path in outside():
        name = name_of(path)
        assert name in WRITERS or taken(path) <= WRITTEN.keys(), f"{name}: ask past"
        assert not spelled(path) or name in SPELLED, f"{name} spells {spelled(path)}: ask past"


def test_no_exception_is_out_of_date() -> None:
    texts = {name_of(path): path.read_text(encoding="utf-8") for path in outside()}
    assert all(any(file in texts[name] for file in FILES) for name in SPELLED)
    assert all(any(name in text for text in texts.values()) for name in WRITTEN)
    assert all(taken(ROOT / "neatfool" / name) for name in WRITERS)
    public = ROOT / "neatfool/runs/__init__.py"
    assert taken(public) == {"claimed_folder", "default_folder"}, "runs gives nobody what reads"
