"""A small drawing of a network as SVG that goes into a page: it takes the colours of the page."""

import base64
import itertools
from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from neatfool.encodings import Medium
from neatfool.images import Canvas, levels_to_png
from neatfool.networks import Graphs
from neatfool.types import Doubles
from neatfool.viz.topology import symbols
from neatfool.viz.topology.layers import Places, layout
from neatfool.viz.topology.node_images import reach, shrunk, to_colours, values_on
from neatfool.viz.topology.routes import strengths_of
from neatfool.viz.topology.told import Words, edge_text, effective, names_of, node_text, part

_SIDE, _PITCH, _UNIT, _LABEL = 40.0, 74.0, 48.0, 15.0
_POINTS = 40
"""Of the images of nodes, a side."""


def inline_topology(graphs: Graphs, medium: Medium | None = None) -> str:
    """Draw what outputs depend on, inputs below: without an output's image, which is beside it.

    Edges are of the classes ``plus`` and ``minus``, whose colours a page chooses, as it does that
    of text. Where a pointer rests, nodes and edges say what they are.

    Args:
        graphs: A batch of one.
        medium: As ``topology`` takes it; nodes show images on a canvas, else signs.

    Returns:
        An SVG element of some kilobytes that refers to nothing.
    """
    shown = effective(graphs)
    called = [names_of(graphs, medium)[node] for node in shown]
    images = _images(graphs, medium, shown.tolist()) if isinstance(medium, Canvas) else None
    drawn = part(graphs, shown)
    places = layout(len(shown), drawn.inputs, drawn.outputs, drawn.sources, drawn.targets)
    height = len(places.depths) * _PITCH
    width = max(places.width * _UNIT, 2 * _UNIT)
    left = (width - places.width * _UNIT) / 2
    ends = [(left + x * _UNIT, height - (row + 0.5) * _PITCH) for x, row in _where(places)]
    words = Words.of(medium)
    parts = [*_edges(drawn, places, left, height, called)]
    for node, ((x, y), name) in enumerate(zip(ends, called, strict=True)):
        text = escape(node_text(drawn, node, name, words))
        code = None if node < drawn.inputs else int(drawn.activations[node])
        image = images[node] if images else None
        parts.append(f"<g><title>{text}</title>{_node(x, y, code, image, name)}</g>")
    label = f"Network of {len(shown)} nodes and {len(drawn.sources)} edges"
    return (
        f'<svg class="network" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'role="img" aria-label="{label}">{"".join(parts)}</svg>'
    )


def _images(graphs: Graphs, canvas: Canvas, nodes: Sequence[int]) -> list[str]:
    """Give the images of nodes as addresses."""
    values, _ = values_on(graphs, canvas, _POINTS)
    colours = (shrunk(to_colours(values[node], reach(values[node])), _POINTS) for node in nodes)
    pngs = (levels_to_png(each.transpose(2, 0, 1)) for each in colours)
    return ["data:image/png;base64," + base64.b64encode(png).decode() for png in pngs]


def _where(places: Places) -> Iterable[tuple[float, int]]:
    return zip(places.x.tolist(), places.rows.tolist(), strict=True)


def _node(x: float, y: float, code: int | None, image: str | None, name: str) -> str:
    """Draw a node around ``(x, y)``: its image or its sign, its name below."""
    colour = "currentColor" if code is None else symbols.colour(code)
    left, top = x - _SIDE / 2, y - _SIDE / 2
    box = f'x="{left:.1f}" y="{top:.1f}" width="{_SIDE:g}" height="{_SIDE:g}"'
    inside = f'<image {box} href="{image}" preserveAspectRatio="none"/>' if image else ""
    fill = "none" if image or code is None else colour
    inside += f'<rect {box} rx="4" fill="{fill}" stroke="{colour}" stroke-width="2.5"/>'
    if not image and code is not None and symbols.is_own(code):
        inside += f'<text class="own" x="{x:.1f}" y="{y + 6:.1f}" text-anchor="middle">f</text>'
    elif not image and code is not None:
        inside += f'<path d="{_curve(x, y, code)}" fill="none" stroke="#fff" stroke-width="2.5"/>'
    below = y + _SIDE / 2 + _LABEL - 2
    text = f'<text x="{x:.1f}" y="{below:.1f}" text-anchor="middle">{escape(name)}</text>'
    return inside + text


def _curve(x: float, y: float, code: int) -> str:
    along, up = (each[::4].tolist() for each in symbols.curve(code))
    points = zip(along, up, strict=True)
    return "M" + "L".join(f"{x + 14 * a:.1f},{y - 12 * b:.1f}" for a, b in points)


def _edges(
    graphs: Graphs, places: Places, left: float, height: float, called: Sequence[str]
) -> Iterable[str]:
    """Draw all edges, the strongest last."""
    strengths = strengths_of(graphs.weights)
    for edge in np.argsort(strengths, kind="stable").tolist():
        route: Doubles = left + places.routes[edge] * _UNIT
        row = int(places.rows[places.lower[edge]])
        sign = "plus" if graphs.weights[edge] >= 0 else "minus"
        strength = float(strengths[edge])
        look = f'stroke-width="{0.8 + 3 * strength:.1f}" opacity="{0.45 + 0.5 * strength:.2f}"'
        path = _path(route.tolist(), row, height)
        text = escape(edge_text(graphs, edge, called))
        yield f'<path class="{sign}" d="{path}" fill="none" {look}><title>{text}</title></path>'


def _path(route: Sequence[float], row: int, height: float) -> str:
    """Bend between rows, go straight through them; around itself, where a node leads to itself."""

    def level(at: float) -> float:
        return height - (at + 0.5) * _PITCH

    if len(route) == 1:
        x, y, half = route[0], level(row), _SIDE / 2
        right = x + 1.6 * half
        return f"M{x},{y - half}C{right},{y - 2 * half} {right},{y + 2 * half} {x},{y + half}"
    half = _SIDE / 2 / _PITCH
    path = f"M{route[0]:.1f},{level(row + half):.1f}"
    for step, (x, to) in enumerate(itertools.pairwise(route)):
        low, high = level(row + step + half), level(row + step + 1 - half)
        middle = (low + high) / 2
        path += f"L{x:.1f},{low:.1f}" if step else ""
        path += f"C{x:.1f},{middle:.1f} {to:.1f},{middle:.1f} {to:.1f},{high:.1f}"
    return path
