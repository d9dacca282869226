"""Substrates that can be asked for: in ``[task]``, and as ``[task.play.substrate]``."""

import itertools
from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from neatfool.sections.activations import activation_codes
from neatfool.settings import Settings

Positions = npt.NDArray[np.float64]
"""``(N, 2)`` x and y of nodes, in [-1, 1]."""


def _ascending(stretch: tuple[float, float]) -> tuple[float, float]:
    if not -1 <= stretch[0] <= stretch[1] <= 1:
        raise ValueError("expected a lower and an upper end within -1 and 1")
    return stretch


Stretch = Annotated[tuple[float, float], AfterValidator(_ascending)]


class SheetSettings(Settings):
    """A group of nodes with coordinates."""

    name: str = Field(min_length=1)
    """What pairs of sheets call it."""
    role: Literal["input", "hidden", "output"]
    """Where its values come from and go to."""
    layout: Literal["grid", "rings"] = "grid"
    """Nodes in rows, or on concentric circles."""
    width: int = Field(default=1, ge=1, le=4096)
    """Nodes of a row, or of a ring."""
    height: int = Field(default=1, ge=1, le=4096)
    """Rows, or rings; one row is a line."""
    x: Stretch = (-1.0, 1.0)
    """From where to where it reaches; a single column stands in the middle."""
    y: Stretch = (-1.0, 1.0)
    """Likewise, downwards; a single row stands in the middle."""
    activation: str = "sigmoid"
    """Function of its nodes; inputs have none."""

    @model_validator(mode="after")
    def _known(self) -> "SheetSettings":
        activation_codes([self.activation])
        return self

    @property
    def nodes(self) -> int:
        """How many nodes it has."""
        return self.width * self.height

    def scaled(self, times: int) -> "SheetSettings":
        """Return the sheet with so many times the nodes along either axis; a line stays a line."""
        return self.model_copy(
            update={
                side: size * times
                for side, size in (("width", self.width), ("height", self.height))
                if size > 1
            }
        )

    def positions(self) -> Positions:
        """Return ``(nodes, 2)`` float64 x and y, row by row; x points right, y down.

        The nodes of a grid are spread evenly from end to end. The rings have radii of even steps,
        the outermost touches the ends; the first node of a ring is the rightmost, the next ones
        follow clockwise.
        """
        if self.layout == "grid":
            across, down = np.meshgrid(_spread(self.width), _spread(self.height))
        else:
            angles = np.arange(self.width) * (2 * np.pi / self.width)
            radii = np.arange(1, self.height + 1)[:, None] / self.height
            across, down = radii * np.cos(angles), radii * np.sin(angles)
        places = [
            (low + high) / 2 + (high - low) / 2 * unit.reshape(-1)
            for (low, high), unit in ((self.x, across), (self.y, down))
        ]
        return np.stack(places, axis=1)


def _spread(count: int) -> Positions:
    return np.linspace(-1, 1, count) if count > 1 else np.zeros(1)


class QuadtreeSettings(Settings):
    """How deep trees grow, and which of their cells count."""

    initial_depth: int = Field(default=3, ge=1, le=10)
    """Depth to which every cell is divided: 3 gives 8 x 8 cells."""
    max_depth: int = Field(default=3, ge=1, le=10)
    """Depth beyond which none is."""
    division_threshold: float = Field(default=0.03, ge=0)
    """Between the two, cells are divided where the variance of four siblings exceeds this."""
    variance_threshold: float = Field(default=0.03, ge=0)
    """A cell of less variance within is taken as a whole."""
    band_threshold: float = Field(default=0.3, ge=0)
    """A cell counts where its value differs by more from both neighbours, left and right or above
    and below."""

    @model_validator(mode="after")
    def _deep_enough(self) -> "QuadtreeSettings":
        if self.max_depth < self.initial_depth:
            raise ValueError(
                f"expected max_depth to be at least initial_depth = {self.initial_depth}, got "
                f"{self.max_depth}"
            )
        return self


