"""Curves of scores for a page: lines that stretch, letters that do not, colours of the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from neatfool.reporting import Unit
from neatfool.types import Doubles, Floats
from neatfool.viz.curves import LEGEND, medians
from neatfool.viz.figures import shorten
from neatfool.viz.scales import Axis, Evaluations, plural, spread

_POINTS = 240
"""Generations that are drawn, at most; of more, late ones are left out before early ones."""
_SIDE = 1000
"""Of the box that lines are drawn in, which is stretched."""
_LINE = 0.048
"""Height of a label, as a share of the chart's."""
_LETTERS = 24
_COLOURS = 7


@dataclass(frozen=True)
class _Curve:
    name: str
    values: Doubles
    kind: str


def chart(evaluations: Floats, scores: Floats, names: Sequence[str], unit: Unit) -> str:
    """Draw how the score in every niche, and their median, grew.

    Up to `LEGEND` niches each have a line and, at its end, a name. Of more there are the median,
    and bands that half of them and all of them are in.

    Args:
        evaluations: ``(G,)`` so far, one per generation.
        scores: ``(G, K)``; what is not finite leaves a gap.
        names: ``K`` names.
        unit: Of the scores.

    Returns:
        HTML that refers to nothing; its classes are those of page.css. Empty: nothing is known.
    """
    if not np.isfinite(scores).any():
        return ""
    kept = np.arange(len(scores))
    if len(scores) > _POINTS:
        kept = np.unique(np.geomspace(1, len(scores), _POINTS).round().astype(int) - 1)
    known = np.where(np.isfinite(scores), np.asarray(scores, np.float64), np.nan)
    y = known[kept].T
    axis, along = Axis.of(y, unit), Evaluations.of(evaluations)
    across = along.across(np.asarray(evaluations)[kept]) * _SIDE
    bands, curves = _curves(y, names, unit)
    parts = [f'<path class="{kind}" d="{_area(across, axis, *of)}"/>' for kind, of in bands.items()]
    parts += [_line(curve, across, axis) for curve in curves]
    grid = "".join(f'<path class="grid" d="M0,{_at(h)}H{_SIDE}"/>' for h in axis.heights)
    marks = {float(along.across(place)): name for place, name in along.marks().items()}
    grid += "".join(f'<path class="grid" d="M{_SIDE * x:.0f},0V{_SIDE}"/>' for x in marks)
    under = "".join(f'<span style="left:{100 * x:.2f}%">{name}</span>' for x, name in marks.items())
    ticks = "".join(
        f'<span style="bottom:{100 * height:.2f}%">{escape(name)}</span>'
        for height, name in zip(axis.heights, axis.names, strict=True)
    )
    return (
        f'<div class="chart" aria-hidden="true"><div class="ticks">{ticks}</div>'
        f'<svg viewBox="0 0 {_SIDE} {_SIDE}" preserveAspectRatio="none">{grid}{"".join(parts)}'
        f'</svg><div class="ends">{"".join(_labels(curves, axis, unit))}</div>'
        f'<div class="under">{under}<b>evaluations</b></div></div>'
    )


def _curves(
    y: Doubles, names: Sequence[str], unit: Unit
) -> tuple[dict[str, tuple[Doubles, Doubles]], list[_Curve]]:
    """Choose what is drawn of ``(K, G)`` scores: bands by class, and lines."""
    if len(y) == 1:
        return {}, [_Curve(names[0], y[0], "median")]
    median = _Curve("median", medians(y), "median")
    if len(y) <= LEGEND:
        kinds = [f"line c{k % _COLOURS}{' dashed' * (k // _COLOURS % 2)}" for k in range(len(y))]
        return {}, [*map(_Curve, names, y, kinds), median]
    known = np.where(np.isfinite(y).any(axis=0), y, np.where(np.isfinite(y), y, 0))
    low, first, third, high = np.nanquantile(known, (0, 0.25, 0.75, 1), axis=0)
    what = plural(unit)
    ends = [_Curve(f"lowest of {len(y):,} {what}", low, "edge"), _Curve("highest", high, "edge")]
    return {"all": (low, high), "half": (first, third)}, [*ends, median]


def _at(height: float) -> str:
    return f"{_SIDE * (1 - height):.1f}"


def _line(curve: _Curve, across: Doubles, axis: Axis) -> str:
    """Draw a line, with gaps where there is no score."""
    path, is_drawing = [], False
    for x, value in zip(across.tolist(), curve.values.tolist(), strict=True):
        if np.isfinite(value):
            path.append(f"{'L' if is_drawing else 'M'}{x:.0f},{_at(axis.height(value))}")
        is_drawing = bool(np.isfinite(value))
    path.append("h4" if len(path) == 1 else "")
    return f'<path class="{curve.kind}" d="{"".join(path)}"/>'


def _area(across: Doubles, axis: Axis, low: Doubles, high: Doubles) -> str:
    ends = [*zip(across, low, strict=True), *zip(across[::-1], high[::-1], strict=True)]
    points = (f"{x:.0f},{_at(axis.height(float(y)))}" for x, y in ends)
    return "M" + "L".join(points) + "Z"


def _labels(curves: Sequence[_Curve], axis: Axis, unit: Unit) -> list[str]:
    """Name lines at their ends, apart from one another."""
    last = [float(curve.values[-1]) for curve in curves]
    named = sorted((axis.height(y), k) for k, y in enumerate(last) if np.isfinite(y))
    heights = spread(np.array([height for height, _ in named]), _LINE)
    return [
        f'<span class="{curves[k].kind}" style="bottom:{100 * height:.2f}%">'
        f"{escape(shorten(curves[k].name, _LETTERS))} <b>{escape(unit.write(last[k]))}</b></span>"
        for height, (_, k) in zip(heights.tolist(), named, strict=True)
    ]
