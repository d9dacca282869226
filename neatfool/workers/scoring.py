"""Score one chunk; where the memory of the device does not suffice, in smaller parts."""

import sys
from typing import Any

import numpy as np

from neatfool.encodings import Encoding
from neatfool.errors import is_out_of_memory
from neatfool.reporting import log
from neatfool.tasks import Task, Trial, table_of
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
                table = table_of(task.score(encoding.express(genomes), trial), task, count)
                return table[:, : len(task.niches)]  # measures are left out
            except Exception as error:
                if count == 1 or not is_out_of_memory(error):
                    raise
            # Only here is free what the failure held on to.
            self.fits = min(self.fits, halved(count))
            log.warning(
                "%d phenotypes at once do not fit into the memory of the device: going on with %d",
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
