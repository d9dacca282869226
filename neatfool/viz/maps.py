"""Maps of numbers around 0: weights of links, and answers beside those that were wanted."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator

from neatfool.errors import ShapeError
from neatfool.viz.figures import Figure, Look, entitle, shorten

SIDE = 480
"""Of more rows or columns, each point of the picture stands for several."""
NAMED = 40
"""Up to so many rows or columns have names; of more, axes count."""
CELL = (0.56, 0.3)
"""Width and height of a cell that has its number written into it, in inches."""
_LONGEST, _LEAST, _WIDE = 6.0, 1.2, 14.0  # inches: of a panel, and of the figure
_LETTERS = 16
_DIGIT = 0.065  # inches of width
_LINE, _BAR = 0.15, 0.15
_DARK = 0.6


@dataclass(frozen=True, eq=False)
class Panel:
    """One matrix and its names.

    Attributes:
        title: One line.
        values: ``(R, C)``; what is not finite is grey.
        rows: ``R`` names, or none: rows are counted.
        columns: ``C`` names, or none.
        scale: What the colours stand for; panels of one scale have the same colours.
    """

    title: str
    values: npt.NDArray[np.floating]
    rows: Sequence[str] = ()
    columns: Sequence[str] = ()
    scale: str = ""


def maps(panels: Sequence[Panel], heading: str = "") -> Figure:
    """Draw matrices side by side, or one below the other where they are wide.

    Negative is blue, 0 white and positive red, as far as the largest number of any panel of the
    scale. Of more than `SIDE` rows or columns, each point of the picture shows that number of its
    block that is furthest from 0, so that no strong link is lost. Few cells have their number
    written into them.

    Args:
        panels: At least one.
        heading: One line above them.

    Returns:
        A figure with one axes per panel and, after them, bars that explain the colours.

    Raises:
        ShapeError: There is no panel, or one has no cell or does not fit its names.
    """
    if not panels:
        raise ShapeError("expected at least one panel to draw, got none")
    for each in panels:
        _check(each)
    values = [_blocks(np.asarray(each.values)) for each in panels]
    limits = {each.scale: 0.0 for each in panels}
    for each, shown in zip(panels, values, strict=True):
        limits[each.scale] = max(limits[each.scale], float(np.abs(np.nan_to_num(shown)).max()))
    sizes, names = np.array([(_inches(each), _names(each)) for each in panels]).transpose(1, 0, 2)
    cells = _placed(panels, max(1, int(_WIDE // ((sizes + names)[:, 0].max() + 1))))
    lines, abreast = (1 + max(each) for each in zip(*cells, strict=True))
    widths, heights = np.zeros(abreast), np.zeros(lines)
    for (line, column), size in zip(cells, sizes, strict=True):
        widths[column] = max(widths[column], size[0])
        heights[line] = max(heights[line], size[1])
    beside, below = names.max(axis=0)
    width = max(sum(widths) + (beside + 1.2) * abreast, 0.09 * len(heading))
    height = sum(heights) + (below + 0.8) * lines + 0.3 * bool(heading)
    figure = Figure(figsize=(width, height), dpi=160, facecolor="white", layout="constrained")
    grid = figure.add_gridspec(lines, abreast, width_ratios=widths, height_ratios=heights)
    axes = [figure.add_subplot(grid[cell]) for cell in cells]
    for place, panel in enumerate(panels):
        picture = _draw(axes[place], panel, values[place], limits[panel.scale] or 1.0)
        line, column = cells[place]
        has_right = cells[place + 1 : place + 2] == [(line, column + 1)]
        if not has_right or panels[place + 1].scale != panel.scale:
            thin = heights[line] / _BAR
            bar = figure.colorbar(picture, ax=axes[place], aspect=thin)
            bar.set_label(panel.scale, fontsize=9, parse_math=False)
            bar.ax.tick_params(labelsize=8)
    entitle(figure, heading)
    return figure


def _placed(panels: Sequence[Panel], abreast: int) -> list[tuple[int, int]]:
    """Choose a line and a column for each panel; those of one scale stay together if they fit."""
    cells: list[tuple[int, int]] = []
    line, column = 0, 0
    for _, group in itertools.groupby(panels, key=lambda panel: panel.scale):
        count = len(list(group))
        if column and column + count > abreast:
            line, column = line + 1, 0
        wide = count if column else -(-count // -(-count // abreast))
        cells += [(line + k // wide, column + k % wide) for k in range(count)]
        line, column = cells[-1][0], cells[-1][1] + 1
    return cells


def _check(panel: Panel) -> None:
    shape = np.shape(panel.values)
    if len(shape) != 2 or 0 in shape:
        raise ShapeError(f"{panel.title}: expected values (R, C), at least one, got {shape}")
    named = len(panel.rows), len(panel.columns)
    for count, names, what in zip(shape, named, ("row", "column"), strict=True):
        if names and names != count:
            raise ShapeError(
                f"{panel.title}: expected a name for each {what}, {count}, or none; got {names}"
            )


def _step(count: int) -> int:
    """Return how many rows or columns a point of the picture stands for."""
    return -(-count // SIDE)


def _blocks(values: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Reduce each block to the number furthest from 0; what is not finite is NaN."""
    values = np.where(np.isfinite(values), values, np.nan)
    for axis in (0, 1):
        step = _step(values.shape[axis])
        if step > 1:
            starts = np.arange(0, values.shape[axis], step)
            low = np.fmin.reduceat(values, starts, axis)
            high = np.fmax.reduceat(values, starts, axis)
            values = np.where(high >= -low, high, low)
    return values


