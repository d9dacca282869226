"""Sheets: the groups of nodes that a substrate is made of, and where their nodes stand."""

from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
from pydantic import AfterValidator, Field, model_validator

from neatfool.networks import activation_codes
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
    width: int = Field(1, ge=1, le=4096)
    """Nodes of a row, or of a ring."""
    height: int = Field(1, ge=1, le=4096)
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
