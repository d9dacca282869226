"""What a run folder says of a run, finished or not; everything is read, nothing is written."""

import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import numpy as np
import safetensors
from pydantic import Field

from neatfool import runs
from neatfool.bounded import MOST_SETTINGS, MOST_TEXT, read_bytes
from neatfool.encodings import AnyEncoding
from neatfool.errors import NeatfoolError
from neatfool.past.about import About, read_about
from neatfool.past.parts import Looked, look, programs_needed
from neatfool.reporting import log
from neatfool.reports.portfolio import DRAWN
from neatfool.reports.publish import INTERRUPTED
from neatfool.reports.report import JSON
from neatfool.runs.about import ABOUT
from neatfool.runs.checkpoint import load_arrays, newest_generation, put_back
from neatfool.runs.config import load_resolved
from neatfool.runs.folder import CHECKPOINTS, is_occupied
from neatfool.runs.record import LINEAGE, METRICS, each_line
from neatfool.search import Archive
from neatfool.types import Arrays, Ints, Scores
from neatfool.web.browse.folders import find_file
from neatfool.web.browse.metrics import Foreign, Moment, read_backwards
from neatfool.web.painting import Recent
from neatfool.web.refusal import Refusal

State: TypeAlias = Literal["running", "finished", "interrupted"]
DAMAGED = (
    *(NeatfoolError, OSError, ValueError, KeyError, TypeError),
    *(AttributeError, IndexError, RecursionError, OverflowError, safetensors.SafetensorError),
)
"""What reading a folder comes to that holds something else than a run left there."""
PROGRAM = "this run has no pictures yet: reading its genomes takes a program that it names, and \
none is run here; they come with its report"
_GENOMES = "elites.safetensors"
_MOST_ARRAYS = 1 << 28
_MOST_SIDE = 2048
_KEPT, _OPEN = 16, 3


class Elite(Foreign):
    """A niche and its elite."""

    index: int = Field(ge=0, lt=1 << 31)
    name: str = Field(max_length=1_000)
    score: float | None
    found_at: int = Field(validation_alias="found_at_generation")
    image: str | None = None


class _Report(Foreign):
    generations: int
    stopped_because: str
    niches: Annotated[tuple[Elite, ...], Field(min_length=1, max_length=1_000_000)]


@dataclass(frozen=True)
class Overview:
    """How far a run is, as its folder has it.

    Attributes:
        config: Its settings.
        about: Its task, images and niches.
        state: Whether it goes on.
        generation: The last one that is recorded.
        published: The generation of ``niches``; 0: there is none yet.
        niches: ``K`` niches with their elites.
        latest: The newest numbers, if there are any.
        is_reported: ``niches`` are those of its report.
        takes_program: Its genomes cannot be read without a program that the folder names.
    """

    config: runs.Config
    about: About
    state: State
    generation: int
    published: int
    niches: tuple[Elite, ...]
    latest: Moment | None
    is_reported: bool
    takes_program: bool

    @cached_property
    def shown(self) -> frozenset[int]:
        """Rows of the niches whose elites can be seen: of what is no image, the best are drawn."""
        known = [row for row, each in enumerate(self.niches) if each.score is not None]
        if self.is_reported:
            return frozenset(row for row in known if self.niches[row].image is not None)
        if self.takes_program or not self.published:
            return frozenset()
        if self.about.shape is None:
            known.sort(key=lambda row: self.niches[row].score or 0.0, reverse=True)
            known = known[:DRAWN]
        return frozenset(known)


