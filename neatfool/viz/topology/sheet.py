"""The sheet that a network is drawn on, in inches: where rows, cards and the picture are."""

from dataclasses import dataclass

import numpy as np

from neatfool.viz.topology.cards import Size
from neatfool.viz.topology.layers import Places

LEFT, RIGHT, MARGIN = 0.75, 2.45, 0.22
"""Room for the depths, for the legend, and at the edges."""
_HEADING = 0.72


@dataclass(frozen=True)
class Sheet:
    """Geometry of a drawing; y points up.

    Attributes:
        places: Of nodes and edges, in widths of a card.
        size: Of a card.
        has_picture: Whether the picture of the network is at the top.
        legend: Height of the legend.
        heading: Width of the heading.
    """

    places: Places
    size: Size
    has_picture: bool
    legend: float
    heading: float

    def x(self, place: float) -> float:
        """Return where a place of the layout is."""
        return LEFT + self._spare + place * self.size.width

    def y(self, row: int) -> float:
        """Return the middle of a row."""
        return MARGIN + self.size.height / 2 + row * self.pitch

    @property
    def pitch(self) -> float:
        """From one row to the next; of many rows each gets less."""
        gap = float(np.interp(self.rows, [4, 10, 40], [0.6, 0.45, 0.4]))
        return self.size.height + gap * self.size.side

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.places.depths)

    @property
    def picture_side(self) -> float:
        """Of the picture."""
        return max(1.5, 1.9 * self.size.side)

    @property
    def picture_middle(self) -> float:
        """Height of the middle of the picture."""
        return self.y(self.rows - 1) + self.size.height / 2 + 0.4 + self.picture_side / 2

    @property
    def height(self) -> float:
        """Of the whole figure."""
        top = self.y(self.rows - 1) + self.size.height / 2
        if self.has_picture:
            top = self.picture_middle + self.picture_side / 2 + 0.05
        return max(top + MARGIN + _HEADING, self.legend + 2 * MARGIN)

    @property
    def inner(self) -> float:
        """Width of the part with the nodes."""
        least = max(self.picture_side + 0.2, self.heading - LEFT)
        return max(self.places.width * self.size.width, least)

    @property
    def width(self) -> float:
        """Of the whole figure."""
        return LEFT + self.inner + RIGHT

    @property
    def _spare(self) -> float:
        return (self.inner - self.places.width * self.size.width) / 2
