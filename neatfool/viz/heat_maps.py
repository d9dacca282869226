"""Heat maps: shares and confidences as coloured matrices, each cell with its number."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neatfool.errors import ShapeError
from neatfool.viz.figures import shorten

CELL = (0.95, 0.42)
"""Width and height of a cell, in inches."""
LETTERS = 32
"""Longer names are shortened."""
NUMBERED = 400
"""Up to so many cells have their number written into them."""
_DARK = 0.6


@dataclass(frozen=True, eq=False)
class HeatMap:
    """One matrix and its names.

    Attributes:
        title: One line.
        values: ``(R, C)`` in [0, 1].
        rows: ``R`` names.
        columns: ``C`` names.
    """

    title: str
    values: npt.NDArray[np.float64]
    rows: Sequence[str]
    columns: Sequence[str]


def heat_maps(maps: Sequence[HeatMap], heading: str = "") -> Figure:
    """Draw matrices one below the other, on one scale from 0 to 100 %.

    Args:
        maps: At least one.
        heading: One line above them.

    Returns:
        A figure with one axes per matrix.

    Raises:
        ShapeError: There is no matrix, or one does not fit its names.
    """
    for each in maps:
        shape = (len(each.rows), len(each.columns))
        if each.values.shape != shape or 0 in shape:
            raise ShapeError(
                f"{each.title}: expected values {shape}, one per row and column and at least one, "
                f"got {each.values.shape}"
            )
    if not maps:
        raise ShapeError("expected at least one matrix to draw, got none")
    heights = [CELL[1] * len(each.rows) + 1.6 for each in maps]
    width = CELL[0] * max(len(each.columns) for each in maps) + 4
    figure = Figure(
        figsize=(width, sum(heights) + 0.5), dpi=120, facecolor="white", layout="constrained"
    )
    parts = figure.subplots(len(maps), 1, squeeze=False, height_ratios=heights)
    for axes, each in zip(parts[:, 0], maps, strict=True):
        _draw(axes, each)
    if heading:
        figure.suptitle(heading, fontweight="bold", parse_math=False)
    return figure


def _draw(axes: Axes, data: HeatMap) -> None:
    axes.imshow(data.values, cmap="viridis", vmin=0, vmax=1, aspect="auto")
    axes.set_title(data.title, loc="left", fontsize=10, parse_math=False)
    for axis, names, turn in ((axes.xaxis, data.columns, 30), (axes.yaxis, data.rows, 0)):
        axis.set_ticks(range(len(names)), [shorten(name, LETTERS) for name in names])
        for label in axis.get_ticklabels():
            label.set(parse_math=False, fontsize=8, rotation=turn, rotation_mode="anchor")
            if turn:
                label.set_horizontalalignment("right")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    if data.values.size > NUMBERED:
        return
    for (row, column), value in np.ndenumerate(data.values):
        colour = "black" if value > _DARK else "white"
        text = f"{100 * value:.0f} %"
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=8)
