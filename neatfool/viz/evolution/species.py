"""Species over the generations: how many members each had, and which came of which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import hsv_to_rgb

from neatfool.reporting import SCORE, Unit
from neatfool.types import Doubles, Ints
from neatfool.viz.evolution.generations import drawn_generations, plain_axes
from neatfool.viz.figures import Figure, Look, entitle, number
from neatfool.viz.scales import Axis, noun, shown

AREAS = 40
"""Up to so many species have an area of their own, those of the most members."""
_GOLDEN = 0.618034
"""Of the circle of hues, from one species to the next (the golden section)."""
_ROW = 0.062
"""Height of a line of descent, in inches."""


@dataclass(frozen=True)
class _Life:
    """The first and the last generation of a species, and how many members it had in all."""

    first: int
    last: int
    members: int


def species_areas(
    species: Sequence[tuple[Ints, Ints]],
    elites: npt.ArrayLike,
    heading: str = "",
    origins: Mapping[int, int] | None = None,
    unit: Unit = SCORE,
) -> Figure:
    """Draw how many genomes each species had, one area on the other, the oldest at the bottom.

    Neighbours have hues that are far from one another.

    Args:
        species: For each of ``G`` generations, the keys of its species and how many members each
            had.
        elites: ``(G,)`` the best score of each generation.
        heading: One line above.
        origins: By key, the species that it came of; those of the start are not there. None: lines
            of descent are not drawn.
        unit: Of the scores.

    Returns:
        A figure with the areas, the lines of descent if there are any, the number of species and
        the best score below one another.
    """
    count, lives = len(species), _lives(species)
    own = sorted(sorted(lives, key=lambda key: -lives[key].members)[:AREAS])
    colours = dict(zip(own, _colours(len(own)), strict=True))
    kept = drawn_generations(count)
    tall = 0.4 + _ROW * len(own) if origins else 0.0
    heights = [3.3, *([tall] if tall else []), 1.05, 1.05]
    figure = Figure(figsize=(9, sum(heights) + 1), dpi=110, facecolor="white", layout="constrained")
    parts = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights)
    shares = _areas(species, {key: place for place, key in enumerate(own)})[:, kept]
    look: Look = {"edgecolor": "white", "linewidth": 0.2}
    parts[0].stackplot(kept + 1, shares, colors=[*colours.values(), "0.8"], **look)
    parts[0].set_ylabel("genomes")
    parts[0].margins(0)
    if origins:
        _descend(parts[1], {key: lives[key] for key in own}, origins, colours)
    parts[-2].plot(kept + 1, np.array([len(keys) for keys, _ in species])[kept], color="black")
    parts[-2].set_ylabel("species")
    parts[-2].set_ylim(bottom=0)
    best = shown(elites, unit)[kept]
    parts[-1].plot(kept + 1, best, color="black")
    parts[-1].set_ylabel(f"best {noun(unit)}", parse_math=False)
    if unit.is_share:
        Axis.of(best, unit).fit(parts[-1], most=4)
    else:
        parts[-1].yaxis.set_major_formatter(number)
    for axes in parts:
        plain_axes(axes, count)
    for axes in parts[:-2]:
        axes.grid(visible=False)
    parts[-1].set_xlabel("generation")
    figure.align_ylabels(parts)
    more = len(lives) - len(own)
    note = f", the {len(own)} largest in colour" if more else ""
    entitle(parts[0], f"{heading}; {len(lives):,} in all{note}" if heading else "")
    return figure


def _lives(species: Sequence[tuple[Ints, Ints]]) -> dict[int, _Life]:
    """Gather when each species lived, by key."""
    lives = dict[int, _Life]()
    for born, (keys, members) in enumerate(species, start=1):
        for key, size in zip(keys.tolist(), members.tolist(), strict=True):
            known = lives.get(key, _Life(born, born, 0))
            lives[key] = _Life(known.first, born, known.members + size)
    return lives


def _areas(species: Sequence[tuple[Ints, Ints]], places: Mapping[int, int]) -> Doubles:
    """Count members by species and generation, those without a place together in the last row."""
    areas = np.zeros((len(places) + 1, len(species)))
    for column, (keys, members) in enumerate(species):
        rows = [places.get(key, len(places)) for key in keys.tolist()]
        np.add.at(areas[:, column], rows, members)
    return areas


def _colours(count: int) -> list[tuple[float, float, float]]:
    """Choose colours, each far from the ones before and after it."""
    turn = np.arange(count)
    parts = turn * _GOLDEN % 1, np.where(turn % 2, 0.4, 0.62), np.where(turn % 3, 0.85, 0.7)
    return [(r, g, b) for r, g, b in hsv_to_rgb(np.stack(parts, 1)).tolist()]


def _descend(
    axes: Axes,
    lives: Mapping[int, _Life],
    origins: Mapping[int, int],
    colours: Mapping[int, tuple[float, float, float]],
) -> None:
    """Draw a line for each species, as long as it lived, from that of the one it came of.

    What it came of may have no line: then the nearest of that one's own ancestors stands for it.
    """
    rows = {key: row for row, key in enumerate(lives)}
    for key, life in lives.items():
        row, colour = rows[key], colours[key]
        axes.plot([life.first - 0.5, life.last + 0.5], [row, row], color=colour, linewidth=3)
        above = origins.get(key)
        while above is not None and above not in rows:
            above = origins.get(above)
        if above is None:
            continue
        x, start = life.first - 0.5, min(lives[above].last + 0.5, life.first - 0.5)
        axes.plot([start, x], [rows[above]] * 2, color="0.6", linewidth=0.6, linestyle=":")
        axes.plot([x, x], [rows[above], row], color="0.45", linewidth=0.7)
    axes.set(ylim=(-1, len(rows)), yticks=[])
    axes.set_ylabel("descent")
    axes.spines["left"].set_visible(False)
