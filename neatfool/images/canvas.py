"""The canvas that networks paint on, and painting (CPPNs: Stanley 2007)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch

from neatfool.errors import NeatfoolError, ShapeError
from neatfool.images.colour import paint, paint_smoothly, tinted
from neatfool.images.pictures import to_levels
from neatfool.networks import Graphs, Networks, compile_graphs, execute
from neatfool.networks.executors.torch_gradients import weight_gradients
from neatfool.networks.morph import morph
from neatfool.sections.encoding import (
    ALL_HUES,
    ColourSpace,
    Coordinates,
    Hues,
    Rounding,
    Saturation,
)
from neatfool.types import CPU, Bytes, Floats, Images, Shape, check_shape

_AT_ONCE = 1 << 18  # pixels


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
        extent: Height and width that raw pixel indices count; none: those of the shape.
        hues: Where hues begin and end, as in ``colour.tinted``.
        saturation: The largest.
        tiles: How many there are in each direction, each the mirror image of its neighbours: x and
            y run over each. The distance is that to the centre of the picture.
    """

    shape: Shape
    coordinates: Coordinates = "normalised"
    rounding: Rounding = "nearest"
    colours: ColourSpace = "hsv"
    extent: tuple[int, int] | None = None
    hues: Hues = ALL_HUES
    saturation: Saturation = 1.0
    tiles: int = 1
    inputs = ("x", "y", "d", "bias")
    makes = "images"

    def __post_init__(self) -> None:
        check_shape(self.shape)

    @property
    def outputs(self) -> int:
        """One for grey, three for colour."""
        return self.shape[0]

    def paint(self, values: torch.Tensor) -> Images:
        """Turn outputs of networks ``(P, C, X)`` into colours, in place: see ``colour.paint``."""
        if self.shape[0] == 3:
            values = tinted(values, self.colours, self.hues, self.saturation)
        return paint(values, self.rounding, self.colours)

    def express(self, networks: Networks, device: torch.device) -> Images:
        """Let each network paint a picture, as ``render`` does."""
        return render(networks, self, device)

    def pull(self, networks: Networks, gradients: torch.Tensor) -> torch.Tensor:
        """Pull gradients in the pictures of networks back to their weights.

        Rounding to levels passes them on unchanged.

        Args:
            networks: ``P`` of them.
            gradients: ``(P, C, H, W)``.

        Returns:
            ``(E,)`` of their type, on their device.
        """

        def paint(values: torch.Tensor) -> torch.Tensor:
            if self.shape[0] == 3:
                values = tinted(values.clone(), self.colours, self.hues, self.saturation)
            return paint_smoothly(values, self.colours)

        points, wanted = self.points(gradients.device).to(gradients.dtype), gradients.flatten(2)
        if self.tiles > 1:  # mirrored: most points come several times, and are computed once
            points, places = torch.unique(points.round(decimals=5), dim=1, return_inverse=True)
            once = wanted.new_zeros(*wanted.shape[:2], points.shape[1])
            wanted = once.index_add_(2, places, wanted)
        return weight_gradients(networks, points, wanted, paint)

    def enlarged(self, longest: int) -> "Canvas":
        """Return a canvas for the same pictures with another number of pixels.

        Args:
            longest: Pixels of the longer side.
        """
        channels, *sides = self.shape
        height, width = (max(1, round(side * longest / max(sides))) for side in sides)
        extent = self.extent or (sides[0], sides[1])
        return replace(self, shape=(channels, height, width), extent=extent)

    def points(self, device: torch.device) -> torch.Tensor:
        """Return what networks are asked: ``(4, H * W)`` float32, rows x, y, d, bias.

        x points right, y down; (-1, -1) is the top-left pixel. d is the distance to the centre in
        normalised units for either kind of coordinates; bias is 1.
        """
        return _points(self, device)


def render(networks: Networks, canvas: Canvas, device: torch.device) -> Images:
    """Paint one picture per network by asking it for the colour of every pixel.

    Every network sees the same coordinates, so the whole population is one batched pass. The sign
    of an output is dropped, as in the code released with Nguyen et al. 2015: -1 and 1 are both
    white.

    Args:
        networks: ``P`` compiled networks with inputs x, y, d, bias. One output is a grey level;
            three are those of the canvas's colours.
        canvas: Size and coordinates.
        device: Where to compute.

    Returns:
        ``(P, C, H, W)`` float32 in [0, 1] on the 8-bit grid, on ``device``.

    Raises:
        ShapeError: The networks' outputs do not fit the canvas.
    """
    return _painted(networks, canvas, _points(canvas, device), canvas.shape[1])


