"""Small pictures of elites, for pages that show a thousand."""

import io

from PIL import Image

from neatfool.types import Bytes
from neatfool.web.painting import encode

SIDE, DRAWN_SIDE = 96, 320
"""Pixels of a small picture that came from a larger one: of an image, and of a drawing."""
_MOST_PIXELS = 1 << 24
_MODES = ("L", "RGB", "RGBA")
_QUALITY = 80


def small(levels: Bytes) -> bytes:
    """Write levels ``(C, H, W)`` as a small file: PNG if they are few, else JPEG."""
    return _shrunk(Image.open(io.BytesIO(encode(levels)), formats=["PNG"]), SIDE)


def checked_png(content: bytes, side: int | None = None) -> bytes:
    """Write a PNG file anew, such that it is what it says, and nothing else.

    Drawings, which may be seen through, are put on white.

    Args:
        content: The file.
        side: Pixels that it may have along a side; none: it stays as large as it is.

    Raises:
        ValueError: It is no PNG file, or a very large one.
        OSError: It is damaged.
    """
    with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
        if picture.width * picture.height > _MOST_PIXELS or picture.mode not in _MODES:
            raise ValueError(f"a picture of {picture.size} pixels, mode {picture.mode}")
        picture.load()
        plain: Image.Image = picture
        if picture.mode == "RGBA":
            plain = Image.new("RGB", picture.size, "white")
            plain.paste(picture, mask=picture)
        return _written(plain) if side is None else _shrunk(plain, side)


def media_type(content: bytes) -> str:
    """Name the kind of a file that this module wrote."""
    return "image/jpeg" if content.startswith(b"\xff\xd8") else "image/png"


def _shrunk(picture: Image.Image, side: int) -> bytes:
    if max(picture.size) <= side:
        return _written(picture)
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    picture.save(file, format="JPEG", quality=_QUALITY)
    return file.getvalue()


def _written(picture: Image.Image) -> bytes:
    file, plain = io.BytesIO(), Image.new(picture.mode, picture.size)
    plain.paste(picture)  # without what else the file carries
    plain.save(file, format="PNG", compress_level=1)
    return file.getvalue()
