"""Large files that are fetched once for all runs."""

import hashlib
import os
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from platformdirs import user_cache_path

from neatfool.bounded import opened
from neatfool.data.download import FetchError, fetch, is_right
from neatfool.errors import DataError
from neatfool.files import folder_of_user
from neatfool.reporting import Reporter

_CHUNK = 1 << 20
_NO_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError)
"""What comes of a file that is no ZIP file, is damaged, or wants a password."""


def cache_folder() -> Path:
    """Return where fetched files are kept: ``NEATFOOL_CACHE``, or the user's cache folder.

    Raises:
        DataError: The user has no folder.
    """
    if named := os.environ.get("NEATFOOL_CACHE"):
        return Path(named)
    if (folder := folder_of_user(user_cache_path)) is None:
        raise DataError(
            "expected a folder to keep fetched files in, got a user without a home: set "
            "NEATFOOL_CACHE to a folder that can be written"
        )
    return folder


def cached(
    name: str, urls: Sequence[str], checksum: str, reporter: Reporter, offline: bool = False
) -> Path:
    """Return a file of the cache, fetched if it is not there or not right.

    Args:
        name: Of the file, in the cache.
        urls: Mirrors of the file, tried in turn, twice.
        checksum: Of the right file, as algorithm and hex digest: ``"sha1:4c8d…"``. Of a file that
            ends in ``.zip``, that of the one file in it.
        reporter: Hears of the bytes that came.
        offline: Fetch nothing.

    Returns:
        Path of the right file.

    Raises:
        DataError: The file came right from no mirror, or could not be fetched or written; the
            message says what to put where by hand. The cache is as it was.
    """
    path = cache_folder() / name
    algorithm, _, wanted = checksum.partition(":")

    def check(candidate: Path) -> None:
        got = _digest(candidate, algorithm, name)
        if got != wanted:
            raise DataError(f"expected {algorithm} {wanted[:12]}…, got {got[:12]}…; fetch it again")

    if is_right(path, check):
        return path
    reason = "offline, nothing is fetched"
    if not offline:
        try:
            fetch(urls, path, check, reporter)
            return path
        except FetchError as error:
            reason = str(error)
    raise DataError(
        f"expected {name}, got no right file ({reason}); fetch it from {' or '.join(urls)} and put "
        f"it at {path}, or into another folder, which NEATFOOL_CACHE names"
    )


def read_cached(path: Path) -> bytes:
    """Read a file of the cache; of one that ends in ``.zip``, the one file in it.

    Raises:
        DataError: It cannot be read.
    """
    with _opened(path, path.name) as file:
        return file.read()


def _digest(path: Path, algorithm: str, name: str) -> str:
    digest = hashlib.new(algorithm)
    with _opened(path, name) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def _opened(path: Path, name: str) -> Iterator[IO[bytes]]:
    """Open a file that is called so once it is right."""
    try:
        with opened(path) as plain:
            if not name.endswith(".zip"):
                yield plain
                return
            with zipfile.ZipFile(plain) as archive:
                (inner,) = archive.namelist()
                with archive.open(inner) as member:
                    yield member
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from error
    except _NO_ZIP as error:
        raise DataError(f"expected a ZIP file with one file in it, got {error}") from error
