"""The direct encoding of weights: one gene per link (FT-NEAT; Clune et al. 2011)."""

import math

import torch

from neatfool.encodings import vectors
from neatfool.encodings.encoding import Encoding
from neatfool.encodings.genomes import Birth
from neatfool.encodings.medium import Medium, require
from neatfool.encodings.vectors import VectorGenomes
from neatfool.sections.encoding import WeightSettings
from neatfool.sections.neat import Compatibility
from neatfool.substrates import Line
from neatfool.types import CPU, Arrays, Floats


class Weights(Encoding[VectorGenomes]):
    """Fixed-topology genomes: the genes are the weights, without threshold or scale."""

    Settings = WeightSettings
    is_plain = True
    settings: WeightSettings

    def __init__(
        self, settings: WeightSettings, shape: tuple[int, ...], device: torch.device = CPU
    ) -> None:
        self.settings = settings
        self.medium: Medium = Line(math.prod(shape))
        self.shape = shape
        self.device = torch.device(device)

    @classmethod
    def build(cls, settings: WeightSettings, medium: Medium, device: torch.device) -> "Weights":
        """Make as many weights as the task wants."""
        require(medium, "weights", "weights")
        made = cls(settings, medium.shape, device)
        made.medium = medium
        return made

    def new(self, count: int, birth: Birth) -> VectorGenomes:
        """Draw uniform weights."""
        settings = self.settings
        reach = settings.weight_range if settings.start_range is None else settings.start_range
        return VectorGenomes(self._draw((count, math.prod(self.shape)), reach, birth))

    def vary(self, parents: VectorGenomes, birth: Birth) -> VectorGenomes:
        """Change some weights by steps, and draw a share of these anew."""
        settings, reach = self.settings, self.settings.weight_range
        places = vectors.chosen(parents.genes.numel(), settings.weight_rate, birth, self.device)
        if settings.weight_mutation == "gaussian":
            steps = vectors.normal(places.shape, birth, self.device).mul_(settings.sigma)
        else:
            steps = self._draw(places.shape, settings.sigma, birth)
        genes = parents.genes.view(-1)
        changed = genes[places].add_(steps).clamp_(-reach, reach)
        if settings.weight_replace_rate:
            anew = vectors.uniform(places.shape, birth, self.device) < settings.weight_replace_rate
            changed = torch.where(anew, self._draw(places.shape, reach, birth), changed)
        if settings.weight_zero_rate:
            gone = vectors.uniform(places.shape, birth, self.device) < settings.weight_zero_rate
            changed = changed.masked_fill(gone, 0.0)
        genes[places] = changed
        return parents

    def cross(self, first: VectorGenomes, second: VectorGenomes, birth: Birth) -> VectorGenomes:
        """Take each weight from either parent."""
        return vectors.mixed(first, second, birth)

    def distance(
        self, first: VectorGenomes, second: VectorGenomes, compatibility: Compatibility
    ) -> Floats:
        """Compare weight by weight."""
        return vectors.distances(first, second, compatibility)

    def express(self, genomes: VectorGenomes) -> torch.Tensor:
        """Show the genes as they are."""
        return genomes.genes.view(-1, *self.shape)

    def from_arrays(self, arrays: Arrays) -> VectorGenomes:
        """Undo ``VectorGenomes.arrays``."""
        return VectorGenomes.from_arrays(arrays, self.shape, self.device)

    def _draw(self, shape: tuple[int, ...], reach: float, birth: Birth) -> torch.Tensor:
        """Draw numbers within minus and plus ``reach``."""
        return vectors.uniform(shape, birth, self.device).mul_(2 * reach).sub_(reach)
