"""Runs gone through again in the background, of which small pictures are kept."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np

from neatfool.encodings import AnyEncoding
from neatfool.images import to_levels
from neatfool.past import Replay
from neatfool.search import Archive
from neatfool.web.browse.background import Background, Errand
from neatfool.web.browse.folders import check_readable
from neatfool.web.browse.frames import small

FRAMES = 50
"""Generations of a run that pictures are kept of, at most."""
_MOST_BYTES = 64 << 20  # of one run
_NUMBERS = 100  # bytes that those of a niche take, about
_KEPT = 2  # runs
_AT_ONCE = 16  # pictures
T = TypeVar("T")


@dataclass(frozen=True)
class Frame:
    """An archive as it was: scores, generations and small pictures of ``K`` elites.

    There are no pictures of what is no image.
    """

    generation: int
    keys: tuple[int, ...]
    scores: tuple[float | None, ...]
    found_at: tuple[int, ...]
    pictures: tuple[bytes, ...]


@dataclass
class Film(Errand):
    """The frames of a run, as far as they are made.

    Attributes:
        indices: Of the ``K`` niches, in the order of the frames.
        frames: Made so far, by generation.
    """

    indices: tuple[int, ...] = ()
    frames: dict[int, Frame] = field(default_factory=dict)


class Replays(Background[Path, Film]):
    """Replay runs one after the other; the films of the last few are kept."""

    def __init__(self) -> None:
        super().__init__("replay", "other runs are being replayed", _KEPT, _KEPT * _MOST_BYTES)

    def start(self, folder: Path) -> Film:
        """Begin to replay a run; one that is under way goes on.

        Raises:
            Refusal: Too many wait already.
        """
        return self.begin(folder, Film(), lambda film: self._expose(folder, film))

    def _expose(self, folder: Path, film: Film) -> None:
        """Go through a run; where its pictures are too many, keep every second frame."""
        check_readable(folder)
        again = Replay(folder)
        film.total, film.indices = again.length, again.about.indices
        wanted = np.unique(np.linspace(1, again.length, FRAMES).round().astype(int)).tolist()
        last: Frame | None = None
        for moment in again.moments():
            film.done = moment.search.generation
            self.check(film)
            if film.done not in wanted:
                continue
            encoding = again.encoding if again.about.shape else None
            last = _frame(film.done, moment.archive, encoding, last)
            film.frames = film.frames | {film.done: last}
            while _size(film.frames) > _MOST_BYTES and len(film.frames) > 1:
                film.frames = dict(_halved(list(film.frames.items())))
                wanted = _halved([number for number in wanted if number > film.done])


def _frame(
    number: int, archive: Archive, encoding: AnyEncoding | None, before: Frame | None
) -> Frame:
    """Tell the scores, and paint what is new since the frame before; no encoding: paint nothing."""
    scores = tuple(score if np.isfinite(score) else None for score in archive.scores.tolist())
    keys, found_at = tuple(archive.keys.tolist()), tuple(archive.found_at.tolist())
    pictures = _painted(archive, encoding, before) if encoding else {}
    shown = tuple(pictures[key] for key in keys) if encoding else ()
    return Frame(number, keys, scores, found_at, shown)


def _painted(archive: Archive, encoding: AnyEncoding, before: Frame | None) -> dict[int, bytes]:
    """Paint the elites that were not painted before: pictures by key."""
    pictures = dict(zip(before.keys, before.pictures, strict=True)) if before else {}
    keys = archive.keys.tolist()
    fresh = {key: niche for niche, key in enumerate(keys) if key not in pictures}
    niches = np.array(list(fresh.values()), np.int64)
    for first in range(0, len(niches), _AT_ONCE):
        part = niches[first : first + _AT_ONCE]
        levels = to_levels(encoding.express(archive.genomes.select(part)).cpu())
        for niche, each in zip(part.tolist(), levels, strict=True):
            pictures[keys[niche]] = small(each)
    return pictures


def _halved(items: list[T]) -> list[T]:
    """Keep every second one, and the last."""
    return items[::-2][::-1]


def _size(frames: dict[int, Frame]) -> int:
    """Add up the bytes of all numbers, and of all pictures, each counted once."""
    unique = {id(picture): picture for frame in frames.values() for picture in frame.pictures}
    numbers = sum(len(frame.keys) for frame in frames.values())
    return sum(map(len, unique.values())) + _NUMBERS * numbers
