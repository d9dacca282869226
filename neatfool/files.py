"""Files that are there whole or not at all, and lines of tables in them."""

import csv
import io
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import takewhile
from pathlib import Path

_MARKS = re.compile(r"[\\`*$\[\]]|(?<!\w)_|_(?!\w)|<(?=[\w/!?])|&(?=#?\w+;)")
"""What Markdown takes for the beginning of something."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Lend a temporary name beside ``path``; what was written there becomes ``path`` at the end.

    Folders that are missing are made. After any failure, an interrupt included, ``path`` is what
    it was before; the temporary file is gone, and so are those folders, if they are empty. So of
    two writers that begin in a new folder at once, one that fails may take it from the other.

    Args:
        path: The file to make or replace.

    Yields:
        The name to write to.

    Raises:
        OSError: The folder cannot be written.
    """
    missing = list(takewhile(lambda folder: not folder.exists(), path.parents))
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):  # its folder could not be made
            temporary.unlink()
        for folder in missing:
            with suppress(OSError):  # it was not made, or something else is in it by now
                folder.rmdir()
        raise


def is_left_over(path: Path) -> bool:
    """Say whether a file is what ``replacing`` leaves when the process is killed."""
    return re.fullmatch(r"\..+\.[0-9]+\.part", path.name) is not None and path.is_file()


def write_whole(path: Path, content: bytes | str) -> None:
    """Write a file such that a reader sees all of it or none; text is UTF-8."""
    with replacing(path) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)


def csv_line(values: Sequence[object]) -> str:
    """Write a line of a table; text that spreadsheets would take for a formula begins with '."""
    file = io.StringIO()
    cells = [f"'{each}" if _is_formula(each) else each for each in values]
    csv.writer(file, lineterminator="\n").writerow(cells)
    return file.getvalue()


def _is_formula(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t"))


def markdown_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Write a table of Markdown, a line for each row; whatever is in a cell stays in it.

    Args:
        heads: Of the columns; the first has names, the others numbers.
        rows: As many cells each.
    """
    rule = f"| --- |{' ---: |' * (len(heads) - 1)}"
    first, *others = [f"| {' | '.join(map(_cell, row))} |" for row in (heads, *rows)]
    return [first, rule, *others]


def markdown(text: str) -> str:
    """Write a name within a line of Markdown such that nothing of it is taken for marks or HTML."""
    return _MARKS.sub(lambda found: f"&#{ord(found[0])};", " ".join(text.split()))


def markdown_code(text: str) -> str:
    """Write a text as code within a line of Markdown."""
    marks = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    space = " " if "`" in text else ""
    return f"{marks}{space}{' '.join(text.split())}{space}{marks}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")


def folder_of_user(find: Callable[..., Path]) -> Path | None:
    """Find where the system keeps what belongs to neatfool and to this user.

    Args:
        find: ``user_cache_path`` or ``user_data_path`` of platformdirs.

    Returns:
        The folder, which need not be there; none: the user has no home, as in containers.
    """
    try:
        folder = find("neatfool", appauthor=False)
    except RuntimeError:
        return None
    return folder if folder.is_absolute() else None  # older versions of platformdirs leave the ~


def name_beside(path: Path) -> Path:
    """Return a name beside a file that is free, for what is to be kept of it: ``NAME.kept``."""
    beside, again = path.with_name(f"{path.name}.kept"), 1
    while beside.exists():
        again += 1
        beside = path.with_name(f"{path.name}.kept-{again}")
    return beside


def copy_beside(path: Path) -> Path:
    """Copy a file to a free name beside it, and return that name."""
    beside = name_beside(path)
    with replacing(beside) as temporary:
        shutil.copyfile(path, temporary)
    return beside
