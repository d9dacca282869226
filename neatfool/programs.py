"""Python files of users: what is named ``path/file.py:Name``."""

import contextlib
import importlib.util
import os
import sys
import zlib
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

_BESIDE: dict[str, str] = {}
"""Modules that were imported from beside a program, and its folder."""
_NAMED: set[str] = set()
"""Names of the programs themselves."""


class _Source(SourceFileLoader):
    """Runs what the file says: bytecode beside it may be another program, which nobody read."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def split_program(text: str) -> tuple[str, str] | None:
    """Take ``path/file.py:Name`` apart; none: the text names no Python file."""
    path, _, name = text.rpartition(":")
    if path.lower().endswith(".py"):
        return path, name
    return (text, "") if text.lower().endswith(".py") else None


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


@contextlib.contextmanager
def importing_beside(path: Path) -> Iterator[None]:
    """Let a Python file import what lies beside it, and not what lies beside another one."""
    folder = str(path.parent)
    for name in [name for name, beside in _BESIDE.items() if beside != folder]:
        sys.modules.pop(name, None)
        del _BESIDE[name]
    before = set(sys.modules)
    sys.path.insert(0, folder)
    importlib.invalidate_caches()  # the file may have been written this moment
    try:
        yield
    finally:
        sys.path.remove(folder)
        for name in set(sys.modules) - before:
            file = getattr(sys.modules[name], "__file__", None) or ""
            if file.startswith(folder + os.sep) and name not in _NAMED:
                _BESIDE[name] = folder
