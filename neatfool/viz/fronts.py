"""Pareto fronts of two objectives, as they move outwards."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from matplotlib import colormaps

from neatfool.errors import ShapeError
from neatfool.viz.figures import Figure, dress, entitle, number, shorten

_LETTERS = 40


def pareto_fronts(
    fronts: Mapping[str, npt.ArrayLike], names: tuple[str, str], heading: str = ""
) -> Figure:
    """Draw fronts as stairs: what lies below and to the left of one is dominated by it.

    Args:
        fronts: By name, ``(F, 2)`` scores, the more the better, the latest last; those that are not
            finite are left out.
        names: Of the two objectives.
        heading: One line above.

    Returns:
        A figure with one axes and a line for each front, the last one the darkest.

    Raises:
        ShapeError: There is no front, or one is not of two objectives.
    """
    figure = Figure(figsize=(7.2, 5), dpi=160, facecolor="white", layout="constrained")
    axes = figure.add_subplot()
    shades = colormaps["viridis_r"](np.linspace(0.25, 1, max(len(fronts), 2)))
    if not fronts:
        raise ShapeError("expected at least one front to draw, got none")
    for place, (name, given) in enumerate(fronts.items(), start=-len(fronts)):
        scores = np.asarray(given, np.float64)
        if scores.ndim != 2 or scores.shape[1] != 2:
            raise ShapeError(f"{name}: expected scores of shape (F, 2), got {scores.shape}")
        scores = scores[np.isfinite(scores).all(axis=1)]
        x, y = scores[np.lexsort((-scores[:, 1], scores[:, 0]))].T
        is_last = place == -1
        look = {"color": shades[place], "markersize": 5 if is_last else 3, "clip_on": False}
        width = 2.0 if is_last else 1.0
        axes.plot(x, y, "o-", drawstyle="steps-pre", linewidth=width, label=name, **look)
    first, second = (shorten(name, _LETTERS) for name in names)
    axes.set_xlabel(first, parse_math=False)
    axes.set_ylabel(second, parse_math=False)
    dress(axes)
    entitle(axes, heading)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(number)
    if len(fronts) > 1:
        axes.legend(frameon=False, fontsize=9)
    return figure
