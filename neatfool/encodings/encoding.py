"""The protocols of every encoding: how genomes are born, change, mate, and what they become."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field

from neatfool.networks import Networks
from neatfool.settings import Settings
from neatfool.types import Arrays, Floats, Ints


class Genomes(Protocol):
    """A batch of genomes of one encoding, as plain arrays."""

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


G = TypeVar("G", bound=Genomes)


@dataclass
class Birth:
    """What the newborn of one generation draw on; owned by the search and passed in.

    Attributes:
        generation: From 1; the first is the random start.
        random: The stream of this generation.
        next_node: Number of the next new hidden node.
        next_innovation: Number of the next new edge.
        stagnant: The longest time so far, in generations, without an improvement.
    """

    generation: int
    random: np.random.Generator
    next_node: int = 0
    next_innovation: int = 0
    stagnant: int = 0

    def number_nodes(self, splits: Ints) -> Ints:
        """Number new nodes ``(M,)``; those that split equal edges share a number."""
        distinct, which = np.unique(splits, return_inverse=True)
        self.next_node += len(distinct)
        return self.next_node - len(distinct) + which

    def number_edges(self, ends: Ints) -> Ints:
        """Number new edges ``(M,)`` with ends ``(M, 2)``; equal ones share a number."""
        joined = ends[:, 0] * (ends.max(initial=0) + 1) + ends[:, 1]
        order = np.argsort(joined, kind="stable")
        is_new = np.ones(len(ends), np.bool_)
        is_new[1:] = np.diff(joined[order]) > 0
        numbers = np.empty(len(ends), np.int64)
        numbers[order] = self.next_innovation - 1 + np.cumsum(is_new)
        self.next_innovation += int(is_new.sum())
        return numbers


class Medium(Protocol):
    """What networks are expressed through: a canvas they paint, a substrate they connect."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs that networks need, in order."""

    @property
    def outputs(self) -> int:
        """Number of outputs that they need."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one phenotype."""

    def express(self, networks: Networks, device: torch.device) -> Any:
        """Turn ``P`` networks into phenotypes: a tensor ``(P, *shape)``, or networks.

        Raises:
            ShapeError: The networks do not have the inputs and outputs that are needed.
        """


@dataclass(frozen=True)
class Bare:
    """No medium: the networks themselves are the phenotypes."""

    inputs: tuple[str, ...]
    outputs: int
    shape: tuple[int, ...] = (1,)

    def express(self, networks: Networks, device: torch.device) -> Networks:
        """Return the networks as they are."""
        return networks


class Compatibility(Settings):
    """What tells genomes apart (Stanley and Miikkulainen 2002, section 3.3)."""

    excess: float = Field(1.0, ge=0)
    """Weight of excess genes, beyond the other genome's newest, in the distance of genomes."""
    disjoint: float = Field(1.0, ge=0)
    """Weight of disjoint genes, the others that only one of the two has."""
    weights: float = Field(0.4, ge=0)
    """Weight of the mean difference of the weights of genes that both have."""
    small: int = Field(20, ge=0)
    """Genomes of fewer genes count genes that differ, larger ones shares of them, which are far
    less: with networks that grow beyond it, 1000000 keeps the number of species steady."""

    @property
    def coefficients(self) -> tuple[float, float, float, int]:
        """All four, in order."""
        return self.excess, self.disjoint, self.weights, self.small


class Encoding(Protocol[G]):
    """How genomes are born, change, mate, and what they become. It scores nothing.

    Attributes:
        shape: Of one phenotype: ``(C, H, W)`` of an image, ``(L,)`` of the weights of links.
        device: Where phenotypes are made.
        executor: What evaluates its networks there; empty if it has none.
    """

    shape: tuple[int, ...]
    device: torch.device
    executor: str

    def new(self, count: int, birth: Birth) -> G:
        """Make ``count`` random genomes."""

    def vary(self, parents: G, birth: Birth) -> G:
        """Mutate each genome; the batch of parents is used up by it."""

    def cross(self, first: G, second: G, birth: Birth) -> G:
        """Mate the genomes of two equally long batches, pair by pair; the first is the fitter."""

    def distance(self, first: G, second: G, compatibility: Compatibility) -> Floats:
        """Tell how far each genome of one batch is from each of another: ``(A, B)`` float32."""

    def express(self, genomes: G) -> Any:
        """Turn ``P`` genomes into phenotypes, on the device.

        Images are ``(P, C, H, W)`` on the 8-bit grid; other phenotypes are those of the medium.
        """

    def from_arrays(self, arrays: Arrays) -> G:
        """Undo ``arrays`` of its genomes.

        Raises:
            ShapeError: They are of phenotypes of another shape.
        """


def prefixed(prefix: str, arrays: Arrays) -> Arrays:
    """Copy arrays under longer names, so that several parts are saved together."""
    return {prefix + name: array.copy() for name, array in arrays.items()}


def unprefixed(prefix: str, arrays: Arrays) -> Arrays:
    """Take the arrays of one part, with their own names."""
    return {n.removeprefix(prefix): array for n, array in arrays.items() if n.startswith(prefix)}


def polynomial_steps(draws: torch.Tensor, strength: float) -> torch.Tensor:
    """Turn uniform draws into steps of polynomial mutation (Deb and Agrawal 1995).

    This is its simple form: the distribution does not depend on where the gene stands.

    Args:
        draws: Float32 in [0, 1).
        strength: Deb's eta; the larger, the smaller the steps. The mean size is
            ``1 / (strength + 2)``.

    Returns:
        Steps of the shape of ``draws``, float32 in [-1, 1].
    """
    sides = draws * 2 - 1
    sizes = 1 - (1 - sides.abs()) ** (1 / (strength + 1))
    return sizes.copysign(sides)
