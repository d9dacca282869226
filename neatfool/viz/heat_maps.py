"""Heat maps: shares and confidences as coloured matrices, each cell with its number."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from neatfool.errors import ShapeError
from neatfool.reporting import CONFIDENCE, percent
from neatfool.viz.figures import shorten

CELL = (0.95, 0.42)
"""Width and height of a cell, in inches."""
LETTERS = 32
"""Longer names are shortened."""
NUMBERED = 400
"""Up to so many cells have their number written into them."""
MOST_NAMED = 40
"""Of goals, up to so many niches have names; of more, axes count."""
MOST_NUMBERED = 14
"""Of goals, up to so many niches have the numbers written into the cells."""
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


def goal_matrix(
    shares: npt.ArrayLike, switches: npt.ArrayLike, names: Sequence[str], heading: str = ""
) -> Figure:
    """Draw a matrix: which share of an elite's ancestors had won which niche.

    Args:
        shares: ``(K, K)`` in [0, 1], elites in rows; an ancestor may have won several niches.
        switches: ``(K,)`` how often the line to each elite changed its goal.
        names: ``K`` names.
        heading: One line above.

    Returns:
        A figure with the matrix, and the numbers of switches beside it.

    Raises:
        ShapeError: The arrays do not fit one another.
    """
    values, counts = np.asarray(shares, np.float64), np.asarray(switches)
    count = len(names)
    if values.shape != (count, count) or counts.shape != (count,) or not count:
        raise ShapeError(
            f"expected shares (K, K) and switches (K,) of {count} names, got {values.shape} and "
            f"{counts.shape}"
        )
    side = min(max(0.34 * count, 3.2), 8.5) if count <= MOST_NAMED else 8.5
    figure = Figure(figsize=(side + 4, side + 1.9), dpi=130, layout="constrained")
    axes, beside = figure.subplots(1, 2, sharey=True, width_ratios=(side, 1.3))
    norm = PowerNorm(1.0 if count <= MOST_NAMED else 0.4, 0, float(values.max()) or 1.0)
    how = "nearest" if count <= MOST_NAMED else "antialiased"
    picture = axes.imshow(values, "viridis", norm, aspect="auto", interpolation=how)
    if count <= MOST_NAMED:
        short = [shorten(name, 22) for name in names]
        axes.set_yticks(range(count), short, fontsize=9, parse_math=False)
        turn = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
        axes.set_xticks(range(count), short, fontsize=9, parse_math=False, **turn)
        axes.tick_params(length=0)
    if count <= MOST_NUMBERED:
        for (row, column), value in np.ndenumerate(values):
            colour = "black" if norm(value) > 0.6 else "white"
            text = f"{100 * value:.0f}" if value else ""
            axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=8)
    axes.set_ylabel("elite of")
    axes.set_xlabel("its ancestors had won")
    beside.barh(range(count), counts, color="0.45", height=0.8 if count <= MOST_NAMED else 1.0)
    beside.set_xlim(0, max(1, int(counts.max())) * 1.05)
    beside.set_xlabel("goal switches")
    beside.xaxis.get_major_locator().set_params(integer=True)
    beside.tick_params(axis="y", length=0, labelleft=False)
    beside.spines[["top", "right", "left"]].set_visible(False)
    bar = figure.colorbar(picture, ax=beside, pad=0.06, fraction=0.3, aspect=30)
    bar.set_label("share of ancestors")
    bar.ax.yaxis.set_major_formatter(lambda value, _: CONFIDENCE.round(value))
    if heading:
        figure.suptitle(
            heading, x=0.01, ha="left", fontweight="bold", fontsize=11, parse_math=False
        )
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
        text = percent(value)
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=8)
