"""Palettes; and grey pictures of coloured ones and the other way round, by other networks."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from neatfool.encodings.interchange import Picture
from neatfool.errors import DataError
from neatfool.images import Canvas
from neatfool.networks import Graphs, activation_codes
from neatfool.networks.graph import NEUTRAL, offsets
from neatfool.sections.encoding import ALL_HUES, Hues, Saturation
from neatfool.settings import Settings

_MOST_NUMBER = 1 << 40


class Palette(Settings):
    """Colours that go together: what a canvas makes of hue and saturation, or grey alone."""

    name: str
    hues: Hues = ALL_HUES
    saturation: Saturation = 1.0
    colour: bool = True


PALETTES = (
    Palette(name="Rainbow"),
    Palette(name="Grey", colour=False),
    Palette(name="Pastel", saturation=0.4),
    Palette(name="Sepia", hues=(0.06, 0.13), saturation=0.45),
    Palette(name="Ink", hues=(0.56, 0.63), saturation=0.4),
    Palette(name="Embers", hues=(0.95, 1.15), saturation=0.9),
    Palette(name="Sunset", hues=(0.75, 1.13), saturation=0.75),
    Palette(name="Forest", hues=(0.14, 0.42), saturation=0.6),
    Palette(name="Sea", hues=(0.42, 0.66), saturation=0.75),
    Palette(name="Dusk", hues=(0.6, 0.95), saturation=0.6),
)
"""What a page offers; hues and saturation of one's own can be chosen as well."""


def to_colour(graphs: Graphs, next_innovation: int) -> Graphs:
    """Give grey pictures hue and saturation, which are 0 until they mutate: they look as before.

    As in Picbreeder, the new outputs are joined to all inputs by edges of weight 0. Hue is a sine,
    saturation a sigmoid.

    Args:
        graphs: ``P`` graphs of one output.
        next_innovation: Number of the first new edge; ``2 * inputs`` numbers are taken.

    Returns:
        Graphs of hue, saturation and value.
    """
    count, inputs = len(graphs), graphs.inputs
    places = (graphs.node_offsets[:-1] + inputs)[:, None].repeat(2, 1).reshape(-1)
    functions = np.tile(np.array(activation_codes(["sine", "sigmoid"]), np.int16), count)
    new: dict[str, npt.ArrayLike] = {
        "node_ids": 0,
        "activations": functions,
        "biases": 0,
        **NEUTRAL,
    }
    nodes = {n: np.insert(a, places, new[n]) for n, a in graphs.node_arrays().items()}
    bounds = offsets(graphs.node_counts + 2)
    positions = np.arange(bounds[-1]) - np.repeat(bounds[:-1], graphs.node_counts + 2)
    shifted = np.insert(graphs.node_ids + 2 * (graphs.node_ids >= inputs), places, 0)
    is_fixed = positions < inputs + 3
    nodes["node_ids"] = np.where(is_fixed, positions, shifted)

    ends = np.array([(i, inputs + o) for o in range(2) for i in range(inputs)])
    numbers = next_innovation + np.arange(len(ends))
    at_ends = graphs.edge_offsets[1:].repeat(len(ends))
    added: dict[str, Any] = {
        "sources": np.tile(ends[:, 0], count),
        "targets": np.tile(ends[:, 1], count),
        "weights": 0,
        "enabled": True,
        "innovations": np.tile(numbers, count),
    }
    old = graphs.edge_arrays()
    for name in ("sources", "targets"):
        old[name] = old[name] + 2 * (old[name] >= inputs)
    edges = {name: np.insert(array, at_ends, added[name]) for name, array in old.items()}
    return Graphs(
        inputs,
        3,
        node_offsets=bounds,
        edge_offsets=offsets(graphs.edge_counts + len(ends)),
        **nodes,
        **edges,
    )


def to_grey(graphs: Graphs, brightness: int, next_node: int) -> Graphs:
    """Keep the brightness of coloured pictures; the other outputs become hidden nodes.

    Args:
        graphs: ``P`` graphs of three outputs.
        brightness: Which of the outputs it is.
        next_node: Number of the first of two new hidden nodes, above those of all others.

    Returns:
        Graphs of one output.
    """
    inputs = graphs.inputs
    positions = np.arange(len(graphs.node_ids)) - graphs.node_offsets[graphs.node_owners]
    others = [inputs + output for output in range(3) if output != brightness]
    ids = graphs.node_ids - 2 * (graphs.node_ids >= inputs + 3)
    ids = np.where(positions == inputs + brightness, inputs, ids)
    for number, other in enumerate(others):
        ids = np.where(positions == other, next_node + number, ids)
    order = np.lexsort((ids, graphs.node_owners))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    place -= graphs.node_offsets[graphs.node_owners]
    nodes = {name: array[order] for name, array in graphs.node_arrays().items()}
    nodes["node_ids"] = ids[order]
    first = np.repeat(graphs.node_offsets[:-1], graphs.edge_counts)
    made = graphs.changed(
        sources=place[first + graphs.sources], targets=place[first + graphs.targets], **nodes
    )
    return made.changed(outputs=1)


def on_square(picture: Picture, side: int) -> Picture:
    """Paint a picture on a square canvas of normalised coordinates, in numbers of a session.

    Raw pixel coordinates are turned into normalised ones within the network: what is added to them
    goes into the biases. So the same network paints the same pattern at any size.

    Raises:
        DataError: Coordinates are pixels, and nodes do more than sum, or weights are too large.
    """
    graphs, canvas = picture.graphs, picture.canvas
    if canvas.coordinates == "pixels":
        graphs = _normalised(graphs, canvas)
    if max(graphs.node_ids.max(), graphs.innovations.max(initial=0)) >= _MOST_NUMBER:
        graphs = graphs.changed(
            node_ids=np.arange(len(graphs.node_ids)), innovations=np.arange(len(graphs.weights))
        )
    shape = (canvas.shape[0], side, side)
    return Picture(graphs, replace(canvas, shape=shape, coordinates="normalised"))


def _normalised(graphs: Graphs, canvas: Canvas) -> Graphs:
    """Let a network take x and y over [-1, 1] for raw pixel indices: w·px = w·h·x + w·h."""
    if graphs.responses is not None or graphs.aggregations is not None:
        raise DataError(
            "expected nodes that sum what comes in where coordinates are pixels, got others: "
            "choose another picture"
        )
    weights, biases = graphs.weights.astype(np.float64), graphs.biases.astype(np.float64)
    for axis, length in ((0, canvas.shape[2]), (1, canvas.shape[1])):
        found = graphs.sources == axis
        weights[found] *= (length - 1) / 2
        found &= graphs.enabled
        np.add.at(biases, graphs.targets[found], weights[found])
    kind = graphs.weights.dtype
    most = np.finfo(kind).max
    if max(np.abs(weights).max(initial=0), np.abs(biases).max()) > most:
        raise DataError(
            f"expected weights well within {most:.0e}, got more: choose another picture"
        )
    return graphs.changed(weights=weights.astype(kind), biases=biases.astype(kind))
