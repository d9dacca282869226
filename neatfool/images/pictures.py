"""Images as pictures of Pillow, and back."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from neatfool.errors import ShapeError
from neatfool.types import Bytes, Images


def to_pictures(images: Images) -> list[Image.Image]:
    """Turn images into pictures of 8 bits per channel, with the same levels.

    Args:
        images: ``(P, C, H, W)`` float32 in [0, 1] on the 8-bit grid; ``C`` is 1 for grey, 3 for
            RGB.

    Returns:
        ``P`` pictures.

    Raises:
        ShapeError: The images have another number of channels.
    """
    _check(images)
    return [_picture(levels) for levels in to_levels(images)]


def to_levels(images: Images) -> Bytes:
    """Return the levels 0 … 255 of images, of the same shape."""
    levels: Bytes = (images * 255).round().to(torch.uint8).cpu().numpy()
    return levels


def to_png(image: torch.Tensor, texts: Mapping[str, str] | None = None) -> bytes:
    """Encode one image ``(C, H, W)`` on the 8-bit grid; a PNG loses nothing of it.

    Args:
        image: What to encode.
        texts: What the file also carries, by keyword: compressed text chunks (zTXt).

    Raises:
        ShapeError: The image has another number of channels than 1 or 3.
    """
    _check(image[None])
    return levels_to_png(to_levels(image), texts)


def levels_to_png(levels: Bytes, texts: Mapping[str, str] | None = None, effort: int = 6) -> bytes:
    """Encode levels ``(C, H, W)`` uint8 of 1 or 3 channels as PNG.

    Args:
        levels: What to encode.
        texts: As for ``to_png``.
        effort: 0 to 9; more makes the file smaller and takes longer.
    """
    chunks = PngInfo()
    for keyword, text in (texts or {}).items():
        chunks.add_text(keyword, text, zip=True)
    file = io.BytesIO()
    _picture(levels).save(file, format="PNG", compress_level=effort, pnginfo=chunks)
    return file.getvalue()


def levels_to_jpeg(levels: Bytes) -> bytes:
    """Encode levels ``(C, H, W)`` uint8 of 1 or 3 channels as JPEG of high quality."""
    file = io.BytesIO()
    _picture(levels).save(file, format="JPEG", quality=95, subsampling=0)
    return file.getvalue()


def to_images(pictures: Sequence[Image.Image], like: Images) -> Images:
    """Turn pictures into images.

    Args:
        pictures: ``P`` of them, grey or RGB, all of the size of ``like``.
        like: ``(P, C, H, W)``; says shape and device.

    Returns:
        ``(P, C, H, W)`` float32 in [0, 1] on the 8-bit grid, new.
    """
    _, channels, height, width = like.shape
    levels = [np.asarray(each).reshape(height, width, channels) for each in pictures]
    stacked = np.stack(levels) if levels else np.empty((0, height, width, channels), np.uint8)
    return torch.from_numpy(stacked).to(like.device).permute(0, 3, 1, 2).contiguous() / 255


def _picture(levels: Bytes) -> Image.Image:
    """Turn levels ``(C, H, W)`` uint8 of 1 or 3 channels into a picture."""
    pixels = np.ascontiguousarray(levels.transpose(1, 2, 0))
    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)


def _check(images: Images) -> None:
    if images.ndim != 4 or images.shape[1] not in (1, 3):
        raise ShapeError(
            f"expected images (P, C, H, W) of 1 (grey) or 3 (RGB) channels, got "
            f"{tuple(images.shape)}; choose other images"
        )
