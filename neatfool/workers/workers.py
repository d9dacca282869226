"""The protocol of all workers: threads, processes, and who else evaluates genomes."""

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Protocol, TypeVar

import torch

from neatfool.encodings import Encoding
from neatfool.search import Ascents
from neatfool.tasks import Task, Trial
from neatfool.types import Scores

T = TypeVar("T")
R = TypeVar("R")
W = TypeVar("W", bound="Workers")


class Workers(Protocol):
    """A ``map`` over chunks of genomes; who works, and how many of them, changes no result.

    Enter them, then evaluate. Chunks are of ``chunk_size`` for all, and scores stand in the order
    of the genomes, whoever was ready first. Workers elsewhere are ``Threads`` of which each waits
    for one of them: derive from it, and override how a chunk is scored, as ``Processes`` does.

    Attributes:
        device: Where phenotypes are made.
        chunk: How many genomes to score at once; none: as ``chunk_size`` says.
    """

    device: torch.device
    chunk: int | None

    @property
    def description(self) -> str:
        """How many of whom, for people: ``8 threads``."""

    def __enter__(self: W) -> W: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...

    def evaluate(
        self, genomes: Any, encoding: Encoding[Any], task: Task, trial: Trial | None = None
    ) -> Scores:
        """Express and score ``P`` genomes: ``(P, K)`` float32.

        A genome with a score that is no number, or infinitely good, has minus infinity for all
        scores.

        Args:
            genomes: Of the encoding.
            encoding: Expresses them.
            task: Scores what was expressed.
            trial: What the task draws on; none: the first generation, of seed 0.

        Raises:
            RunError: Most of the genomes have, or a chunk ends whoever works on it.
        """

    def gradients(
        self, ascents: Ascents, encoding: Encoding[Any], task: Task, trial: Trial
    ) -> torch.Tensor:
        """Compute the gradients that a search wants, as ``Search.hear`` takes them.

        They are computed on threads of this process, whoever scores.

        Args:
            ascents: Where, and of which scores.
            encoding: Expresses genomes.
            task: Has gradients.
            trial: What the task draws on.
        """

    def map(self, call: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Call on each item, on threads of this process; results in the order of the items."""
