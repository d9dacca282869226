"""Paint pictures with networks (CPPNs: Stanley 2007)."""

import torch

from neatfool.errors import ShapeError
from neatfool.images.canvas import Canvas
from neatfool.images.colour import paint
from neatfool.networks import Networks, execute
from neatfool.types import Images


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
    channels, height, width = canvas.shape
    if networks.outputs.shape[1] != channels or channels not in (1, 3):
        raise ShapeError(
            f"a canvas of {channels} channels needs networks of 1 (grey) or 3 (hue, saturation, "
            f"value) outputs to match, got {networks.outputs.shape[1]}"
        )
    values = execute(networks, canvas.points(device))
    return paint(values, canvas.rounding, canvas.colours).reshape(-1, channels, height, width)
