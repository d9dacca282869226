"""Imports point strictly down, and each heavy dependency has one home."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.sources import nodes_of, tree_of

ROOT = Path(__file__).parents[2]
FLOORS = {
    "version": -1,
    "types": 0,
    "errors": -1,
    "streams": 0,
    "settings": 0,
    "kinds": 0.5,
    "tracking": 0.5,
    "sections": 0.75,
    "resolved": 0,
    "stored": 0.1,
    "recording": 1,
    "programs": 0.05,
    "reporting": 0,
    "files": 0,
    "process": 0,
    "bounded": 0,
    "networks": 1,
    "data": 1,
    "images": 2,
    "classifiers": 2,
    "substrates": 2,
    "worlds": 2,
    "encodings": 3,
    "detectors": 3,
    "search": 4,
    "tasks": 4,
    "viz": 4,
    "workers": 5,
    "runs": 6,
    "past": 7,
    "exams": 8,
    "reports": 9,
    "environments": 3,
    "evolving": 10,
    "notebook": 10,
    "defence": 10,
    "studies": 10,
    "web": 10,
    "cli": 11,
    "__main__": 12,
}
HOMES = {
    "matplotlib": {"viz"},
    "neat": {
        *("encodings/neat", "encodings/interchange/neat_network.py", "search/neat"),
        "recording",
    },
    "networkx": {"encodings", "viz"},
    "onnx": {"classifiers", "encodings"},
    "jinja2": {"reports"},
    "fastapi": {"web"},
    "starlette": {"web"},
    "anyio": {"web"},
    "sqlite3": {"web"},
    "uvicorn": {"web"},
    "rich": {"cli"},
    "typer": {"cli"},
    "numba": {"networks", "images", "worlds"},
    "gymnasium": {"worlds/gym", "worlds/quadruped/environment.py", "environments.py"},
    "mujoco": {"worlds/quadruped"},
    "scipy": {"studies", "exams"},
    "imageio_ffmpeg": {"viz"},
    "triton": {"networks", "images"},
    "onnxruntime": {"classifiers"},
    "timm": {"classifiers"},
    "torchvision": {"classifiers"},
    "transformers": {"classifiers"},
    "ray": {"workers/ray"},
    "tensorboard": {"tracking/tensorboard.py"},
    "wandb": {"tracking/wandb.py"},
    "mlflow": {"tracking/mlflow.py"},
}


def modules() -> list[Path]:
    return sorted((ROOT / "neatfool").rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Every module a file imports, lazily or not."""
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            if node.module == "neatfool":
                yield from (f"neatfool.{alias.name}" for alias in node.names)
            else:
                yield node.module or ""


def part(path: Path) -> str:
    return path.relative_to(ROOT / "neatfool").parts[0].removesuffix(".py")


def points_up(path: Path, name: str) -> bool:
    """Say whether what a file imports is on its own floor, or on one above."""
    here, there = part(path), name.split(".")[1]
    return there != here and FLOORS[there] >= FLOORS[here]


def test_imports_point_down() -> None:
    upwards = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules()
        if part(path) != "__init__"  # the public names may come from anywhere
        for name in imported(path)
        if name.startswith("neatfool.") and points_up(path, name)
    ]
    assert upwards == []


def is_away(path: Path, name: str) -> bool:
    """Say whether what a file imports has a home elsewhere."""
    homes, here = HOMES.get(name.split(".")[0]), path.relative_to(ROOT / "neatfool")
    return homes is not None and not any(map(here.is_relative_to, homes))


def test_heavy_dependencies_stay_at_home() -> None:
    away = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules()
        for name in imported(path)
        if is_away(path, name)
    ]
    assert away == []


ASKED_FOR = ("encodings", "search", "tasks", "detectors")
"""Parts whose classes say themselves what sets them apart, so that users may add others."""


def classes_of_kinds() -> frozenset[str]:
    """Names of the classes of those parts, of most of which there are many kinds."""
    found = set()
    for path in modules():
        if part(path) in (*ASKED_FOR, "sections") and "interchange" not in path.parts:
            for node in nodes_of(path):
                if isinstance(node, ast.ClassDef):
                    found.add(node.name)
    return frozenset(found)


MEDIA = {"Bare"}
"""What networks are expressed through is no encoding."""


OTHERS = {"ClassifierSettings"}
"""Settings of what there is but one kind of."""


def asked_for(path: Path) -> Iterator[str]:
    """Name the classes that a file asks for, each with its line."""
    for node in nodes_of(path):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("isinstance", "issubclass"):
            for name in re.findall(r"[\w.]+", ast.unparse(node.args[1])):
                yield f"{path.relative_to(ROOT)}:{node.lineno} asks for {name.split('.')[-1]}"


def test_nothing_asks_which_encoding_task_or_search_it_has() -> None:
    kinds = {*classes_of_kinds(), "Graphs"} - MEDIA - OTHERS
    asking = [
        line
        for path in modules()
        if part(path) != "__init__" and FLOORS[part(path)] > FLOORS["search"]
        for line in asked_for(path)
        if line.split()[-1] in kinds
    ]
    assert asking == [], "give it a method"


def test_every_part_has_a_floor() -> None:
    parts = {part(path) for path in modules()} - {"__init__"}
    assert parts == set(FLOORS)


def names_of_types(tree: ast.Module) -> Iterator[str]:
    """Name the public classes of a file, and the types that it defines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield node.name
    for line in tree.body:
        targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
        yield from (each.id for each in targets if isinstance(each, ast.Name))


def test_the_name_of_a_type_means_one_thing() -> None:
    homes: dict[str, list[str]] = {}
    for path in modules():
        for name in {*names_of_types(tree_of(path))}:
            if re.match("[A-Z][a-z]", name):
                homes.setdefault(name, []).append(str(path.relative_to(ROOT)))
    assert {name: paths for name, paths in homes.items() if len(paths) > 1} == {}
