"""What `neatfool plot` draws of runs, made in the background; the last few are kept."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from neatfool.bounded import read_bytes
from neatfool.past.folder import stamps_of
from neatfool.past.overview import Overview
from neatfool.past.parts import Looked
from neatfool.reporting import CONFIDENCE, Reporter, Unit
from neatfool.reports.plot import PICTURES, Wanted, lacking, plot
from neatfool.search import unplayed
from neatfool.web.browse.background import Background, Errand
from neatfool.web.browse.folders import check_readable
from neatfool.web.painting import MOST_DRAWN

_KEPT, _MOST_BYTES = 24, 1 << 27
_FRESH = 10.0  # seconds after which a run that goes on is drawn again


@dataclass
class Drawing(Errand):
    """A picture or a film, as far as it is made.

    Attributes:
        content: The file.
        ending: Of its name.
        made: When it was done.
        stamps: Of the run, when it was begun.
    """

    content: bytes = b""
    ending: str = ""
    made: float = 0.0
    stamps: tuple[object, ...] = ()

    def is_of(self, folder: Path) -> bool:
        """Say whether it shows a run as it is now, or was a moment ago: runs that go on change."""
        is_fresh = time.monotonic() - self.made < _FRESH
        return self.is_awaited or is_fresh or self.stamps == stamps_of(folder)


class _Watching(Reporter):
    """Tell a drawing how far it is; give up where nobody asks for it."""

    def __init__(self, drawing: Drawing, check: Callable[[Drawing], None]) -> None:
        self._drawing, self._check = drawing, check

    def start(self, task: str, total: int, done: int = 0, unit: Unit = CONFIDENCE) -> None:
        """Begin to go through a run, it may be the second time, or to paint."""
        self._drawing.message, self._drawing.total, self._drawing.done = task, total, done

    def step(self, done: int, **numbers: float | None) -> None:
        """Note it.

        Raises:
            Refusal: Nobody wants the drawing any more.
        """
        self._drawing.done = done
        self._check(self._drawing)


class Drawings(Background[tuple[Path, Wanted], Drawing]):
    """Draw one after the other."""

    def __init__(self) -> None:
        super().__init__("drawing", "other pictures are being drawn", _KEPT, _MOST_BYTES)

    def ask(self, folder: Path, wanted: Wanted) -> Drawing:
        """Return a drawing of a run, begun if there is none of now; who asks keeps it going.

        Args:
            folder: Of the run.
            wanted: One picture or film.

        Raises:
            Refusal: Too many wait already.
        """
        key = folder, wanted
        found = self.keep_going(key)
        if found is not None and found.phase == "failed":
            self.drop(key, found)  # told once; who asks again may have mended it
            return found
        if found is not None and found.is_of(folder):
            return found
        drawing = Drawing(stamps=stamps_of(folder))
        return self.begin(key, drawing, lambda drawing: self._draw(folder, wanted, drawing))

    def _draw(self, folder: Path, wanted: Wanted, drawing: Drawing) -> None:
        check_readable(folder)  # no program is run for it
        with tempfile.TemporaryDirectory() as out:
            reporter = _Watching(drawing, self.check)
            made = plot(folder, Path(out), replace(wanted, most=MOST_DRAWN), reporter)
            drawn = [each for each in made.files if each.suffix != ".json"]
            assert len(drawn) == 1, "plot refuses what is asked for by its name and cannot be drawn"
            (path,) = drawn
            drawing.content, drawing.ending = read_bytes(path, None), path.suffix[1:]
        drawing.size, drawing.made = len(drawing.content), time.monotonic()


def pictures_of(overview: Overview, found: Looked) -> tuple[str, ...]:
    """Name what can be drawn of a run, and is not on its page already."""
    about, why = overview.about, unplayed(found.config.search)
    useless = {"gallery", "goals"} if about.grid else {"gallery"}
    useless |= lacking(found.config, about, found.encoding, why, overview.latest).keys()
    return tuple(name for name in PICTURES if name not in useless)
