"""What every encoding has: how genomes are born, change, mate, and what they become."""

from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

import torch

from neatfool.encodings.genomes import Birth, G
from neatfool.encodings.medium import Medium, Phenotypes
from neatfool.errors import ConfigError
from neatfool.images.colour import to_grid
from neatfool.kinds import KindSettings
from neatfool.sections.neat import Compatibility
from neatfool.types import CPU, Arrays, Floats, Images

E = TypeVar("E", bound="AnyEncoding")


class Encoding(Generic[G]):
    """How genomes are born, change, mate, and what they become. It scores nothing.

    Derive from this: ``new``, ``vary``, ``express`` and ``from_arrays`` are all that an encoding
    needs. Some searches also ask it to ``cross`` or for a ``distance``.

    Attributes:
        Settings: Class of its settings, derived from ``KindSettings``.
        settings: Of that class.
        medium: What its networks are expressed through, if it has networks.
        shape: Of one phenotype: ``(C, H, W)`` of an image, ``(L,)`` of the weights of links.
        device: Where phenotypes are made.
        executor: What evaluates its networks there; empty if it has none.
        beside: What its genomes have beside their networks, in a word; empty: nothing.
        draws_on_device: Children depend on the device, as random numbers are drawn there.
        is_plain: A genome is the values of its phenotype, ``VectorGenomes`` of as many genes.
        can_breed: Its genomes are networks and nothing else, from which one may go on by hand.
    """

    NEEDED: ClassVar = ("new", "vary", "express", "from_arrays")
    Settings: ClassVar[type[KindSettings]] = KindSettings
    draws_on_device: ClassVar[bool] = True
    is_plain: ClassVar[bool] = False
    can_breed: ClassVar[bool] = False
    beside: ClassVar[str] = ""
    settings: Any
    medium: Medium
    shape: tuple[int, ...]
    device: torch.device
    executor: str = ""

    def __init__(self, settings: Any, medium: Medium, device: torch.device = CPU) -> None:
        self.settings = settings
        self.medium = medium
        self.shape = medium.shape
        self.device = torch.device(device)

    @classmethod
    def build(cls: type[E], settings: Any, medium: Medium, device: torch.device) -> E:
        """Build the encoding for a task: ``cls(settings, medium, device)``, unless it needs more.

        Args:
            settings: Of the class ``Settings``.
            medium: Of the task: what it makes of networks, every encoding has to make.
            device: Where.

        Raises:
            ConfigError: The encoding makes no such phenotypes.
        """
        return cls(settings, medium, device)

    def new(self, count: int, birth: Birth) -> G:
        """Make ``count`` random genomes."""
        raise NotImplementedError

    def vary(self, parents: G, birth: Birth) -> G:
        """Mutate each genome; the batch of parents is used up by it."""
        raise NotImplementedError

    def cross(self, first: G, second: G, birth: Birth) -> G:
        """Mate the genomes of two equally long batches, pair by pair; the first is the fitter.

        Raises:
            ConfigError: Genomes of this encoding do not mate.
        """
        raise ConfigError(
            f"genomes of {self.name} do not mate, as it has no method cross: set search.crossover "
            "= 0, or write that method"
        )

    def distance(self, first: G, second: G, compatibility: Compatibility) -> Floats:
        """Tell how far each genome of one batch is from each of another: ``(A, B)`` float32.

        Raises:
            ConfigError: Nothing tells genomes of this encoding apart.
        """
        raise ConfigError(
            f"{self.name} has no method distance, by which species are told apart: choose another "
            "search than neat, or write that method"
        )

    def express(self, genomes: G) -> Phenotypes:
        """Turn ``P`` genomes into phenotypes, on the device.

        Images are ``(P, C, H, W)`` on the 8-bit grid; other phenotypes are those of the medium.
        """
        raise NotImplementedError

    def pull(self, genomes: G, gradients: torch.Tensor) -> Floats:
        """Pull gradients in phenotypes back to the weights of networks, by the chain rule.

        Args:
            genomes: ``P`` of them, which are ``Graphs``.
            gradients: Those of a score in each phenotype: ``(P, *shape)`` float32.

        Returns:
            Float32, one for each weight: those of all genomes one behind the other.

        Raises:
            ConfigError: Genomes have more than networks, or their phenotypes do not follow from
                them smoothly.
        """
        raise ConfigError(
            f"{self.name} makes no pictures of weights alone: for gradients, set encoding.kind to "
            "pixels or cppn"
        )

    def between(self, first: G, second: G, steps: Floats) -> Images:
        """Paint what lies between two genomes, where phenotypes are images.

        Networks go into one another as ``networks.morph`` says, and genes are interpolated; genomes
        that have nothing of that in common, and those of other encodings, fade.

        Args:
            first: One genome.
            second: Another.
            steps: ``(T,)`` float32 in [0, 1]; 0 is the first, 1 the second.

        Returns:
            ``(T, C, H, W)`` on the 8-bit grid.
        """
        ends = [self.express(each).flatten(1) for each in (first, second)]
        return to_grid(interpolated(ends[0], ends[1], steps)).reshape(-1, *self.shape)

    def from_arrays(self, arrays: Arrays) -> G:
        """Undo ``arrays`` of its genomes.

        Raises:
            ShapeError: They are of phenotypes of another shape.
        """
        raise NotImplementedError

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return getattr(self.settings, "label", "") or type(self).__name__


AnyEncoding: TypeAlias = Encoding[Any]
"""An encoding of genomes of any kind."""


def interpolated(first: torch.Tensor, second: torch.Tensor, steps: Floats) -> torch.Tensor:
    """Interpolate ``(1, L)`` and ``(1, L)``: ``(T, L)``."""
    part = torch.from_numpy(steps).to(first.device)[:, None]
    return (1 - part) * first + part * second


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
