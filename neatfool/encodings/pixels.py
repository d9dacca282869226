"""The direct encoding: one gene per pixel and channel (Nguyen et al. 2015, section 3.1)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field

from neatfool.data import load_pictures
from neatfool.encodings.encoding import Birth, Compatibility, polynomial_steps
from neatfool.images import paint
from neatfool.settings import FullPath, Settings
from neatfool.types import CPU, Arrays, Floats, Images, Ints, Shape


class PixelSettings(Settings):
    """Settings of the direct encoding; the defaults are those of the paper."""

    kind: Literal["pixels"] = "pixels"
    """Noise: one gene per pixel and channel."""
    mutation_rate: float = Field(0.1, ge=0, le=1)
    """Chance of each gene to change, in the first generations."""
    halve_every: int = Field(1000, ge=1)
    """Generations after which the mutation rate is halved, again and again."""
    strength: float = Field(15.0, gt=0)
    """Strength (eta) of the polynomial mutation: the larger, the smaller the steps."""
    crossover: Literal["uniform", "sbx"] = "uniform"
    """How two parents mate, where the search mates: gene by gene, or simulated binary."""
    crossover_strength: float = Field(10.0, gt=0)
    """Strength (eta) of simulated binary crossover."""
    start: FullPath | None = None
    """Folder of pictures, or IDX file, to start from; none: uniform noise."""


@dataclass(frozen=True, eq=False)
class PixelGenomes:
    """``P`` direct genomes.

    Attributes:
        genes: ``(P, C * H * W)`` float32 in [0, 1], on the device of their encoding.
    """

    genes: torch.Tensor

    def __len__(self) -> int:
        return len(self.genes)

    def select(self, index: npt.ArrayLike) -> "PixelGenomes":
        """Copy the genomes at ``index`` into a new batch."""
        return PixelGenomes(self.genes[self._places(index)])

    def part(self, first: int, last: int) -> "PixelGenomes":
        """Show the genomes from one to the one before another."""
        return PixelGenomes(self.genes[first:last])

    def replaced(self, index: Ints, others: "PixelGenomes") -> "PixelGenomes":
        """Put other genomes in the places ``index``, without copying the rest."""
        self.genes[self._places(index)] = others.genes
        return self

    @classmethod
    def concatenate(cls, batches: Sequence["PixelGenomes"]) -> "PixelGenomes":
        """Join batches into a new one."""
        return cls(torch.cat([batch.genes for batch in batches]))

    def arrays(self) -> Arrays:
        """Return the arrays by name, as they are saved."""
        return {"genes": self.genes.cpu().numpy()}

    def _places(self, index: npt.ArrayLike) -> torch.Tensor:
        return torch.from_numpy(np.array(index, np.int64)).to(self.genes.device)


class Pixels:
    """The direct encoding of images of one shape. Genes never leave the device they are born on."""

    def __init__(self, settings: PixelSettings, shape: Shape, device: torch.device = CPU) -> None:
        self.settings = settings
        self.shape: tuple[int, ...] = shape
        self._picture = shape
        self.device = device
        self.executor = ""

    def new(self, count: int, birth: Birth) -> PixelGenomes:
        """Draw uniform noise, or pictures of the folder to start from."""
        if self.settings.start is None:
            return PixelGenomes(self._draw((count, math.prod(self.shape)), birth))
        pictures = load_pictures(self.settings.start, self._picture)
        chosen = birth.random.integers(len(pictures), size=count)
        genes = pictures[chosen].reshape(count, -1)
        return PixelGenomes(torch.from_numpy(genes).to(self.device))

    def vary(self, parents: PixelGenomes, birth: Birth) -> PixelGenomes:
        """Change each gene with the rate of this generation, by a polynomial step.

        Draws the gaps between genes that change, not a number for each gene: so many that they
        span all genes but once in a billion batches.
        """
        settings, count = self.settings, parents.genes.numel()
        rate = settings.mutation_rate * 0.5 ** ((birth.generation - 1) // settings.halve_every)
        rate = min(max(rate, 1e-30), 1 - 2**-53)  # the logarithm has to be finite, and not zero
        enough = min(count, math.ceil(count * rate + 6 * math.sqrt(count * rate) + 10))
        gaps = self._draw((enough,), birth).neg_().log1p_().div_(math.log1p(-rate))
        chosen = gaps.clamp_(max=count).long().add_(1).cumsum(0).sub_(1)
        chosen = chosen[chosen < count]

        steps = polynomial_steps(self._draw(chosen.shape, birth), settings.strength)
        genes = parents.genes.view(-1)
        genes[chosen] = genes[chosen].add_(steps).clamp_(0, 1)
        return parents

    def cross(self, first: PixelGenomes, second: PixelGenomes, birth: Birth) -> PixelGenomes:
        """Mate gene by gene: take either parent's, or a simulated binary mix of both.

        The mix is Deb and Agrawal's (1995): as far from the middle of the parents, on either side,
        as a random multiple of half their distance.
        """
        one, other = first.genes, second.genes
        draws = self._draw(one.shape, birth)
        if self.settings.crossover == "uniform":
            return PixelGenomes(torch.where(draws < 0.5, one, other))
        power = 1 / (self.settings.crossover_strength + 1)
        near = (2 * draws.clamp(max=0.5)) ** power
        far = (2 * (1 - draws).clamp(max=0.5)) ** -power
        spread = torch.where(draws < 0.5, near, far)
        spread = torch.where(self._draw(one.shape, birth) < 0.5, -spread, spread)
        return PixelGenomes(((one + other) / 2 + spread * (one - other) / 2).clamp_(0, 1))

    def distance(
        self, first: PixelGenomes, second: PixelGenomes, compatibility: Compatibility
    ) -> Floats:
        """Compare gene by gene: all genes match, so only weights differ."""
        apart = torch.cdist(first.genes, second.genes, p=1) / first.genes.shape[1]
        found: Floats = (compatibility.weights * apart).cpu().numpy()
        return found

    def express(self, genomes: PixelGenomes) -> Images:
        """Show the genes as they are, rounded to the 8-bit grid."""
        return paint(genomes.genes.clone()[:, None]).view(-1, *self.shape)

    def from_arrays(self, arrays: Arrays) -> PixelGenomes:
        """Undo ``PixelGenomes.arrays``."""
        return PixelGenomes(torch.tensor(arrays["genes"], device=self.device))

    def _draw(self, shape: Sequence[int], birth: Birth) -> torch.Tensor:
        """Draw uniform numbers in [0, 1) on the device."""
        random = torch.Generator(self.device).manual_seed(int(birth.random.integers(1 << 63)))
        return torch.rand(tuple(shape), generator=random, device=self.device)
