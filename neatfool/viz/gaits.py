"""Gaits: when which foot is on the ground, and where that leads."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from neatfool.viz.curves import COLOURS
from neatfool.viz.figures import Figure, dress, entitle

_SIZE = (8.0, 6.0)
_BAR = 0.6


def gait(
    touching: npt.NDArray[np.bool_],
    feet: Sequence[str],
    path: npt.NDArray[np.float64],
    seconds: float,
    heading: str = "",
) -> Figure:
    """Draw a gait diagram, with a bar for as long as a foot is on the ground, and the path below.

    Args:
        touching: ``(T, F)``, which feet were on the ground at each step, at least one.
        feet: ``F`` names.
        path: ``(T, 2)``, where the walker was, in metres; x to the right.
        seconds: Of a step.
        heading: One line above.
    """
    figure = Figure(figsize=_SIZE, dpi=160, facecolor="white", layout="constrained")
    above, below = figure.subplots(2, 1, height_ratios=(1, 1.6))
    for row, column in enumerate(touching.T):
        edges = np.flatnonzero(np.diff(column.astype(np.int8), prepend=0, append=0))
        first, last = edges[::2] * seconds, edges[1::2] * seconds
        bars = list(zip(first.tolist(), (last - first).tolist(), strict=True))
        above.broken_barh(bars, (row - _BAR / 2, _BAR), color=COLOURS[0])
    above.set(xlim=(0, len(touching) * seconds), ylim=(len(feet) - 0.5, -0.5), xlabel="seconds")
    above.set_yticks(range(len(feet)), feet, parse_math=False)
    above.tick_params(axis="y", length=0)
    entitle(above, heading)
    below.plot(path[:, 0], path[:, 1], color=COLOURS[0])
    below.plot(*path[0], "o", color="black", label="begins")
    below.plot(*path[-1], "s", color=COLOURS[1], label="ends")
    below.set(xlabel="metres", ylabel="metres", aspect="equal")
    below.set_adjustable("datalim")
    below.legend(frameon=False, fontsize=9)
    for axes in (above, below):
        dress(axes)
    return figure
