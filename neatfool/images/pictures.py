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
    if images.ndim != 4 or images.shape[1] not in (1, 3):
        raise ShapeError(
            f"expected images (P, C, H, W) of 1 (grey) or 3 (RGB) channels, came "
            f"{tuple(images.shape)}; choose other images"
        )
    levels = to_levels(images).transpose(0, 2, 3, 1)
    return [Image.fromarray(each[:, :, 0] if each.shape[2] == 1 else each) for each in levels]


def to_levels(images: Images) -> Bytes:
    """Return the levels 0 … 255 of images, of the same shape."""
    levels: Bytes = (images * 255).round().to(torch.uint8).cpu().numpy()
    return levels


def to_png(image: torch.Tensor, texts: Mapping[str, str] | None = None) -> bytes:
    """Encode one image ``(C, H, W)`` on the 8-bit grid; a PNG loses nothing of it.

    Args:
        image: What to encode.
        texts: What the file also carries, by keyword: compressed text chunks (zTXt).
    """
    chunks = PngInfo()
    for keyword, text in (texts or {}).items():
        chunks.add_text(keyword, text, zip=True)
    file = io.BytesIO()
    to_pictures(image[None])[0].save(file, format="PNG", pnginfo=chunks)
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