def _inches(panel: Panel) -> tuple[float, float]:
    """Choose the size of a panel: cells for numbers where these fit, squares where not."""
    rows, columns = panel.values.shape
    width, height = CELL[0] * columns, CELL[1] * rows
    if max(width, height) > _LONGEST:
        side = _LONGEST / max(rows, columns)
        width, height = side * columns, side * rows
    named = len(panel.rows) if len(panel.rows) <= NAMED else 0
    return max(width, _LEAST), max(height, 0.75 * _LEAST, 0.17 * named)


def _names(panel: Panel) -> tuple[float, float]:
    """Return the room beside and below a panel for its names, in inches."""
    rows, columns = (max(map(len, _short(each)), default=0) for each in (panel.rows, panel.columns))
    return rows * _DIGIT, columns * _DIGIT * 0.7


def _short(names: Sequence[str]) -> list[str]:
    """Shorten names; where there are too many, there are none."""
    return [shorten(name, _LETTERS) for name in names] if len(names) <= NAMED else []


def _draw(axes: Axes, panel: Panel, values: npt.NDArray[np.floating], limit: float) -> AxesImage:
    rows, columns = panel.values.shape
    width, height = _inches(panel)
    steps = _step(rows), _step(columns)
    picture = axes.imshow(
        values,
        cmap=colormaps["RdBu_r"].with_extremes(bad="0.75"),
        vmin=-limit,
        vmax=limit,
        aspect="auto",
        interpolation="nearest",
        extent=(-0.5, values.shape[1] * steps[1] - 0.5, values.shape[0] * steps[0] - 0.5, -0.5),
    )
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))
    title = shorten(panel.title, int((width + 1) / 0.085))
    axes.set_title(title, loc="left", fontsize=10, parse_math=False)
    _name(axes.xaxis, panel.columns, columns, width / columns)
    _name(axes.yaxis, panel.rows, rows, _WIDE)
    if max(steps) > 1:
        axes.set_xlabel(f"each point: of {steps[0]} × {steps[1]}\nthe furthest from 0", fontsize=8)
        return picture
    known = {cell: value for cell, value in np.ndenumerate(values) if np.isfinite(value)}
    texts = {cell: f"{value + 0:.3g}".replace("-", "−") for cell, value in known.items()}
    longest = max(map(len, texts.values()), default=0)
    if (longest + 1) * _DIGIT <= width / columns and height / rows >= _LINE:
        for (row, column), text in texts.items():
            colour = "white" if abs(values[row, column]) > _DARK * limit else "black"
            axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=7)
    return picture


def _name(axis: Axis, names: Sequence[str], count: int, room: float) -> None:
    """Name rows or columns, aslant where there is no room; count them where there are many."""
    axis.set_tick_params(length=0, labelsize=8)
    short = _short(names)
    if not short:
        axis.set_major_locator(MaxNLocator("auto", integer=True, min_n_ticks=1))
        return
    turn: Look = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    is_long = max(map(len, short)) * _DIGIT > room
    axis.set_ticks(range(count), short, parse_math=False, **(turn if is_long else {}))
