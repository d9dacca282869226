"""Pictures put together: one below the other, padded to one size, or on a sheet."""

import io
import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from matplotlib.font_manager import findfont
from PIL import Image, ImageDraw, ImageFont

from neatfool.errors import DataError, ShapeError
from neatfool.types import Bytes

_GREY, _COLOURED = ("1", "L", "LA"), ("P", "RGB", "RGBA")
_MARGIN = 0.03
"""Around a picture on a sheet, and half of what stands beneath it; of its place."""


def stacked(pngs: Sequence[bytes]) -> bytes:
    """Put pictures one below the other on white, each in the middle, as one PNG file.

    Args:
        pngs: At least one PNG file, of any size.

    Returns:
        A PNG file in RGB without metadata; equal pictures give equal bytes.

    Raises:
        ShapeError: There is no picture.
        DataError: One is no whole PNG picture, or has 16 bits.
    """
    pictures = _opened(pngs)
    height = sum(each.height for each in pictures)
    sheet = Image.new("RGB", (max(each.width for each in pictures), height), "white")
    y = 0
    for each in pictures:
        sheet.paste(each, ((sheet.width - each.width) // 2, y))
        y += each.height
    file = io.BytesIO()
    sheet.save(file, format="PNG")
    return file.getvalue()


def padded(pngs: Sequence[bytes]) -> Bytes:
    """Decode pictures and pad each with white to the largest height and width, for `image_grid`.

    Args:
        pngs: ``P`` PNG files, at least one, of any size.

    Returns:
        Levels ``(P, C, H, W)`` uint8, each picture in the middle; ``C`` is 1 if all are grey, 3 if
        not.

    Raises:
        ShapeError: There is no picture.
        DataError: One is no whole PNG picture, or has 16 bits.
    """
    pictures = _opened(pngs)
    mode = "L" if all(each.mode == "L" for each in pictures) else "RGB"
    size = max(each.width for each in pictures), max(each.height for each in pictures)
    sheets = []
    for each in pictures:
        sheet = Image.new(mode, size, "white")
        corner = (size[0] - each.width) // 2, (size[1] - each.height) // 2
        sheet.paste(each.convert(mode), corner)
        sheets.append(np.atleast_3d(np.asarray(sheet)))
    return np.stack(sheets).transpose(0, 3, 1, 2)


def tiles(count: int, width: int) -> tuple[int, int]:
    """Lay pictures out on a sheet that is as high as wide, or wider if fewer places are empty.

    Returns:
        Columns, and pixels of the longer side of each picture.
    """
    least = math.ceil(math.sqrt(count))
    columns = min(range(least, math.ceil(1.6 * least) + 1), key=lambda columns: -count % columns)
    return columns, max(1, round(width / columns * (1 - 2 * _MARGIN)))


def contact_sheet(
    pictures: Sequence[Bytes], captions: Sequence[str], columns: int, width: int
) -> Bytes:
    """Put pictures beside and below each other on white, each with a line beneath.

    Args:
        pictures: Levels ``(C, H, W)`` uint8 of 1 or 3 channels, all of one size, that of
            ``tiles``; at least one.
        captions: A line for each; what is too wide is cut before its last " · ".
        columns: Of the sheet.
        width: Of the sheet, pixels.

    Returns:
        Levels ``(3, H, W)`` uint8.
    """
    _, tall, wide = pictures[0].shape
    place = width / columns
    step, letters = tall + 4 * _MARGIN * place, font(max(6, round(1.3 * _MARGIN * place)))
    rows = math.ceil(len(pictures) / columns)
    sheet = Image.new("RGB", (width, round(rows * step + _MARGIN * place)), "white")
    draw = ImageDraw.Draw(sheet)
    for number, (levels, caption) in enumerate(zip(pictures, captions, strict=True)):
        row, column = divmod(number, columns)
        left, top = round((column + 0.5) * place - wide / 2), round(row * step + _MARGIN * place)
        sheet.paste(Image.fromarray(coloured(levels)), (left, top))
        middle = round((column + 0.5) * place), round(top + tall + _MARGIN * place)
        draw.text(middle, fitting(caption, wide, letters), "black", letters, anchor="mt")
    return np.asarray(sheet).transpose(2, 0, 1)


@lru_cache(maxsize=8)
def font(size: int) -> ImageFont.FreeTypeFont:
    """Load the font of the other pictures, which comes with matplotlib."""
    return ImageFont.truetype(findfont("DejaVu Sans"), size)


def coloured(levels: Bytes) -> Bytes:
    """Turn levels ``(C, H, W)`` of 1 or 3 channels into ``(H, W, 3)``, as Pillow takes them."""
    return np.ascontiguousarray(np.broadcast_to(levels.transpose(1, 2, 0), (*levels.shape[1:], 3)))


def fitting(caption: str, width: int, letters: ImageFont.FreeTypeFont) -> str:
    """Cut what stands before the last " · " of a caption until all of it is no wider."""
    name, dot, rest = caption.rpartition(" · ")
    if not dot:
        name, rest = caption, ""
    while len(name) > 1 and letters.getlength(caption) > width:
        name = name[:-1]
        caption = f"{name}…{dot}{rest}"
    return caption


def _opened(pngs: Sequence[bytes]) -> list[Image.Image]:
    """Decode pictures as grey or RGB, on white where they are transparent."""
    if not pngs:
        raise ShapeError("expected at least one picture, got none")
    return [_decode(png, f"picture {place} of {len(pngs)}") for place, png in enumerate(pngs, 1)]


def _decode(png: bytes, name: str) -> Image.Image:
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
            if picture.mode not in _GREY + _COLOURED:
                raise ValueError(f"a picture of mode {picture.mode}")
            mode = "L" if picture.mode in _GREY else "RGB"
            whole = picture.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(f"expected PNG pictures of 8 bits, got something else as {name}") from error
    white = Image.new("RGBA", whole.size, "white")
    return Image.alpha_composite(white, whole).convert(mode)
