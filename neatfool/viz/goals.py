"""Goal switching: which niches the ancestors of each elite held."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from neatfool.errors import ShapeError
from neatfool.viz.figures import shorten

NAMED = 40
"""Up to so many niches have names; of more, axes count."""
NUMBERED = 14
"""Up to so many niches have the numbers written into the cells."""


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
    side = min(max(0.34 * count, 3.2), 8.5) if count <= NAMED else 8.5
    figure = Figure(figsize=(side + 4, side + 1.9), dpi=130, layout="constrained")
    axes, beside = figure.subplots(1, 2, sharey=True, width_ratios=(side, 1.3))
    norm = PowerNorm(1.0 if count <= NAMED else 0.4, 0, float(values.max()) or 1.0)
    how = "nearest" if count <= NAMED else "antialiased"
    picture = axes.imshow(values, "viridis", norm, aspect="auto", interpolation=how)
    if count <= NAMED:
        short = [shorten(name, 22) for name in names]
        axes.set_yticks(range(count), short, fontsize=9, parse_math=False)
        turn = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
        axes.set_xticks(range(count), short, fontsize=9, parse_math=False, **turn)
        axes.tick_params(length=0)
    if count <= NUMBERED:
        for (row, column), value in np.ndenumerate(values):
            colour = "black" if norm(value) > 0.6 else "white"
            text = f"{100 * value:.0f}" if value else ""
            axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=8)
    axes.set_ylabel("elite of")
    axes.set_xlabel("its ancestors had won")
    beside.barh(range(count), counts, color="0.45", height=0.8 if count <= NAMED else 1.0)
    beside.set_xlim(0, max(1, int(counts.max())) * 1.05)
    beside.set_xlabel("goal switches")
    beside.xaxis.get_major_locator().set_params(integer=True)
    beside.tick_params(axis="y", length=0, labelleft=False)
    beside.spines[["top", "right", "left"]].set_visible(False)
    bar = figure.colorbar(picture, ax=beside, pad=0.06, fraction=0.3, aspect=30)
    bar.set_label("share of ancestors")
    bar.ax.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    if heading:
        figure.suptitle(
            heading, x=0.01, ha="left", fontweight="bold", fontsize=11, parse_math=False
        )
    return figure