class Folders:
    """Read run folders; what has not changed is not read again."""

    def __init__(self) -> None:
        self._overviews: Recent[Overview] = Recent(_KEPT)
        self._reports: Recent[_Report] = Recent(_KEPT)
        self._open: Recent[tuple[Archive, Looked]] = Recent(_OPEN)
        self._opening = threading.Lock()

    def overview(self, folder: Path) -> Overview:
        """Read how far a run is.

        Raises:
            DAMAGED: Something in the folder is not as a run leaves it.
            Refusal: A file is too large, or gone.
        """
        key = (*stamps(folder), is_occupied(folder))
        return self._overviews.get(key, lambda: self._overview(folder))

    def _overview(self, folder: Path) -> Overview:
        config, about = _config(folder), read_about(folder)
        takes_program = programs_needed(config, about)
        report, saved = self._report(folder), newest_generation(folder / CHECKPOINTS)
        latest = next(read_backwards(folder), None)
        generation = max(saved, latest.generation if latest else 0)
        reported = report if report and report.generations >= saved else None
        if reported:
            published, niches = reported.generations, reported.niches
        else:
            published, niches = saved, self._unpublished(folder, about, saved, takes_program)
        is_over = reported is not None and reported.stopped_because != INTERRUPTED
        state: State = "finished" if is_over else "interrupted"
        if is_occupied(folder):
            state = "running"
        facts = config, about, state, generation, published, niches, latest
        return Overview(*facts, reported is not None, takes_program)

    def archive(self, folder: Path) -> tuple[Archive, Looked]:
        """Load the elites of the newest checkpoint, or those that a run left as it ended.

        Raises:
            DAMAGED: As ``overview``.
            Refusal: There are none that can be shown, or reading them takes a program.
        """
        check_readable(folder)
        saved = newest_generation(folder / CHECKPOINTS)
        name = f"{CHECKPOINTS}/{saved:08d}.safetensors" if saved else _GENOMES
        path = _present(folder, name, _MOST_ARRAYS)

        def load() -> tuple[Archive, Looked]:
            found = look(folder)
            arrays, _ = load_arrays(path)
            if not saved:
                return _of_elites(found.encoding, arrays), found
            return put_back(found.search(), arrays, folder / CHECKPOINTS), found

        with self._opening:  # those who want the same wait for it
            return self._open.get(_stamp(path), load)

    def _report(self, folder: Path) -> _Report | None:
        path = find_file(folder, JSON, MOST_TEXT)
        if path is None:
            return None
        return self._reports.get(
            _stamp(path), lambda: _Report.model_validate_json(read_bytes(path))
        )

    def _unpublished(
        self, folder: Path, about: About, saved: int, takes_program: bool
    ) -> tuple[Elite, ...]:
        """Return the niches of a run as its newest checkpoint has it."""
        count = len(about.names)
        scores, found_at = np.full(count, -np.inf, np.float32), np.zeros(count, np.int64)
        if saved and takes_program:
            scores, found_at = _recorded(folder, count, saved)
        elif saved:
            archive = self.archive(folder)[0]
            scores, found_at = archive.scores, archive.found_at
        known = [score if np.isfinite(score) else None for score in scores.tolist()]
        rows = zip(about.indices, about.names, known, found_at.tolist(), strict=True)
        return tuple(
            Elite(index=index, name=name, score=score, found_at_generation=at)
            for index, name, score, at in rows
        )


def _recorded(folder: Path, niches: int, until: int) -> tuple[Scores, Ints]:
    """Read scores and generations of the elites ``(K,)`` after a generation from the records."""
    scores, found_at = np.full(niches, -np.inf, np.float32), np.zeros(niches, np.int64)
    for winner in each_line(_present(folder, LINEAGE, MOST_TEXT)):
        if winner["generation"] <= until:
            scores[winner["niches"]] = winner["scores"]
            found_at[winner["niches"]] = winner["generation"]
    return scores, found_at


def stamps(folder: Path) -> tuple[object, ...]:
    """Return what changes when a run goes on."""
    files = (
        runs.RESOLVED,
        ABOUT,
        JSON,
        METRICS,
        f"{CHECKPOINTS}/{newest_generation(folder / CHECKPOINTS):08d}.safetensors",
    )
    found = (find_file(folder, name, 1 << 62) for name in files)
    return tuple(path and _stamp(path) for path in found)


def check_readable(folder: Path) -> None:
    """Refuse to read genomes where that takes a program of the folder, or very large images.

    Raises:
        DAMAGED: As ``Folders.overview``.
        Refusal: So it is.
    """
    about = read_about(folder)
    if programs_needed(_config(folder), about):
        raise Refusal(422, PROGRAM)
    channels, *sides = about.shape or (1,)
    if channels not in (1, 3) or not all(0 < side <= _MOST_SIDE for side in sides):
        raise Refusal(422, f"expected images of sides up to {_MOST_SIDE}, got {about.shape}")


def _of_elites(encoding: AnyEncoding, arrays: Arrays) -> Archive:
    keys, found_at = arrays["keys"], arrays["found_at"]
    unknown = np.full(len(keys), np.nan, np.float32)
    return Archive(encoding.from_arrays(arrays), keys, unknown, found_at)


def _config(folder: Path) -> runs.Config:
    return load_resolved(_present(folder, runs.RESOLVED, MOST_SETTINGS))


def _present(folder: Path, name: str, most: int) -> Path:
    path = find_file(folder, name, most)
    if path is None:
        log.info("%s has no %s", folder, name)
        raise Refusal(404, f"{Path(name).name} of this run is gone: load the page again")
    return path


def _stamp(path: Path) -> tuple[str, int, int]:
    """Tell this content of a file from others."""
    facts = path.stat()
    return str(path), facts.st_mtime_ns, facts.st_size
