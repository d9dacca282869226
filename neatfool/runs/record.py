"""The growing records of a run: one line of numbers a generation, one line a winner.

Where a search needs more to be run again, there is one line of best scores a generation, too.
"""

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from neatfool import bounded
from neatfool.errors import RunError
from neatfool.files import write_whole
from neatfool.runs.written import read_line
from neatfool.search import Archive, Generation
from neatfool.types import Floats

METRICS = "metrics.jsonl"
LINEAGE = "lineage.jsonl"
BESTS = "bests.jsonl"


class Record:
    """Append to ``metrics.jsonl`` and ``lineage.jsonl`` of a run folder.

    Lines later than ``generation`` are dropped first: a resumed run writes them again.

    Args:
        folder: Of the run.
        generation: The last one that is over.
        bests: Write the best niche and score of each genome as well, into ``bests.jsonl``.

    Raises:
        RunError: Lines before are missing.
    """

    def __init__(self, folder: Path, generation: int, bests: bool = False) -> None:
        kept = {
            name: [line for line in read_lines(folder / name) if line["generation"] <= generation]
            for name in (METRICS, LINEAGE, *([BESTS] if bests else []))
        }
        if len(kept[METRICS]) != generation:
            raise RunError(
                f"{folder / METRICS} lacks generations before {generation + 1}: expected the file "
                "as the run left it; begin a new run"
            )
        for name, lines in kept.items():
            write_whole(folder / name, "".join(json.dumps(line) + "\n" for line in lines))
        with contextlib.ExitStack() as stack:
            self._files: dict[str, IO[str]] = {
                name: stack.enter_context((folder / name).open("a", encoding="utf-8"))
                for name in kept
            }
            self._stack = stack.pop_all()

    def __enter__(self) -> "Record":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def write(self, generation: Generation, archive: Archive, seconds: float) -> dict[str, float]:
        """Record one generation and return its numbers."""
        scores = archive.scores.astype(np.float64)
        numbers = {
            "generation": generation.number,
            "evaluations": generation.number * len(generation.keys),
            "seconds": round(seconds, 4),
            "median": float(np.median(scores)),
            "mean": float(scores.mean()),
            "worst": float(scores.min()),
            "replaced": int(generation.won.sum()),
        }
        self._write(METRICS, numbers)
        for child in np.flatnonzero(generation.won.any(axis=1)).tolist():
            niches = np.flatnonzero(generation.won[child])
            parents = generation.parents[child]
            winner = {
                "key": int(generation.keys[child]),
                "parents": parents[parents >= 0].tolist(),
                "generation": generation.number,
                "niches": niches.tolist(),
                "scores": [float(score) for score in generation.scores[child, niches]],
            }
            self._write(LINEAGE, winner)
        if BESTS in self._files:
            clean = np.where(np.isnan(generation.scores), -np.inf, generation.scores)
            best = {"niches": clean.argmax(axis=1).tolist(), "scores": clean.max(axis=1).tolist()}
            self._write(BESTS, {"generation": generation.number, **best})
        return numbers

    def flush(self) -> None:
        """Put everything written so far on the disk."""
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())

    def _write(self, name: str, line: dict[str, Any]) -> None:
        self._files[name].write(json.dumps(line) + "\n")


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read a file of JSON lines up to the first line that is not whole; none if there is none.

    A whole line has all the fields that such a line has: ``runs/written.py``.
    """
    return list(each_line(path))


def each_line(path: Path) -> Iterator[dict[str, Any]]:
    """Read a file of JSON lines one by one, as ``read_lines`` does."""
    if not path.exists():
        return
    for line in bounded.each_line(path):
        entry = read_line(path.name, line)
        if entry is None:
            return
        yield entry


def scores_over_time(folder: Path, niches: int) -> tuple[Floats, Floats]:
    """Rebuild every niche's best score after every generation.

    Returns:
        ``(G,)`` evaluations and ``(G, K)`` scores, float32.
    """
    metrics = read_lines(folder / METRICS)
    best = np.full((len(metrics), niches), -np.inf, np.float32)
    for winner in read_lines(folder / LINEAGE):
        if winner["generation"] > len(metrics) or max(winner["niches"], default=0) >= niches:
            break  # a run that was killed may have kept more of this file than of the other
        best[winner["generation"] - 1, winner["niches"]] = winner["scores"]
    evaluations = np.array([line["evaluations"] for line in metrics], np.float32)
    return evaluations, np.maximum.accumulate(best, axis=0)
