"""Pictures with what several judges say of each: a tick or a cross, and a few words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from neatfool.errors import ShapeError
from neatfool.types import Bools, Bytes
from neatfool.viz.figures import HEADING, Figure, Look, shorten

ABREAST = 10
"""So many pictures stand side by side."""
_CELL, _IMAGE, _NAME, _LINE = 1.0, 0.86, 0.24, 0.24  # inches
_LETTERS, _BESIDE = 13, 22
_MARKS: dict[bool, Look] = {
    True: {"s": "✓", "color": "#00795a", "weight": "bold"},
    False: {"s": "✗", "color": "#b34a00", "weight": "bold"},
}


@dataclass(frozen=True, eq=False)
class Verdict:
    """What a judge says of pictures.

    Attributes:
        agrees: ``(P,)`` bool, a tick or a cross.
        said: ``P`` short texts beside the marks.
    """

    agrees: Bools
    said: Sequence[str]


def judged(
    images: Bytes, names: Sequence[str], verdicts: Mapping[str, Verdict], heading: str = ""
) -> Figure:
    """Draw pictures side by side, under their names and above a row of marks for each judge.

    Args:
        images: Levels ``(P, C, H, W)`` uint8 of 1 or 3 channels, at least one.
        names: ``P`` short texts.
        verdicts: By name of the judge.
        heading: One line above.

    Returns:
        A figure with a single axes that holds ``P`` images.

    Raises:
        ShapeError: There is no picture, or there is not a name and a mark of each judge for each.
    """
    count = len(images)
    counts = {len(names), *(len(v.said) for v in verdicts.values())}
    counts |= {len(v.agrees) for v in verdicts.values()}
    if not count or counts != {count}:
        raise ShapeError(
            f"expected a name and a mark of each judge for each of {count} ≥ 1 pictures, got "
            f"{sorted(counts)}"
        )
    left = 0.35 + 0.075 * max(len(shorten(each, _BESIDE)) for each in verdicts)
    rows = [range(first, min(first + ABREAST, count)) for first in range(0, count, ABREAST)]
    tall = _NAME + _IMAGE + _LINE * len(verdicts) + 0.3
    top = 0.5 if heading else 0.15
    size = left + _CELL * len(rows[0]) + 0.1, top + tall * len(rows)
    size = max(size[0], 0.2 + 0.092 * len(heading)), size[1]
    figure = Figure(figsize=size, dpi=130, facecolor="white")
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(0, size[0]), ylim=(size[1], 0), autoscale_on=False)
    axes.set_axis_off()
    axes.text(0.15, 0.12, heading, va="top", **HEADING)
    for number, row in enumerate(rows):
        y = top + number * tall
        for line, judge in enumerate(verdicts, start=1):
            _write(axes, 0.15, y + _NAME + _IMAGE + _LINE * line, shorten(judge, _BESIDE), "left")
        for column, place in enumerate(row):
            x = left + column * _CELL
            _write(axes, x + _IMAGE / 2, y + _NAME - 0.09, shorten(names[place], _LETTERS))
            _show(axes, images[place], x, y + _NAME)
            for line, verdict in enumerate(verdicts.values(), start=1):
                below = y + _NAME + _IMAGE + _LINE * line
                mark = _MARKS[bool(verdict.agrees[place])]
                axes.text(x + 0.02, below, fontsize=9, **mark)
                _write(axes, x + 0.2, below, verdict.said[place], "left")
    return figure


def _write(axes: Axes, x: float, y: float, text: str, align: str = "center") -> None:
    axes.text(x, y, text, ha=align, fontsize=7.5, parse_math=False)


def _show(axes: Axes, levels: Bytes, x: float, y: float) -> None:
    """Show an image in its square."""
    channels, height, width = levels.shape
    scale = _IMAGE / max(height, width)
    x, y = x + (_IMAGE - scale * width) / 2, y + (_IMAGE - scale * height) / 2
    pixels = levels[0] if channels == 1 else levels.transpose(1, 2, 0)
    grey: Look = {"cmap": "gray", "vmin": 0, "vmax": 255} if channels == 1 else {}
    how = "nearest" if max(height, width) <= 110 else "antialiased"
    extent = x, x + scale * width, y + scale * height, y
    axes.imshow(pixels, extent=extent, aspect="auto", interpolation=how, **grey)
