"""Topology of one network: nodes by depth, and in each node the image it computes.

Each image of a CPPN is made of those below it (Stanley 2007; Secretan et al. 2011, Picbreeder).
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from neatfool.encodings import Genomes, Medium, network_part
from neatfool.encodings.neat.drawn import StockConfig, StockGenome, is_config, labelled
from neatfool.errors import ShapeError
from neatfool.images import Canvas
from neatfool.networks import Graphs, live_nodes
from neatfool.types import Bytes, Floats
from neatfool.viz.figures import Figure
from neatfool.viz.topology.cards import Card, Size, draw_card, draw_image, write
from neatfool.viz.topology.layers import layout
from neatfool.viz.topology.legend import Legend
from neatfool.viz.topology.node_images import painted, reach, shrunk, to_colours, values_on
from neatfool.viz.topology.routes import draw_edges
from neatfool.viz.topology.sheet import MARGIN, RIGHT, Sheet
from neatfool.viz.topology.told import Words, effective, names_of, node_text, part, unusual

Nodes = Literal["images", "symbols"]
_FINE = 112  # points a side that the images of nodes have at least
_FEW = 40  # nodes; the images of more have 64 pixels a side, not 128
_BAND, _GREY = "#f3f4f6", "#6a707a"


def topology(
    graphs: Genomes | StockGenome,
    medium: Medium | StockConfig | None = None,
    nodes: Nodes | None = None,
    heading: str = "",
    notes: Mapping[int, str] | None = None,
    whole: bool = False,
    names: Mapping[int, str] | None = None,
) -> Figure:
    """Draw a network from its inputs, below, to its outputs, above.

    Nodes stand in rows by depth, the longest way from an input. Edges that close a cycle are dotted
    and lead downwards. Their images have fixed colours:
    0 is black, -1 bright and cool, 1 bright and warm; where values go beyond that, the card says
    how far. What no output depends on is left out.

    Args:
        graphs: A batch of one, or one genome of any encoding, such as ``genome.alone()``; of
            hybrids the indirect part is drawn. Or a genome of neat-python.
        medium: Names the inputs. A canvas names the outputs too, and is what images need: the
            network's picture is then at the top. None: inputs are called i0, i1 and so on. Of a
            genome of neat-python its config: nodes are called by their keys.
        nodes: Whether nodes show the images they compute on the canvas, or their activations; none:
            images, if there is a canvas.
        heading: One line above.
        notes: Short texts under nodes, by the ids of these; in neat-python by their keys.
        whole: Draw what no output depends on, too, faded; and edges that are disabled, dashed.
        names: Of nodes, by the same numbers, in place of what they are called else.

    Returns:
        A figure with one axes in units of inches. In an SVG file of it there is a group
        ``node-ID`` for each node and ``edge-INNOVATION`` for each edge, with a text that is shown
        where a pointer rests.

    Raises:
        ConfigError: The genes of the genome are pixels or weights; it is of neat-python, and its
            config is missing; or a name is of a node that it lacks.
        ShapeError: There is not exactly one graph, it does not fit the medium, or images are wanted
            without a canvas, or of a network with a cycle.
    """
    if is_config(medium):
        graphs, medium = labelled(graphs, medium, names)
        notes = {medium.node_of(key): text for key, text in (notes or {}).items()}
        names = None
    graphs = network_part(graphs)
    nodes = nodes or ("images" if isinstance(medium, Canvas) else "symbols")
    _check(graphs, medium, nodes)
    shown = np.arange(len(graphs.node_ids)) if whole else effective(graphs)
    images = picture = None
    if isinstance(medium, Canvas):
        values, canvas = values_on(graphs, medium)
        picture = painted(values[graphs.inputs : graphs.inputs + graphs.outputs], canvas)
        if nodes == "images":
            images = values_on(graphs, medium, least=_FINE)[0][shown]
    called, all_ = [names_of(graphs, medium, names)[node] for node in shown], graphs
    graphs = graphs if whole else part(graphs, shown)
    cards = _cards(graphs, (called, words := Words.of(medium)), images, notes or {})
    legend = Legend.of(graphs, nodes == "images", words)
    places = layout(len(cards), graphs.inputs, graphs.outputs, graphs.sources, graphs.targets)
    sheet = Sheet(
        places,
        Size.of(len(cards), len(places.depths), max(len(card.captions) for card in cards)),
        picture is not None,
        legend.height,
        max(0.115 * len(heading), 0.078 * len(counted := _counted(graphs, all_))),
    )
    dpi = float(np.clip(1800 / sheet.height, 96, 160))
    figure = Figure(figsize=(sheet.width, sheet.height), dpi=dpi, facecolor="white")
    figure.suppressComposite = True  # each image stays one of its own in an SVG file
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    _draw_bands(axes, sheet)
    _draw_headings(axes, sheet, counted, heading)
    if picture is not None:
        _draw_picture(axes, sheet, graphs, picture)
    draw_edges(axes, graphs, sheet, called)
    for card, x, row in zip(cards, sheet.places.x, sheet.places.rows, strict=True):
        draw_card(axes, card, sheet.x(x), sheet.y(row), sheet.size)
    legend.draw(axes, sheet.width - RIGHT + 0.3, sheet.height - MARGIN)
    axes.set(xlim=(0, sheet.width), ylim=(0, sheet.height), autoscale_on=False)
    return figure


def _check(graphs: Graphs, medium: Medium | None, nodes: Nodes) -> None:
    if len(graphs) != 1:
        raise ShapeError(f"expected one graph, got {len(graphs)}: select one")
    if nodes == "images" and not isinstance(medium, Canvas):
        raise ShapeError("nodes show images only of networks that paint: choose symbols")
    wanted = (len(medium.inputs), medium.outputs) if medium else (graphs.inputs, graphs.outputs)
    if wanted != (graphs.inputs, graphs.outputs):
        raise ShapeError(
            f"expected a network of {wanted[0]} inputs and {wanted[1]} outputs, got "
            f"{graphs.inputs} and {graphs.outputs}"
        )


def _cards(
    graphs: Graphs,
    called: tuple[Sequence[str], Words],
    values: Floats | None,
    notes: Mapping[int, str],
) -> list[Card]:
    """Describe what is drawn of each node."""
    names, words = called
    live, ids = live_nodes(graphs), graphs.node_ids.tolist()
    facts = [unusual(graphs, node, words) for node in range(len(ids))]
    pixels = 128 if len(ids) <= _FEW else 64
    cards = []
    for node, number in enumerate(ids):
        captions, image, scale = [names[node]], None, 1.0
        captions += [notes.get(number, "")] if notes else []
        captions += [facts[node]] if any(facts) else []
        if values is not None:
            scale = reach(values[node])
            image = shrunk(to_colours(values[node], scale), pixels)
        code = None if node < graphs.inputs else int(graphs.activations[node])
        said = node_text(graphs, node, names[node], words)
        cards.append(Card(f"node-{number}", captions, said, code, image, scale, bool(live[node])))
    return cards


def _counted(graphs: Graphs, all_: Graphs) -> str:
    """Say how much there is, and how much of it is not drawn."""
    count, edges = len(graphs.node_ids), len(graphs.sources)
    text = f"{count} nodes, {edges} edges"
    disabled = int((~graphs.enabled).sum())
    text += f" ({disabled} disabled)" if disabled else ""
    hidden = {"node": len(all_.node_ids) - count, "edge": len(all_.sources) - edges}
    told = [f"{number} {what}{'s' * (number > 1)}" for what, number in hidden.items() if number]
    return text + (f"; without effect and left out: {', '.join(told)}" if told else "")


def _draw_bands(axes: Axes, sheet: Sheet) -> None:
    """Draw a stripe for every other depth, and say at the left which depth it is."""
    for depth in np.unique(sheet.places.depths).tolist():
        rows = np.flatnonzero(sheet.places.depths == depth)
        low, high = sheet.y(int(rows[0])), sheet.y(int(rows[-1]))
        if depth % 2 == 0:
            below, above = low - sheet.pitch / 2, high + sheet.pitch / 2
            stripe = Rectangle((0, below), sheet.width - RIGHT + 0.1, above - below, zorder=0)
            stripe.set(facecolor=_BAND, edgecolor="none")
            axes.add_patch(stripe)
        text = f"depth {depth}" if depth else "inputs"
        write(axes, 0.13, (low + high) / 2, text, 7.5, ha="left", color=_GREY)


def _draw_headings(axes: Axes, sheet: Sheet, text: str, heading: str) -> None:
    y = sheet.height - MARGIN
    if heading:
        write(axes, 0.13, y, heading, 13, ha="left", va="top", weight="bold")
    write(axes, 0.13, y - 0.27 * bool(heading), text, 9, ha="left", va="top", color=_GREY)


def _draw_picture(axes: Axes, sheet: Sheet, graphs: Graphs, picture: Bytes) -> None:
    """Draw the picture above the outputs, and lines from these to it."""
    outputs = range(graphs.inputs, graphs.inputs + graphs.outputs)
    starts = [sheet.x(sheet.places.x[node]) for node in outputs]
    half = sheet.picture_side / 2
    x, y = float(np.mean(starts)), sheet.picture_middle
    x = min(max(x, 0.75 + half), sheet.width - RIGHT - half)
    height = 2 * half * picture.shape[0] / max(picture.shape[:2])
    for node, start in zip(outputs, starts, strict=True):
        low = sheet.y(sheet.places.rows[node]) + sheet.size.height / 2
        end = x + (start - x) * min(1.0, 0.6 * half / (abs(start - x) + 1e-9))
        axes.plot([start, end], [low, y - height / 2], color=_GREY, linewidth=1, zorder=1)
    draw_image(axes, shrunk(picture, 256), x, y, 2 * half)
    width = height * picture.shape[1] / picture.shape[0]
    frame = Rectangle((x - width / 2, y - height / 2), width, height, zorder=5)
    frame.set(facecolor="none", edgecolor=_GREY, linewidth=0.8)
    axes.add_patch(frame)
    write(axes, x + half + 0.1, y, "picture", 9, ha="left", color=_GREY)
