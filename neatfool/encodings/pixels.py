"""The direct encoding: one gene per pixel and channel (Nguyen et al. 2015, section 3.1)."""

import math

import torch

from neatfool.data import load_pictures
from neatfool.encodings import vectors
from neatfool.encodings.encoding import Encoding, interpolated, polynomial_steps
from neatfool.encodings.genomes import Birth
from neatfool.encodings.medium import Medium, require
from neatfool.encodings.vectors import VectorGenomes
from neatfool.images import Canvas, paint
from neatfool.sections.encoding import PixelSettings
from neatfool.sections.neat import Compatibility
from neatfool.types import CPU, Arrays, Floats, Images, Shape


class Pixels(Encoding[VectorGenomes]):
    """The direct encoding of images of one shape. Genes never leave the device they are born on."""

    Settings = PixelSettings
    is_plain = True
    settings: PixelSettings

    def __init__(self, settings: PixelSettings, shape: Shape, device: torch.device = CPU) -> None:
        self.settings = settings
        self.medium = Canvas(shape)
        self.shape: tuple[int, ...] = shape
        self._picture = shape
        self.device = torch.device(device)

    @classmethod
    def build(cls, settings: PixelSettings, medium: Medium, device: torch.device) -> "Pixels":
        """Make images of the shape that the task wants."""
        require(medium, "images", "pixels")
        channels, height, width = medium.shape
        return cls(settings, (channels, height, width), device)

    def new(self, count: int, birth: Birth) -> VectorGenomes:
        """Draw uniform noise, or pictures of the folder to start from."""
        if self.settings.start is None:
            shape = count, math.prod(self.shape)
            return VectorGenomes(vectors.uniform(shape, birth, self.device))
        pictures = load_pictures(self.settings.start, self._picture)
        chosen = birth.random.integers(len(pictures), size=count)
        genes = pictures[chosen].reshape(count, -1)
        return VectorGenomes(torch.from_numpy(genes).to(self.device))

    def vary(self, parents: VectorGenomes, birth: Birth) -> VectorGenomes:
        """Change each gene with the rate of this generation, by a polynomial step."""
        settings, device = self.settings, self.device
        rate = settings.mutation_rate * 0.5 ** ((birth.generation - 1) // settings.halve_every)
        places = vectors.chosen(parents.genes.numel(), rate, birth, device)
        steps = polynomial_steps(vectors.uniform(places.shape, birth, device), settings.strength)
        genes = parents.genes.view(-1)
        genes[places] = genes[places].add_(steps).clamp_(0, 1)
        return parents

    def cross(self, first: VectorGenomes, second: VectorGenomes, birth: Birth) -> VectorGenomes:
        """Mate gene by gene: take either parent's, or a simulated binary mix of both.

        The mix is Deb and Agrawal's (1995): as far from the middle of the parents, on either side,
        as a random multiple of half their distance.
        """
        if self.settings.crossover == "uniform":
            return vectors.mixed(first, second, birth)
        one, other = first.genes, second.genes
        draws = vectors.uniform(one.shape, birth, self.device)
        power = 1 / (self.settings.crossover_strength + 1)
        near = (2 * draws.clamp(max=0.5)) ** power
        far = (2 * (1 - draws).clamp(max=0.5)) ** -power
        spread = torch.where(draws < 0.5, near, far)
        is_below = vectors.uniform(one.shape, birth, self.device) < 0.5
        spread = torch.where(is_below, -spread, spread)
        return VectorGenomes(((one + other) / 2 + spread * (one - other) / 2).clamp_(0, 1))

    def distance(
        self, first: VectorGenomes, second: VectorGenomes, compatibility: Compatibility
    ) -> Floats:
        """Compare gene by gene."""
        return vectors.distances(first, second, compatibility)

    def express(self, genomes: VectorGenomes) -> Images:
        """Show the genes as they are, rounded to the 8-bit grid."""
        return paint(genomes.genes.clone()[:, None]).view(-1, *self.shape)

    def between(self, first: VectorGenomes, second: VectorGenomes, steps: Floats) -> Images:
        """Interpolate genes."""
        return self.express(VectorGenomes(interpolated(first.genes, second.genes, steps)))

    def from_arrays(self, arrays: Arrays) -> VectorGenomes:
        """Undo ``VectorGenomes.arrays``."""
        return VectorGenomes.from_arrays(arrays, self.shape, self.device)