class LinkSettings(Settings):
    """How a CPPN is asked for links, and how its outputs become weights."""

    rule: Literal["threshold", "leo", "raw"] = "threshold"
    """Which links there are. threshold: those whose output is larger than the threshold, which is
    then subtracted. leo: those that a second output expresses. raw: all."""
    threshold: float = Field(default=0.2, ge=0, lt=1)
    """What the absolute output must exceed; with leo, what the second output must exceed."""
    max_weight: float = Field(default=3.0, gt=0, le=1e6)
    """Weight that an output of 1 stands for."""
    locality: float | None = Field(default=None, gt=0, le=1e3)
    """With leo, begin with links between near nodes only: the weight of the edges that see to it;
    the larger, the nearer. Unset: no such beginning."""
    biases: bool = False
    """Give nodes a bias, computed by a further output of the CPPN."""
    bias: float = Field(default=1.0, ge=-1e3, le=1e3)
    """Value of the bias input of the CPPN; 0.3 in the original code of HyperNEAT."""
    deltas: bool = False
    """Give the CPPN the differences x2 - x1 and y2 - y1 as further inputs."""
    distance: bool = False
    """Give the CPPN the distance between the two nodes as a further input."""

    @model_validator(mode="after")
    def _has_effect(self) -> "LinkSettings":
        if self.locality is not None and self.rule != "leo":
            raise ValueError(
                f"locality has no effect with rule = {self.rule}: leave it out, or choose leo"
            )
        return self

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs of CPPNs, in order."""
        deltas = ("dx", "dy") if self.deltas else ()
        return ("x1", "y1", "x2", "y2", "bias", *deltas, *(("d",) if self.distance else ()))

    def over(self) -> BeforeValidator:
        """Let the settings that are given in a table stand over these, as those of a task do."""
        mine = self.model_dump()
        return BeforeValidator(lambda given: mine | given if isinstance(given, dict) else given)


class SubstrateSettings(Settings):
    """Sheets of nodes, which of them are connected, and how."""

    kind: Literal["substrate"] = "substrate"
    """A substrate of fixed nodes."""
    sheets: tuple[SheetSettings, ...] = Field(min_length=1)
    """The sheets; inputs and outputs of several sheets stand one behind the other."""
    pairs: tuple[tuple[str, str], ...] | None = None
    """Pairs of sheets, each (from, to), all of whose nodes are connected; none: each sheet to the
    next."""
    recurrent: tuple[tuple[str, str], ...] = ()
    """Further pairs, that carry values of the step before: to any sheet but one of inputs, also
    back, or from a sheet to itself. Networks that act remember by them."""
    links: LinkSettings = LinkSettings()
    """How CPPNs are asked for links."""

    @property
    def connected(self) -> tuple[tuple[str, str], ...]:
        """The pairs, written out."""
        if self.pairs is not None:
            return self.pairs
        names = [sheet.name for sheet in self.sheets]
        return tuple(itertools.pairwise(names))

    def scaled(self, times: int) -> "SubstrateSettings":
        """Return the same substrate with so many times the nodes along either axis."""
        return self.model_copy(update={"sheets": tuple(s.scaled(times) for s in self.sheets)})


class EvolvableSettings(Settings):
    """Inputs and outputs in one plane, and how hidden nodes are found between them."""

    kind: Literal["evolvable"] = "evolvable"
    """A substrate whose hidden nodes are found."""
    sheets: tuple[SheetSettings, ...] = Field(min_length=1)
    """Sheets of inputs and of outputs; lay them in the plane by their x and y."""
    activation: str = "sigmoid"
    """Function of the hidden nodes."""
    iterations: int = Field(default=1, ge=0, le=16)
    """Rounds in which the hidden nodes that were found last look for others."""
    quadtree: QuadtreeSettings = QuadtreeSettings()
    """Where nodes are looked for."""
    links: LinkSettings = LinkSettings()
    """How CPPNs are asked for links."""
