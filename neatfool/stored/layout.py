"""What the files of a run folder are called, and what is in them whoever evolves."""

from pathlib import Path

import numpy as np

from neatfool.types import Arrays, Doubles, Floats, Json

ABOUT = "about.json"
PINNED = "pinned.json"
METRICS = "metrics.jsonl"
LINEAGE = "lineage.jsonl"
BESTS = "bests.jsonl"
POPULATION = "population.jsonl"
"""Of a population that something else evolved; not among the records of a run that goes on."""
CHECKPOINTS = "checkpoints"
KEPT = 3
"""Checkpoints at a time: who lists them opens one a moment later."""


def checkpoint_path(folder: Path, generation: int) -> Path:
    """Name a checkpoint in the folder of the checkpoints."""
    return folder / f"{generation:08d}.safetensors"


def archive_state(genomes: Arrays, numbers: Arrays) -> Arrays:
    """Name the parts of an archive in the state of a search.

    Args:
        genomes: The elites as arrays.
        numbers: ``keys``, ``scores`` and ``found_at``, each ``(K,)``.
    """
    parts = {f"genomes.{name}": array for name, array in genomes.items()} | numbers
    return {f"archive.{name}": array.copy() for name, array in parts.items()}


def numbers_of(
    generation: int,
    evaluations: int,
    standing: Floats | Doubles,
    replaced: int,
    seconds: float | None,
) -> Json:
    """Sum up a generation in a line of ``metrics.jsonl``; numbers of no elite are none.

    Args:
        generation: Its number, from 1 on.
        evaluations: Up to its end.
        standing: ``(K,)`` scores of the elites then; minus infinity: there is none.
        replaced: How many elites are new.
        seconds: Spent so far; none: nobody knows.
    """
    found = standing[standing > -np.inf].astype(np.float64)
    return {
        "generation": generation,
        "evaluations": evaluations,
        "seconds": seconds,
        "median": float(np.median(found)) if len(found) else None,
        "mean": float(found.mean()) if len(found) else None,
        "worst": float(found.min()) if len(found) else None,
        "best": float(found.max()) if len(found) else None,
        "coverage": len(found) / len(standing),
        "qd_score": float(found.sum()),
        "replaced": replaced,
    }
