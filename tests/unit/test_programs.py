"""Python files of users, and what lies beside them."""

import importlib.util
import marshal
import struct
from pathlib import Path

import pytest

from neatfool.programs import run_program, split_program


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


def test_the_file_is_run_and_no_bytecode_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("WHO = 'me'")
    compiled = Path(importlib.util.cache_from_source(str(path)))
    compiled.parent.mkdir()
    stamp = struct.pack("<III", 0, int(path.stat().st_mtime), path.stat().st_size)
    code = marshal.dumps(compile("WHO = 'somebody else'", str(path), "exec"))
    compiled.write_bytes(importlib.util.MAGIC_NUMBER + stamp + code)
    assert run_program(path).WHO == "me"
