"""What a run folder says of a run, finished or not; everything is read, nothing is written."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated, Literal, TypeAlias

import numpy as np
import safetensors
from pydantic import BaseModel, ConfigDict, Field

from neatfool import runs
from neatfool.bounded import MOST_SETTINGS, MOST_TEXT, opened, parse_json, read_bytes
from neatfool.encodings import AnyEncoding
from neatfool.errors import NeatfoolError
from neatfool.past.about import About, read_about
from neatfool.past.parts import look
from neatfool.reporting import log
from neatfool.reports.publish import INTERRUPTED
from neatfool.reports.report import JSON
from neatfool.runs.checkpoint import load_arrays, newest_generation, put_back
from neatfool.runs.config import load_resolved
from neatfool.runs.folder import CHECKPOINTS, is_occupied
from neatfool.runs.record import METRICS
from neatfool.search import Archive
from neatfool.types import Arrays, Shape
from neatfool.web.browse.folders import find_file
from neatfool.web.painting import Recent
from neatfool.web.refusal import Refusal

State: TypeAlias = Literal["running", "finished", "interrupted"]
DAMAGED = (
    *(NeatfoolError, OSError, ValueError, KeyError, TypeError),
    *(AttributeError, IndexError, RecursionError, OverflowError, safetensors.SafetensorError),
)
"""What reading a folder comes to that holds something else than a run left there."""
_GENOMES = "elites.safetensors"
_MOST_ARRAYS = 1 << 28
_MOST_SIDE = 2048
_LINE = 4096  # bytes; a line of metrics has fewer
_KEPT, _OPEN = 16, 3


class _Foreign(BaseModel):
    """Part of a file that may have been written by anybody."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Elite(_Foreign):
    """A niche and its elite."""

    index: int = Field(ge=0, lt=1 << 31)
    name: str = Field(max_length=1_000)
    score: float | None
    found_at: int = Field(validation_alias="found_at_generation")
    image: str | None = None


class Moment(_Foreign):
    """A line of ``metrics.jsonl``."""

    generation: int
    evaluations: int
    median: float | None
    mean: float | None
    worst: float | None


