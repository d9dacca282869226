"""The two growing records of a run: one line of numbers a generation, one line a winner."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from neatfool.errors import RunError
from neatfool.files import write_whole
from neatfool.search import Archive, Generation
from neatfool.types import Floats

METRICS = "metrics.jsonl"
LINEAGE = "lineage.jsonl"


class Record:
    """Append to ``metrics.jsonl`` and ``lineage.jsonl`` of a run folder.

    Lines later than ``generation`` are dropped first: a resumed run writes them again.

    Raises:
        RunError: Lines before are missing.
    """

    def __init__(self, folder: Path, generation: int) -> None:
        kept = {
            name: [line for line in read_lines(folder / name) if line["generation"] <= generation]
            for name in (METRICS, LINEAGE)
        }
        if len(kept[METRICS]) != generation:
            raise RunError(
                f"{folder / METRICS} lacks generations before {generation + 1}: expected the file "
                "as the run left it; begin a new run"
            )
        for name, lines in kept.items():
            write_whole(folder / name, "".join(json.dumps(line) + "\n" for line in lines))
        self._metrics = (folder / METRICS).open("a", encoding="utf-8")
        self._lineage = (folder / LINEAGE).open("a", encoding="utf-8")

    def __enter__(self) -> "Record":
        return self

    def __exit__(self, *_: object) -> None:
        self._metrics.close()
        self._lineage.close()

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
        self._metrics.write(json.dumps(numbers) + "\n")
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
            self._lineage.write(json.dumps(winner) + "\n")
        return numbers

    def flush(self) -> None:
        """Put everything written so far on the disk."""
        for file in (self._metrics, self._lineage):
            file.flush()
            os.fsync(file.fileno())


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read a file of JSON lines up to the first line that is not whole; none if there is none."""
    lines: list[dict[str, Any]] = []
    if not path.exists():
        return lines
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            break
    return lines


def scores_over_time(folder: Path, niches: int) -> tuple[Floats, Floats]:
    """Rebuild every niche's best score after every generation.

    Returns:
        ``(G,)`` evaluations and ``(G, K)`` scores, float32.
    """
    metrics = read_lines(folder / METRICS)
    best = np.full((len(metrics), niches), -np.inf, np.float32)
    for winner in read_lines(folder / LINEAGE):
        if winner["generation"] > len(metrics):
            break  # a run that was killed may have kept more of this file than of the other
        best[winner["generation"] - 1, winner["niches"]] = winner["scores"]
    evaluations = np.array([line["evaluations"] for line in metrics], np.float32)
    return evaluations, np.maximum.accumulate(best, axis=0)
