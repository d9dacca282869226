"""Edges of a network: smooth lines from row to row, that run straight beside what they pass."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from neatfool.networks import Graphs, live_nodes
from neatfool.types import Doubles, Floats, Ints
from neatfool.viz.figures import Look
from neatfool.viz.topology.cards import FADE
from neatfool.viz.topology.sheet import Sheet
from neatfool.viz.topology.told import edge_text

POSITIVE, NEGATIVE = "#c2410c", "#1d63b8"
"""Warm and cool, as the values of nodes are."""
_DASHES = (0, (2.6, 2.2))
_DOTS = (0, (0.7, 1.1))


def draw_edges(axes: Axes, graphs: Graphs, sheet: Sheet, names: Sequence[str]) -> None:
    """Draw all edges of a network.

    Args:
        axes: In inches.
        graphs: A batch of one.
        sheet: Where everything is.
        names: Of its nodes.
    """
    starts, ends = _ports(sheet)
    strengths = strengths_of(graphs.weights)
    live = live_nodes(graphs)[graphs.targets]
    thickness = 0.75 + 0.35 * sheet.size.side
    for edge in np.argsort(strengths, kind="stable").tolist():
        look = edge_look(
            float(graphs.weights[edge]),
            float(strengths[edge]),
            bool(graphs.enabled[edge]),
            bool(live[edge]),
            bool(sheet.places.lower[edge] == graphs.targets[edge]),
        )
        look["linewidth"] *= thickness
        route = np.array([sheet.x(place) for place in sheet.places.routes[edge]])
        row = int(sheet.places.rows[sheet.places.lower[edge]])
        if len(route) == 1:
            path = _around(starts[edge], ends[edge], route[0], row, sheet)
        else:
            route[0], route[-1] = starts[edge], ends[edge]
            path = _path(route, row, sheet)
        look |= {"gid": f"edge-{graphs.innovations[edge]}", "label": edge_text(graphs, edge, names)}
        axes.add_patch(PathPatch(path, facecolor="none", zorder=2, **look))


def strengths_of(weights: Floats) -> Doubles:
    """Return the sizes of weights as shares of the largest: ``(E,)`` float64 in [0, 1]."""
    sizes = np.abs(weights.astype(np.float64))
    return sizes / max(float(sizes.max(initial=0.0)), 1e-30)


def edge_look(
    weight: float,
    strength: float,
    enabled: bool = True,
    live: bool = True,
    is_backward: bool = False,
) -> Look:
    """Return how matplotlib draws an edge: colour by sign, width and depth by size."""
    alpha = (0.4 + 0.5 * strength) if enabled else 0.6
    return {
        "edgecolor": POSITIVE if weight >= 0 else NEGATIVE,
        "linewidth": 0.5 + 2.6 * strength if enabled else 0.9,
        "linestyle": _DASHES if not enabled else _DOTS if is_backward else "-",
        "alpha": alpha if live else alpha * FADE,
        "capstyle": "butt",
    }


def _path(route: Doubles, row: int, sheet: Sheet) -> Path:
    """Bend between rows, go straight through them."""
    half = sheet.size.height / 2
    points, codes = [(route[0], sheet.y(row) + half)], [Path.MOVETO]
    for step in range(len(route) - 1):
        (x, to), low, high = (
            route[step : step + 2],
            *(
                sheet.y(row + step) + half,
                sheet.y(row + step + 1) - half,
            ),
        )
        if step:
            points.append((x, low))
            codes.append(Path.LINETO)
        middle = (low + high) / 2
        points += [(x, middle), (to, middle), (to, high)]
        codes += [Path.CURVE4] * 3
    return Path(points, codes)


def _around(start: float, end: float, middle: float, row: int, sheet: Sheet) -> Path:
    """Lead from the top of a node, to the right of it, to its bottom."""
    half, right = sheet.size.height / 2, middle + 0.85 * sheet.size.width
    top, bottom = sheet.y(row) + half, sheet.y(row) - half
    points = [(start, top), (right, top + half), (right, bottom - half), (end, bottom)]
    return Path(points, [Path.MOVETO, *[Path.CURVE4] * 3])


def _ports(sheet: Sheet) -> tuple[Doubles, Doubles]:
    """Spread the ends of edges over the sides of cards, in the order of where edges lead."""
    places, unit = sheet.places, sheet.size.width
    nodes = np.array([sheet.x(place) for place in places.x])
    after = np.array([route[:2][-1] for route in places.routes])
    before = np.array([route[-2:][0] for route in places.routes])
    starts = nodes[places.lower] + unit * _spread(places.lower, after)
    ends = nodes[places.upper] + unit * _spread(places.upper, before)
    return starts, ends


def _spread(nodes: Ints, towards: Doubles) -> Doubles:
    """Place the edges of each node between -0.4 and 0.4, ordered by ``towards``."""
    if not len(nodes):
        return np.empty(0)
    order = np.lexsort((towards, nodes))
    counts = np.bincount(nodes)
    ranks = np.arange(len(nodes)) - np.repeat(np.cumsum(counts) - counts, counts)
    many = np.repeat(counts, counts)
    shares = np.empty(len(nodes))
    shares[order] = (ranks - (many - 1) / 2) * np.minimum(0.14, 0.8 / np.maximum(many - 1, 1))
    return shares
