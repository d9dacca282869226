"""Tell early and in plain words that files cannot be written."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neatfool.errors import DataError


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn failures of the file system into a message that says what to do.

    Args:
        path: What is being written, for the message.

    Raises:
        DataError: In place of any ``OSError``.
    """
    try:
        yield
    except OSError as error:
        raise DataError(
            f"cannot write {path}: {error.strerror or error}; make room or choose another folder"
        ) from error


def check_writable(folder: Path) -> None:
    """Make a folder, and try it by a file that is there for a moment.

    Args:
        folder: It may be there already.

    Raises:
        DataError: The folder cannot be made, or no file can be made in it.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder) as file:
            file.write(b"neatfool")
