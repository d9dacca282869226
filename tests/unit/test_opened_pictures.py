"""Every opening of a picture names its formats: of all that Pillow knows, some are programs."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("neatfool", "experiments", "benchmarks")


def _openings(source: str) -> list[ast.Call]:
    """Find the calls of ``Image.open``, and of ``open`` imported from Pillow by another name."""
    tree = ast.parse(source)
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in ("PIL", "PIL.Image")
        for alias in node.names
    }
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id == "open" and "open" in names)
            or (isinstance(node.func, ast.Attribute) and ast.unparse(node.func) in _LONG)
        )
    ]


_LONG = ("Image.open", "PIL.Image.open")


def _names_its_formats(call: ast.Call) -> bool:
    return any(keyword.arg == "formats" for keyword in call.keywords)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_opening_names_its_formats(folder: str) -> None:
    for path in sorted((ROOT / folder).rglob("*.py")):
        source = path.read_text("utf-8")
        for call in _openings(source) if "PIL" in source else ():
            assert _names_its_formats(call), f"{path}:{call.lineno}: name the formats"


@pytest.mark.parametrize(
    "source",
    [
        "from PIL import Image\nImage.open(file)",
        "import PIL.Image\nPIL.Image.open(file)",
        "from PIL.Image import open\nopen(file)",
    ],
)
def test_an_opening_without_is_found(source: str) -> None:
    (call,) = _openings(source)

    assert not _names_its_formats(call)
