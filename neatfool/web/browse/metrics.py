"""The numbers of a run over time, however many there are."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
from pydantic import BaseModel, ConfigDict

from neatfool.bounded import opened, parse_json
from neatfool.runs.record import METRICS
from neatfool.web.browse.folders import find_file

_LINE = 4096  # bytes; a line of metrics has fewer


class Foreign(BaseModel):
    """Part of a file that may have been written by anybody."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Moment(Foreign):
    """A line of ``metrics.jsonl``."""

    generation: int
    evaluations: int
    median: float | None
    mean: float | None
    worst: float | None
    coverage: float | None = None
    qd_score: float | None = None


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
