"""Python files of users, and what lies beside them."""

import hashlib
import importlib.util
import marshal
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from neatfool import runs
from neatfool.classifiers import ClassifierSettings
from neatfool.kinds import file_digest
from neatfool.programs import files_of, run_program, split_program
from neatfool.sections.gym import GymSettings
from neatfool.settings import differing, flat
from neatfool.studies import make_study
from neatfool.studies.jobs import jobs_of


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a/b.py:Name", ("a/b.py", "Name")),
        ("b.PY:Name", ("b.PY", "Name")),
        ("c:/a b.py:Name", ("c:/a b.py", "Name")),
        ("b.py", ("b.py", "")),
        ("xor", None),
        ("timm:resnet18", None),
    ],
)
def test_a_program_is_a_file_and_a_name(text: str, parts: tuple[str, str] | None) -> None:
    assert split_program(text) == parts


def test_two_programs_of_one_name_have_helpers_of_their_own(tmp_path: Path) -> None:
    for folder in "one", "two":
        (tmp_path / folder / "inner").mkdir(parents=True)
        (tmp_path / folder / "helpful.py").write_text(f"WHERE = {folder!r}")
        (tmp_path / folder / "inner" / "__init__.py").write_text(f"WHERE = {folder!r}")
        (tmp_path / folder / "mine.py").write_text("from helpful import WHERE\nimport inner")
    one, two = (run_program(tmp_path / folder / "mine.py") for folder in ("one", "two"))
    assert (one.WHERE, two.WHERE) == ("one", "two")
    assert (one.inner.WHERE, two.inner.WHERE) == ("one", "two")
    assert one.__name__ != two.__name__


