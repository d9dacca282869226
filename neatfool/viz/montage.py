"""PNG files put together: one below the other, or padded to one size."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from neatfool.errors import DataError, ShapeError
from neatfool.types import Bytes

_GREY, _COLOURED = ("1", "L", "LA"), ("P", "RGB", "RGBA")


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
