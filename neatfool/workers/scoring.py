"""Score one chunk; where the memory of the device does not suffice, in smaller parts."""

import sys

import numpy as np
import torch

from neatfool.encodings import AnyEncoding, Genomes, Phenotypes
from neatfool.errors import ShapeError, is_out_of_memory
from neatfool.reporting import log
from neatfool.tasks import Task, Trial, table_of
from neatfool.types import Scores
from neatfool.workers.chunks import halved

_NEAR = 1e-3  # of a level


class Scoring:
    """Express and score chunks on one device, and remember how many phenotypes fit into it.

    Attributes:
        fits: Phenotypes at once, as far as is known.
    """

    def __init__(self) -> None:
        self.fits = sys.maxsize
        self._has_seen = False  # values of phenotypes

    def score(self, genomes: Genomes, encoding: AnyEncoding, task: Task, trial: Trial) -> Scores:
        """Score one chunk: ``(P, K)`` float32."""
        count = len(genomes)
        if count <= self.fits:
            try:
                phenotypes = self._expressed(genomes, encoding)
                table = table_of(task.score(phenotypes, trial), task, count)
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

    def _expressed(self, genomes: Genomes, encoding: AnyEncoding) -> Phenotypes:
        """Express genomes, and check what comes of it; values, of the first chunk alone.

        Raises:
            ShapeError: An encoding of a user gives something else than the medium makes.
        """
        phenotypes = encoding.express(genomes)
        if encoding.medium.makes == "networks":
            return phenotypes
        shape = len(genomes), *encoding.shape
        what = f"{encoding.name}.express: expected {encoding.medium.makes}, a torch tensor {shape}"
        if not isinstance(phenotypes, torch.Tensor):
            raise ShapeError(f"{what} float32, got {type(phenotypes).__name__}")
        if phenotypes.shape != shape or phenotypes.dtype != torch.float32:
            raise ShapeError(
                f"{what} float32, got {tuple(phenotypes.shape)} {phenotypes.dtype}".replace(
                    "torch.float32", "float32"
                )
            )
        if not self._has_seen:
            _check_values(phenotypes, encoding.medium.makes == "images", what)
            self._has_seen = True
        return phenotypes


def _check_values(phenotypes: torch.Tensor, are_images: bool, what: str) -> None:
    """Make sure that values are numbers, and those of images levels.

    Raises:
        ShapeError: They are not.
    """
    if not phenotypes.isfinite().all():
        raise ShapeError(f"{what} of numbers, got some that are none (NaN or infinite)")
    levels = phenotypes * 255
    if are_images and not (
        0 <= float(phenotypes.min()) <= float(phenotypes.max()) <= 1
        and float((levels - levels.round()).abs().max()) < _NEAR
    ):
        raise ShapeError(
            f"{what} in [0, 1] of 256 levels, got {float(phenotypes.min()):.4g} to "
            f"{float(phenotypes.max()):.4g}, or values between levels; write "
            "(images.clamp(0, 1) * 255).round() / 255"
        )
