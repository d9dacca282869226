"""A picture as a document: a network and the canvas it paints, as JSON or within its own PNG."""

from dataclasses import dataclass
from typing import Literal

import torch

from neatfool.encodings.interchange.json_text import NetworkJson, describe
from neatfool.errors import DataError, ShapeError
from neatfool.images import Canvas, render
from neatfool.images import to_png as image_to_png
from neatfool.networks import Graphs, compile_graphs
from neatfool.networks.compile import is_acyclic
from neatfool.settings import Settings
from neatfool.types import CPU

KEYWORD = "neatfool"
"""Of the text within a PNG."""
MOST_BYTES = 4 << 20
"""The longest document that is read, and the longest text within a PNG."""
MOST_NODES, MOST_EDGES = 4096, 16384
"""The largest network that is read; inputs count as nodes."""
MOST_PIXELS = 4096
"""The longest side of a canvas."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A network and the canvas it paints: all that it takes to paint a picture again.

    Attributes:
        graphs: A batch of one graph of the canvas's inputs and outputs.
        canvas: What it paints.
    """

    graphs: Graphs
    canvas: Canvas


class Document(Settings):
    """A picture as it is written down."""

    format: Literal["neatfool picture"]
    """What this is."""
    version: Literal[1]
    """Of the format."""
    network: NetworkJson
    """What paints."""
    canvas: Canvas
    """What it paints on."""


def to_text(picture: Picture) -> str:
    """Write a picture as JSON, without loss.

    Raises:
        DataError: A number is NaN or infinite, or the picture is larger than what is read.
        ShapeError: There is not exactly one graph.
    """
    check(picture)
    document = Document(
        format="neatfool picture",
        version=1,
        network=describe(picture.graphs),
        canvas=picture.canvas,
    )
    return document.model_dump_json(indent=1, exclude_defaults=True)


def to_png(picture: Picture, image: torch.Tensor | None = None) -> bytes:
    """Write a picture as a PNG that carries the network: a text chunk holds the JSON.

    Args:
        picture: What to write.
        image: ``(C, H, W)`` on the 8-bit grid, what it paints, if that is known already.

    Raises:
        DataError: As ``to_text``.
        ShapeError: There is not exactly one graph, or the image is not of the canvas's shape.
    """
    text = to_text(picture)
    if image is None:
        image = render(compile_graphs(picture.graphs), picture.canvas, CPU)[0]
    if tuple(image.shape) != picture.canvas.shape:
        raise ShapeError(
            f"expected an image of the canvas's shape {picture.canvas.shape}, got "
            f"{tuple(image.shape)}: paint it again"
        )
    return image_to_png(image, {KEYWORD: text})


def check_size(graphs: Graphs) -> None:
    """Make sure that a network is not too large."""
    if len(graphs.node_ids) > MOST_NODES or len(graphs.weights) > MOST_EDGES:
        raise too_large(f"{len(graphs.node_ids):,} and {len(graphs.weights):,}")


def check(picture: Picture) -> None:
    """Make sure that a picture can be painted, and is not too large."""
    graphs, canvas = picture.graphs, picture.canvas
    check_size(graphs)
    if not is_acyclic(graphs):
        raise DataError("expected a network with no cycle, disabled edges included, as it paints")
    channels, height, width = canvas.shape
    if not (1 <= height <= MOST_PIXELS and 1 <= width <= MOST_PIXELS):
        raise DataError(
            f"expected a canvas with sides of 1 to {MOST_PIXELS} pixels, got {height} x {width}"
        )
    if channels not in (1, 3) or (graphs.inputs, graphs.outputs) != (len(canvas.inputs), channels):
        raise DataError(
            "expected a network of 4 inputs (x, y, d, bias) and 1 output for a grey canvas or 3 "
            f"for a coloured one, got {graphs.inputs} and {graphs.outputs} for {channels} channels"
        )


def too_large(got: str) -> DataError:
    """Say that a network is too large."""
    return DataError(
        f"expected at most {MOST_NODES:,} nodes and {MOST_EDGES:,} edges, got {got}: choose a "
        "smaller network"
    )
