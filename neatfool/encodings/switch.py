"""Switch-HybrID: first networks that grow, then what they made, gene by gene (Clune et al. 2009).

Auto-Switch-HybrID (Helms and Clune 2017) switches when the search stagnates.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from neatfool.encodings.cppn import Cppn
from neatfool.encodings.encoding import Encoding, prefixed, unprefixed
from neatfool.encodings.genomes import Birth, Genomes
from neatfool.encodings.medium import Medium, Phenotypes, require, require_values
from neatfool.encodings.pixels import Pixels
from neatfool.encodings.vectors import VectorGenomes
from neatfool.encodings.weights import Weights
from neatfool.errors import ShapeError
from neatfool.networks import Graphs
from neatfool.sections.encoding import PixelSettings, SwitchSettings, WeightSettings
from neatfool.sections.neat import Compatibility
from neatfool.types import Arrays, Bools, Floats, Images, Ints

_DIRECT = {"pixels": (Pixels, "images"), "weights": (Weights, "weights")}
"""Direct encodings by their kinds, and what they make."""


@dataclass(frozen=True, eq=False)
class SwitchGenomes(Genomes):
    """``P`` genomes, each of one of two kinds.

    An archive is a mixture for a while: old elites stay networks until a child replaces them.

    Attributes:
        is_direct: ``(P,)`` bool.
        indirect: The networks, in the order of the batch.
        direct: The others, likewise.
    """

    is_direct: Bools
    indirect: Graphs
    direct: VectorGenomes

    def __len__(self) -> int:
        return len(self.is_direct)

    def select(self, index: npt.ArrayLike) -> "SwitchGenomes":
        """Copy the genomes at ``index`` into a new batch."""
        chosen = np.asarray(index, np.int64)
        is_direct = self.is_direct[chosen]
        networks, vectors = self._places(chosen)
        return SwitchGenomes(is_direct, self.indirect.select(networks), self.direct.select(vectors))

    def part(self, first: int, last: int) -> "SwitchGenomes":
        """Show the genomes from one to the one before another."""
        begin, end = (int(self.is_direct[:bound].sum()) for bound in (first, last))
        return SwitchGenomes(
            self.is_direct[first:last],
            self.indirect.part(first - begin, last - end),
            self.direct.part(begin, end),
        )

    def replaced(self, index: Ints, others: "SwitchGenomes") -> "SwitchGenomes":
        """Put other genomes in the places ``index``; copies all only where their kinds differ."""
        if np.array_equal(self.is_direct[index], others.is_direct):
            networks, vectors = self._places(index)
            return SwitchGenomes(
                self.is_direct,
                self.indirect.replaced(networks, others.indirect),
                self.direct.replaced(vectors, others.direct),
            )
        places = np.arange(len(self))
        places[index] = len(self) + np.arange(len(others))
        return SwitchGenomes.concatenate([self, others]).select(places)

    @classmethod
    def concatenate(cls, batches: Sequence["SwitchGenomes"]) -> "SwitchGenomes":
        """Join batches."""
        return cls(
            np.concatenate([batch.is_direct for batch in batches]),
            Graphs.concatenate([batch.indirect for batch in batches]),
            VectorGenomes.concatenate([batch.direct for batch in batches]),
        )

    def arrays(self) -> Arrays:
        """Return the arrays by name, as they are saved."""
        direct = prefixed("direct.", self.direct.arrays())
        networks = prefixed("indirect.", self.indirect.arrays())
        return {"is_direct": self.is_direct} | networks | direct

    @property
    def networks(self) -> Graphs:
        """The networks of those that have not switched."""
        return self.indirect

    def with_networks(self, networks: Graphs) -> "SwitchGenomes":
        """Make a genome of each network."""
        return SwitchGenomes(np.zeros(len(networks), np.bool_), networks, self.direct.part(0, 0))

    def _places(self, index: Ints) -> tuple[Ints, Ints]:
        """Tell where the chosen networks, and the chosen others, stand among their kind."""
        is_direct = self.is_direct[index]
        before = np.cumsum(self.is_direct)
        return index[~is_direct] - before[index[~is_direct]], before[index[is_direct]] - 1


class Switch(Encoding[SwitchGenomes]):
    """Genomes of an indirect encoding that become genomes of a direct one, all in one generation.

    From the switch on every child is direct: its parents are expressed, and what they made are its
    genes, one to one, before they mutate. A child of any direct parent is direct as well, and so
    are those born with it.

    Raises:
        ShapeError: The encodings make phenotypes of different shapes.
    """

    Settings = SwitchSettings
    settings: SwitchSettings

    def __init__(self, settings: SwitchSettings, indirect: Cppn, direct: Pixels | Weights) -> None:
        if indirect.shape != direct.shape:
            raise ShapeError(
                f"expected a direct encoding of the shape of the indirect one, {indirect.shape}, "
                f"got {direct.shape}"
            )
        self.settings = settings
        self.indirect = indirect
        self.medium = indirect.medium
        self.direct = direct
        self.shape = indirect.shape
        self.device = indirect.device
        self.executor = indirect.executor

    @classmethod
    def build(cls, settings: SwitchSettings, medium: Medium, device: torch.device) -> "Switch":
        """Begin with networks over the medium, and end in what it makes of them."""
        require_values(medium, settings.kind)
        direct = settings.direct
        if direct is None:
            direct = PixelSettings() if medium.makes == "images" else WeightSettings()
        encoding: type[Any]
        encoding, makes = _DIRECT[direct.kind]
        require(medium, makes, direct.kind, "encoding.direct.kind")
        indirect = Cppn.build(settings.indirect, medium, device)
        return cls(settings, indirect, encoding.build(direct, medium, device))

    def new(self, count: int, birth: Birth) -> SwitchGenomes:
        """Start with networks."""
        return self._networks(self.indirect.new(count, birth))

    def vary(self, parents: SwitchGenomes, birth: Birth) -> SwitchGenomes:
        """Mutate networks, or what they became."""
        if _is_due(self.settings, birth) or parents.is_direct.any():
            genes = self._converted(parents)
            return self._vectors(self.direct.vary(genes, birth), parents.indirect)
        return self._networks(self.indirect.vary(parents.indirect, birth))

    def cross(self, first: SwitchGenomes, second: SwitchGenomes, birth: Birth) -> SwitchGenomes:
        """Mate networks with networks; if any parent is direct, all are made so."""
        if first.is_direct.any() or second.is_direct.any():
            one, other = self._converted(first), self._converted(second)
            return self._vectors(self.direct.cross(one, other, birth), first.indirect)
        return self._networks(self.indirect.cross(first.indirect, second.indirect, birth))

    def distance(
        self, first: SwitchGenomes, second: SwitchGenomes, compatibility: Compatibility
    ) -> Floats:
        """Compare networks with networks; if any genome is direct, compare what all become."""
        if first.is_direct.any() or second.is_direct.any():
            one, other = self._converted(first), self._converted(second)
            return self.direct.distance(one, other, compatibility)
        return self.indirect.distance(first.indirect, second.indirect, compatibility)

    def express(self, genomes: SwitchGenomes) -> Phenotypes:
        """Express each genome by the encoding of its kind."""
        if not genomes.is_direct.any():
            return self.indirect.express(genomes.indirect)
        return self.direct.express(self._converted(genomes))

    def between(self, first: SwitchGenomes, second: SwitchGenomes, steps: Floats) -> Images:
        """Let networks go into one another; what has switched fades."""
        if first.is_direct.any() or second.is_direct.any():
            return super().between(first, second, steps)
        return self.indirect.between(first.indirect, second.indirect, steps)

    def from_arrays(self, arrays: Arrays) -> SwitchGenomes:
        """Undo ``SwitchGenomes.arrays``."""
        return SwitchGenomes(
            arrays["is_direct"],
            self.indirect.from_arrays(unprefixed("indirect.", arrays)),
            self.direct.from_arrays(unprefixed("direct.", arrays)),
        )

    def _converted(self, genomes: SwitchGenomes) -> VectorGenomes:
        """Make all genomes direct; those that are stay as they are."""
        if genomes.is_direct.all():
            return genomes.direct
        is_direct = torch.from_numpy(genomes.is_direct.copy()).to(self.device)
        genes = torch.empty(len(genomes), math.prod(self.shape), device=self.device)
        genes[is_direct] = genomes.direct.genes
        genes[~is_direct] = self.indirect.express(genomes.indirect).flatten(1)
        return VectorGenomes(genes)

    def _networks(self, networks: Graphs) -> SwitchGenomes:
        none = torch.empty(0, math.prod(self.shape), device=self.device)
        return SwitchGenomes(np.zeros(len(networks), np.bool_), networks, VectorGenomes(none))

    def _vectors(self, vectors: VectorGenomes, networks: Graphs) -> SwitchGenomes:
        return SwitchGenomes(np.ones(len(vectors), np.bool_), networks.part(0, 0), vectors)


def _is_due(settings: SwitchSettings, birth: Birth) -> bool:
    """Say whether the newborn are direct."""
    if settings.stagnation is not None and birth.stagnant >= settings.stagnation:
        return True
    at = 100 if settings.at is None and settings.stagnation is None else settings.at
    return at is not None and birth.generation >= at
