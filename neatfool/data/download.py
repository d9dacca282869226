"""Fetch a file from the first mirror that gives it whole."""

import http.client
import textwrap
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from neatfool.data.writing import writing
from neatfool.errors import DataError
from neatfool.files import replacing
from neatfool.reporting import Reporter, log

ROUNDS = 2
"""Every mirror is tried once, then every mirror once more."""
TIMEOUT = 20.0
"""Seconds without a byte before a mirror is given up."""
_CHUNK = 1 << 16
_LONGEST = 100
"""Characters of a reason that are shown; what a mirror says can be as long as it likes."""


class FetchError(DataError):
    """No mirror gave the right file.

    Attributes:
        answered: Whether any mirror gave an answer, if a wrong one.
    """

    def __init__(self, message: str, answered: bool) -> None:
        super().__init__(message)
        self.answered = answered


def fetch(urls: Sequence[str], to: Path, check: Callable[[Path], None], reporter: Reporter) -> None:
    """Fetch a file, unless it is there and right.

    What breaks off goes on where it was, as long as more comes. What is fetched gets its name only
    when it was checked: after a failure or an interrupt there is no half a file, and a wrong one
    that was there before is as it was.

    Args:
        urls: Mirrors of the same file, tried in turn.
        to: Where to put it; its folder is made.
        check: Raises ``DataError`` if the file at a path is not the right one.
        reporter: Hears of the bytes that came.

    Raises:
        FetchError: No mirror gave the right file; the message says why, in short.
        DataError: The file cannot be written here.
    """
    reasons: list[str] = []
    answered = False
    with writing(to):
        if to.exists():
            if is_right(to, check):
                return
            log.warning("%s is damaged or another file; it will be replaced", to)
        for url in [*urls] * ROUNDS:
            try:
                with replacing(to) as temporary:
                    _download(url, temporary, reporter)
                    _check_answer(temporary, check)
                return
            except FetchError as failure:
                log.info("%s: %s", url, failure)
                reasons.append(str(failure))
                answered = answered or failure.answered
    raise FetchError(f"{to.name}: {'; '.join(dict.fromkeys(reasons))}", answered)


def is_right(path: Path, check: Callable[[Path], None]) -> bool:
    """Say whether a file is there and right.

    Args:
        path: The file.
        check: Raises ``DataError`` if it is not.

    Returns:
        True if it is.
    """
    try:
        check(path)
    except DataError:
        return False
    return True


def _check_answer(path: Path, check: Callable[[Path], None]) -> None:
    try:
        check(path)
    except DataError as error:
        reason = str(error).removeprefix(f"{path}: ")
        raise FetchError(_short(reason), answered=True) from error


def _download(url: str, to: Path, reporter: Reporter) -> None:
    """Write what a URL gives to a file; where it breaks off, ask for the rest."""
    furthest = 0
    with to.open("wb") as file:
        while True:
            try:
                return _append(url, file, reporter)
            except FetchError as failure:
                if file.tell() <= furthest:
                    raise
                furthest = file.tell()
                log.info("%s: %s; going on from there", url, failure)


def _append(url: str, file: BinaryIO, reporter: Reporter) -> None:
    """Write what is missing of a file, or all of it if the mirror gives no parts of files.

    Raises:
        FetchError: What came is less than was promised.
    """
    done = file.tell()
    with _blaming_the_mirror(answered=False):
        request = urllib.request.Request(url, headers={"Range": f"bytes={done}-"} if done else {})
        response = urllib.request.urlopen(request, timeout=TIMEOUT)
    with response:
        if done and response.status != http.HTTPStatus.PARTIAL_CONTENT:
            done = file.seek(0)
            file.truncate()
        elif done and not _begins_at(done, response.headers.get("Content-Range")):
            raise FetchError(f"expected bytes from {done:,} on, got others", answered=True)
        length = _length(response.headers.get("Content-Length"))
        total = done + length if length else 0
        reporter.start(f"fetching {url}", total, done)
        while chunk := _read(response):
            done += file.write(chunk)
            reporter.step(done)
        reporter.finish()
    if done < total:
        raise FetchError(f"expected {total} bytes, got {done}", answered=True)


def _begins_at(first: int, content_range: str | None) -> bool:
    return (content_range or "").startswith(f"bytes {first}-")


def _length(header: str | None) -> int:
    """Read the header that says how many bytes will come; 0 is unknown."""
    text = header or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _read(response: http.client.HTTPResponse) -> bytes:
    with _blaming_the_mirror(answered=True):
        return response.read1(_CHUNK)  # what is there: nothing is lost if silence follows


@contextmanager
def _blaming_the_mirror(answered: bool) -> Iterator[None]:
    """Tell failures of the network from those of the disk, which are ``OSError`` as well."""
    try:
        yield
    except urllib.error.HTTPError as error:
        error.close()
        raise FetchError(_short(error), answered=True) from error
    except OSError as error:
        cause = error.reason if isinstance(error, urllib.error.URLError) else error
        reason = cause.strerror if isinstance(cause, OSError) else None
        raise FetchError(_short(reason or cause), answered) from error
    except (http.client.HTTPException, ValueError) as error:  # the answer made no sense
        raise FetchError(_short(error), answered=True) from error


def _short(reason: object) -> str:
    return textwrap.shorten(str(reason), _LONGEST) or type(reason).__name__
