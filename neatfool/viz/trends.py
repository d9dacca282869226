"""Medians over a setting, with intervals: how methods compare from one treatment to the next."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from neatfool.viz.curves import COLOURS

Triple = tuple[float, float, float]


def trends(
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
    figure = Figure(figsize=(7.2, 4.4), dpi=110, layout="constrained")
    axes = figure.add_subplot()
    for place, (name, triples) in enumerate(series.items()):
        middle, low, high = np.array(triples, np.float64).T
        colour = COLOURS[place % len(COLOURS)]
        axes.plot(treatments, middle, "o-", color=colour, label=name, markersize=4)
        axes.fill_between(treatments, low, high, color=colour, alpha=0.15, linewidth=0)
    if all(float(each).is_integer() for each in treatments):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(names[0])
    axes.set_ylabel(names[1])
    axes.set_title(heading, loc="left", fontsize=10)
    axes.grid(alpha=0.25)
    axes.legend(frameon=False)
    return figure
