"""Score one chunk; where the memory of the device does not suffice, in smaller parts."""

import sys
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import torch

from neatfool.encodings import AnyEncoding, Genomes, Phenotypes
from neatfool.errors import ShapeError, is_out_of_memory
from neatfool.reporting import log
from neatfool.search import Ascents
from neatfool.tasks import Task, Trial, table_of
from neatfool.types import Scores
from neatfool.workers.chunks import halved

T = TypeVar("T")
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

        def work(first: int, end: int) -> Scores:
            phenotypes = self._expressed(genomes.part(first, end), encoding)
            table = table_of(task.score(phenotypes, trial.part(first, end)), task, end - first)
            return table[:, : len(task.niches)]  # measures are left out

        return np.concatenate(self._in_parts(work, 0, len(genomes)))

    def gradients(
        self, ascents: Ascents, encoding: AnyEncoding, task: Task, trial: Trial
    ) -> torch.Tensor:
        """Compute the gradients of one chunk: ``(P, *shape)`` float32, or ``(E,)`` in weights."""

        def work(first: int, end: int) -> torch.Tensor:
            part = ascents.part(first, end)
            phenotypes = self._expressed(part.genomes, encoding)
            found = _checked(
                task.gradients(phenotypes, part.niches, trial.part(first, end), part.objective),
                tuple(phenotypes.shape),
                task,
            )
            if not part.of_weights:
                return found
            return torch.from_numpy(encoding.pull(part.genomes, found))

        return torch.cat(self._in_parts(work, 0, len(ascents.genomes)))

    def _in_parts(self, work: Callable[[int, int], T], first: int, end: int) -> list[T]:
        """Do work on phenotypes from one to before another, as many at once as fit."""
        count = end - first
        if count <= self.fits:
            try:
                return [work(first, end)]
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
        done: list[T] = []
        while first < end:
            until = min(first + self.fits, end)
            done += self._in_parts(work, first, until)
            first = until
        return done

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


def _checked(gradients: torch.Tensor, shape: tuple[int, ...], task: Task) -> torch.Tensor:
    """Make sure that a task of a user gives gradients as it should.

    Raises:
        ShapeError: It gives something else.
    """
    is_tensor = isinstance(gradients, torch.Tensor)
    if not is_tensor or gradients.shape != shape or gradients.dtype != torch.float32:
        got = f"{tuple(gradients.shape)} {gradients.dtype}" if is_tensor else type(gradients)
        raise ShapeError(
            f"{type(task).__name__}.gradients: expected a torch tensor {shape} float32, got {got}"
        )
    return gradients


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
