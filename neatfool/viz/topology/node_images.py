"""The image that each node of a network computes, in colours that mean the same everywhere."""

from dataclasses import replace

import numpy as np
import torch
from PIL import Image

from neatfool.images import Canvas, to_levels
from neatfool.networks import Graphs, node_values
from neatfool.types import CPU, Bytes, Floats

_MOST = 256  # pixels a side that networks are asked for
_STOPS = {
    -1.0: (0xD6, 0xF1, 0xFF),
    -0.6: (0x3F, 0x9C, 0xDA),
    -0.25: (0x16, 0x4A, 0x86),
    0.0: (0x0A, 0x0A, 0x10),
    0.25: (0x86, 0x2A, 0x12),
    0.6: (0xE2, 0x7A, 0x2A),
    1.0: (0xFF, 0xEE, 0xC4),
}
"""Brightness is the size of a value, which is what a canvas shows; the hue is its sign."""


def values_on(
    graphs: Graphs, canvas: Canvas, least: int = 1, most: int = _MOST
) -> tuple[Floats, Canvas]:
    """Compute every node of a network at the pixels of a canvas, or at other points of it.

    Args:
        graphs: A batch of one.
        canvas: Where its pixels are too many or too few, other points are asked for, from the
            first to the last pixel.
        least: Points that the longer side has at least; each pixel gets a whole number of them.
        most: Points that a side has at most.

    Returns:
        ``(N, h, w)`` float32, and a canvas of the points that were asked for.
    """
    channels, height, width = canvas.shape
    finer = -(-least // max(height, width))
    asked = replace(canvas, shape=(channels, min(finer * height, most), min(finer * width, most)))
    points = asked.points(CPU)
    if canvas.coordinates == "pixels" and asked != canvas:
        pairs = zip((width, height), asked.shape[:0:-1], strict=True)
        steps = torch.tensor([[(whole - 1) / max(1, part - 1)] for whole, part in pairs])
        points = torch.cat([points[:2] * steps, points[2:]])
    values: Floats = node_values(graphs, points).reshape(-1, *asked.shape[1:]).numpy()
    return values, asked


def painted(outputs: Floats, canvas: Canvas) -> Bytes:
    """Paint the outputs ``(C, H, W)`` of one network: ``(H, W, 3)`` uint8."""
    values = torch.from_numpy(outputs.copy()).flatten(1)[None]
    levels = to_levels(canvas.paint(values).reshape(canvas.shape))
    return np.broadcast_to(levels.transpose(1, 2, 0), (*canvas.shape[1:], 3))


def reach(values: Floats) -> float:
    """Return the largest finite size of values, at least 1."""
    sizes = np.abs(values[np.isfinite(values)])
    return float(sizes.max(initial=1.0))


def to_colours(values: Floats, scale: float = 1.0) -> Bytes:
    """Turn values into colours: 0 is black, plus the scale bright and warm, minus it cool.

    Args:
        values: Of any shape. NaN counts as 0; what is beyond the scale is as bright as it.
        scale: Above 0.

    Returns:
        uint8 of that shape with an axis of 3 more.
    """
    places = np.clip(np.nan_to_num(values / scale, nan=0.0), -1, 1)
    channels = [np.interp(places, [*_STOPS], each) for each in zip(*_STOPS.values(), strict=True)]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def shrunk(image: Bytes, most: int) -> Bytes:
    """Average an image ``(h, w, 3)`` down to at most so many pixels a side."""
    height, width = image.shape[:2]
    if max(height, width) <= most:
        return image
    share = most / max(height, width)
    size = max(1, round(width * share)), max(1, round(height * share))
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BOX))
