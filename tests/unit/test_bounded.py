"""What anybody may have left is read within bounds, and nothing is read in another way."""

import ast
import os
import re
import time
from pathlib import Path

import pytest

from neatfool import bounded
from neatfool.bounded import (
    MOST_DEPTH,
    each_line,
    parse_json,
    parse_toml,
    read_bytes,
    read_json,
    read_text,
    read_toml,
)
from neatfool.errors import DataError
from tests.odd_files import ODD, odd_file
from tests.sources import nodes_of

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("read", [read_bytes, read_text, read_json, read_toml])
def test_what_is_no_plain_file_is_told_at_once(tmp_path: Path, read: object, kind: str) -> None:
    with odd_file(tmp_path / "file", kind) as path, pytest.raises(DataError) as caught:
        read(path)

    assert str(caught.value) == f"{path}: expected a plain file, got {ODD[kind]}; choose another"


def test_a_folder_is_told_by_the_system(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError, match=f"{tmp_path}"):
        read_bytes(tmp_path)


def test_a_file_that_becomes_a_pipe_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plain").touch()
    plain, pipe = os.stat(tmp_path / "plain"), tmp_path / "pipe"
    os.mkfifo(pipe)
    monkeypatch.setattr(bounded.os, "stat", lambda _: plain)

    assert read_bytes(pipe) == b""


def test_sizes_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")

    assert read_bytes(path, 5) == read_bytes(path, None) == b"12345"
    with pytest.raises(DataError, match="at most 4 bytes, got 5; choose another"):
        read_bytes(path, 4)
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(DataError, match="got 1,099,511,627,776"):
        read_text(path)


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="no /proc here")
def test_a_file_that_is_longer_than_it_says(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="at most 9 bytes, got more"):
        read_bytes(Path("/proc/self/maps"), 9)


def test_lines_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"ab\n\ncd\n" + b"x" * 9 + b"\nef\n")

    assert list(each_line(path)) == [b"ab\n", b"\n", b"cd\n", b"x" * 9 + b"\n", b"ef\n"]
    assert list(each_line(path, 4)) == [b"ab\n", b"\n", b"cd\n"]


def test_text_is_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes("\ufeffé".encode())
    assert read_text(path) == "é"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="can't decode"):
        read_text(path)


DEEP = MOST_DEPTH + 1
HUGE = 100_000
TOO_DEEP = {
    "lists": ("[" * DEEP + "]" * DEEP, parse_json),
    "tables": ('{"a":' * DEEP + "1" + "}" * DEEP, parse_json),
    "both": ('{"a":[' * DEEP + "]}" * DEEP, parse_json),
    "endless lists": ("[" * HUGE, parse_json),
    "endless tables": ('{"a":' * HUGE, parse_json),
    "lists of toml": ("a = " + "[" * DEEP + "]" * DEEP, parse_toml),
    "tables of toml": ("a = " + "{a=" * DEEP + "1" + "}" * DEEP, parse_toml),
    "open lists of toml": ("a = " + "[" * 3_000, parse_toml),
    "open tables of toml": ("a = " + "{a=" * 3_000, parse_toml),
    "a key": (".".join("a" * HUGE) + " = 1", parse_toml),
    "a short one": (".".join("a" * (DEEP + 1)) + " = 1", parse_toml),
    "a key with spaces": (" . ".join("a" * HUGE) + " = 1", parse_toml),
    "a key in quotes": (".".join(['"a b"', "'.='"] * HUGE) + " = 1", parse_toml),
    "a heading": ("[" + ".".join("a" * HUGE) + "]", parse_toml),
    "a heading of a list": ("[[" + ".".join("a" * HUGE) + "]]", parse_toml),
    "a key within": ("b = {" + ".".join("a" * HUGE) + " = 1}", parse_toml),
    "headings and keys": (f"[{'.'.join('a' * 40)}]\n{'.'.join('b' * 40)} = 1", parse_toml),
}


@pytest.mark.parametrize(("text", "parse"), TOO_DEEP.values(), ids=TOO_DEEP)
def test_depth_is_bounded_before_it_costs_time(text: str, parse: object) -> None:
    begun = time.process_time()
    with pytest.raises(ValueError, match=r"expected .* at most 64") as error:
        parse(text)

    assert len(str(error.value)) < 100
    assert time.process_time() - begun < 2


