"""Substrates: sheets of nodes above one another, and links between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon

from neatfool.errors import ShapeError
from neatfool.types import Doubles
from neatfool.viz.figures import HEADING, Figure, Look, shorten
from neatfool.viz.topology.routes import NEGATIVE, POSITIVE

MOST = 300
"""Up to so many links are all drawn; of more, those that lead to one node of each sheet."""
_SHEAR, _FLAT = 0.35, 0.38
"""How far what is near lies to the left, and how much lower."""
_APART, _BESIDE = 1.7, 3.4
"""From one level to the next, and from one sheet to the next on a level; a sheet is 2 wide."""
_INCH = 1.35
_PLANE, _EDGE, _NODE = "#f3f4f6", "#c3c8d0", "#1c2128"


@dataclass(frozen=True, eq=False)
class Bundle:
    """All links from one sheet to another.

    Attributes:
        source: Name of a sheet.
        target: Name of a sheet.
        weights: ``(S, T)``, 0 where there is no link.
        is_recurrent: They carry values of the step before.
    """

    source: str
    target: str
    weights: npt.NDArray[np.floating]
    is_recurrent: bool = False


def substrate(
    sheets: Mapping[str, npt.NDArray[np.floating]], bundles: Sequence[Bundle], heading: str = ""
) -> Figure:
    """Draw sheets as planes, inputs at the bottom, and links between them.

    Of more than `MOST` links, those are drawn that lead to the node in the middle of each sheet, up
    to so many of the strongest from each other sheet. Positive links are warm and negative ones
    cool; thicker means stronger. Those of the step before are dotted.

    Args:
        sheets: By name, ``(N, 2)`` places of nodes in [-1, 1], x right and y down: towards the one
            who looks.
        bundles: What connects them.
        heading: One line above.

    Returns:
        A figure with a single axes.

    Raises:
        ShapeError: There is no sheet, or the links do not fit the sheets.
    """
    for each in bundles:
        shape = tuple(len(sheets.get(name, ())) for name in (each.source, each.target))
        if each.weights.shape != shape or 0 in shape:
            raise ShapeError(
                f"{each.source} → {each.target}: expected weights (S, T) of {shape} nodes, got "
                f"{each.weights.shape}"
            )
    if not sheets:
        raise ShapeError("expected at least one sheet to draw, got none")
    corners = _corners(sheets, bundles)
    places = {name: _seen(np.asarray(nodes), corners[name]) for name, nodes in sheets.items()}
    names = 0.085 * max(len(shorten(name, 20)) for name in sheets)
    low, high = (np.stack([*corners.values()]).min(axis=0), np.stack([*corners.values()]).max(0))
    left = low[0] - 1.08 - max(_SHEAR + 0.15, 0.2 + names / _INCH)
    spans = high[0] + 1 + _SHEAR + 0.15 - left, high[1] - low[1] + 2 * _FLAT + 0.9
    size = max(_INCH * spans[0], 0.09 * len(heading)), _INCH * spans[1]
    figure = Figure(figsize=size, dpi=160, facecolor="white")
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    top = high[1] + _FLAT + 0.62
    axes.set(xlim=(left, left + size[0] / _INCH), ylim=(top - spans[1], top), autoscale_on=False)
    axes.set_axis_off()
    for name, nodes in places.items():
        _lay(axes, name, nodes, corners[name])
    total = sum(np.count_nonzero(each.weights) for each in bundles)
    largest = max((float(np.abs(each.weights).max()) for each in bundles), default=0.0) or 1.0
    for each in bundles:
        middle = None if total <= MOST else _middle(np.asarray(sheets[each.target]))
        _link(axes, each, places, middle, largest)
    said = f"{total:,} links"
    if total > MOST:
        said += ", of which those to the middle of each sheet are drawn"
    how: Look = {"va": "top", "transform": axes.transAxes}
    axes.text(0.02, 1 - 0.1 / size[1], heading, **how, **HEADING)
    axes.text(0.02, 1 - 0.36 / size[1], said, fontsize=8, color="0.35", parse_math=False, **how)
    signs = [Line2D([], [], color=colour) for colour in (POSITIVE, NEGATIVE)]
    axes.legend(signs, ["positive", "negative"], loc="lower right", frameon=False, fontsize=8)
    return figure


def _corners(
    sheets: Mapping[str, npt.NDArray[np.floating]], bundles: Sequence[Bundle]
) -> dict[str, Doubles]:
    """Place the middle of each sheet: above all that lead to it, outputs at the top."""
    levels = dict.fromkeys(sheets, 0)
    forward = [(each.source, each.target) for each in bundles if not each.is_recurrent]
    for _ in sheets:
        for source, target in forward:
            levels[target] = max(levels[target], levels[source] + 1)
    ends = {target for _, target in forward} - {source for source, _ in forward}
    levels |= dict.fromkeys(ends, max(levels.values()))
    found = {}
    for level in {*levels.values()}:
        own = [name for name in sheets if levels[name] == level]
        for place, name in enumerate(own):
            found[name] = np.array([_BESIDE * (place - (len(own) - 1) / 2), _APART * level])
    return found


def _seen(nodes: npt.NDArray[np.floating], corner: Doubles) -> Doubles:
    """Look at points of a sheet from above and before it."""
    x, y = nodes.T.astype(np.float64)
    return corner + np.stack([x - _SHEAR * y, -_FLAT * y], axis=1)


def _lay(axes: Axes, name: str, nodes: Doubles, corner: Doubles) -> None:
    """Draw a sheet."""
    ends = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * 1.08
    level = 10 * corner[1]
    look: Look = {"facecolor": _PLANE, "edgecolor": _EDGE, "linewidth": 0.8}
    axes.add_patch(Polygon(_seen(ends, corner), alpha=0.85, zorder=level + 2, **look))
    side = max(0.6, min(3.5, 45 / np.sqrt(len(nodes))))
    axes.plot(*nodes.T, "o", color=_NODE, markersize=side, markeredgewidth=0, zorder=level + 3)
    said = shorten(name, 20)
    at = corner - (1.2, 0)
    how: Look = {"ha": "right", "va": "center", "fontsize": 9, "parse_math": False}
    axes.text(float(at[0]), float(at[1]), said, zorder=level + 4, **how)


def _middle(nodes: npt.NDArray[np.floating]) -> int:
    """Choose the node that is nearest to the middle of its sheet."""
    middle = (nodes.min(axis=0) + nodes.max(axis=0)) / 2
    return int(((nodes - middle) ** 2).sum(axis=1).round(9).argmin())


def _link(
    axes: Axes,
    bundle: Bundle,
    places: Mapping[str, Doubles],
    target: int | None,
    largest: float,
) -> None:
    """Draw links, all of a bundle or the strongest to one of its targets, the strongest on top."""
    weights = bundle.weights
    if target is not None:
        weights = np.where(np.arange(weights.shape[1]) == target, weights, 0)
    order = np.argsort(np.abs(weights), axis=None, kind="stable")[-MOST:]
    sources, targets = np.unravel_index(order[weights.ravel()[order] != 0], weights.shape)
    ends = np.stack([places[bundle.source][sources], places[bundle.target][targets]], axis=1)
    shown = weights[sources, targets]
    look: Look = {
        "colors": [POSITIVE if weight > 0 else NEGATIVE for weight in shown],
        "linewidths": 0.3 + 1.5 * np.abs(shown) / largest,
        "linestyles": ":" if bundle.is_recurrent else "-",
    }
    level = 10 * float(places[bundle.source][:, 1].mean())
    axes.add_collection(LineCollection([*ends], alpha=0.7, zorder=level + 5, **look))
    if target is not None:
        chosen = places[bundle.target][target]
        level = 10 * float(places[bundle.target][:, 1].mean())
        axes.plot(*chosen, "o", color=_NODE, markersize=7, zorder=level + 4)
