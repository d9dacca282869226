"""Pictures that are small enough to lie a thousand times in one page."""

import base64
import io
from collections.abc import Sequence

from PIL import Image

WHOLE = 4 * 2**20
"""Bytes of PNG files that a page takes as they are."""
MOST = 18 * 2**20
"""Bytes of thumbnails, which in a page become a third more."""
_LADDER = ((160, 85), (128, 75), (96, 60), (64, 60), (48, 50))


def thumbnails(pngs: Sequence[bytes], whole: int = WHOLE, most: int = MOST) -> list[bytes]:
    """Make pictures for a page: the PNG files themselves where they are few or small.

    Others become JPEG files of at most 160 pixels a side, or fewer if there are very many.

    Args:
        pngs: ``P`` PNG files, grey or RGB.
        whole: Bytes up to which they stay as they are.
        most: Bytes of thumbnails.

    Returns:
        ``P`` PNG or JPEG files; up to some tens of thousands have at most ``most`` bytes together.
    """
    if sum(map(len, pngs)) <= whole:
        return list(pngs)
    files: list[bytes] = []
    for side, quality in _LADDER:
        files = [_jpeg(png, side, quality) for png in pngs]
        if sum(map(len, files)) <= most:
            break
    return files


def address(file: bytes) -> str:
    """Put a PNG, JPEG or WebP file into an address."""
    kind = "jpeg" if file.startswith(b"\xff\xd8") else "webp" if file[8:12] == b"WEBP" else "png"
    return f"data:image/{kind};base64," + base64.b64encode(file).decode("ascii")


def _jpeg(png: bytes, side: int, quality: int) -> bytes:
    file = io.BytesIO()
    with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
        picture.save(file, format="JPEG", quality=quality, optimize=True)
    return file.getvalue()
