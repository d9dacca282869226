"""Nodes of a network as cards: the image a node computes, or its symbol, over a caption."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.transforms import Affine2D

from neatfool.types import Bytes
from neatfool.viz.figures import Look
from neatfool.viz.topology import symbols

INK = "#1c2128"
FADE = 0.3
"""How much is left of what no output depends on."""


@dataclass(frozen=True)
class Size:
    """Sizes of a card, in inches.

    Attributes:
        side: Of the square that shows what the node is.
        lines: Lines of the caption.
    """

    side: float
    lines: int

    @classmethod
    def of(cls, nodes: int, rows: int, lines: int) -> "Size":
        """Choose sizes for a network of so many nodes in so many rows."""
        wide = np.interp(nodes, [8, 30, 80, 150], [1.0, 0.85, 0.68, 0.58])
        high = np.interp(rows, [4, 10, 20], [1.0, 0.6, 0.5])
        return cls(float(min(wide, high)), lines)

    @property
    def padding(self) -> float:
        """Around the square."""
        return 0.05 * self.side

    @property
    def line(self) -> float:
        """Height of a line of the caption."""
        return 0.1 + 0.08 * self.side

    @property
    def width(self) -> float:
        """Of the whole card."""
        return self.side + 2 * self.padding

    @property
    def height(self) -> float:
        """Of the whole card."""
        return self.side + 2 * self.padding + self.lines * self.line

    @property
    def font(self) -> float:
        """Of captions, in points."""
        return 72 * self.line * 0.6


@dataclass(frozen=True, eq=False)
class Card:
    """What is drawn of a node.

    Attributes:
        name: Of the group that the card is in an SVG file.
        captions: Lines of text, at least one.
        text: Shown where a pointer rests on it in an SVG file.
        code: Position of its activation in the table; none: it is an input.
        image: ``(h, w, 3)`` uint8 that it computes; none: draw its symbol.
        scale: Value that the ends of the colours stand for.
        is_live: Whether an output depends on it.
    """

    name: str
    captions: Sequence[str]
    text: str
    code: int | None
    image: Bytes | None
    scale: float
    is_live: bool

    @property
    def fade(self) -> float:
        """How much of its colours is seen."""
        return 1.0 if self.is_live else FADE


def draw_card(axes: Axes, card: Card, x: float, y: float, size: Size) -> None:
    """Draw a card around ``(x, y)``; the units of the axes are inches, y points up."""
    bottom = y - size.height / 2
    _draw_frame(axes, card, x, bottom, size)
    middle = bottom + size.height - size.padding - size.side / 2
    if card.image is not None:
        draw_image(axes, card.image, x, middle, size.side, card.fade)
        if card.scale > 1:
            corner = x + 0.47 * size.side, middle - 0.47 * size.side
            look: Look = {"ha": "right", "va": "bottom", "color": "white"}
            look["bbox"] = {"facecolor": "black", "alpha": 0.65, "pad": 0.8, "linewidth": 0}
            write(axes, *corner, f"±{card.scale:.2g}", 0.85 * size.font, **look)
    elif card.code is None:
        lower = size.line / 2 if len(card.captions) == 1 else 0.0
        write(axes, x, middle - lower, card.captions[0], 18 * size.side, alpha=card.fade)
    else:
        draw_symbol(axes, card.code, x, middle, 0.46 * size.side, card.fade)
    _write_captions(axes, card, x, middle - size.side / 2, size)


def draw_image(axes: Axes, image: Bytes, x: float, y: float, side: float, fade: float = 1) -> None:
    """Draw an image around ``(x, y)``, its longer side as long as given."""
    longest = max(image.shape[:2])
    height, width = (side * pixels / longest for pixels in image.shape[:2])
    axes.imshow(
        np.rint(255 - fade * (255.0 - image)).astype(np.uint8),
        extent=(x - width / 2, x + width / 2, y - height / 2, y + height / 2),
        interpolation="none",
        aspect="auto",
        zorder=4,
    )


def draw_symbol(axes: Axes, code: int, x: float, y: float, radius: float, fade: float = 1) -> None:
    """Draw the shape of an activation in its colour, with its curve, around ``(x, y)``."""
    place = Affine2D().scale(radius).translate(x, y)
    fill = faded(symbols.colour(code), fade)
    shape = symbols.outline(code).transformed(place)
    axes.add_patch(PathPatch(shape, facecolor=fill, edgecolor="none", zorder=5))
    if symbols.is_own(code):
        write(axes, x, y - 0.1 * radius, "f", 62 * radius, color="white", style="italic")
        return
    along, up = symbols.curve(code)
    look: Look = {"color": "white", "solid_capstyle": "round", "zorder": 6}
    width = max(0.5, 7 * radius)
    axes.plot(x + 0.54 * radius * along, y + 0.38 * radius * up, linewidth=width, **look)


def write(axes: Axes, x: float, y: float, text: str, font: float, **look: Any) -> None:
    """Write a text around ``(x, y)``, dollar signs included."""
    usual: Look = {"ha": "center", "va": "center", "color": INK, "zorder": 7}
    axes.text(x, y, text, fontsize=font, parse_math=False, **(usual | look))


def faded(colour: str, share: float) -> tuple[float, ...]:
    """Mix a colour with white."""
    return tuple(1 - share * (1 - part) for part in to_rgb(colour))


def _draw_frame(axes: Axes, card: Card, x: float, bottom: float, size: Size) -> None:
    colour = INK if card.code is None else symbols.colour(card.code)
    frame = FancyBboxPatch(
        (x - size.width / 2, bottom),
        size.width,
        size.height,
        boxstyle=f"round,pad=0,rounding_size={0.08 * size.side}",
        facecolor="white",
        edgecolor=faded(colour, card.fade),
        linewidth=0.8 + 0.7 * size.side,
        zorder=3,
        gid=card.name,
        label=card.text,
    )
    axes.add_patch(frame)


def _write_captions(axes: Axes, card: Card, x: float, top: float, size: Size) -> None:
    for line, text in enumerate(card.captions):
        y = top - (line + 0.56) * size.line
        if line == 0 and card.image is None and card.code is None:
            continue  # the name of an input is written large
        shift = 0.0
        if line == 0 and card.image is not None and card.code is not None:
            shift = radius = 0.43 * size.line
            draw_symbol(axes, card.code, x - size.side / 2 + radius, y, radius, card.fade)
        fits = 1.75 * (size.side - 2 * shift) / max(1, len(text)) * 72
        write(axes, x + shift, y, text, min(size.font, fits), alpha=max(card.fade, 0.5))