def test_what_people_write_is_read() -> None:
    assert parse_json("[" * MOST_DEPTH + "]" * MOST_DEPTH)
    assert parse_toml("a = " + "[" * (MOST_DEPTH - 1) + "]" * (MOST_DEPTH - 1))["a"]
    assert parse_json("3") == 3
    assert parse_json(b'{"a": [1, {"b": null}]}') == {"a": [1, {"b": None}]}
    key = ".".join("a" * (MOST_DEPTH - 1))
    assert parse_toml(f"{key} = 1")
    assert parse_toml(f"a = [{'0.5, ' * 999}]\nb = '{'../' * 99}x'\n\"c.d\".e = 1")["b"]


SLOW = {
    "words": "a" * (1 << 20),
    "quotes": '"' * (1 << 20),
    "dots": "." * (1 << 20),
    "spaces": "a" + " " * (1 << 20),
    "keys": ("a." * 60 + "a=1\n") * 8_000,
}


@pytest.mark.parametrize("text", SLOW.values(), ids=SLOW)
def test_looking_for_long_keys_is_quick(text: str) -> None:
    begun = time.process_time()
    assert not bounded._LONG_KEY.search(text)
    assert time.process_time() - begun < 2


READING = re.compile(
    r"(?:.*\.)?(?:read_text|read_bytes|open|readlines)|open|tomll?ib?\.\w+|json\.loads?|gzip\.\w+"
    r"|zipfile\.ZipFile|torch\.(?:jit\.|export\.)?load|safetensors\.safe_open|.*\bload_file"
    r"|np\.(?:load|loadtxt|genfromtxt|fromfile)|sqlite3\.connect|(?:.*\.)?InferenceSession"
    r"|(?:.*\.)?(?:ConfigParser|parse_args|iterparse)"
)
"""What is called where something is read."""
HARMLESS = re.compile(r"\((?:io\.BytesIO\(|plain\b|fileobj=io\.BytesIO)|\(.*'[wax]b?'|\.open\(\)$")
"""Reading what was read before, writing, and what only sounds like reading."""
ALLOWED = {
    "classifiers/torchscript.py": {"archive.open"},
    "classifiers/named/cards.py": {"weights.read_bytes", "card.read_text"},  # of the package
    "classifiers/labels.py": {"table.read_text"},  # of the package
    "reports/pages/page.py": {"resources.files('neatfool.reports.pages').joinpath(name).read_text"},
    "version.py": {  # the installer's own file
        "json.loads",
        "metadata.distribution('neatfool').read_text",
    },
    "files.py": {"temporary.open"},  # to put what was written on the disk
    "process.py": {"os.open"},  # to write nowhere
    "tracking/telling.py": {"os.open"},  # to read nothing
    "classifiers/onnx/sessions.py": {"onnxruntime.InferenceSession"},  # after its digest
    "classifiers/torch_files.py": {"torch.jit.load", "torch.export.load", "zipfile.ZipFile"},
    "data/cache.py": {"archive.open"},
    "encodings/interchange/reading.py": {"archive.open"},
    "encodings/neat/config.py": {"configparser.ConfigParser"},  # of a text that was read before
    "images/disturbances.py": {"Image.open"},  # what it wrote itself
    "web/breed/store.py": {"sqlite3.connect"},
    "web/browse/notes.py": {"sqlite3.connect"},  # of a plain file of limited size
    "web/breed/api_saved.py": {"json.loads"},  # of the server's own file
    "web/breed/pages.py": {"json.loads"},
}
"""By file, with the reason why they are."""


def test_nothing_is_read_in_another_way() -> None:
    found = {}
    for path in sorted((ROOT / "neatfool").rglob("*.py")):
        name = path.relative_to(ROOT / "neatfool").as_posix()
        if name == "bounded.py":
            continue
        for node in nodes_of(path):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if "." not in called and called != "open":
                    continue
                if READING.fullmatch(called) and not HARMLESS.search(ast.unparse(node)):
                    found.setdefault(name, set()).add(called)

    assert found == ALLOWED
