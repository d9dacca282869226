"""What visitors can see of the run folders; nothing is changed in them."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from neatfool import runs
from neatfool.images import to_levels
from neatfool.past.folder import find_file, find_runs, read_file, stamps_of
from neatfool.past.overview import DAMAGED, Niche, Overview, archive_file
from neatfool.past.parts import Looked
from neatfool.past.records import read_curve
from neatfool.reporting import log
from neatfool.reports.portfolio import Portfolio
from neatfool.reports.poster import poster_of_run
from neatfool.reports.report import GRID
from neatfool.web.browse import bodies
from neatfool.web.browse.drawings import Drawings, pictures_of
from neatfool.web.browse.facts import facts_of, strip_of
from neatfool.web.browse.folders import (
    Folders,
    check_readable,
    find_run,
    refusal_of,
    shown_rows,
    telling,
)
from neatfool.web.browse.frames import DRAWN_SIDE, SIDE, checked_png
from neatfool.web.browse.notes import NoteOfRun, Notes
from neatfool.web.browse.replays import Replays
from neatfool.web.painting import MOST_DRAWN, Recent, check_work, encode
from neatfool.web.refusal import Refusal

_POINTS, _SPARK = 240, 32
_MOST_PICTURE, _MOST_FILE = 1 << 24, 1 << 26
_ROWS, _SMALL = 1_000, 4_000
_FRESH = 2.0  # seconds


class Browser:
    """The runs under a folder, or none.

    Args:
        root: The folder.
    """

    def __init__(self, root: Path | None) -> None:
        self.root = root
        self.replays = Replays()
        self._folders = Folders()
        self._found: tuple[float, dict[str, Path]] = (-_FRESH, {})
        self._rows: Recent[bodies.ListedRun] = Recent(_ROWS)
        self._small: Recent[bytes] = Recent(_SMALL)
        self._drawing = threading.Lock()
        self.drawings, self._notes = Drawings(), Notes(root)

    def close(self) -> None:
        """Stop what goes on in the background."""
        self.replays.close()
        self.drawings.close()

    def folder(self, name: str) -> Path:
        """Look a run up by its name.

        Raises:
            Refusal: There is none of that name.
        """
        seen, found = self._found
        if name in found and time.monotonic() - seen < _FRESH:
            return found[name]
        self._find()
        return find_run(self._found[1], name)

    def listed(self) -> list[bodies.ListedRun]:
        """List all runs, the newest first; those that cannot be read say so."""
        return [self._row(name, path) for name, path in self._find().items()]

    def run(self, name: str) -> bodies.ShownRun:
        """Tell all about one run.

        Raises:
            Refusal: It is gone, or damaged.
        """
        folder = self.folder(name)
        with telling(name):
            overview = self._folders.overview(folder)
            shown = shown_rows(overview)
            return bodies.ShownRun(
                name=name,
                facts=facts_of(folder, overview),
                niches=tuple(
                    bodies.ShownNiche(
                        index=each.index,
                        name=each.name,
                        score=each.score,
                        found_at=each.found_at,
                        shown=row in shown,
                    )
                    for row, each in enumerate(overview.niches)
                ),
                **_curve(folder),
                settings=runs.dump_config(overview.config),
                files=tuple(
                    file
                    for file in bodies.FileName.__args__  # type: ignore[attr-defined]
                    if find_file(folder, file)
                ),
                pictures=self._pictures(folder, overview),
            )

    def curve(self, name: str) -> bodies.RunCurve:
        """Tell of a run what it is as a line among others.

        Raises:
            Refusal: It is gone, or damaged.
        """
        folder = self.folder(name)
        with telling(name):
            facts = facts_of(folder, self._folders.overview(folder))
            return bodies.RunCurve(name=name, facts=facts, **_curve(folder))

    def poster(
        self, name: str, index: int | None, size: int, has_left: Callable[[], bool] = lambda: False
    ) -> bytes:
        """Paint the elite of a niche at any size, or all elites on a sheet.

        Args:
            name: Of the run.
            index: Of the niche; none: all.
            size: Pixels of the longer side, or of the width of the sheet.
            has_left: Says, now and then, that nobody wants it any more.

        Raises:
            Refusal: It cannot be read, or reading it takes a program, or it would take very long.
            NeatfoolError: It has no such elite, or evolves no images; or nobody wants it any more.
        """
        folder = self.folder(name)
        with telling(name):
            check_readable(folder)
            archive_file(folder)  # is not too large
        wanted = None if index is None else str(index)
        poster = poster_of_run(folder, size, wanted, check=check_work, has_left=has_left)
        return poster.encode(Path("poster.png"))

    def notes(self) -> list[bodies.RunNote]:
        """Tell what people noted of the runs."""
        known = self._notes.all()
        named = {name: known.get(self._notes.key(path)) for name, path in self._find().items()}
        return [bodies.RunNote(run=name, **vars(note)) for name, note in named.items() if note]

    def note(self, wanted: bodies.RunNote) -> bodies.RunNote:
        """Note something of a run.

        Raises:
            Refusal: There is no such run, or somebody else noted something meanwhile.
        """
        note = NoteOfRun(wanted.starred, wanted.note, wanted.version)
        written = self._notes.change(self.folder(wanted.run), note)
        return bodies.RunNote(run=wanted.run, **vars(written))

    def picture(self, name: str, index: int, is_small: bool) -> bytes:
        """Return the newest picture of a niche.

        Raises:
            Refusal: There is none, or it cannot be read.
        """
        folder = self.folder(name)
        with telling(name):
            overview = self._folders.overview(folder)
            row = _row_of(overview.niches, index)
            elite = overview.niches[row]
            side = SIDE if overview.about.shape is not None else DRAWN_SIDE

            def make() -> bytes:
                content = read_file(folder, elite.image, _MOST_PICTURE) if elite.image else None
                if content is None:
                    content = self._paint(folder, overview, row)
                return checked_png(content, side if is_small else None)

            if not is_small:
                return make()
            key = (str(folder), folder.stat().st_mtime_ns, overview.published, index)
            return self._small.get(key, make)

    def grid(self, name: str) -> bytes:
        """Return the picture of the grid that a run left as it ended.

        Raises:
            Refusal: There is none, or it cannot be read.
        """
        with telling(name):
            return checked_png(self._read(name, GRID, _MOST_PICTURE))

    def file(self, name: str, file: str) -> bytes:
        """Read a file of a run.

        Raises:
            Refusal: It is not there, or very large.
        """
        return self._read(name, file, _MOST_FILE)

    def _read(self, name: str, file: str, most: int) -> bytes:
        folder = self.folder(name)
        with telling(name):
            content = read_file(folder, file, most)
        if content is None:
            raise Refusal(404, f"run {name:.80} has no {file}")
        return content

    def _pictures(self, folder: Path, overview: Overview) -> tuple[str, ...]:
        """Name what can be drawn of a run; if it cannot be built without programs, nothing."""
        if overview.latest is None or overview.takes_program:
            return ()
        try:
            return pictures_of(overview, self._folders.looked(folder))
        except (Refusal, *DAMAGED) as error:
            log.info("%s cannot be drawn: %s", folder, error)
            return ()

    def _find(self) -> dict[str, Path]:
        found = find_runs(self.root)
        self._found = time.monotonic(), found
        return found

    def _paint(self, folder: Path, overview: Overview, row: int) -> bytes:
        """Paint or draw an elite whose picture is not on disk."""
        if not overview.published:
            raise Refusal(404, "this run has no pictures yet: they come with its first checkpoint")
        archive, found = self._folders.archive(folder)
        if not archive.occupied[row]:
            raise Refusal(404, "there is no picture of this niche: nothing had a score in it")
        genome = archive.genomes.select(np.array([row]))
        if overview.about.shape is not None:
            return encode(to_levels(found.encoding.express(genome).cpu())[0])
        if row not in shown_rows(overview):
            raise Refusal(404, "this elite is not drawn: only the best are")
        with self._drawing:
            return _drawn(found, genome)

    def _row(self, name: str, folder: Path) -> bodies.ListedRun:
        try:
            changed = datetime.fromtimestamp(folder.stat().st_mtime, timezone.utc)
            row = bodies.ListedRun(
                name=name, changed=changed.isoformat(timespec="seconds"), facts=None
            )
            key = (name, *stamps_of(folder))
            return self._rows.get(key, lambda: self._filled(row, folder))
        except (Refusal, *DAMAGED) as error:
            log.info("%s cannot be listed: %s", folder, error)
            return bodies.ListedRun(
                name=name, changed="", facts=None, problem=refusal_of(name, error).args[0]
            )

    def _filled(self, row: bodies.ListedRun, folder: Path) -> bodies.ListedRun:
        overview = self._folders.overview(folder)
        facts = facts_of(folder, overview)
        curve = read_curve(folder, _SPARK)
        spark = tuple(each.median for each in curve.points)
        found = {"facts": facts, "strip": strip_of(overview), "spark": spark}
        return row.model_copy(update={**found, "damaged_line": curve.damaged})


def _curve(folder: Path) -> dict[str, Any]:
    points, damaged = read_curve(folder, _POINTS)
    wanted = {*bodies.Point.model_fields}
    curve = tuple(bodies.Point(**each.model_dump(include=wanted)) for each in points)
    return {"curve": curve, "damaged_line": damaged}


def _row_of(niches: tuple[Niche, ...], index: int) -> int:
    for row, each in enumerate(niches):
        if each.index == index:
            return row
    raise Refusal(404, f"this run has no niche {index}: load the page again")


def _drawn(found: Looked, genome: Any) -> bytes:
    """Draw one genome that is no image."""
    return Portfolio(found.encoding, most=MOST_DRAWN).draw(genome)
