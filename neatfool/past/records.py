"""The numbers of a run over time, however many there are."""

import contextlib
import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from neatfool.bounded import MOST_TEXT, opened, parse_json
from neatfool.encodings.encoding import unprefixed
from neatfool.past.folder import file_of, find_file
from neatfool.reporting import log
from neatfool.runs.checkpoint import newest_checkpoint
from neatfool.runs.mending import damaged_records
from neatfool.runs.record import UNFIT, each_line
from neatfool.runs.written import Metrics as Metrics
from neatfool.search import Deciding
from neatfool.stored.layout import BESTS, CHECKPOINTS, LINEAGE, METRICS
from neatfool.types import Floats, Ints, Scores

_LINE = 4096
"""Bytes; a line of metrics has fewer."""
_USUAL = 256
"""Bytes that a line of metrics has, about."""
_LOOKED = 240
"""Lines that a curve is made of, and looked at for damage, if there are many."""
_LAST = 4
"""Lines from the end that are looked at: the last may be under way."""


class Curve(NamedTuple):
    """The numbers of a run over time.

    Attributes:
        points: Lines of the metrics, few.
        damaged: The first line that is damaged, from 1, if one of those that are looked at is; the
            last line may be under way.
    """

    points: list[Metrics]
    damaged: int | None


def scores_over_time(folder: Path | str, niches: int) -> tuple[Floats, Floats]:
    """Rebuild the score of every niche's elite after every generation.

    Returns:
        ``(G,)`` evaluations and ``(G, K)`` scores, float32.
    """
    folder = Path(folder)
    evaluations = np.array([e["evaluations"] for e in each_line(folder / METRICS)], np.float32)
    best = np.full((len(evaluations), niches), -np.inf, np.float32)
    for winner in each_line(folder / LINEAGE):
        if winner["generation"] > len(best) or max(winner["niches"], default=0) >= niches:
            break  # a run that was killed may have kept more of this file than of the other
        with contextlib.suppress(*UNFIT):  # of a damaged record that is still to be mended
            best[winner["generation"] - 1, winner["niches"]] = winner["scores"]
    rows = np.where(best > -np.inf, np.arange(len(best))[:, None], 0)
    return evaluations, np.take_along_axis(best, np.maximum.accumulate(rows, axis=0), axis=0)


def first_to_reach(folder: Path | str, niches: int, levels: Sequence[float]) -> Ints:
    """Find the keys ``(K, L)`` of the first genomes that reached scores; -1: none did."""
    folder = Path(folder)
    found = np.full((niches, len(levels)), -1)
    for winner in each_line(folder / LINEAGE):
        for niche, score in zip(winner["niches"], winner["scores"], strict=True):
            is_first = (found[niche] < 0) & (score >= np.array(levels))
            found[niche, is_first] = winner["key"]
    return found


def count_failed(folder: Path, niches: int, deciding: Deciding) -> int:
    """Count the evaluations without a score, as far as a run records all: populations do."""
    each = niches if deciding == "scores" else 1
    lines = (np.array(line["scores"], np.float32) for line in each_line(folder / BESTS))
    return sum(int(np.isnan(line.reshape(-1, each)).all(axis=1).sum()) for line in lines)


def latest_over_time(folder: Path) -> Floats | None:
    """Return the best score of each generation alone: ``(G,)`` float32, NaN where there is none.

    None: they are not recorded, as the search has no population.
    """
    found = [entry.get("latest", math.inf) for entry in each_line(folder / METRICS)]
    return None if math.inf in found else np.array(found, np.float32)


def read_curve(folder: Path, points: int) -> Curve:
    """Read at most so many lines of the metrics, however long they are: early ones are closest.

    Which lines are looked at does not depend on how many are wanted.
    """
    path = find_file(folder, METRICS)
    if path is None:
        return Curve([], None)
    size = path.stat().st_size
    with opened(path) as file:
        if size <= _LOOKED * _USUAL:
            lines = [line + b"\n" for line in file.read(size).split(b"\n")]
            lines[-1] = lines[-1][:-1]
        else:
            places = np.geomspace(_USUAL // 4, size, _LOOKED).astype(int).tolist()
            lines = [_line_after(file, place) for place in (0, *places)]
    found = {each.generation: each for each in map(_metrics, lines) if each}
    damaged = None if all(map(_is_whole, lines)) else _first_damaged(path)
    last = read_latest(folder)
    if last:
        found[last.generation] = last
    generations = sorted(found)
    wanted = np.geomspace(1, max(generations, default=1), points).round()
    chosen = np.unique(np.searchsorted(generations, wanted)) if found else np.array([], int)
    return Curve([found[generations[row]] for row in chosen.tolist()], damaged)


def read_latest(folder: Path) -> Metrics | None:
    """Read the last whole line of the metrics, however long they are; none if there is none."""
    path = find_file(folder, METRICS)
    if path is None:
        return None
    with opened(path) as file:
        file.seek(max(path.stat().st_size - _LAST * _LINE, 0))
        lines = file.read(2 * _LAST * _LINE).split(b"\n")
    return next(filter(None, map(_metrics, reversed(lines))), None)


def recorded_elites(folder: Path, niches: int, until: int) -> tuple[Scores, Ints]:
    """Read scores and generations of the elites ``(K,)`` after a generation, from who won.

    Raises:
        TooLargeError: The record is too large to be read for this.
        FileNotFoundError: There is none.
        UNFIT: It does not fit the run.
    """
    scores, found_at = np.full(niches, -np.inf, np.float32), np.zeros(niches, np.int64)
    keys = np.full(niches, -1)
    for winner in each_line(file_of(folder, LINEAGE, MOST_TEXT)):
        if winner["generation"] <= until:
            won = np.array(winner["niches"])
            scores[won] = winner["scores"]
            found_at[won[keys[won] != winner["key"]]] = winner["generation"]
            keys[won] = winner["key"]
    return scores, found_at


def warn_of_damage(folder: Path) -> None:
    """Name the records of a run that are not as its newest checkpoint knows them."""
    state = newest_checkpoint(folder / CHECKPOINTS) or {}
    for name in damaged_records(folder, unprefixed("records.", state)):
        log.warning(
            "%s is damaged: curves are drawn from what is whole; `neatfool resume %s` mends it",
            folder / name,
            folder,
        )


def _line_after(file: IO[bytes], place: int) -> bytes:
    file.seek(place)
    if place:
        file.readline(_LINE)
    line: bytes = file.readline(_LINE)
    return line


def _is_whole(line: bytes) -> bool:
    """Say whether a line is as it was written, or, at the end, as far as it is written yet."""
    is_at_end = len(line) < _LINE and not line.endswith(b"\n")
    is_under_way = is_at_end and line[:1] in (b"", b"{")
    return is_under_way or _metrics(line) is not None


def _first_damaged(path: Path) -> int | None:
    with opened(path) as file:
        lines = enumerate(iter(partial(file.readline, _LINE), b""), 1)
        return next((number for number, line in lines if not _is_whole(line)), None)


def _metrics(line: bytes) -> Metrics | None:
    """Read a line; none if it is not whole."""
    try:
        return Metrics.model_validate(parse_json(line))
    except ValueError:
        return None
