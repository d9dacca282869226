"""Fetch a file from the first mirror that gives it whole."""

import http.client
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

from neatfool.data.files import replacing
from neatfool.errors import DataError
from neatfool.reporting import Reporter, log

ROUNDS = 2
"""Every mirror is tried once, then every mirror once more."""
TIMEOUT = 20.0
"""Seconds without a byte before a mirror is given up."""
_CHUNK = 1 << 16


def fetch(urls: Sequence[str], to: Path, check: Callable[[Path], None], reporter: Reporter) -> None:
    """Fetch a file, unless it is there and right.

    What is fetched gets its name only when it was checked: after a failure or an interrupt there
    is no half a file, and a wrong one that was there before is as it was.

    Args:
        urls: Mirrors of the same file, tried in turn.
        to: Where to put it; its folder is made.
        check: Raises ``DataError`` if the file at a path is not the right one.
        reporter: Hears of the bytes that came.

    Raises:
        DataError: No mirror gave the right file; the message says what to fetch by hand.
    """
    if to.exists() and _is_right(to, check):
        return
    failures = []
    for url in [*urls] * ROUNDS:
        try:
            with replacing(to) as temporary:
                _download(url, temporary, reporter)
                check(temporary)
            return
        except (OSError, http.client.HTTPException, DataError) as error:
            log.warning("%s: %s", url, error)
            failures.append(f"{url}: {error}")
    raise DataError(
        f"expected to fetch {to.name}, came no right file from any mirror "
        f"({'; '.join(failures[-len(urls) :])}); fetch {' or '.join(urls)} and put it at {to}"
    )


def _is_right(path: Path, check: Callable[[Path], None]) -> bool:
    try:
        check(path)
    except DataError as error:
        log.warning("%s: %s; it will be replaced", path, error)
        return False
    return True


def _download(url: str, to: Path, reporter: Reporter) -> None:
    """Write what a URL gives to a file, and fail if it is less than was promised."""
    done = 0
    with urllib.request.urlopen(url, timeout=TIMEOUT) as response, to.open("wb") as file:
        total = int(response.headers.get("Content-Length", 0))
        reporter.start(f"fetching {url}", total)
        while chunk := response.read(_CHUNK):
            done += file.write(chunk)
            reporter.step(done)
        reporter.finish()
    if done < total:
        raise DataError(f"expected {total} bytes, came {done}; try again")
