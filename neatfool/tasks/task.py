"""The protocol of every task: it gives meaning to niches and scores phenotypes."""

from typing import Any, Protocol

from neatfool.types import Scores


class Task(Protocol):
    """What evolution is for. It sees neither genomes nor searches.

    Attributes:
        niches: ``K`` names, one for each niche.
    """

    niches: tuple[str, ...]

    def score(self, phenotypes: Any, /) -> Scores:
        """Score ``P`` images, networks or weights: ``(P, K)`` float32, higher is better."""
