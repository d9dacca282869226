"""How a run came about, generation by generation: niches, and sizes of networks."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from neatfool.errors import ShapeError
from neatfool.reporting import CONFIDENCE, Unit
from neatfool.types import Ints
from neatfool.viz.curves import COLOURS
from neatfool.viz.figures import Figure, Look, dress, entitle, shorten
from neatfool.viz.scales import SCORES, Colours, noun, plural, shown

NAMED = 40
"""Up to so many niches each have a name; more are sorted by their last score."""
COLUMNS = 1500
"""More generations are not drawn; some are left out evenly."""


def archive_history(
    scores: npt.ArrayLike,
    names: Sequence[str],
    heading: str = "",
    first: int = 1,
    unit: Unit = CONFIDENCE,
) -> Figure:
    """Draw the score of every niche's elite over the generations, as a heat map.

    The colours of shares count nines, as the axis of ``score_curves`` does, if at least half of the
    niches come to 0.9. All others are linear: those of shares from 0, of other scores from the
    least to the largest.

    Args:
        scores: ``(G, K)``, ``G`` and ``K`` at least 1; what is not finite is left blank.
        names: ``K`` names.
        heading: One line above.
        first: Number of the first generation.
        unit: Of the scores.

    Returns:
        A figure with one heat map, and a bar that explains its colours.

    Raises:
        ShapeError: There is not one name for each niche, or nothing to draw.
    """
    values = shown(scores, unit).T
    if values.ndim != 2 or 0 in values.shape or len(names) != len(values):
        raise ShapeError(f"expected scores (G, K) and {len(names)} names, got {values.T.shape}")
    rows, generations = values.shape
    order = np.arange(rows) if rows <= NAMED else np.argsort(-values[:, -1], kind="stable")
    values = values[order][:, drawn_generations(generations)]
    colours = Colours.of(values, unit, typical=values[:, -1])
    height = min(max(0.26 * rows, 2.2), 8.0) + 1.3 if rows <= NAMED else 7.5
    figure = Figure(figsize=(9, height), dpi=150, facecolor="white", layout="constrained")
    axes = figure.add_subplot()
    picture = axes.imshow(
        colours.levels(values),
        cmap=SCORES,
        vmin=colours.low,
        vmax=colours.high,
        aspect="auto",
        interpolation="nearest" if rows <= NAMED else "antialiased",
        extent=(first - 0.5, first + generations - 0.5, rows - 0.5, -0.5),
    )
    is_confidence = unit.is_confidence
    if rows <= NAMED:
        axes.set_yticks(range(rows), [shorten(name, 28) for name in names], parse_math=False)
        axes.tick_params(axis="y", length=0, labelsize=9)
    else:
        axes.set_yticks([])
        best = "most confident" if is_confidence else "best"
        axes.set_ylabel(f"{rows:,} {plural(unit)}, the {best} at the top")
    axes.set_xlabel("generation")
    axes.locator_params(axis="x", integer=True)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    bar = figure.colorbar(picture, ax=axes, pad=0.015, fraction=0.05)
    of = "in" if is_confidence else "of"
    bar.set_label(f"{noun(unit)} {of} the elite", parse_math=False)
    colours.explain(bar)
    entitle(axes, heading)
    return figure


def size_curves(
    elites: Mapping[str, npt.ArrayLike], everyone: Mapping[str, npt.ArrayLike], heading: str = ""
) -> Figure:
    """Draw how large the networks grew.

    Where all elites are of one size throughout, as a single one is, there is no band to explain.

    Args:
        elites: By name of the measure, ``(G, 3)``: the least, the median and the largest number of
            all elites after each generation. NaN leaves a gap.
        everyone: Of the same measures, ``(G,)``: the median of all genomes of the generation.
        heading: One line above.

    Returns:
        A figure with one axes for each measure.
    """
    figure = Figure(figsize=(9, 5.2), dpi=150, facecolor="white", layout="constrained")
    parts = figure.subplots(len(elites), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (name, numbers) in zip(parts, elites.items(), strict=True):
        low, middle, high = np.asarray(numbers, np.float64).T
        x = np.arange(1, len(middle) + 1)
        axes.fill_between(x, low, high, color=COLOURS[0], alpha=0.18, linewidth=0)
        look: Look = {"marker": "o" if len(x) == 1 else "", "markersize": 4}
        axes.plot(x, middle, color=COLOURS[0], linewidth=2, label="elites: median", **look)
        axes.plot(
            x, everyone[name], color=COLOURS[1], linewidth=1.3, label="generation: median", **look
        )
        axes.set_ylabel(name)
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_locator(MaxNLocator("auto", integer=True))
        plain_axes(axes, len(x))
    parts[-1].set_xlabel("generation")
    entitle(parts[0], heading)
    handles, labels = parts[0].get_legend_handles_labels()
    widths = [each[:, 2] - each[:, 0] for each in map(np.asarray, elites.values())]
    labels[0] = (
        "elites" if not np.nan_to_num(widths).any() else f"{labels[0]}\n(band: smallest to largest)"
    )
    figure.legend(handles, labels, loc="outside right upper", frameon=False, fontsize=9)
    return figure


def drawn_generations(generations: int) -> Ints:
    """Choose the generations that are drawn: all, or evenly many, the last among them."""
    return np.linspace(0, generations - 1, min(generations, COLUMNS)).round().astype(np.int64)


def plain_axes(axes: Axes, generations: int) -> None:
    """Give axes over generations their look."""
    axes.set_xlim(1, max(generations, 2))
    dress(axes)
    axes.locator_params(axis="x", integer=True)
    axes.xaxis.set_major_formatter("{x:,.0f}")