def render_rows(
    networks: Networks, canvas: Canvas, device: torch.device, first: int, last: int
) -> Images:
    """Paint the rows from ``first`` to the one before ``last``, so that large pictures fit memory.

    Returns:
        ``(P, C, last - first, W)``: the bits of those rows that ``render`` gives.

    Raises:
        ShapeError: The networks' outputs do not fit the canvas.
    """
    points = _points_of_rows(canvas, device, slice(first, last))
    return _painted(networks, canvas, points, last - first)


def render_large(
    networks: Networks, canvas: Canvas, has_left: Callable[[], bool] = lambda: False
) -> Bytes:
    """Paint the picture of one network some rows at a time, on the CPU: it may be large.

    Args:
        networks: One.
        canvas: Of any size.
        has_left: Asked before each of these parts: does nobody want the picture any more?

    Returns:
        Levels ``(C, H, W)`` uint8, those that ``render`` gives.

    Raises:
        NeatfoolError: Nobody wants the picture any more.
        ShapeError: The outputs of the network do not fit the canvas.
    """
    _, height, width = canvas.shape
    levels, rows = np.empty(canvas.shape, np.uint8), max(_AT_ONCE // width, 1)
    for first in range(0, height, rows):
        if has_left():
            raise NeatfoolError("nobody waits for this picture any more: ask for it again")
        last = min(first + rows, height)
        levels[:, first:last] = to_levels(render_rows(networks, canvas, CPU, first, last))[0]
    return levels


def render_between(
    first: Graphs,
    second: Graphs,
    steps: Floats,
    canvas: Canvas,
    has_left: Callable[[], bool] = lambda: False,
) -> Iterator[Bytes]:
    """Paint the networks on the way from one to another, as ``morph`` makes them, one at a time.

    Args:
        first: One graph.
        second: Another.
        steps: ``(T,)`` in [0, 1].
        canvas: Of any size.
        has_left: As for ``render_large``.

    Yields:
        Levels ``(C, H, W)`` uint8 of each step.

    Raises:
        NeatfoolError: Nobody wants the pictures any more.
        ShapeError: The graphs are not one each, or do not fit one another or the canvas.
    """
    between = morph(first, second, steps)
    for place in range(len(steps)):
        yield render_large(compile_graphs(between.select([place])), canvas, has_left)


def _painted(networks: Networks, canvas: Canvas, points: torch.Tensor, rows: int) -> Images:
    channels, _, width = canvas.shape
    if networks.outputs.shape[1] != channels or channels not in (1, 3):
        raise ShapeError(
            f"a canvas of {channels} channels needs networks of 1 (grey) or 3 (hue, saturation, "
            f"value) outputs to match, got {networks.outputs.shape[1]}"
        )
    values = execute(networks, points)
    return canvas.paint(values).reshape(-1, channels, rows, width)


@lru_cache(maxsize=8)
def _points(canvas: Canvas, device: torch.device) -> torch.Tensor:
    return _points_of_rows(canvas, device, slice(None))


def _points_of_rows(canvas: Canvas, device: torch.device, rows: slice) -> torch.Tensor:
    _, height, width = canvas.shape
    y, x = torch.meshgrid(
        torch.linspace(-1, 1, height, dtype=torch.float64)[rows],
        torch.linspace(-1, 1, width, dtype=torch.float64),
        indexing="ij",
    )
    distance = torch.sqrt(x * x + y * y)
    if canvas.tiles > 1:
        x, y = (1 - 2 * ((each + 1) / 2 * canvas.tiles % 2 - 1).abs() for each in (x, y))
    if canvas.coordinates == "pixels":
        height, width = canvas.extent or (height, width)
        y, x = (y + 1) / 2 * (height - 1), (x + 1) / 2 * (width - 1)
    points = torch.stack([x, y, distance, torch.ones_like(x)]).reshape(4, -1)
    return points.to(device, torch.float32)