class _Report(_Foreign):
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
    """

    config: runs.Config
    about: About
    state: State
    generation: int
    published: int
    niches: tuple[Elite, ...]
    latest: Moment | None


class Folders:
    """Read run folders; what has not changed is not read again."""

    def __init__(self) -> None:
        self._overviews: Recent[Overview] = Recent(_KEPT)
        self._reports: Recent[_Report] = Recent(_KEPT)
        self._open: Recent[tuple[Archive, AnyEncoding]] = Recent(_OPEN)
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
        report, saved = self._report(folder), newest_generation(folder / CHECKPOINTS)
        latest = next(read_backwards(folder), None)
        generation = max(saved, latest.generation if latest else 0)
        if report and report.generations >= saved:
            published, niches = report.generations, report.niches
            is_over = report.stopped_because != INTERRUPTED
        else:
            published, niches, is_over = saved, self._unpublished(folder, about, saved), False
        state: State = "finished" if is_over else "interrupted"
        if is_occupied(folder):
            state = "running"
        return Overview(config, about, state, generation, published, niches, latest)

    def archive(self, folder: Path) -> tuple[Archive, AnyEncoding]:
        """Load the elites of the newest checkpoint, or those that a run left as it ended.

        Raises:
            DAMAGED: As ``overview``.
            Refusal: There are none that can be painted.
        """
        saved = newest_generation(folder / CHECKPOINTS)
        name = f"{CHECKPOINTS}/{saved:08d}.safetensors" if saved else _GENOMES
        path = _present(folder, name, _MOST_ARRAYS)

        def load() -> tuple[Archive, AnyEncoding]:
            check_shape(read_about(folder).shape)
            found = look(folder)
            arrays, _ = load_arrays(path)
            if not saved:
                return _of_elites(found.encoding, arrays), found.encoding
            return put_back(found.search(), arrays, folder / CHECKPOINTS), found.encoding

        with self._opening:  # those who want the same wait for it
            return self._open.get(_stamp(path), load)

    def _report(self, folder: Path) -> _Report | None:
        path = find_file(folder, JSON, MOST_TEXT)
        if path is None:
            return None
        return self._reports.get(
            _stamp(path), lambda: _Report.model_validate_json(read_bytes(path))
        )

    def _unpublished(self, folder: Path, about: About, saved: int) -> tuple[Elite, ...]:
        """Return the niches of a run as its newest checkpoint has it."""
        named = list(zip(about.indices, about.names, strict=True))
        if not saved:
            unknown = {"score": None, "found_at_generation": 0}
            return tuple(Elite(index=i, name=n, **unknown) for i, n in named)
        archive = self.archive(folder)[0]
        scores = [s if np.isfinite(s) else None for s in archive.scores.tolist()]
        return tuple(
            Elite(index=index, name=name, score=score, found_at_generation=at)
            for (index, name), score, at in zip(
                named, scores, archive.found_at.tolist(), strict=True
            )
        )


def stamps(folder: Path) -> tuple[object, ...]:
    """Return what changes when a run goes on."""
    files = (
        runs.RESOLVED,
        JSON,
        METRICS,
        f"{CHECKPOINTS}/{newest_generation(folder / CHECKPOINTS):08d}.safetensors",
    )
    found = (find_file(folder, name, 1 << 62) for name in files)
    return tuple(path and _stamp(path) for path in found)


def check_shape(shape: Shape | None) -> None:
    """Refuse images that no run makes.

    Raises:
        Refusal: They are too large.
    """
    if shape is None:
        return
    channels, height, width = shape
    if channels not in (1, 3) or not (0 < height <= _MOST_SIDE and 0 < width <= _MOST_SIDE):
        raise Refusal(422, f"expected images of sides up to {_MOST_SIDE}, got {shape}")


def read_curve(folder: Path, points: int) -> list[Moment]:
    """Read at most so many lines of ``metrics.jsonl``, spread evenly, however long it is."""
    path = find_file(folder, METRICS, 1 << 62)
    if path is None:
        return []
    size = path.stat().st_size
    found: dict[int, Moment] = {}
    with opened(path) as file:
        if size <= points * 256:
            lines = file.read(size).splitlines()
        else:
            lines = [_line_after(file, size * k // points) for k in range(points)]
    for moment in (*map(_moment, lines), *read_backwards(folder, 1)):
        if moment:
            found[moment.generation] = moment
    ordered = [found[generation] for generation in sorted(found)]
    chosen = np.unique(np.linspace(0, len(ordered) - 1, points).round().astype(int))
    return [ordered[row] for row in chosen.tolist()] if ordered else []


def read_backwards(folder: Path, most: int = 4) -> Iterator[Moment]:
    """Yield the last whole lines of ``metrics.jsonl``, the last one first."""
    path = find_file(folder, METRICS, 1 << 62)
    if path is None:
        return
    with opened(path) as file:
        file.seek(max(path.stat().st_size - most * _LINE, 0))
        lines = file.read(2 * most * _LINE).split(b"\n")
    yield from filter(None, map(_moment, reversed(lines)))


def _line_after(file: IO[bytes], place: int) -> bytes:
    file.seek(place)
    if place:
        file.readline(_LINE)
    line: bytes = file.readline(_LINE)
    return line


def _moment(line: bytes) -> Moment | None:
    """Read a line; none if it is not whole."""
    try:
        return Moment.model_validate(parse_json(line))
    except ValueError:
        return None


def _of_elites(encoding: AnyEncoding, arrays: Arrays) -> Archive:
    genomes = encoding.from_arrays(arrays)
    keys, found_at = arrays["keys"], arrays["found_at"]
    return Archive(genomes, keys, np.full(len(keys), np.nan, np.float32), found_at)


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
