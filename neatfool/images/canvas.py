"""The canvas that networks paint on: its size, its coordinates, its colours."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import torch

from neatfool.images.colour import Colours, Rounding
from neatfool.types import Shape

Coordinates = Literal["normalised", "pixels"]


@dataclass(frozen=True)
class Canvas:
    """Where and how pictures are painted.

    Attributes:
        shape: ``(C, H, W)``; ``C`` is 1 for grey, 3 for colour.
        coordinates: ``"normalised"``: x and y run over [-1, 1]. ``"pixels"``: x and y are the raw
            pixel indices ``0 … size - 1``, as in the code released with Nguyen et al. 2015.
        rounding: To which of the 256 levels a value goes: the nearest, or the one below, as in
            the released code.
        colours: What three outputs are: hue, saturation, value, or hue, lightness, saturation as
            in the released code.
    """

    shape: Shape
    coordinates: Coordinates = "normalised"
    rounding: Rounding = "nearest"
    colours: Colours = "hsv"

    def points(self, device: torch.device) -> torch.Tensor:
        """Return what networks are asked: ``(4, H * W)`` float32, rows x, y, d, bias.

        x points right, y down; (-1, -1) is the top-left pixel. d is the distance to the centre in
        normalised units for either kind of coordinates; bias is 1.
        """
        return _points(self, device)


@lru_cache(maxsize=8)
def _points(canvas: Canvas, device: torch.device) -> torch.Tensor:
    _, height, width = canvas.shape
    y, x = torch.meshgrid(
        torch.linspace(-1, 1, height, dtype=torch.float64),
        torch.linspace(-1, 1, width, dtype=torch.float64),
        indexing="ij",
    )
    distance = torch.sqrt(x * x + y * y)
    if canvas.coordinates == "pixels":
        y, x = (y + 1) / 2 * (height - 1), (x + 1) / 2 * (width - 1)
    rows = torch.stack([x, y, distance, torch.ones_like(x)]).reshape(4, -1)
    return rows.to(device, torch.float32)
