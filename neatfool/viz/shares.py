"""Shares over queries, over thresholds, and against one another: what a gate lets in."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from neatfool.errors import ShapeError
from neatfool.viz.curves import COLOURS, STYLES
from neatfool.viz.figures import shorten
from neatfool.viz.scales import NINES, confidence, nines, ticks

Over: TypeAlias = Literal["queries", "thresholds", "shares"]
"""What shares are drawn over: queries, growing by factors; thresholds, in nines; other shares."""


def share_curves(
    lines: Mapping[str, tuple[npt.ArrayLike, npt.ArrayLike]],
    over: Over,
    names: tuple[str, str],
    heading: str = "",
    level: float | None = None,
) -> Figure:
    """Draw shares as lines; over queries and thresholds they are steps.

    Args:
        lines: By name: ``(N,)`` places and ``(N,)`` shares in [0, 1].
        over: What the places are.
        names: Of the two axes.
        heading: One line above.
        level: A place to mark.

    Returns:
        A figure with one axes, and a line for each name.

    Raises:
        ShapeError: The arrays of a line do not fit one another.
    """
    figure = Figure(figsize=(9, 4.6), dpi=110, facecolor="white", layout="constrained")
    axes = figure.add_subplot()
    drawn = []
    for place, (name, line) in enumerate(lines.items()):
        x, y = (np.asarray(each, np.float64) for each in line)
        if x.ndim != 1 or x.shape != y.shape:
            raise ShapeError(f"{name}: expected places (N,) and shares, got {x.shape}, {y.shape}")
        x = np.minimum(x, 1 - 10.0**-NINES) if over == "thresholds" else x
        drawn += axes.plot(
            x,
            y,
            drawstyle="default" if over == "shares" else "steps-post",
            color=COLOURS[place % len(COLOURS)],
            linestyle=STYLES[place // len(COLOURS) % len(STYLES)],
            linewidth=2,
            clip_on=False,
        )
    if over == "queries":
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:,.0f}")
    elif over == "thresholds":
        axes.set_xscale("function", functions=(nines, confidence))
        places, said = ticks()
        axes.set_xlim(0, places[-1])
        axes.set_xticks(places, said, minor=False)
    else:
        axes.xaxis.set_major_formatter(PercentFormatter(1))
        axes.set_xlim(0, 1)
    if level is not None:
        axes.axvline(min(level, 1 - 10.0**-NINES), color="0.3", linestyle=":", linewidth=1.2)
    axes.set_ylim(-0.02, 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    for write, name in ((axes.set_xlabel, names[0]), (axes.set_ylabel, names[1])):
        write(name, parse_math=False)
    axes.grid(color="0.9", linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(heading, loc="left", fontweight="bold", parse_math=False)
    legend = figure.legend(
        drawn, [shorten(n, 34) for n in lines], loc="outside right upper", frameon=False, fontsize=9
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
    return figure
