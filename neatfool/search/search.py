"""The protocol of every search: ask for genomes, tell their scores."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

from neatfool.search.archive import Archive
from neatfool.types import Arrays, Bools, Ints, Scores


@dataclass(frozen=True, eq=False)
class Generation:
    """What one generation brought.

    Attributes:
        number: From 1.
        keys: ``(P,)`` keys of the genomes.
        parents: ``(P, 2)`` keys of their parents; -1 where there is none.
        won: ``(P, K)`` bool, the niches each genome won.
        scores: ``(P, K)`` float32.
    """

    number: int
    keys: Ints
    parents: Ints
    won: Bools
    scores: Scores


class Search(Protocol):
    """A search owns its population or archive and all that the newborn draw on.

    Attributes:
        generation: Generations told so far.
        archive: The best genome of each niche, which may have none; none before the first
            generation.
        latest: What the last generation brought; none before the first.
        REPLAYED_FROM: Which scores decide all that comes after: those of the winners of niches, or
            the best score of each genome as well.
    """

    REPLAYED_FROM: ClassVar[Literal["winners", "bests"]]
    generation: int
    archive: Archive | None
    latest: Generation | None

    def ask(self) -> Any:
        """Make the genomes of the next generation; the same ones until they are told."""

    @property
    def asked(self) -> Ints:
        """Keys ``(P,)`` of the genomes asked for and not told yet; empty if there are none."""

    def tell(self, scores: Scores) -> None:
        """Give the scores ``(P, K)`` of the genomes asked for.

        Raises:
            ShapeError: There is not one row for each genome and one column for each niche, or
                nothing was asked for.
        """

    def state(self) -> Arrays:
        """Return all that the search needs to go on, between two generations."""

    def restore(self, state: Arrays) -> None:
        """Go on from a state."""