@pytest.mark.parametrize("name", ["mine", "layers"])
def test_files_are_run_and_no_bytecode_beside_them(name: str, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("from layers import WHO")
    path = tmp_path / f"{name}.py"
    path.write_text("WHO = 'me'")
    compiled = Path(importlib.util.cache_from_source(str(path)))
    compiled.parent.mkdir()
    stamp = struct.pack("<III", 0, int(path.stat().st_mtime), path.stat().st_size)
    code = marshal.dumps(compile("WHO = 'somebody else'", str(path), "exec"))
    compiled.write_bytes(importlib.util.MAGIC_NUMBER + stamp + code)
    assert run_program(tmp_path / "mine.py").WHO == "me"


def test_what_lies_beside_is_run_again_once_it_has_changed(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import layers")
    (tmp_path / "layers.py").write_text("WHO = 1")
    one, same = (run_program(tmp_path / "mine.py").layers for _ in range(2))
    assert one is same
    (tmp_path / "layers.py").write_text("WHO = 2")
    assert run_program(tmp_path / "mine.py").layers.WHO == 2


IMPORTING = {
    "import layers": ["layers"],
    "import layers as l, deep": ["layers", "deep"],
    "from layers import *": ["layers"],
    "import kit.inner.leaf": ["kit/__init__", "kit/inner/leaf"],
    "from kit import other": ["kit/__init__", "kit/other", "layers"],
    "from kit.inner import leaf": ["kit/__init__", "kit/inner/leaf"],
    "def late():\n    import deep": ["deep"],
    "import os, numpy, nothing, odd": ["odd"],
    "from .. import layers": [],
    f"import {'x' * 300}": [],
    "import layers (": [],
    "(" * 5000: [],
    "\0": [],
    "import mine": [],
    "PATTERN = '\\d'\nimport odd": ["odd"],
    "import circle": ["circle", "deep"],
}


@pytest.mark.parametrize("text", IMPORTING, ids=range(len(IMPORTING)))
def test_files_are_found_without_running_any(text: str, tmp_path: Path) -> None:
    (tmp_path / "kit" / "inner").mkdir(parents=True)
    files = {
        "mine": text,
        "layers": "",
        "deep": "raise SystemExit",
        "kit/__init__": "",
        "kit/other": "from . import nothing\nfrom .. import layers\nfrom ..... import deep",
        "kit/inner/leaf": "",
        "circle": "import mine, circle, deep",
        "odd": "import layers (",
    }
    for name, content in files.items():
        (tmp_path / f"{name}.py").write_text(content)
    found = files_of(tmp_path / "mine.py")
    assert found[0] == tmp_path / "mine.py"
    assert {*found[1:]} == {tmp_path / f"{name}.py" for name in IMPORTING[text]}
    assert len(found) == len({*found})


def test_a_digest_is_of_all_that_is_imported_from_beside(tmp_path: Path) -> None:
    path, other = tmp_path / "mine.py", tmp_path / "kit.py"
    path.write_text("import kit")
    alone = file_digest(path)
    assert alone == hashlib.sha256(b"import kit").hexdigest()
    other.write_text("A = 1")
    one = file_digest(path)
    other.write_text("A = 2")
    assert len({alone, one, file_digest(path)}) == 3
    other.write_text("A = 1")
    assert file_digest(path) == one
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    assert file_digest(path.rename(moved / "mine.py")) == alone
    other.rename(moved / "kit.py")
    assert file_digest(moved / "mine.py") == one


TASK = """
import layers
from neatfool import KindSettings, Line, Task
class Own(Task):
    Settings = KindSettings
    niches = ("only",)
    medium = Line(3)
    def score(self, vectors, trial=None):
        return vectors.numpy()[:, :1]
"""
NAMING: dict[str, Callable[[Path], object]] = {
    "model": lambda file: ClassifierSettings(model=f"{file}:build").binding(),
    "environment": lambda file: GymSettings(id=f"{file}:Own-v0").binding(),
    "task": lambda file: runs.load_config(None, [f"task.kind={file}:Own"]).binding(),
    "study": lambda file: (
        jobs_of(
            make_study({"methods": [{"name": "a", "config": f"{file}:Own"}], "seeds": [0]}), Path()
        )[0].digest
    ),
    "study that measures": lambda file: (
        jobs_of(
            make_study(
                {
                    "methods": [{"name": "a", "config": "xor"}],
                    "seeds": [0],
                    "program": f"{file}:size",
                }
            ),
            Path(),
        )[0].digest
    ),
}


@pytest.mark.parametrize("kind", NAMING)
def test_what_a_file_imports_binds_results(kind: str, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(TASK)
    found = []
    for content in ("A = 1", "A = 25", "A = 1"):
        (tmp_path / "layers.py").write_text(content)
        found.append(NAMING[kind](tmp_path / "mine.py"))
    assert found[0] != found[1]
    if isinstance(found[0], dict):
        (name,) = differing(*map(flat, found[:2]))
        assert name.endswith(".file.layers.py")
    assert found[0] == found[2]


def test_what_no_import_statement_names_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import importlib\nimportlib.import_module('hid' + 'den')")
    (tmp_path / "hidden.py").write_text("WHO = 'a stranger'")
    with pytest.raises(ImportError, match=r"hidden lies beside mine\.py.*write import hidden"):
        run_program(tmp_path / "mine.py")
    (tmp_path / "mine.py").write_text(
        "import importlib\nh = importlib.import_module('hid' + 'den')\nif False:\n    import hidden"
    )
    assert run_program(tmp_path / "mine.py").h.WHO == "a stranger"


def test_libraries_do_not_import_what_lies_beside_a_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library, program = tmp_path / "library", tmp_path / "program"
    (program / "kit").mkdir(parents=True)
    library.mkdir()
    (library / "needy.py").write_text(
        "try:\n    import stranger\nexcept ImportError:\n    stranger = None"
    )
    (program / "mine.py").write_text("import needy\nimport kit.inner")
    (program / "stranger.py").write_text("raise SystemExit")
    (program / "kit" / "inner.py").write_text("WHO = 'in a folder without __init__'")
    monkeypatch.syspath_prepend(library)
    module = run_program(program / "mine.py")
    assert module.needy.stranger is None
    assert module.kit.inner.WHO
