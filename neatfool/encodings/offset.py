"""Offset-HybrID: what an indirect encoding makes, plus a direct offset for each of its values.

Helms and Clune 2017: regularity comes from the networks, exceptions from the offsets, at once.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from neatfool.encodings.cppn import Cppn
from neatfool.encodings.encoding import Encoding, interpolated, prefixed, unprefixed
from neatfool.encodings.genomes import Birth, Genomes
from neatfool.encodings.medium import Medium, Phenotypes, require_values
from neatfool.encodings.vectors import VectorGenomes
from neatfool.encodings.weights import Weights
from neatfool.images.colour import to_grid
from neatfool.networks import Graphs
from neatfool.networks.morph import morph
from neatfool.sections.encoding import OffsetSettings, WeightSettings
from neatfool.sections.neat import Compatibility
from neatfool.types import Arrays, Floats, Images, Ints


@dataclass(frozen=True, eq=False)
class OffsetGenomes(Genomes):
    """``P`` genomes of two parts.

    Attributes:
        indirect: ``P`` networks.
        offsets: ``P`` vectors, one value for each pixel and channel, or link.
    """

    indirect: Graphs
    offsets: VectorGenomes

    def __len__(self) -> int:
        return len(self.indirect)

    def select(self, index: npt.ArrayLike) -> "OffsetGenomes":
        """Copy the genomes at ``index`` into a new batch."""
        return OffsetGenomes(self.indirect.select(index), self.offsets.select(index))

    def part(self, first: int, last: int) -> "OffsetGenomes":
        """Show the genomes from one to the one before another."""
        return OffsetGenomes(self.indirect.part(first, last), self.offsets.part(first, last))

    def replaced(self, index: Ints, others: "OffsetGenomes") -> "OffsetGenomes":
        """Put other genomes in the places ``index``."""
        return OffsetGenomes(
            self.indirect.replaced(index, others.indirect),
            self.offsets.replaced(index, others.offsets),
        )

    @classmethod
    def concatenate(cls, batches: Sequence["OffsetGenomes"]) -> "OffsetGenomes":
        """Join batches."""
        return cls(
            Graphs.concatenate([batch.indirect for batch in batches]),
            VectorGenomes.concatenate([batch.offsets for batch in batches]),
        )

    def arrays(self) -> Arrays:
        """Return the arrays by name, as they are saved."""
        offsets = prefixed("offsets.", self.offsets.arrays())
        return prefixed("indirect.", self.indirect.arrays()) | offsets

    @property
    def networks(self) -> Graphs:
        """The networks, without offsets."""
        return self.indirect

    def with_networks(self, networks: Graphs) -> "OffsetGenomes":
        """Give each copy one of the networks, and the offsets of all."""
        return OffsetGenomes(networks, self.offsets.select(np.zeros(len(networks), np.int64)))


class Offset(Encoding[OffsetGenomes]):
    """Phenotypes of networks, with an offset added to each value.

    Weights of links are ``w + offset``: an offset also revives a link that the threshold took away
    (whether it did in 2017 is not known). Images get theirs after colours are converted, and are
    clipped and rounded to the 8-bit grid again.
    """

    Settings = OffsetSettings
    beside = "offsets"
    settings: OffsetSettings

    def __init__(self, settings: OffsetSettings, indirect: Cppn) -> None:
        self.settings = settings
        self.indirect = indirect
        self.medium = indirect.medium
        self.shape = indirect.shape
        self.device = indirect.device
        self.executor = indirect.executor
        rate, wanted = settings.offset_rate, settings.offset_changes
        changes = WeightSettings(
            start_range=0,
            weight_range=settings.offset_range,
            weight_rate=rate if wanted is None else min(1.0, wanted / math.prod(self.shape)),
            weight_zero_rate=settings.offset_zero_rate,
            weight_mutation=settings.offset_mutation,
            sigma=settings.sigma,
        )
        self._direct = Weights(changes, self.shape, self.device)
        self._is_image = indirect.medium.makes == "images"

    @classmethod
    def build(cls, settings: OffsetSettings, medium: Medium, device: torch.device) -> "Offset":
        """Add offsets to what networks make of the medium."""
        require_values(medium, settings.kind)
        return cls(settings, Cppn.build(settings.indirect, medium, device))

    def new(self, count: int, birth: Birth) -> OffsetGenomes:
        """Start as the networks do, without offsets."""
        return OffsetGenomes(self.indirect.new(count, birth), self._direct.new(count, birth))

    def vary(self, parents: OffsetGenomes, birth: Birth) -> OffsetGenomes:
        """Mutate both parts, or either of them; some children lose their offsets."""
        count, settings = len(parents), self.settings
        if settings.apart:
            takes = birth.random.random(count) < 0.5  # whose networks mutate
            ones, others = np.flatnonzero(takes), np.flatnonzero(~takes)
            networks = self.indirect.vary(parents.indirect.select(ones), birth)
            networks = parents.indirect.replaced(ones, networks)
            offsets = self._direct.vary(parents.offsets.select(others), birth)
            offsets = parents.offsets.replaced(others, offsets)
        else:
            networks = self.indirect.vary(parents.indirect, birth)
            offsets = self._direct.vary(parents.offsets, birth)
        if settings.clear_rate:
            offsets.genes[np.flatnonzero(birth.random.random(count) < settings.clear_rate)] = 0
        return OffsetGenomes(networks, offsets)

    def cross(self, first: OffsetGenomes, second: OffsetGenomes, birth: Birth) -> OffsetGenomes:
        """Mate both parts."""
        return OffsetGenomes(
            self.indirect.cross(first.indirect, second.indirect, birth),
            self._direct.cross(first.offsets, second.offsets, birth),
        )

    def distance(
        self, first: OffsetGenomes, second: OffsetGenomes, compatibility: Compatibility
    ) -> Floats:
        """Add up the distances of both parts."""
        networks = self.indirect.distance(first.indirect, second.indirect, compatibility)
        return networks + self._direct.distance(first.offsets, second.offsets, compatibility)

    def express(self, genomes: OffsetGenomes) -> Phenotypes:
        """Express the networks and add the offsets."""
        made: torch.Tensor = self.indirect.express(genomes.indirect)
        made = made + self._direct.express(genomes.offsets)
        return to_grid(made) if self._is_image else made

    def between(self, first: OffsetGenomes, second: OffsetGenomes, steps: Floats) -> Images:
        """Let networks go into one another, and interpolate offsets."""
        offsets = interpolated(first.offsets.genes, second.offsets.genes, steps)
        networks = morph(first.indirect, second.indirect, steps)
        return self.express(OffsetGenomes(networks, VectorGenomes(offsets)))

    def from_arrays(self, arrays: Arrays) -> OffsetGenomes:
        """Undo ``OffsetGenomes.arrays``."""
        return OffsetGenomes(
            self.indirect.from_arrays(unprefixed("indirect.", arrays)),
            self._direct.from_arrays(unprefixed("offsets.", arrays)),
        )
