"""Genomes of real numbers, and what every direct encoding does with them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from neatfool.encodings.genomes import Birth, Genomes
from neatfool.errors import ShapeError
from neatfool.sections.neat import Compatibility
from neatfool.types import Arrays, Floats, Ints


@dataclass(frozen=True, eq=False)
class VectorGenomes(Genomes):
    """``P`` genomes of ``L`` genes each.

    Attributes:
        genes: ``(P, L)`` float32, on the device of their encoding.
    """

    genes: torch.Tensor

    def __len__(self) -> int:
        return len(self.genes)

    def select(self, index: npt.ArrayLike) -> "VectorGenomes":
        """Copy the genomes at ``index`` into a new batch."""
        return VectorGenomes(self.genes[self._places(index)])

    def part(self, first: int, last: int) -> "VectorGenomes":
        """Show the genomes from one to the one before another."""
        return VectorGenomes(self.genes[first:last])

    def replaced(self, index: Ints, others: "VectorGenomes") -> "VectorGenomes":
        """Put other genomes in the places ``index``, without copying the rest."""
        self.genes[self._places(index)] = others.genes
        return self

    @classmethod
    def concatenate(cls, batches: Sequence["VectorGenomes"]) -> "VectorGenomes":
        """Join batches."""
        return cls(torch.cat([batch.genes for batch in batches]))

    def arrays(self) -> Arrays:
        """Return the arrays by name, as they are saved."""
        return {"genes": self.genes.cpu().numpy()}

    @classmethod
    def from_arrays(
        cls, arrays: Arrays, shape: tuple[int, ...], device: torch.device
    ) -> "VectorGenomes":
        """Undo ``arrays``, on a device.

        Raises:
            ShapeError: There is not one gene for each value of phenotypes of that shape.
        """
        genes, expected = arrays["genes"], math.prod(shape)
        if genes.ndim != 2 or genes.shape[1] != expected:
            raise ShapeError(
                f"expected genomes of {expected} genes, one for each value of {shape}, got an "
                f"array of shape {genes.shape}: it is of another canvas or substrate"
            )
        return cls(torch.tensor(genes, device=device))

    def _places(self, index: npt.ArrayLike) -> torch.Tensor:
        return torch.from_numpy(np.array(index, np.int64)).to(self.genes.device)


def uniform(shape: Sequence[int], birth: Birth, device: torch.device) -> torch.Tensor:
    """Draw float32 numbers in [0, 1) on a device."""
    return torch.rand(tuple(shape), generator=_generator(birth, device), device=device)


def normal(shape: Sequence[int], birth: Birth, device: torch.device) -> torch.Tensor:
    """Draw float32 numbers of mean 0 and deviation 1 on a device."""
    return torch.randn(tuple(shape), generator=_generator(birth, device), device=device)


def chosen(count: int, rate: float, birth: Birth, device: torch.device) -> torch.Tensor:
    """Choose each of ``count`` genes with a chance of ``rate``: ``(M,)`` int64, ascending.

    Draws the gaps between genes that are chosen, not a number for each gene: so many that they
    span all genes but once in a billion batches.
    """
    rate = min(max(rate, 1e-30), 1 - 2**-53)  # the logarithm has to be finite, and not zero
    enough = min(count, math.ceil(count * rate + 6 * math.sqrt(count * rate) + 10))
    gaps = uniform((enough,), birth, device).neg_().log1p_().div_(math.log1p(-rate))
    places = gaps.clamp_(max=count).long().add_(1).cumsum(0).sub_(1)
    return places[places < count]


def mixed(first: VectorGenomes, second: VectorGenomes, birth: Birth) -> VectorGenomes:
    """Take each gene from either parent (uniform crossover)."""
    one, other = first.genes, second.genes
    return VectorGenomes(torch.where(uniform(one.shape, birth, one.device) < 0.5, one, other))


def distances(first: VectorGenomes, second: VectorGenomes, compatibility: Compatibility) -> Floats:
    """Compare gene by gene, ``(A, B)``: all genes match, so only weights differ."""
    apart = torch.cdist(first.genes, second.genes, p=1) / first.genes.shape[1]
    found: Floats = (compatibility.weights * apart).cpu().numpy()
    return found


def _generator(birth: Birth, device: torch.device) -> torch.Generator:
    return torch.Generator(device).manual_seed(int(birth.random.integers(1 << 63)))
