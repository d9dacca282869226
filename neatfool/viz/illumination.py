"""Illumination: the best that was found in each cell of a grid over measures (2015)."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator

from neatfool.errors import ShapeError
from neatfool.reporting import SCORE, Unit, percent
from neatfool.types import Doubles
from neatfool.viz.curves import COLOURS
from neatfool.viz.figures import Figure, dress, entitle, number, shorten
from neatfool.viz.scales import SCORES, Colours, noun, shown

_LETTERS = 28
_SIDE = 2.1  # inches of one of many maps
_ROOM = 0.04


def grid_map(
    scores: npt.ArrayLike,
    names: Sequence[str],
    lower: Sequence[float],
    upper: Sequence[float],
    heading: str = "",
    unit: Unit = SCORE,
) -> Figure:
    """Draw the score of the elite in every cell of a grid (Mouret and Clune 2015).

    Scores over one measure are bars, over two a map, the first to the right and the second upwards.
    Of more, there is a map for each pair of measures, where a cell shows the best of all cells that
    differ in the others alone.

    Args:
        scores: ``(B1, …, BD)``, an axis for each measure; what is not finite is an empty cell and
            left blank.
        names: ``D`` names of the measures, ``D`` at least 1.
        lower: ``D`` numbers, where the first cell of each measure begins.
        upper: ``D`` numbers, where the last cell ends.
        heading: One line above; below it stand coverage and QD-score.
        unit: Of the scores.

    Returns:
        A figure with the bars; or with one axes per map, and a bar that explains the colours.

    Raises:
        ShapeError: The scores do not fit the measures, or there is no cell.
    """
    values = np.asarray(scores, np.float64)
    counts = len(names), len(lower), len(upper)
    if {*counts} != {values.ndim} or not values.size or not values.ndim:
        raise ShapeError(
            "expected scores with an axis for each measure, and a name, a lower and an upper end "
            f"of each, got scores {values.shape}, {counts[0]} names and {counts[1]} and "
            f"{counts[2]} ends"
        )
    if not np.less(lower, upper).all():
        raise ShapeError(f"expected lower ends below upper ones, got {[*lower]} and {[*upper]}")
    ends = [*zip(lower, upper, strict=True)]
    short = [shorten(name, _LETTERS) for name in names]
    draw = _bars if values.ndim == 1 else _maps
    figure, first = draw(values, short, ends, unit)
    first.set_title(_told(values), loc="left", fontsize=9)
    entitle(figure, heading)
    return figure


def _told(values: Doubles) -> str:
    """Say coverage and QD-score in words."""
    filled = values[np.isfinite(values)]
    share = percent(filled.size / values.size)
    score = SCORE.write(float(filled.sum()))
    return f"{filled.size:,} of {values.size:,} cells filled ({share}) · QD-score {score}"


def _bars(
    values: Doubles, names: Sequence[str], ends: Sequence[tuple[float, float]], unit: Unit
) -> tuple[Figure, Axes]:
    """Draw scores over one measure; bars begin a little below 0 or the least, to be seen."""
    figure = Figure(figsize=(9, 4.4), dpi=150, facecolor="white", layout="constrained")
    axes = figure.add_subplot()
    values = np.where(np.isfinite(values), values, np.nan)
    known = np.append(values[np.isfinite(values)], 0)
    low, high = float(known.min()), float(known.max())
    room = _ROOM * ((high - low) or 1)
    edges = np.linspace(*ends[0], len(values) + 1)
    axes.stairs(values, edges, baseline=low - room, fill=True, color=COLOURS[0])
    axes.set(xlim=ends[0], ylim=(low - room, high + room))
    axes.set_xlabel(names[0], parse_math=False)
    axes.set_ylabel(noun(unit), parse_math=False)
    _tick(axes, 8)
    dress(axes)
    return figure, axes


def _maps(
    values: Doubles, names: Sequence[str], ends: Sequence[tuple[float, float]], unit: Unit
) -> tuple[Figure, Axes]:
    """Draw a map for each pair of measures; what is below another shares its axis."""
    count = len(names) - 1
    known = shown(values, unit)
    colours = Colours.of(known, unit, typical=known[np.isfinite(known)])
    best = np.where(np.isfinite(known), known, -np.inf)
    size = (7.0, 5.6) if count == 1 else (_SIDE * count + 1.6, _SIDE * count + 0.8)
    figure = Figure(figsize=size, dpi=150, facecolor="white", layout="constrained")
    parts = figure.subplots(count, count, sharex="col", sharey="row", squeeze=False)
    for row, column in np.ndindex(count, count):
        axes, x, y = parts[row, column], column, row + 1
        if x >= y:
            axes.remove()
            continue
        others = tuple(axis for axis in range(len(names)) if axis not in (x, y))
        cells = best.max(axis=others).T
        picture = _map(
            axes, np.where(cells > -np.inf, cells, np.nan), (*ends[x], *ends[y]), colours
        )
        _tick(axes, 8 if count == 1 else 3)
        if row == count - 1:
            axes.set_xlabel(names[x], parse_math=False)
        if column == 0:
            axes.set_ylabel(names[y], parse_math=False)
    bar = figure.colorbar(picture, ax=[*figure.axes], pad=0.02, fraction=0.05, aspect=30)
    bar.set_label(noun(unit), parse_math=False)
    colours.explain(bar)
    return figure, parts[0, 0]


def _map(
    axes: Axes, cells: Doubles, extent: tuple[float, float, float, float], colours: Colours
) -> AxesImage:
    return axes.imshow(
        colours.levels(cells),
        cmap=SCORES,
        vmin=colours.low,
        vmax=colours.high,
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        extent=extent,
    )


def _tick(axes: Axes, most: int) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]))
        axis.set_major_formatter(number)
