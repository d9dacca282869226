"""The paint of ``colour.py`` as compiled loops: each value is read once and written once."""

import numba
import numpy as np
import torch

from neatfool.networks.jit import jit
from neatfool.types import Images

_F = np.float32


def paint(values: torch.Tensor, rounding: str) -> Images:
    """Turn outputs of networks into pictures as ``colour.paint`` does, for float32 on the CPU.

    Multiplications and additions are not fused, so that every step rounds as in plain torch.
    """
    values = values.contiguous()
    if values.shape[1] == 1:
        _grey(values.view(-1).numpy(), rounding == "nearest")
    else:
        _colour(values.numpy(), rounding == "nearest")
    return values


@numba.njit(inline="always")
def _clip(p):  # type: ignore[no-untyped-def]
    """Drop the sign and cut at 1; NaN becomes 0."""
    p = abs(p)
    p = _F(1) if p > _F(1) else p
    return p if p > _F(0) else _F(0)


@numba.njit(inline="always")
def _to_grid(p, nearest):  # type: ignore[no-untyped-def]
    """Round to one of 256 levels."""
    level = p * _F(255)
    return (np.rint(level) if nearest else np.floor(level)) / _F(255)


@numba.njit(inline="always")
def _shade(distance, saturation, value):  # type: ignore[no-untyped-def]
    """Mix a primary colour that lies so far away on the circle of hues, counted in sixths."""
    distance = distance + _F(6) if distance < _F(0) else distance
    distance = min(distance, _F(6) - distance)
    purity = min(max(_F(2) - distance, _F(0)), _F(1))
    return value * (_F(1) - saturation * (_F(1) - purity))


@jit(nogil=True, error_model="numpy")
def _grey(levels, nearest):  # type: ignore[no-untyped-def]
    for x in range(len(levels)):
        levels[x] = _to_grid(_clip(levels[x]), nearest)


@jit(nogil=True, error_model="numpy")
def _colour(pictures, nearest):  # type: ignore[no-untyped-def]
    for picture in range(len(pictures)):
        if nearest:
            _mix(pictures[picture, 0], pictures[picture, 1], pictures[picture, 2], True)
        else:
            _mix(pictures[picture, 0], pictures[picture, 1], pictures[picture, 2], False)


@jit(nogil=True, error_model="numpy")
def _mix(red, green, blue, nearest):  # type: ignore[no-untyped-def]
    """Overwrite hue, saturation and value of one picture."""
    for x in range(len(red)):
        hue = _clip(red[x]) * _F(6)
        saturation, value = _clip(green[x]), _clip(blue[x])
        red[x] = _to_grid(_shade(hue, saturation, value), nearest)
        green[x] = _to_grid(_shade(hue - _F(2), saturation, value), nearest)
        blue[x] = _to_grid(_shade(hue - _F(4), saturation, value), nearest)
