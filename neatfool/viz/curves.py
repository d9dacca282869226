"""Curves of scores over evaluations by factors; of confidences on an axis that counts nines."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from neatfool.errors import ShapeError
from neatfool.reporting import CONFIDENCE, Unit
from neatfool.types import Doubles
from neatfool.viz.figures import Figure, Look, dress, entitle, number, shorten
from neatfool.viz.scales import Axis, Evaluations, noun, plural, shown, spread

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D31")
"""Told apart with every kind of colour vision (Okabe and Ito 2008, yellow replaced by brown)."""
STYLES = ("-", "--", ":")
"""Each colour is used once in each style before a line looks like another."""
LEGEND = 20
"""Up to so many niches each have a colour and a name."""
_LINE = 0.046
"""Height of a name at the end of a line, as a share of the axis."""


def score_curves(
    evaluations: npt.ArrayLike,
    per_niche: npt.ArrayLike,
    labels: Sequence[str],
    heading: str = "",
    unit: Unit = CONFIDENCE,
    latest: npt.ArrayLike | None = None,
) -> Figure:
    """Draw how the score in every niche, and their median, grew.

    Args:
        evaluations: ``(G,)`` numbers of evaluations so far, one per generation.
        per_niche: ``(G, K)`` scores, ``K`` at least 1; what is not finite leaves a gap, and does
            not count in the median.
        labels: ``K`` names; with more than `LEGEND` of them the niches are grey and unnamed.
        heading: One line above the curves.
        unit: Of the scores; shares are drawn on an axis that counts nines.
        latest: ``(G,)`` the best scores of each generation alone, to be drawn beside a single
            niche; what is not finite leaves a gap.

    Returns:
        A figure with one axes; its lines are the ``K`` niches and, if there are several, last
        their median; beside a single one, first the best of each generation.

    Raises:
        ShapeError: The arrays do not fit one another.
    """
    x, y = _checked("per niche", evaluations, per_niche, "GK", unit)
    if not len(y) or len(labels) != len(y):
        raise ShapeError(f"expected one label per niche, {len(y)} ≥ 1; got {len(labels)}")
    figure, axes = _figure(x, y, heading, unit)
    axes.set_ylabel(noun(unit), parse_math=False)
    if len(y) == 1:
        lines: list[Line2D] = []
        names = list(labels)
        if latest is not None:
            (alone,) = _checked("latest", x, np.reshape(latest, (1, -1)), "SG", unit)[1]
            lines.append(_plot(axes, x, alone, 0.8, color="0.6"))
            names = ["best of the generation", *labels]
        _legend(figure, [*lines, _plot(axes, x, y[0], 2.2, **look_of(0))], names)
        return figure
    named = len(y) <= LEGEND
    grey = {"color": "0.6", "alpha": max(0.1, 10 / len(y))}
    lines = [_plot(axes, x, y[k], 1.1, **(look_of(k) if named else grey)) for k in range(len(y))]
    median = _plot(axes, x, medians(y), 2.6, color="black", zorder=4)
    if named:
        _name_ends(axes, [*lines, median], [*labels, "median"], Axis.of(y, unit))
    else:
        names = ["median", f"{len(y):,} {plural(unit)}"]
        _legend(figure, [median, Line2D([], [], color="0.6")], names)
    return figure


def _checked(
    name: str, evaluations: npt.ArrayLike, values: npt.ArrayLike, letters: str, unit: Unit
) -> tuple[Doubles, Doubles]:
    """Return evaluations ``(G,)`` and what is drawn of the scores, with ``G`` last."""
    x, y = np.asarray(evaluations, np.float64), np.asarray(values, np.float64)
    if x.ndim != 1 or y.ndim != 2 or y.shape[letters.index("G")] != len(x):
        raise ShapeError(
            f"{name}: expected evaluations (G,) and scores ({', '.join(letters)}), "
            f"got {x.shape} and {y.shape}"
        )
    y = shown(y, unit)
    return x, y.T if letters[0] == "G" else y


def medians(values: npt.NDArray[np.floating]) -> Doubles:
    """Return the median over the first axis, of what is finite; NaN where nothing is."""
    ordered = np.sort(np.where(np.isfinite(values), values, np.nan), axis=0)  # NaN comes last
    count = np.isfinite(ordered).sum(axis=0)
    middle = np.stack([(count - 1) // 2, count // 2])
    return np.take_along_axis(ordered, middle, axis=0).mean(axis=0, dtype=np.float64)


def _figure(x: Doubles, y: Doubles, heading: str, unit: Unit) -> tuple[Figure, Axes]:
    """Make an empty figure with the axes all curves share."""
    figure = Figure(figsize=(9, 5), dpi=160, facecolor="white", layout="constrained")
    axes = figure.add_subplot()
    if unit.is_share:
        Axis.of(y, unit).fit(axes)
    else:
        axes.yaxis.set_major_formatter(number)
    Evaluations.of(x).fit(axes)
    dress(axes)
    entitle(axes, heading)
    return figure, axes


def look_of(k: int) -> Look:
    """Return the colour and style of the ``k``-th line."""
    return {
        "color": COLOURS[k % len(COLOURS)],
        "linestyle": STYLES[k // len(COLOURS) % len(STYLES)],
    }


def _plot(
    axes: Axes,
    x: Doubles,
    y: Doubles,
    width: float,
    **look: Any,
) -> Line2D:
    """Draw one curve, or a dot where a single generation would make an invisible line."""
    marker = "o" if len(x) == 1 else ""
    x = np.maximum(x, axes.get_xlim()[0])  # there is no 0 on an axis of factors
    line = axes.plot(x, y, linewidth=width, marker=marker, markersize=5, clip_on=False, **look)
    return line[0]


def _name_ends(axes: Axes, lines: Sequence[Line2D], names: Sequence[str], axis: Axis) -> None:
    """Name lines where they end, one name below the other, in their colours."""
    last = [float(np.asarray(line.get_ydata())[-1:].sum()) for line in lines]
    order = sorted((k for k, each in enumerate(last) if np.isfinite(each)), key=last.__getitem__)
    heights = spread(np.array([axis.height(last[k]) for k in order]), _LINE)
    for height, k in zip(heights.tolist(), order, strict=True):
        axes.text(
            1.012,
            height,
            shorten(names[k], 28),
            transform=axes.transAxes,
            color=lines[k].get_color(),
            weight="bold" if k == len(lines) - 1 else "normal",
            va="center",
            fontsize=9,
            parse_math=False,
        )


def _legend(
    figure: Figure, lines: Sequence[Line2D], names: Sequence[str], title: str | None = None
) -> None:
    """Name the lines to the right of the curves; long names are shortened."""
    short = [shorten(name, 28) for name in names]
    legend = figure.legend(
        lines, short, loc="outside right upper", frameon=False, title=title, fontsize=9
    )
    legend.get_title().set_fontsize(9)
    for text in legend.get_texts():
        text.set_parse_math(False)
