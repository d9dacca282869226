"""The protocols of every encoding: how genomes are born, change, mate, and what they become."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt
import torch

from neatfool.types import Arrays, Floats, Images, Ints, Shape


class Genomes(Protocol):
    """A batch of genomes of one encoding, as plain arrays."""

    def __len__(self) -> int: ...

    def select(self: "G", index: npt.ArrayLike) -> "G":
        """Copy the genomes at ``index`` (integers, any order, repeats allowed) into a new batch."""

    @classmethod
    def concatenate(cls: "type[G]", batches: "Sequence[G]") -> "G":
        """Join batches."""

    def arrays(self) -> Arrays:
        """Return the arrays by name, as they are saved."""

    @classmethod
    def from_arrays(cls: "type[G]", arrays: Arrays) -> "G":
        """Undo ``arrays``."""


G = TypeVar("G", bound=Genomes)


@dataclass
class Birth:
    """What the newborn of one generation draw on; owned by the search and passed in.

    Attributes:
        generation: From 1; the first is the random start.
        random: The stream of this generation.
        next_node: Number of the next new hidden node.
        next_innovation: Number of the next new edge.
    """

    generation: int
    random: np.random.Generator
    next_node: int = 0
    next_innovation: int = 0

    def number_nodes(self, splits: Ints) -> Ints:
        """Number new nodes ``(M,)``; those that split equal edges share a number."""
        distinct, which = np.unique(splits, return_inverse=True)
        self.next_node += len(distinct)
        return self.next_node - len(distinct) + which

    def number_edges(self, ends: Ints) -> Ints:
        """Number new edges ``(M,)`` with ends ``(M, 2)``; equal ones share a number."""
        distinct, which = np.unique(ends, axis=0, return_inverse=True)
        self.next_innovation += len(distinct)
        return self.next_innovation - len(distinct) + which.reshape(-1)


class Encoding(Protocol[G]):
    """How genomes are born, change, mate, and what they become. It scores nothing.

    Attributes:
        genomes: The class of its batches.
        shape: ``(C, H, W)`` of the images its genomes become.
    """

    genomes: type[G]
    shape: Shape

    def new(self, count: int, birth: Birth) -> G:
        """Make ``count`` random genomes."""

    def vary(self, parents: G, birth: Birth) -> G:
        """Mutate a copy of each genome."""

    def cross(self, first: G, second: G, birth: Birth) -> G:
        """Mate the genomes of two equally long batches, pair by pair."""

    def express(self, genomes: G, device: torch.device) -> Images:
        """Turn ``P`` genomes into images ``(P, C, H, W)`` on the 8-bit grid, on ``device``."""


def polynomial_steps(random: np.random.Generator, count: int, strength: float) -> Floats:
    """Draw steps of polynomial mutation in its simple form (Deb and Agrawal 1995).

    The distribution does not depend on where the gene stands.

    Args:
        random: The stream drawn from.
        count: How many.
        strength: Deb's eta; the larger, the smaller the steps. The mean size is
            ``1 / (strength + 2)``.

    Returns:
        ``(count,)`` float32 in [-1, 1].
    """
    draws = random.random(count, dtype=np.float32)
    power = np.float32(1 / (strength + 1))
    tail = np.where(draws < 0.5, draws, 1 - draws)
    sizes = 1 - (2 * tail) ** power
    steps: Floats = np.where(draws < 0.5, -sizes, sizes)
    return steps
