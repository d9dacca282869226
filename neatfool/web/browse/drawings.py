"""What `neatfool plot` draws of runs, made in the background; the last few are kept."""

import tempfile
import threading
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from neatfool.bounded import read_bytes
from neatfool.errors import NeatfoolError
from neatfool.past.folder import stamps_of
from neatfool.past.overview import Overview
from neatfool.past.parts import Looked
from neatfool.reporting import CONFIDENCE, Reporter, Unit, log
from neatfool.reports.plot import PICTURES, Wanted, lacking, plot
from neatfool.search import unplayed
from neatfool.web.breed.api_pictures import MOST_DRAWN
from neatfool.web.browse.folders import check_readable
from neatfool.web.browse.replays import Phase
from neatfool.web.refusal import Refusal

_KEPT, _WAITING = 24, 6
_MOST_BYTES = 1 << 27  # of all that is kept
_FRESH = 10.0  # seconds after which a run that goes on is drawn again
_FORGOTTEN = 60.0  # seconds after which nobody waits for it any more


@dataclass
class Drawing:
    """A picture or a film, as far as it is made.

    Attributes:
        phase: Whether it is done.
        done: Generations gone through.
        total: All of them; 0: not known yet.
        message: What is done, or why it failed.
        content: The file.
        asked: When somebody last asked for it.
        made: When it was done.
        stamps: Of the run, when it was begun.
    """

    stamps: tuple[object, ...]
    phase: Phase = "waiting"
    done: int = 0
    total: int = 0
    message: str = ""
    content: bytes = b""
    asked: float = field(default_factory=time.monotonic)
    made: float = 0.0

    @property
    def is_awaited(self) -> bool:
        """Whether more is to come."""
        return self.phase in ("waiting", "working")

    def is_of(self, folder: Path) -> bool:
        """Say whether it shows a run as it is now, or was a moment ago: runs that go on change."""
        is_fresh = time.monotonic() - self.made < _FRESH
        return self.is_awaited or is_fresh or self.stamps == stamps_of(folder)


class _Watching(Reporter):
    """Tell a drawing how far it is; give up where nobody asks for it."""

    def __init__(self, drawing: Drawing, closing: threading.Event) -> None:
        self._drawing, self._closing = drawing, closing

    def start(self, task: str, total: int, done: int = 0, unit: Unit = CONFIDENCE) -> None:
        """Begin to go through a run, it may be the second time, or to paint."""
        self._drawing.message, self._drawing.total, self._drawing.done = task, total, done

    def step(self, done: int, **numbers: float | None) -> None:
        """Note it.

        Raises:
            Refusal: Nobody wants the drawing any more.
        """
        self._drawing.done = done
        if self._closing.is_set() or time.monotonic() - self._drawing.asked > _FORGOTTEN:
            raise Refusal(409, "nobody looked any more: ask for it again")


class Drawings:
    """Draw one after the other."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "drawing")
        self._made: OrderedDict[tuple[Path, Wanted], Drawing] = OrderedDict()
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def close(self) -> None:
        """Stop."""
        self._closing.set()
        self._pool.shutdown(cancel_futures=True)

    def look_up(self, folder: Path, wanted: Wanted) -> Drawing | None:
        """Return a drawing of a run as far as it is made; none: nobody asked for it."""
        with self._lock:
            return self._made.get((folder, wanted))

    def ask(self, folder: Path, wanted: Wanted) -> Drawing:
        """Return a drawing of a run, begun if there is none of now; who asks keeps it going.

        Args:
            folder: Of the run.
            wanted: One picture or film.

        Raises:
            Refusal: Too many wait already.
        """
        key = folder, wanted
        with self._lock:
            drawing = self._made.get(key)
            if drawing is not None and drawing.phase == "failed":
                del self._made[key]  # told once; who asks again may have mended it
                return drawing
            if drawing is None or not drawing.is_of(folder):
                if sum(each.is_awaited for each in self._made.values()) >= _WAITING:
                    raise Refusal(503, "other pictures are being drawn: try again in a moment")
                drawing = self._made[key] = Drawing(stamps_of(folder))
                self._pool.submit(self._work, folder, wanted, drawing)
            drawing.asked = time.monotonic()
            self._made.move_to_end(key)
        return drawing

    def _work(self, folder: Path, wanted: Wanted, drawing: Drawing) -> None:
        try:
            drawing.phase = "working"
            check_readable(folder)  # no program is run for it
            with tempfile.TemporaryDirectory() as out:
                reporter = _Watching(drawing, self._closing)
                plot(folder, Path(out), replace(wanted, most=MOST_DRAWN), reporter)
                name = wanted.films[0] if wanted.films else f"{wanted.pictures[0]}.png"
                drawing.content = read_bytes(Path(out) / name, None)
            drawing.made, drawing.message, drawing.phase = time.monotonic(), "", "done"
        except (NeatfoolError, Refusal) as error:
            drawing.message = str(error)
            drawing.phase = "failed"
        except Exception as error:
            log.exception("%s cannot be drawn", folder)
            drawing.message = f"the records of this run are damaged ({type(error).__name__})"
            drawing.phase = "failed"
        self._forget()

    def _forget(self) -> None:
        """Keep no more than a few drawings, and of these no more than fit: the newest."""
        with self._lock:
            over = [key for key, each in self._made.items() if not each.is_awaited]
            bytes_kept = sum(len(self._made[key].content) for key in over)
            for key in over[:-1]:
                if len(over) <= _KEPT and bytes_kept <= _MOST_BYTES:
                    return
                bytes_kept -= len(self._made.pop(key).content)
                over.remove(key)


def pictures_of(overview: Overview, found: Looked) -> tuple[str, ...]:
    """Name what can be drawn of a run, and is not on its page already."""
    about, why = overview.about, unplayed(found.config.search)
    useless = {"gallery"} | ({"heat-map"} if len(about.names) == 1 else set())
    useless |= {"goals"} if about.grid else set()
    useless |= lacking(found.config, about, found.encoding, why, overview.latest).keys()
    return tuple(name for name in PICTURES if name not in useless)
