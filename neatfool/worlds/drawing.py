"""Pictures of worlds that have none of their own."""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from neatfool.types import Bytes

_WIDTH, _HEIGHT, _GROUND = 480, 240, 200
_CART = 60, 26
_COLOURS = ("#c44e52", "#4c72b0")
_SCALE = 140  # pixels to a metre of pole


def draw_cart(place: float, poles: Sequence[tuple[float, float]], track: float) -> Bytes:
    """Draw a cart with poles: ``(H, W, 3)`` uint8.

    Args:
        place: Of the cart, in metres from the middle.
        poles: Angle from upright in radians, to the right, and length in metres of each.
        track: Metres from the middle to either end.
    """
    image = Image.new("RGB", (_WIDTH, _HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    across = (_WIDTH - _CART[0]) / 2 / track
    centre = _WIDTH / 2 + across * float(np.clip(place, -track, track))
    draw.line((0, _GROUND, _WIDTH, _GROUND), fill="#888888", width=2)
    for side in (-1, 1):
        end = _WIDTH / 2 + side * (across * track + _CART[0] / 2 - 2)
        draw.line((end, _GROUND - 12, end, _GROUND + 12), fill="#888888", width=3)
    top = _GROUND - _CART[1]
    left, right = centre - _CART[0] / 2, centre + _CART[0] / 2
    draw.rectangle((left, top, right, _GROUND), fill="#333333")
    for (angle, length), colour in zip(poles, _COLOURS, strict=False):
        tip = (
            centre + _SCALE * length * math.sin(angle),
            top - _SCALE * length * math.cos(angle),
        )
        draw.line(((centre, top), tip), fill=colour, width=8)
    draw.ellipse((centre - 5, top - 5, centre + 5, top + 5), fill="#eeeeee")
    return np.asarray(image)
