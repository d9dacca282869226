"""Films of how a picture came about: from one ancestor to the next."""

import itertools
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from neatfool import viz
from neatfool.bounded import read_bytes
from neatfool.encodings.interchange.picture import Picture
from neatfool.errors import ConfigError
from neatfool.images import Canvas, render_between, render_large
from neatfool.networks import compile_graphs
from neatfool.reports.portraits import END
from neatfool.types import Bytes, Floats

FilmKind: TypeAlias = Literal["webp", "gif", "mp4"]
_REST = 300  # milliseconds that an ancestor is shown
_BETWEEN = 0.5  # seconds from one to the next
_MOST_PIXELS = 1 << 27  # in all
_MOST = 40  # ancestors


@dataclass(frozen=True)
class LineMember:
    """A picture of a line, and what is written below it."""

    picture: Picture
    caption: str


@dataclass(frozen=True)
class FilmPlan:
    """How a film is made.

    Attributes:
        kind: Its format.
        size: Pixels of a side.
        per_second: Pictures.
    """

    kind: FilmKind
    size: int
    per_second: int

    @property
    def steps(self) -> int:
        """Pictures from one ancestor to the next, without the next."""
        return max(1, round(_BETWEEN * self.per_second))

    @property
    def most(self) -> int:
        """Ancestors that it has room for."""
        return min(max(_MOST_PIXELS // (self.size**2 * self.steps), 2), _MOST)


def film_kinds() -> tuple[FilmKind, ...]:
    """Name the formats that can be made here."""
    kinds: tuple[FilmKind, ...] = FilmKind.__args__  # type: ignore[attr-defined]
    return tuple(kind for kind in kinds if _can_be(kind))


def film_of(line: Sequence[LineMember], film: FilmPlan, has_left: Callable[[], bool]) -> bytes:
    """Film a line of pictures, from the first to the last.

    Args:
        line: At least one.
        film: How.
        has_left: Says, between pictures, that nobody wants it any more.

    Raises:
        NeatfoolError: Nobody waits for it any more, or it takes a library that is not there.
    """
    captions, times = [], []
    for each in line:
        captions += [each.caption] * film.steps
        times += [_REST, *[round(1000 / film.per_second)] * (film.steps - 1)]
    captions, times = captions[: -film.steps] + captions[-1:], [*times[: -film.steps], END]

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"film.{film.kind}"
        viz.save_film(
            _frames(line, film, has_left), captions, times, path, film.size, film.per_second
        )
        return read_bytes(path, None)


def _frames(
    line: Sequence[LineMember], film: FilmPlan, has_left: Callable[[], bool]
) -> Iterator[Bytes]:
    """Paint each picture of a line, and what lies between it and the next."""
    parts: Floats = np.linspace(0, 1, film.steps + 1, dtype=np.float32)[:-1]
    pictures = [replace(each.picture, canvas=_sized(each.picture.canvas, film)) for each in line]
    for one, other in itertools.pairwise(pictures):
        if _can_morph(one, other):
            yield from render_between(one.graphs, other.graphs, parts, one.canvas, has_left)
        else:
            yield from [render_large(compile_graphs(one.graphs), one.canvas, has_left)] * film.steps
    yield render_large(compile_graphs(pictures[-1].graphs), pictures[-1].canvas, has_left)


def _sized(canvas: Canvas, film: FilmPlan) -> Canvas:
    return replace(canvas, shape=(canvas.shape[0], film.size, film.size))


def _can_morph(one: Picture, other: Picture) -> bool:
    graphs = one.graphs, other.graphs
    only_sum = all(each.responses is None and each.aggregations is None for each in graphs)
    return only_sum and one.canvas == other.canvas


def _can_be(kind: FilmKind) -> bool:
    try:
        viz.film_format(Path(f"film.{kind}"))
    except ConfigError:
        return False
    return True
