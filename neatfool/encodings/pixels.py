"""The direct encoding: one gene per pixel and channel (Nguyen et al. 2015, section 3.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field

from neatfool.data import load_pictures
from neatfool.encodings.encoding import Birth, polynomial_steps
from neatfool.images import to_grid
from neatfool.settings import FullPath, Settings
from neatfool.types import Arrays, Floats, Images, Shape


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
        genes: ``(P, C * H * W)`` float32 in [0, 1].
    """

    genes: Floats

    def __len__(self) -> int:
        return len(self.genes)

    def select(self, index: npt.ArrayLike) -> "PixelGenomes":
        """Copy the genomes at ``index`` into a new batch."""
        return PixelGenomes(self.genes[np.asarray(index, dtype=np.int64)])

    @classmethod
    def concatenate(cls, batches: Sequence["PixelGenomes"]) -> "PixelGenomes":
        """Join batches."""
        return cls(np.concatenate([batch.genes for batch in batches]))

    def arrays(self) -> Arrays:
        """Return the arrays by name, as they are saved."""
        return {"genes": self.genes}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "PixelGenomes":
        """Undo ``arrays``."""
        return cls(arrays["genes"])


class Pixels:
    """The direct encoding of images of one shape."""

    genomes = PixelGenomes

    def __init__(self, settings: PixelSettings, shape: Shape) -> None:
        self.settings = settings
        self.shape = shape

    def new(self, count: int, birth: Birth) -> PixelGenomes:
        """Draw uniform noise, or pictures of the folder to start from."""
        if self.settings.start is None:
            length = int(np.prod(self.shape))
            return PixelGenomes(birth.random.random((count, length), dtype=np.float32))
        pictures = load_pictures(self.settings.start, self.shape)
        chosen = birth.random.integers(len(pictures), size=count)
        return PixelGenomes(pictures[chosen].reshape(count, -1))

    def vary(self, parents: PixelGenomes, birth: Birth) -> PixelGenomes:
        """Change each gene with the rate of this generation, by a polynomial step."""
        settings = self.settings
        rate = settings.mutation_rate * 0.5 ** ((birth.generation - 1) // settings.halve_every)
        genes = parents.genes.copy()
        flat = genes.reshape(-1)
        chosen = np.flatnonzero(birth.random.random(flat.size, dtype=np.float32) < rate)
        steps = polynomial_steps(birth.random, len(chosen), settings.strength)
        flat[chosen] = np.clip(flat[chosen] + steps, 0, 1)
        return PixelGenomes(genes)

    def cross(self, first: PixelGenomes, second: PixelGenomes, birth: Birth) -> PixelGenomes:
        """Mate gene by gene: take either parent's, or a simulated binary mix of both.

        The mix is Deb and Agrawal's (1995): as far from the middle of the parents, on either side,
        as a random multiple of half their distance.
        """
        draws = birth.random.random(first.genes.shape, dtype=np.float32)
        if self.settings.crossover == "uniform":
            return PixelGenomes(np.where(draws < 0.5, first.genes, second.genes))
        power = np.float32(1 / (self.settings.crossover_strength + 1))
        near = (2 * np.minimum(draws, 0.5)) ** power
        far = (2 * np.minimum(1 - draws, 0.5)) ** -power
        spread = np.where(draws < 0.5, near, far)
        middle, half = (first.genes + second.genes) / 2, (first.genes - second.genes) / 2
        side = np.where(birth.random.random(draws.shape, dtype=np.float32) < 0.5, -1, 1)
        return PixelGenomes(np.clip(middle + side * spread * half, 0, 1).astype(np.float32))

    def express(self, genomes: PixelGenomes, device: torch.device) -> Images:
        """Show the genes as they are, rounded to the 8-bit grid."""
        genes = torch.from_numpy(genomes.genes).to(device, copy=True)
        return to_grid(genes).reshape(-1, *self.shape)
