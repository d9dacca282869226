"""Large files that are fetched once for all runs."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from neatfool.data.download import FetchError, fetch, is_right
from neatfool.errors import DataError
from neatfool.reporting import Reporter

_CHUNK = 1 << 20


def cache_folder() -> Path:
    """Return where fetched files are kept: ``NEATFOOL_CACHE``, or the user's cache folder."""
    if named := os.environ.get("NEATFOOL_CACHE"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "neatfool"


def cached(
    name: str, urls: Sequence[str], sha256: str, reporter: Reporter, offline: bool = False
) -> Path:
    """Return a file of the cache, fetched if it is not there or not right.

    Args:
        name: Of the file, in the cache.
        urls: Mirrors of the file, tried in turn, twice.
        sha256: Hex digest of the right file.
        reporter: Hears of the bytes that came.
        offline: Fetch nothing.

    Returns:
        Path of the right file.

    Raises:
        DataError: The file came right from no mirror, or could not be fetched or written; the
            message says what to put where by hand. The cache is as it was.
    """
    path = cache_folder() / name

    def check(candidate: Path) -> None:
        came = _digest(candidate)
        if came != sha256:
            raise DataError(f"expected SHA-256 {sha256[:12]}…, came {came[:12]}…; fetch it again")

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
        f"expected {name}, came no right file ({reason}); fetch it from {' or '.join(urls)} "
        f"and put it at {path}"
    )


def _digest(path: Path) -> str:
    sha256 = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                sha256.update(chunk)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from error
    return sha256.hexdigest()
