"""Shares over queries, over thresholds, and against one another: what a gate lets in."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from neatfool.errors import ShapeError
from neatfool.reporting import CONFIDENCE
from neatfool.viz.curves import COLOURS, STYLES
from neatfool.viz.figures import Figure, dress, entitle, shorten
from neatfool.viz.scales import NINES, confidence, nines, ticks

Over: TypeAlias = Literal["queries", "nines", "thresholds", "shares"]
"""What shares are drawn over: queries, growing by factors; thresholds, in nines or evenly; other
shares."""

_LEAST = 1e-3
"""Below this share the axis of shares is linear."""


def share_curves(
    lines: Mapping[str, tuple[npt.ArrayLike, npt.ArrayLike]],
    over: Over,
    names: tuple[str, str],
    heading: str = "",
    level: float | None = None,
    true: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
) -> Figure:
    """Draw shares as lines; over queries they are steps.

    Args:
        lines: By name: ``(N,)`` places and ``(N,)`` shares in [0, 1].
        over: What the places are.
        names: Of the two axes.
        heading: One line above.
        level: A place to mark.
        true: Another line, ``(N,)`` places and shares, drawn in black: what is let in rightly.

    Returns:
        A figure with one axes, and a line for each name.

    Raises:
        ShapeError: The arrays of a line do not fit one another.
    """
    figure = Figure(figsize=(9, 4.6), dpi=160, facecolor="white", layout="constrained")
    axes = figure.add_subplot()
    drawn = []
    for number, (name, line) in enumerate(lines.items()):
        x, y = (np.asarray(each, np.float64) for each in line)
        if x.ndim != 1 or x.shape != y.shape:
            raise ShapeError(f"{name}: expected places (N,) and shares, got {x.shape}, {y.shape}")
        x = np.minimum(x, 1 - 10.0**-NINES) if over == "nines" else x
        drawn += axes.plot(
            x,
            y,
            drawstyle="steps-post" if over == "queries" else "default",
            color=COLOURS[number % len(COLOURS)],
            linestyle=STYLES[number // len(COLOURS) % len(STYLES)],
            linewidth=max(1.4, 4.4 - 0.4 * number),  # where lines lie on one another, all are seen
            clip_on=False,
        )
    said = [shorten(name, 34) for name in lines]
    if true is not None:
        drawn += axes.plot(*true, color="black", linewidth=2.4)
        said.append("true accepts (real pictures)")
    if level is not None:
        place = min(level, 1 - 10.0**-NINES) if over == "nines" else level
        axes.axvline(place, color="0.3", linestyle=":", linewidth=1.2)
    _scale(axes, over)
    for write, name in ((axes.set_xlabel, names[0]), (axes.set_ylabel, names[1])):
        write(name, parse_math=False)
    entitle(axes, heading)
    legend = figure.legend(drawn, said, loc="outside right upper", frameon=False, fontsize=9)
    for text in legend.get_texts():
        text.set_parse_math(False)
    return figure


def _scale(axes: Axes, over: Over) -> None:
    """Give axes their scales."""
    if over == "queries":
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:,.0f}")
    elif over == "thresholds":
        axes.set_xlim(0, 1)
    elif over == "nines":
        axes.set_xscale("function", functions=(nines, confidence))
        places, marks = ticks()
        axes.set_xlim(0, places[-1])
        axes.set_xticks(places, marks, minor=False)
    else:
        axes.set_xscale("symlog", linthresh=_LEAST)
        axes.xaxis.set_major_formatter(lambda share, _: CONFIDENCE.round(share))
        axes.set_xlim(0, 1)
    axes.set_ylim(-0.02, 1.02)
    axes.yaxis.set_major_formatter(lambda share, _: CONFIDENCE.round(share))
    dress(axes)
