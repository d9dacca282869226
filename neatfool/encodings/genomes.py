"""What all genomes have, and what the newborn draw on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from neatfool.errors import ConfigError
from neatfool.networks import Graphs
from neatfool.types import Arrays, Ints


class Genomes(Protocol):
    """A batch of genomes of one encoding, as plain arrays.

    Genomes without networks derive from this; what else is here, they have to define.
    """

    def __len__(self) -> int: ...

    def select(self: "G", index: npt.ArrayLike) -> "G":
        """Copy the genomes at ``index`` (integers, any order, repeats allowed) into a new batch."""

    def part(self: "G", first: int, last: int) -> "G":
        """Show the genomes from ``first`` to the one before ``last``, without a copy."""

    def replaced(self: "G", index: Ints, others: "G") -> "G":
        """Put other genomes, one for each, in the places ``index``; this batch is used up by it."""

    @classmethod
    def concatenate(cls: type["G"], batches: Sequence["G"]) -> "G":
        """Join batches into a new one."""

    def arrays(self) -> Arrays:
        """Return the arrays by name, as they are saved."""

    @property
    def networks(self) -> Graphs | None:
        """The networks of those genomes that have one; none: genomes of this kind never have."""
        return None

    def with_networks(self: "G", networks: Graphs) -> "G":
        """Copy one genome that has a network as often as there are networks, each with one of them.

        Args:
            networks: ``P`` graphs.

        Raises:
            ConfigError: Genomes of this kind have none.
        """
        raise ConfigError(f"{type(self).__name__} hold no networks that others could replace")


G = TypeVar("G", bound=Genomes)
OfEncoding: TypeAlias = Any
"""Genomes of the encoding at hand: a search and its archive do not know in their types of which."""


@dataclass
class Birth:
    """What the newborn of one generation draw on; owned by the search and passed in.

    Attributes:
        generation: From 1; the first is the random start.
        random: The stream of this generation.
        next_node: Number of the next new hidden node.
        next_innovation: Number of the next new edge.
        stagnant: The longest time so far, in generations, without an improvement.
        shares_numbers: Equal new nodes and edges of one generation have the same number.
        lane: New nodes and edges get numbers that are ``lane[0]`` modulo ``lane[1]``: those of
            several searches, each with a lane of its own, are different.
    """

    generation: int
    random: np.random.Generator
    next_node: int = 0
    next_innovation: int = 0
    stagnant: int = 0
    shares_numbers: bool = True
    lane: tuple[int, int] = (0, 1)

    def number_nodes(self, splits: Ints) -> Ints:
        """Number new nodes ``(M,)``; those that split equal edges share a number, or none do."""
        splits = splits if self.shares_numbers else np.arange(len(splits))
        distinct, which = np.unique(splits, return_inverse=True)
        first, step = self._in_lane(self.next_node), self.lane[1]
        self.next_node = first + step * len(distinct)
        return first + step * which

    def number_edges(self, ends: Ints) -> Ints:
        """Number new edges ``(M,)`` with ends ``(M, 2)``; equal ones share a number, or none do."""
        first, step = self._in_lane(self.next_innovation), self.lane[1]
        if not self.shares_numbers:
            self.next_innovation = first + step * len(ends)
            return first + step * np.arange(len(ends))
        joined = ends[:, 0] * (ends.max(initial=0) + 1) + ends[:, 1]
        order = np.argsort(joined, kind="stable")
        is_new = np.ones(len(ends), np.bool_)
        is_new[1:] = np.diff(joined[order]) > 0
        numbers = np.empty(len(ends), np.int64)
        numbers[order] = first + step * (np.cumsum(is_new) - 1)
        self.next_innovation = first + step * int(is_new.sum())
        return numbers

    def _in_lane(self, number: int) -> int:
        """Return the first number of the lane from this one on."""
        place, step = self.lane
        return number + (place - number) % step
