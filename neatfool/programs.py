"""Python files of users: what is named ``path/file.py:Name``."""

import ast
import contextlib
import functools
import importlib.util
import os
import site
import sys
import sysconfig
import warnings
import zlib
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import FileFinder, ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from neatfool.bounded import read_bytes
from neatfool.errors import DataError

_BESIDE: dict[str, tuple[str, int]] = {}
"""Modules that were imported from beside a program: its folder, and when they were written."""
_PACKAGE = "__init__.py"
_OURS = Path(__file__).parent
_NAMED: set[str] = set()
"""Names of the programs themselves."""


class _Source(SourceFileLoader):
    """Runs what the file says: bytecode beside it may be another program, which nobody read."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


@functools.cache
def top() -> Path:
    """Return the folder in which configs/ and experiments/ lie, with what comes with neatfool."""
    installed = map(Path, (sysconfig.get_path("data"), site.getuserbase()))
    places = [_OURS.parent, *(each / "share/neatfool" for each in (_OURS.parent, *installed))]
    return next((each for each in places if (each / "configs/fooling").is_dir()), places[0])


def split_program(text: str) -> tuple[str, str] | None:
    """Take ``path/file.py:Name`` apart; none: the text names no Python file.

    Of a file in experiments/ that comes with neatfool, and is not in the current folder, the path
    is written out.
    """
    path, _, name = text.rpartition(":")
    if text.lower().endswith(".py"):
        path, name = text, ""
    if not path.lower().endswith(".py"):
        return None
    is_ours = Path(path).parts[:1] == ("experiments",) and not os.path.exists(path)
    ours = top() / path
    return (str(ours) if is_ours and os.path.isfile(ours) else path), name


def run_program(path: Path) -> ModuleType:
    """Import a Python file that need not be on the path, under a name of its own.

    It can import what lies beside it. What it raises is raised.
    """
    name = f"neatfool_program_{path.stem}_{zlib.crc32(str(path).encode()):08x}"
    loader = _Source(name, str(path))  # whatever the case of the ending
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    assert spec.loader is not None
    _NAMED.add(name)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    with importing_beside(path):
        spec.loader.exec_module(module)
    return module


def files_of(path: Path) -> list[Path]:
    """List a Python file, what it imports from beside it, what that imports, and so on.

    Nothing is run: what ``import`` statements name is looked up, wherever they stand.
    """
    found = [path]
    for file in found:  # which grows
        found += [each for each in _imported(file, path.parent) if each not in found]
    return found


def _imported(file: Path, root: Path) -> list[Path]:
    """List the files beside a program that one of its files imports."""
    if file.suffix.lower() != ".py":
        return []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is told when the file is run
            tree = ast.parse(read_bytes(file))
    except (OSError, DataError, SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    named = dict[Path, None]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named |= {root.joinpath(*each.name.split(".")): None for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = root if not node.level else [*file.parents, root][: node.level][-1]
            base = base.joinpath(*(node.module or "").split("."))
            named |= dict.fromkeys([base, *(base / each.name for each in node.names)])
    places = dict.fromkeys(
        place for each in named for place in (each, *each.parents) if root in place.parents
    )
    sources = (source for p in places for source in (p.with_name(f"{p.name}.py"), p / _PACKAGE))
    return [file for file in sources if os.path.isfile(file) and _OURS not in file.parents]


@contextlib.contextmanager
def importing_beside(path: Path) -> Iterator[None]:
    """Let a Python file import what lies beside it, as it is now, and not what lies elsewhere."""
    folder = str(path.parent)
    if any(beside != (folder, _written(name)) for name, beside in _BESIDE.items()):
        for name in _BESIDE:
            sys.modules.pop(name, None)
        _BESIDE.clear()
    before, finder = set(sys.modules), _Beside(path)
    sys.meta_path.insert(0, finder)
    importlib.invalidate_caches()  # the file may have been written this moment
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is not None and finder.hides(error.name):
            raise ImportError(
                f"{error.name} lies beside {path.name}, of which only what import statements name "
                f"is run: write import {error.name} there, be it after if False:"
            ) from error
        raise
    finally:
        sys.meta_path.remove(finder)
        for name in set(sys.modules) - before - _NAMED:
            if _file_of(name).startswith(folder + os.sep):
                _BESIDE[name] = folder, _written(name)


class _Beside(MetaPathFinder):
    """Finds the files that belong to a program, which are run as they are; no other beside it."""

    def __init__(self, program: Path) -> None:
        self._folder = str(program.parent)
        self._files = {str(file) for file in files_of(program)}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = self._found(fullname, path)
        if spec is None or spec.origin in self._files:
            return spec
        places = spec.submodule_search_locations if spec.loader is None else None
        within = [p + os.sep for p in places or ()]  # of a folder that is a package by its files
        return spec if any(file.startswith(p) for p in within for file in self._files) else None

    def hides(self, fullname: str) -> bool:
        """Whether a module lies beside the program, and does not belong to it."""
        place = os.path.join(self._folder, *fullname.split(".")[:-1])
        return self._found(fullname, [place]) is not None

    def _found(self, fullname: str, path: Sequence[str] | None) -> ModuleSpec | None:
        for place in [self._folder] if path is None else path:
            if place == self._folder or place.startswith(self._folder + os.sep):
                spec = FileFinder(place, (_Source, [".py"])).find_spec(fullname)
                if spec is not None:
                    return spec
        return None


def _file_of(name: str) -> str:
    """Name the file of a module; empty: it has none."""
    return getattr(sys.modules.get(name), "__file__", None) or ""


def _written(name: str) -> int:
    """Say when the file of a module was written; 0: it is gone."""
    try:
        return os.stat(_file_of(name)).st_mtime_ns
    except OSError:
        return 0
