"""The protocol of every task: it gives meaning to niches and scores phenotypes."""

from typing import Protocol

from neatfool.types import Images, Scores


class Task(Protocol):
    """What evolution is for. It sees neither genomes nor searches.

    Attributes:
        niches: ``K`` names, one for each niche.
    """

    niches: tuple[str, ...]

    def score(self, images: Images) -> Scores:
        """Score ``(P, C, H, W)`` images: ``(P, K)`` float32, higher is better."""
