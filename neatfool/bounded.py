"""Reading what anybody may have left: plain files, of a bounded size, no deeper than people write.

Everything that is read goes through here. A pipe would wait for ever, a device has no end, and a
file of a few kilobytes can nest deep enough to stop the interpreter, or name a key of so many parts
that parsing it takes minutes.
"""

import json
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from neatfool.errors import DataError, TooLargeError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MOST_SETTINGS = 1 << 20
"""Bytes of a file that people write by hand."""
MOST_TEXT = 1 << 26
"""Bytes of a text that programs write."""
MOST_LINE = 1 << 24
"""Bytes of a line of records; one of a thousand winners takes some thousands."""
MOST_DEPTH = 64
"""How deep lists and tables lie in one another, and how many parts a key has."""
_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_LONG_KEY = re.compile(rf"(?<![\w.-]){_PART}(?:[ \t]*\.[ \t]*{_PART}){{{MOST_DEPTH}}}")


@contextmanager
def opened(path: Path, most: int | None = None) -> Iterator[IO[bytes]]:
    """Open a plain file to be read, without waiting for anything.

    Args:
        path: The file, or a link to one.
        most: Bytes that it may have; none: any number, where only its kind matters.

    Raises:
        DataError: It is no plain file; ``TooLargeError``: it is larger.
        OSError: It is missing, a folder, or cannot be opened.
    """
    with open(path, "rb", opener=_if_plain) as file:
        size = os.fstat(file.fileno()).st_size
        if most is not None and size > most:
            raise _too_large(path, most, f"{size:,}")
        yield file


def read_bytes(path: Path, most: int | None = MOST_TEXT) -> bytes:
    """Read a plain file whole.

    Raises:
        DataError: It is no plain file, or larger than ``most`` bytes.
        OSError: It is missing or cannot be read.
    """
    with opened(path, most) as file:
        content = file.read(-1 if most is None else most + 1)
    if most is not None and len(content) > most:  # it grew meanwhile, or is one of the kernel's
        raise _too_large(path, most, "more")
    return content


def read_text(path: Path, most: int = MOST_TEXT) -> str:
    """Read a plain file of UTF-8, with or without a byte order mark.

    Raises:
        DataError: It is no plain file, or too large.
        OSError: It is missing or cannot be read.
        ValueError: It is no UTF-8.
    """
    return read_bytes(path, most).decode("utf-8-sig")


def read_json(path: Path, most: int = MOST_TEXT) -> Any:
    """Read a plain file of JSON.

    Raises:
        DataError: It is no plain file, or too large.
        OSError: It is missing or cannot be read.
        ValueError: It is no UTF-8, no JSON, or too deep.
    """
    return parse_json(read_text(path, most))


def read_toml(path: Path, most: int = MOST_SETTINGS) -> dict[str, Any]:
    """Read a plain file of TOML.

    Raises:
        DataError: It is no plain file, or too large.
        OSError: It is missing or cannot be read.
        ValueError: It is no UTF-8, no TOML, or too deep.
    """
    return parse_toml(read_text(path, most))


def each_line(path: Path, most: int = MOST_LINE) -> Iterator[bytes]:
    """Yield the lines of a plain file, of any number, up to the first of more than ``most`` bytes.

    Raises:
        DataError: It is no plain file.
        OSError: It is missing or cannot be read.
    """
    with opened(path) as file:
        while line := file.readline(most + 1):
            if len(line) > most:
                return
            yield line


def parse_json(text: str | bytes) -> Any:
    """Read JSON that is not too deep.

    Raises:
        ValueError: It is no JSON, no UTF-8, or too deep.
    """
    text = text.decode() if isinstance(text, bytes) else text
    try:
        tree = json.loads(text)
    except RecursionError:
        raise _too_deep() from None
    _check_depth(tree)
    if "\\u" in text:  # half a pair of surrogates can be escaped, but never be written
        json.dumps(tree, ensure_ascii=False).encode()
    return tree


def parse_toml(text: str) -> dict[str, Any]:
    """Read TOML that is not too deep, in a time that goes with its length.

    Raises:
        ValueError: It is no TOML, or too deep.
    """
    if _LONG_KEY.search(text):
        raise ValueError(f"expected keys of at most {MOST_DEPTH} parts, got more")
    try:
        tree: dict[str, Any] = tomllib.loads(text)
    except RecursionError:
        raise _too_deep() from None
    _check_depth(tree)
    return tree


def at_once(path: str, flags: int) -> int:
    """Open a file for ``open(..., opener=at_once)``: a pipe is refused where it would wait."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o666)


def _if_plain(path: str, flags: int) -> int:
    """Open a file if it is plain; should it become a pipe meanwhile, nobody waits for it."""
    mode = os.stat(path).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # of a folder, the system says what it is
        kind = next((name for is_kind, name in _KINDS if is_kind(mode)), "something else")
        raise DataError(f"{path}: expected a plain file, got {kind}; choose another")
    return at_once(path, flags)


def _check_depth(tree: Any) -> None:
    level = _inner([tree])
    for _ in range(MOST_DEPTH):
        level = [each for part in level for each in _inner(part)]
    if level:
        raise _too_deep()


def _inner(part: Any) -> list[Any]:
    """List the lists and tables that lie directly in one."""
    values = part.values() if isinstance(part, dict) else part
    return [each for each in values if isinstance(each, (dict, list))]


def _too_deep() -> ValueError:
    return ValueError(f"expected lists and tables at most {MOST_DEPTH} deep, got deeper ones")


def _too_large(path: Path, most: int, got: str) -> TooLargeError:
    return TooLargeError(f"{path}: expected at most {most:,} bytes, got {got}; choose another")
