"""Score one chunk; where the memory of the device does not suffice, in smaller parts."""

import sys
from typing import Any

import numpy as np

from neatfool.encodings import Encoding
from neatfool.errors import ShapeError, is_out_of_memory
from neatfool.reporting import log
from neatfool.tasks import Task, Trial
from neatfool.types import Scores
from neatfool.workers.chunks import halved


class Scoring:
    """Express and score chunks on one device, and remember how many phenotypes fit into it.

    Attributes:
        fits: Phenotypes at once, as far as is known.
    """

    def __init__(self) -> None:
        self.fits = sys.maxsize

    def score(self, genomes: Any, encoding: Encoding[Any], task: Task, trial: Trial) -> Scores:
        """Score one chunk: ``(P, K)`` float32."""
        count = len(genomes)
        if count <= self.fits:
            try:
                return _checked(task.score(encoding.express(genomes), trial), task, count)
            except Exception as error:
                if count == 1 or not is_out_of_memory(error):
                    raise
            # Only here is free what the failure held on to.
            self.fits = min(self.fits, halved(count))
            log.warning(
                "%d genomes at once do not fit into the memory of the device: going on with %d",
                count,
                self.fits,
            )
        scores: list[Scores] = []
        done = 0
        while done < count:
            end = min(done + self.fits, count)
            part = genomes.part(done, end)
            scores.append(self.score(part, encoding, task, trial.part(done, end)))
            done += len(part)
        return np.concatenate(scores)


def _checked(given: object, task: Task, count: int) -> Scores:
    """Take scores as a task gives them: a column for each niche; measures behind them are left out.

    Raises:
        ShapeError: They are others.
    """
    scores, niches = np.asarray(given, np.float32), len(task.niches)
    wide = niches + len(task.measures)
    if scores.shape not in ((count, niches), (count, wide)):
        measured = f", or {(count, wide)} with its measures" if task.measures else ""
        raise ShapeError(
            f"{task.name or type(task).__name__}: expected a row for each phenotype and a column "
            f"for each niche, scores of shape {(count, niches)}{measured}, got {scores.shape}"
        )
    return scores[:, :niches]
