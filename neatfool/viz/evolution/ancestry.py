"""An elite's ancestors as a tree of thumbnails: the line that leads to it, and its mates."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle

from neatfool.errors import ShapeError
from neatfool.types import Bytes
from neatfool.viz.curves import COLOURS
from neatfool.viz.figures import HEADING, Figure, Look, shorten

COLUMNS = 8
"""Thumbnails in a row."""
_CELL, _IMAGE, _LINE = 1.3, 0.98, 0.135  # inches
_LETTERS = 18
_KEY = 0.22  # height of a row of the legend
_ARROWS = {True: "from parent to child", False: "ancestors between are left out"}


@dataclass(frozen=True, eq=False)
class Thumbnail:
    """One ancestor in the picture.

    Attributes:
        image: ``(C, H, W)`` uint8.
        lines: Up to four short lines under it.
        goal: What its frame's colour stands for.
        is_child: Of the one before it; if not, some between them are left out.
        mate: The other parent, if it has two.
    """

    image: Bytes
    lines: tuple[str, ...]
    goal: int
    is_child: bool = True
    mate: "Thumbnail | None" = None


def lineage(line: Sequence[Thumbnail], heading: str = "", names: Sequence[str] = ()) -> Figure:
    """Draw a line of ancestors, row by row, from the random start to the elite.

    An arrow leads from parent to child, a dashed one passes over generations that are left out.
    Other parents hang below their children. Frames of one colour mean one goal, as long as there
    are colours.

    Args:
        line: At least one.
        heading: One line above.
        names: Of goals, for a legend of the colours of frames; none: it is of the arrows alone.

    Returns:
        A figure with a single axes.

    Raises:
        ShapeError: The line is empty.
    """
    if not line:
        raise ShapeError("expected at least one ancestor to draw, got none")
    rows = [line[first : first + COLUMNS] for first in range(0, len(line), COLUMNS)]
    has_mates = [any(each.mate for each in row) for row in rows]
    texts = [max(len(each.lines) for each in _all(row)) for row in rows]
    own = [_IMAGE + 0.12 + _LINE * count for count in texts]
    heights = [one * (1 + mates) + 0.3 for one, mates in zip(own, has_mates, strict=True)]
    goals = list(dict.fromkeys(each.goal for each in line))
    colours = {goal: COLOURS[place % len(COLOURS)] for place, goal in enumerate(goals)}
    width = max(_CELL * len(rows[0]) + 0.5, 0.1 * len(heading))
    arrows = {each.is_child: _ARROWS[each.is_child] for each in line[1:]}
    named = [(colours[goal], names[goal]) for goal in goals] if names else []
    keys = _keys([*named, *sorted(arrows.items(), reverse=True)], width - 0.4)
    top = (0.45 if heading else 0.15) + _KEY * (1 + keys[-1][3] if keys else 0)
    height = sum(heights) + top
    figure = Figure(figsize=(width, height), dpi=160, facecolor="white")
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(0, width), ylim=(height, 0), autoscale_on=False)
    axes.set_axis_off()
    if heading:
        axes.text(0.2, 0.1, heading, va="top", **HEADING)
    _legend(axes, keys, 0.45 if heading else 0.15)
    y = top
    for row, below, tall in zip(rows, own, heights, strict=True):
        for column, each in enumerate(row):
            x = 0.35 + column * _CELL
            _draw(axes, each, (x, y), colours)
            if each is not line[0]:
                _arrow(axes, (x - 0.3, y + _IMAGE / 2), (x - 0.02, y + _IMAGE / 2), each.is_child)
            if each.mate:
                _draw(axes, each.mate, (x, y + below + 0.1), colours)
                start = (x + _IMAGE + 0.06, y + below + 0.1 + _IMAGE / 2)
                bent = "arc3,rad=0.35"
                _arrow(axes, start, (x + _IMAGE + 0.02, y + _IMAGE * 0.8), True, bent)
        y += tall
    return figure


def _keys(
    named: Sequence[tuple[str | bool, str]], width: float
) -> list[tuple[str | bool, str, float, int]]:
    """Place the keys of a legend in rows: what it is of, name, place in the row, number of the row.

    A text is a colour; a truth is an arrow, which is solid or dashed.
    """
    placed, x, row = [], 0.0, 0
    for what, name in named:
        short = shorten(name, _LETTERS) if isinstance(what, str) else name
        taken = (0.34 if isinstance(what, str) else 0.6) + 0.075 * len(short)
        if x and x + taken > width:
            x, row = 0.0, row + 1
        placed.append((what, short, x, row))
        x += taken
    return placed


def _legend(axes: Axes, keys: Sequence[tuple[str | bool, str, float, int]], top: float) -> None:
    for what, name, x, row in keys:
        y, end = top + _KEY * row, 0.32 + x
        if isinstance(what, str):
            axes.add_patch(Rectangle((end - 0.12, y), 0.12, 0.12, facecolor=what, edgecolor="none"))
        else:
            end += 0.26
            _arrow(axes, (end - 0.38, y + 0.06), (end, y + 0.06), what)
        axes.text(end + 0.06, y + 0.06, name, va="center", fontsize=8, parse_math=False)


def _all(row: Sequence[Thumbnail]) -> list[Thumbnail]:
    return [*row, *(each.mate for each in row if each.mate)]


def _draw(
    axes: Axes, each: Thumbnail, corner: tuple[float, float], colours: dict[int, str]
) -> None:
    """Show an image in its frame, with its lines below."""
    x, y = corner
    channels, tall, wide = each.image.shape
    scale = _IMAGE / max(tall, wide)
    left, upper = x + (_IMAGE - scale * wide) / 2, y + (_IMAGE - scale * tall) / 2
    extent = left, left + scale * wide, upper + scale * tall, upper
    levels = each.image[0] if channels == 1 else each.image.transpose(1, 2, 0)
    grey: Look = {"cmap": "gray", "vmin": 0, "vmax": 255} if channels == 1 else {}
    how = "nearest" if max(tall, wide) <= 160 else "antialiased"
    axes.imshow(levels, extent=extent, aspect="auto", interpolation=how, **grey)
    size = extent[1] - extent[0], extent[2] - extent[3]
    colour = colours.get(each.goal, "0.6")
    axes.add_patch(Rectangle((left, upper), *size, fill=False, edgecolor=colour, linewidth=2.2))
    for place, text in enumerate(each.lines):
        below = y + _IMAGE + 0.06 + place * _LINE
        look: Look = {"ha": "center", "va": "top", "fontsize": 7, "parse_math": False}
        axes.text(x + _IMAGE / 2, below, shorten(text, _LETTERS), **look)


def _arrow(
    axes: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    is_whole: bool,
    bent: str = "arc3",
) -> None:
    how = "-" if is_whole else (0, (2, 1.5))
    arrow = FancyArrowPatch(
        start, end, arrowstyle="-|>", mutation_scale=7, color="0.35", shrinkA=0, shrinkB=0,
        linestyle=how, connectionstyle=bent, linewidth=1.0,
    )  # fmt: skip
    axes.add_patch(arrow)
