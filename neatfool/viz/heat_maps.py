"""Heat maps: shares and confidences as coloured matrices, each cell with its number."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, PowerNorm

from neatfool.errors import ShapeError
from neatfool.reporting import CONFIDENCE, percent
from neatfool.types import Doubles, Ints
from neatfool.viz.figures import HEADING, Figure, Look, entitle, shorten

CELL = 0.68
"""Side of a cell, in inches."""
_LETTER = 0.069
"""Width of a letter of a name, in inches."""
LETTERS, LINES = 26, 3
"""Longer names are broken into lines, and shortened if they take more than these."""
SHARES = LinearSegmentedColormap.from_list("shares", ["#ffffff", "#a6cfe8", "#0072b2", "#03375c"])
"""Colours of shares: 0 is white."""
NUMBERED = 400
"""Up to so many cells have their number written into them."""
MOST_NAMED = 40
"""Of goals, up to so many niches have names; of more, axes count."""
MOST_NUMBERED = 14
"""Of goals, up to so many niches have the numbers written into the cells."""
_UPRIGHT = 3
"""Names of so many letters stand upright beneath their column."""
_DARK = 0.5
_ORDERED = 300
"""Up to so many niches are put in the order of their likeness."""


@dataclass(frozen=True, eq=False)
class HeatMap:
    """One matrix and its names.

    Attributes:
        title: One line.
        values: ``(R, C)`` in [0, 1].
        rows: ``R`` names.
        columns: ``C`` names.
    """

    title: str
    values: npt.NDArray[np.float64]
    rows: Sequence[str]
    columns: Sequence[str]


def heat_maps(maps: Sequence[HeatMap], heading: str = "") -> Figure:
    """Draw matrices one below the other, on one scale from 0 to 100 %.

    Args:
        maps: At least one.
        heading: One line above them.

    Returns:
        A figure with one axes per matrix.

    Raises:
        ShapeError: There is no matrix, or one does not fit its names.
    """
    for each in maps:
        shape = (len(each.rows), len(each.columns))
        if each.values.shape != shape or 0 in shape:
            raise ShapeError(
                f"{each.title}: expected values {shape}, one per row and column and at least one, "
                f"got {each.values.shape}"
            )
    if not maps:
        raise ShapeError("expected at least one matrix to draw, got none")
    beside = max(_beside(each) for each in maps)
    below = [_below(each.columns) for each in maps]
    wide = [CELL * len(each.columns) for each in maps]
    tall = [0.35 + CELL * len(each.rows) + room for each, room in zip(maps, below, strict=True)]
    top = 0.45 if heading else 0.1
    titles = [0.09 * len(each.title) for each in maps]
    size = max(beside + max(*wide, *titles) + 0.2, 0.1 * len(heading)), top + sum(tall)
    figure = Figure(figsize=size, dpi=120, facecolor="white")
    y = top
    for each, width, height, room in zip(maps, wide, tall, below, strict=True):
        bottom, cells = size[1] - y - height + room, height - room - 0.35
        place = beside / size[0], bottom / size[1], width / size[0], cells / size[1]
        _draw(figure.add_axes(place), each)
        y += height
    if heading:
        figure.text(0.1 / size[0], 1 - 0.12 / size[1], heading, va="top", **HEADING)
    return figure


def goal_matrix(
    shares: npt.ArrayLike, switches: npt.ArrayLike, names: Sequence[str], heading: str = ""
) -> Figure:
    """Draw a matrix: which share of an elite's ancestors had won which niche.

    Niches whose ancestors are alike stand side by side.

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
    order = _by_likeness(values)
    values, counts, names = values[order][:, order], counts[order], [names[k] for k in order]
    side = min(max(0.34 * count, 3.2), 8.5) if count <= MOST_NAMED else 8.5
    figure = Figure(figsize=(side + 4, side + 1.9), dpi=130, layout="constrained")
    axes, beside = figure.subplots(1, 2, sharey=True, width_ratios=(side, 1.3))
    norm = PowerNorm(1.0 if count <= MOST_NAMED else 0.4, 0, float(values.max()) or 1.0)
    how = "nearest" if count <= MOST_NAMED else "antialiased"
    picture = axes.imshow(values, SHARES, norm, aspect="auto", interpolation=how)
    if count <= MOST_NAMED:
        short = [shorten(name, 22) for name in names]
        axes.set_yticks(range(count), short, fontsize=9, parse_math=False)
        turn: Look = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
        slant = turn if max(map(len, short)) > _UPRIGHT else {}
        axes.set_xticks(range(count), short, fontsize=9, parse_math=False, **slant)
        axes.tick_params(length=0)
    if count <= MOST_NUMBERED:
        for (row, column), value in np.ndenumerate(values):
            colour = "white" if norm(value) > _DARK else "black"
            text = f"{100 * value:.0f}" if value else ""
            axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=8)
    axes.set_ylabel("elite of")
    axes.set_xlabel("its ancestors had won")
    beside.barh(range(count), counts, color="0.45", height=0.8 if count <= MOST_NAMED else 1.0)
    beside.set_xlim(0, max(1, int(counts.max())) * 1.05)
    beside.set_xlabel("goal switches")
    beside.xaxis.get_major_locator().set_params(integer=True)
    beside.tick_params(axis="y", length=0, labelleft=False)
    beside.spines[["top", "right", "left"]].set_visible(False)
    bar = figure.colorbar(picture, ax=beside, pad=0.06, fraction=0.3, aspect=30)
    bar.set_label("share of ancestors")
    bar.ax.yaxis.set_major_formatter(lambda value, _: CONFIDENCE.round(value))
    entitle(figure, heading)
    return figure


