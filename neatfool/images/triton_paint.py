"""The paint of ``colour.py`` as one Triton kernel: each value is read once and written once."""

import torch
import triton
import triton.language as tl

from neatfool.types import Images

_TILE = 1024


def paint(values: torch.Tensor, rounding: str) -> Images:
    """Turn outputs of networks into pictures as ``colour.paint`` does, for float32 on a GPU.

    Multiplications and additions are not fused, so that every step rounds as in plain torch.
    """
    values = values.contiguous()
    count, channels, points = values.shape
    grid = (count, triton.cdiv(points, _TILE))
    if values.numel():
        with torch.cuda.device_of(values):  # type: ignore[no-untyped-call]
            _run[grid](
                values,
                points,
                channels=channels,
                nearest=rounding == "nearest",
                tile=_TILE,
                enable_fp_fusion=False,
            )
    return values


@triton.jit  # type: ignore[untyped-decorator]
def _run(  # type: ignore[no-untyped-def]
    values, points, channels: tl.constexpr, nearest: tl.constexpr, tile: tl.constexpr
):
    """Overwrite ``values`` ``(P, C, X)``."""
    where = tl.program_id(1) * tile + tl.arange(0, tile)
    inside = where < points
    first = values + tl.program_id(0).to(tl.int64) * channels * points + where
    if channels == 1:
        tl.store(first, _to_grid(_clip(tl.load(first, inside, 0)), nearest), inside)
    else:
        hue = _clip(tl.load(first, inside, 0))
        saturation = _clip(tl.load(first + points, inside, 0))
        value = _clip(tl.load(first + 2 * points, inside, 0))
        for channel in tl.static_range(3):
            distance = hue * 6 - 2 * channel
            distance = tl.where(distance < 0, distance + 6, distance)
            distance = tl.where(distance > 3, 6 - distance, distance)
            purity = tl.where(distance > 2, 0.0, tl.where(distance < 1, 1.0, 2 - distance))
            level = _to_grid(value * (1 - saturation * (1 - purity)), nearest)
            tl.store(first + channel * points, level, inside)


@triton.jit
def _clip(p):  # type: ignore[no-untyped-def]
    """Drop the sign and cut at 1; NaN becomes 0."""
    p = tl.abs(p)
    return tl.where(p > 0, tl.where(p > 1, 1.0, p), 0.0)


@triton.jit  # type: ignore[untyped-decorator]
def _to_grid(p, nearest: tl.constexpr):  # type: ignore[no-untyped-def]
    """Round to one of 256 levels; floats from 2 ** 23 on are integers, halves go to the even."""
    level = p * 255
    level = (level + 8388608.0) - 8388608.0 if nearest else tl.floor(level)
    return tl.div_rn(level, 255.0)
