"""Colour models and the 8-bit grid."""

import torch

from neatfool.images import numba_paint
from neatfool.networks.executors import choose_executor
from neatfool.sections.encoding import ALL_HUES, ColourSpace, Hues, Rounding
from neatfool.types import Images

BRIGHTNESS: dict[ColourSpace, int] = {"hsv": 2, "hls": 1}
"""Which of three outputs is the brightness."""
_SATURATION: dict[ColourSpace, int] = {"hsv": 1, "hls": 2}
_TURN: dict[ColourSpace, float] = {"hsv": 1.0, "hls": 180 / 255}
"""Hue that goes round once."""


def paint(
    values: torch.Tensor, rounding: Rounding = "nearest", colours: ColourSpace = "hsv"
) -> Images:
    """Turn outputs of networks ``(P, C, X)`` into pictures on the 8-bit grid, in place.

    The sign is dropped. One output is a grey level; three are hue, saturation and value, or hue,
    lightness and saturation, and become red, green and blue.

    Args:
        values: Overwritten where it is contiguous.
        rounding: To the nearest level, or to the one below.
        colours: What three outputs are. For ``"hls"``, as in the code released with Nguyen et al.
            2015, they are rounded to levels first, and 180 of the 256 levels of hue go round once.

    Returns:
        Of the shape, type and device of ``values``, in [0, 1]; equal on every device.
    """
    if values.shape[1] == 3 and colours == "hls":
        return to_grid(hls_to_rgb(to_grid(values.abs_(), rounding)))
    executor = choose_executor(values)
    if executor == "triton":
        from neatfool.images import triton_paint

        return triton_paint.paint(values, rounding)
    if executor == "numba":
        return numba_paint.paint(values, rounding)
    return paint_plainly(values, rounding)


def paint_smoothly(values: torch.Tensor, colours: ColourSpace = "hsv") -> torch.Tensor:
    """Do what ``paint`` does but for rounding, and leave ``values`` alone: gradients pass."""
    seen = values.abs().nan_to_num(0.0, 1.0, 0.0).clamp(0, 1)
    if values.shape[1] == 1:
        return seen
    return hls_to_rgb(seen) if colours == "hls" else hsv_to_rgb(seen)


def tinted(
    values: torch.Tensor, colours: ColourSpace, hues: Hues, saturation: float
) -> torch.Tensor:
    """Fit hue and saturation, outputs ``(P, 3, X)``, into a palette, in place.

    What would be all hues from red to red, 0 to 1, becomes those from the first to the second.
    """
    if hues == ALL_HUES and saturation == 1:
        return values
    values = values.abs_().nan_to_num_(0.0, 1.0, 0.0).clamp_(0, 1)
    first, last = hues
    values[:, 0].mul_(last - first).add_(first).remainder_(1).mul_(_TURN[colours])
    values[:, _SATURATION[colours]].mul_(saturation)
    return values


def paint_plainly(values: torch.Tensor, rounding: Rounding = "nearest") -> Images:
    """Do what ``paint`` does in plain torch, for any type on any device."""
    values = values.abs_()
    if values.shape[1] == 3:
        values = hsv_to_rgb(values.nan_to_num_(0.0, 1.0, 0.0).clamp_(0, 1))
    return to_grid(values, rounding)


def to_grid(values: torch.Tensor, rounding: Rounding = "nearest") -> Images:
    """Round values to one of the 256 levels of a PNG, in place.

    What is outside [0, 1] is clipped and NaN becomes 0, so that whatever a network paints can be
    saved, and what is saved is what was scored.
    """
    levels = values.nan_to_num_(0.0, 1.0, 0.0).clamp_(0, 1).mul_(255)
    return (levels.round_() if rounding == "nearest" else levels.floor_()).div_(255)


def hls_to_rgb(images: torch.Tensor) -> torch.Tensor:
    """Convert ``(P, 3, X)`` hue, lightness, saturation in [0, 1] to red, green, blue in [0, 1].

    Hue goes round once from 0 to 180/255, as in 8-bit images of OpenCV.
    """
    hue, lightness, saturation = images[:, 0:1], images[:, 1:2], images[:, 2:3]
    chroma = (1 - (2 * lightness - 1).abs()) * saturation
    return lightness + chroma * (_purity(hue * 255 / 180) - 0.5)


def hsv_to_rgb(images: torch.Tensor) -> torch.Tensor:
    """Convert ``(P, 3, X)`` hue, saturation, value in [0, 1] to red, green, blue in [0, 1].

    Hue wraps: 0 and 1 are both red.
    """
    hue, saturation, value = images[:, 0:1], images[:, 1:2], images[:, 2:3]
    return value * (1 - saturation * (1 - _purity(hue)))


def _purity(hue: torch.Tensor) -> torch.Tensor:
    """Say how much ``(P, 3, X)`` of red, green and blue is in a hue ``(P, 1, X)``.

    Each primary is full within a sixth of the circle of its hue, and fades over the next sixth.
    """
    primaries = torch.tensor([0.0, 2.0, 4.0]).to(hue)[None, :, None]
    distance = (hue * 6 - primaries).remainder(6)
    distance = torch.minimum(distance, 6 - distance)
    return (2 - distance).clamp_(0, 1)
