"""Groups of runs: curves in bands, boxes, and medians over a setting."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from neatfool.errors import ShapeError
from neatfool.reporting import Unit
from neatfool.types import Doubles
from neatfool.viz.curves import COLOURS, look_of, medians
from neatfool.viz.figures import Figure, Look, dress, entitle, number, wrapped
from neatfool.viz.scales import Axis, Evaluations, noun, shown

Triple = tuple[float, float, float]
Curves = tuple[Doubles, Doubles]
"""Evaluations ``(G,)``, and scores ``(S, G)`` of ``S`` runs."""
_ABREAST = 3
_LETTERS = 28
_FEW_MARKS = 5
_DOTS = 30
"""Up to so many runs are shown as dots beside their box."""
_HALF = 0.25
"""Of the height of a box."""
_TICKED = 12
"""Up to so many values of a setting are all marked."""
_SOFT = "0.35"
_BENEATH: Look = {
    "xy": (0, 0),
    "xycoords": "axes fraction",
    "xytext": (0, -34),
    "textcoords": "offset points",
    "va": "top",
    "fontsize": 7,
    "color": _SOFT,
    "parse_math": False,
}


def group_curves(
    panels: Mapping[str, Mapping[str, Curves]], heading: str = "", unit: Unit | None = None
) -> Figure:
    """Draw for each treatment how the score of each method grew: medians in interquartile bands.

    Args:
        panels: By treatment, by method; what is not finite leaves a gap.
        heading: One line above them.
        unit: Of the scores.

    Returns:
        A figure with an axes for each treatment, all on one scale.

    Raises:
        ShapeError: There is no treatment, or curves do not fit their evaluations.
    """
    unit = unit or Unit()
    drawn = {
        title: {name: (x, _checked(name, x, y, unit)) for name, (x, y) in methods.items()}
        for title, methods in panels.items()
    }
    figure, parts = _figure(list(panels), heading)
    _scale(parts, unit, [y for methods in drawn.values() for _, y in methods.values()], "y")
    names = list(dict.fromkeys(name for methods in panels.values() for name in methods))
    for axes, (title, methods) in zip(parts, drawn.items(), strict=False):
        for name, (x, y) in methods.items():
            look = look_of(names.index(name))
            marker = "o" if len(x) == 1 else ""
            axes.plot(x, medians(y), marker=marker, linewidth=1.8, **look)
            known = np.isfinite(y).any(axis=0)
            low, high = np.nanquantile(y[:, known], (0.25, 0.75), axis=0)
            axes.fill_between(x[known], low, high, color=look["color"], alpha=0.2, linewidth=0)
        Evaluations.of(np.concatenate([[], *(x for x, _ in methods.values())])).fit(
            axes, _FEW_MARKS
        )
        if not unit.is_share:
            axes.yaxis.set_major_formatter(number)
        axes.set_title(wrapped(title, 2 * _LETTERS), loc="left", fontsize=9, parse_math=False)
    for axes in parts[::_ABREAST]:
        axes.set_ylabel(noun(unit), parse_math=False)
    _legend(figure, names, "median of runs\n(band: quartiles)")
    return figure


def group_boxes(
    panels: Mapping[str, Mapping[str, Doubles]],
    name: str,
    heading: str = "",
    unit: Unit | None = None,
    notes: Mapping[str, str] | None = None,
) -> Figure:
    """Draw a box for each method on each treatment: quartiles, whiskers to the ends, runs as dots.

    Args:
        panels: By treatment, by method: ``(N,)`` a number of each run; infinite: it never came to
            it, so there are dots of the others, and no box.
        name: Of the number.
        heading: One line above them.
        unit: Of the numbers.
        notes: By treatment, what is written beneath its boxes, such as p values.

    Returns:
        A figure with an axes for each treatment, all on one scale.

    Raises:
        ShapeError: There is no treatment.
    """
    unit = unit or Unit()
    names = list(dict.fromkeys(each for methods in panels.values() for each in methods))
    labels = [wrapped(each, _LETTERS) for each in names]
    lines = sum(label.count("\n") + 1 for label in labels)
    below = max((text.count("\n") + 1 for text in (notes or {}).values()), default=0)
    tall = 0.9 + 0.16 * lines + 0.15 * len(names) + 0.12 * below
    figure, parts = _figure(list(panels), heading, tall)
    values = [shown(each, unit) for methods in panels.values() for each in methods.values()]
    _scale(parts, unit, values, "x")
    for axes, (title, methods) in zip(parts, panels.items(), strict=False):
        for method, each in methods.items():
            known, place = each[np.isfinite(each)], names.index(method)
            if len(each):
                _box(axes, place, shown(known, unit), len(each))
            if len(known) < len(each):
                axes.text(1.01, place, f"{len(known)} of {len(each)}", **_beside(axes))
        axes.set(yticks=range(len(names)), ylim=(len(names) - 0.5, -0.5))
        axes.set_yticklabels(labels, parse_math=False, fontsize=8)
        axes.tick_params(axis="y", length=0)
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="x", labelsize=8, labelbottom=True)
        axes.set_xlabel(name, fontsize=9, parse_math=False)
        axes.annotate((notes or {}).get(title, ""), **_BENEATH)
        axes.set_title(wrapped(title, 2 * _LETTERS), loc="left", fontsize=9, parse_math=False)
    return figure


def group_trends(
    treatments: Sequence[float],
    series: Mapping[str, Sequence[Triple]],
    names: tuple[str, str],
    heading: str = "",
) -> Figure:
    """Draw a line for each method, in a band from the lower to the upper end of its intervals.

    Args:
        treatments: ``(T,)`` values of the setting.
        series: By name of the method, for each treatment its median and the ends of the interval.
        names: Of the two axes.
        heading: One line above the lines.

    Returns:
        A figure with one axes.
    """
    figure = Figure(figsize=(8.4, 4.2), dpi=160, facecolor="white", layout="constrained")
    axes = figure.add_subplot()
    for place, triples in enumerate(series.values()):
        middle, low, high = np.array(triples, np.float64).T
        look = look_of(place)
        axes.plot(treatments, middle, marker="o", markersize=4, **look)
        axes.fill_between(treatments, low, high, color=look["color"], alpha=0.15, linewidth=0)
    if len(treatments) <= _TICKED:
        axes.set_xticks(treatments)
    axes.xaxis.set_major_formatter(number)
    axes.set_xlabel(names[0], parse_math=False)
    axes.set_ylabel(names[1], parse_math=False)
    entitle(axes, heading)
    dress(axes)
    axes.yaxis.set_major_formatter(number)
    _legend(figure, list(series), "median of runs\n(band: 95 %)", marker="o")
    return figure


def _checked(name: str, x: Doubles, y: Doubles, unit: Unit) -> Doubles:
    values = np.asarray(y, np.float64)
    if np.ndim(x) != 1 or values.ndim != 2 or values.shape[1] != len(x) or not values.size:
        raise ShapeError(
            f"{name}: expected evaluations (G,) and scores (S, G) of at least one run, got "
            f"{np.shape(x)} and {values.shape}"
        )
    return shown(values, unit)


def _figure(
    titles: Sequence[str], heading: str, tall: float | None = None
) -> tuple[Figure, list[Axes]]:
    """Make an axes for each title, as many side by side as fit, all on one scale.

    Args:
        titles: Of the axes.
        heading: One line above them.
        tall: Inches of each; none: as curves are, each with evaluations of its own.
    """
    if not titles:
        raise ShapeError("expected at least one treatment to draw, got none")
    abreast = min(_ABREAST, len(titles))
    lines = -(-len(titles) // abreast)
    width = 6.4 if len(titles) == 1 else 3.4 * abreast
    height = (tall or (3.9 if len(titles) == 1 else 2.7)) * lines + 0.3
    figure = Figure(figsize=(width + 2, height), dpi=160, facecolor="white", layout="constrained")
    grid = figure.subplots(lines, abreast, squeeze=False, sharex=tall is not None, sharey=True)
    parts = list(grid.flat)
    for spare in parts[len(titles) :]:
        spare.set_axis_off()
    for axes in parts[: len(titles)]:
        dress(axes)
    entitle(figure, heading)
    return figure, parts[: len(titles)]


def _scale(
    parts: Sequence[Axes], unit: Unit, values: Sequence[Doubles], along: Literal["x", "y"]
) -> None:
    """Count nines where shares are high; all axes share the scale of the first."""
    if unit.is_share:
        axis = Axis.of(np.concatenate([each.ravel() for each in values] or [np.empty(0)]), unit)
        for axes in parts:
            axis.fit(axes, along, most=8 if along == "y" or len(parts) == 1 else 4)
    elif along == "x":
        for axes in parts:
            axes.xaxis.set_major_locator(MaxNLocator(8 if len(parts) == 1 else 4))
            axes.xaxis.set_major_formatter(number)


def _beside(axes: Axes) -> Look:
    """Place a note to the right of a row."""
    where = axes.get_yaxis_transform()
    return {"transform": where, "va": "center", "fontsize": 7, "color": _SOFT}


def _box(axes: Axes, place: int, values: Doubles, runs: int) -> None:
    colour = COLOURS[place % len(COLOURS)]
    if runs <= _DOTS or len(values) < runs:  # which have no box
        spread = np.linspace(-0.16, 0.16, len(values)) if len(values) > 1 else np.zeros(len(values))
        axes.plot(values, place + spread, "o", color=colour, alpha=0.45, markersize=3.5)
    if len(values) < runs:
        return
    low, bottom, middle, top, high = np.quantile(values, (0, 0.25, 0.5, 0.75, 1)).tolist()
    look: Look = {"color": colour, "linewidth": 1.5, "solid_capstyle": "butt"}
    for ends in ((low, bottom), (top, high)):
        axes.plot(ends, [place] * 2, **look)
    for x, reach in ((low, 0.12), (bottom, _HALF), (top, _HALF), (high, 0.12)):
        axes.plot([x] * 2, [place - reach, place + reach], **look)
    for side in (-_HALF, _HALF):
        axes.plot([bottom, top], [place + side] * 2, **look)
    axes.plot([middle] * 2, [place - _HALF, place + _HALF], **(look | {"linewidth": 2.5}))


def _legend(figure: Figure, names: Sequence[str], title: str, marker: str = "") -> None:
    looks = [look_of(place) for place in range(len(names))]
    lines = [Line2D([], [], marker=marker, markersize=4, **look) for look in looks]
    short = [wrapped(name, _LETTERS) for name in names]
    legend = figure.legend(
        lines, short, loc="outside right upper", frameon=False, title=title, fontsize=9
    )
    legend.get_title().set_fontsize(9)
    for text in legend.get_texts():
        text.set_parse_math(False)