def _draw(axes: Axes, data: HeatMap) -> None:
    axes.imshow(data.values, cmap=SHARES, vmin=0, vmax=1, aspect="equal")
    axes.set_title(data.title, loc="left", fontsize=10, parse_math=False)
    axes.set_yticks(range(len(data.rows)), [_broken(name) for name in data.rows])
    upright = _upright(data.columns)
    slant: Look = {} if upright else {"rotation": 30, "ha": "right", "rotation_mode": "anchor"}
    names = upright or [_broken(name) for name in data.columns]
    axes.set_xticks(range(len(names)), names, **slant)
    for label in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
        label.set(parse_math=False, fontsize=8)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    if data.values.size > NUMBERED:
        return
    for (row, column), value in np.ndenumerate(data.values):
        colour = "white" if value > _DARK else "black"
        text = percent(value)
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=8)


def _upright(names: Sequence[str]) -> list[str]:
    """Break names into lines that fit beneath a cell; none, where one does not."""
    parts = [textwrap.wrap(name, int(CELL / _LETTER), break_long_words=False) for name in names]
    is_short = all(len(part) <= LINES for part in parts)
    fits = all(len(line) * _LETTER <= CELL for part in parts for line in part)
    return ["\n".join(part) for part in parts] if is_short and fits else []


def _below(names: Sequence[str]) -> float:
    """Return the room that the names of columns take, in inches."""
    upright = _upright(names)
    lines = max(name.count("\n") + 1 for name in upright) if upright else 0
    longest = max(map(len, _lines(names)))
    return 0.15 + (0.14 * lines if upright else 0.2 + 0.5 * _LETTER * longest)


def _beside(data: HeatMap) -> float:
    """Return the room to the left: names of rows end there, and slanted ones of columns begin."""
    rows, columns = (max(map(len, _lines(names))) for names in (data.rows, data.columns))
    slanted = 0.0 if _upright(data.columns) else 0.87 * _LETTER * columns - CELL / 2
    return 0.25 + max(_LETTER * rows, slanted)


def _lines(names: Sequence[str]) -> list[str]:
    return [line for name in names for line in _broken(name).split("\n")] or [""]


def _broken(name: str) -> str:
    """Break a long name into lines."""
    lines = textwrap.wrap(name, LETTERS)
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], shorten(" ".join(lines[LINES - 1 :]), LETTERS)]
    return "\n".join(lines)


def _by_likeness(values: Doubles) -> Ints:
    """Order rows such that neighbours are alike (Fiedler 1973); all alike, as they come."""
    alike = values @ values.T / np.maximum(np.outer(*2 * [np.linalg.norm(values, axis=1)]), 1e-12)
    apart = alike[~np.eye(len(values), dtype=bool)]
    if len(values) > _ORDERED or not apart.size or np.ptp(apart) < 1e-9:
        return np.arange(len(values))
    alike += 1e-3  # what has nothing in common is joined, too
    vector = np.linalg.eigh(np.diag(alike.sum(axis=1)) - alike)[1][:, 1].round(9)
    found: Ints = np.argsort(vector if vector[0] <= vector[-1] else -vector, kind="stable")
    return found
