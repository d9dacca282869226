"""Which runs visitors can see, and what they may see of them; what was read is kept a while."""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from neatfool.errors import TooLargeError
from neatfool.past.about import read_about
from neatfool.past.folder import begun_at, read_config, stamp_of, stamps_of
from neatfool.past.overview import DAMAGED, Overview, archive_file, newest_archive, read_overview
from neatfool.past.parts import Looked, look, programs_needed
from neatfool.reporting import log
from neatfool.reports.portfolio import DRAWN
from neatfool.search import Archive
from neatfool.web.painting import Recent
from neatfool.web.refusal import Refusal

PROGRAM = "this run has no pictures yet: reading its genomes takes a program that it names, and \
none is run here; they come with its report"
_MOST_SIDE = 2048
_KEPT, _OPEN = 16, 3


class Folders:
    """Read run folders; what has not changed is not read again."""

    def __init__(self) -> None:
        self._overviews: Recent[Overview] = Recent(_KEPT)
        self._open: Recent[tuple[Archive, Looked]] = Recent(_OPEN)
        self._looked: Recent[Looked] = Recent(_KEPT)
        self._opening = threading.Lock()

    def overview(self, folder: Path) -> Overview:
        """Read how far a run is.

        Raises:
            DAMAGED: Something in the folder is not as a run leaves it.
            Refusal: Its elites cannot be shown.
        """
        return self._overviews.get(stamps_of(folder), lambda: read_overview(folder, self.archive))

    def looked(self, folder: Path) -> Looked:
        """Build what it takes to read the genomes of a run.

        Raises:
            DAMAGED: As ``overview``; or it cannot be built here.
            Refusal: That takes a program.
        """
        check_readable(folder)
        return self._looked.get((str(folder), begun_at(folder)), lambda: look(folder))

    def archive(self, folder: Path) -> tuple[Archive, Looked]:
        """Load the elites of the newest checkpoint, or those that a run left as it ended.

        Raises:
            DAMAGED: As ``overview``.
            Refusal: There are none that can be shown, or reading them takes a program.
        """
        check_readable(folder)
        stamp = stamp_of(archive_file(folder))
        with self._opening:  # those who want the same wait for it
            return self._open.get(stamp, lambda: newest_archive(folder))


def find_run(found: Mapping[str, Path], name: str) -> Path:
    """Look a name up among runs that were found.

    Raises:
        Refusal: There is none of that name.
    """
    path = found.get(name)
    if path is None:
        raise Refusal(404, f"there is no run {name!r:.80}: it may be gone; load the list again")
    return path


@contextmanager
def telling(name: str) -> Iterator[None]:
    """Turn what a damaged folder leads to into one sentence; the log has the details.

    Raises:
        Refusal: The folder is damaged, or gone.
    """
    try:
        yield
    except DAMAGED as error:
        log.info("run %s cannot be read: %s", name, error)
        raise refusal_of(name, error) from None


def refusal_of(name: str, error: Exception) -> Refusal:
    """Say in one sentence why a run cannot be read."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, TooLargeError):
        return Refusal(413, str(error))
    if isinstance(error, FileNotFoundError):
        return Refusal(404, f"a file of run {name:.80} is gone: load the page again")
    told = re.search(r"[\w-]+\.(?:json|jsonl|toml|safetensors|ini|png)\b", str(error))
    which = told[0] if told else "a file"
    return Refusal(
        422, f"run {name:.80} cannot be read: {which} is damaged or missing; the log says more"
    )


def check_readable(folder: Path) -> None:
    """Refuse to read genomes where that takes a program of the folder, or very large images.

    Raises:
        DAMAGED: As ``Folders.overview``.
        Refusal: It takes one, or they are.
    """
    about = read_about(folder)
    if programs_needed(read_config(folder), about):
        raise Refusal(422, PROGRAM)
    channels, *sides = about.shape or (1,)
    if channels not in (1, 3) or not all(0 < side <= _MOST_SIDE for side in sides):
        raise Refusal(422, f"expected images of sides up to {_MOST_SIDE}, got {about.shape}")


def shown_rows(overview: Overview) -> frozenset[int]:
    """Give the rows of niches whose elites can be seen: of what is no image, the best are drawn."""
    niches = overview.niches
    known = [row for row, each in enumerate(niches) if each.score is not None]
    if overview.is_reported:
        return frozenset(row for row in known if niches[row].image is not None)
    if overview.takes_program or not overview.published:
        return frozenset()
    if overview.about.shape is None:
        known.sort(key=lambda row: niches[row].score or 0.0, reverse=True)
        known = known[:DRAWN]
    return frozenset(known)
