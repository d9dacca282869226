"""A stand-in for the image processors of transformers."""

from typing import Any

import numpy as np
import torch
from PIL import Image


class FakeProcessor:
    """Do what fields say, in the order in which most processors do it."""

    def __init__(self, **fields: Any) -> None:
        vars(self).update({"do_resize": True, "do_rescale": True} | fields)

    def to_dict(self) -> dict[str, Any]:
        return {**vars(self), "image_processor_type": "FakeProcessor"}

    def __call__(self, image: Image.Image, return_tensors: str) -> dict[str, torch.Tensor]:
        assert return_tensors == "pt"
        has = vars(self).get
        if has("do_resize"):
            image = image.resize(_size(has("size"), image.size))
        if has("do_center_crop"):
            width, height = _size(has("crop_size"), image.size)
            left, top = (image.width - width) // 2, (image.height - height) // 2
            image = image.crop((left, top, left + width, top + height))
        pixels = np.atleast_3d(np.asarray(image)).transpose(2, 0, 1).astype(np.float32)
        if has("do_rescale"):
            pixels = pixels * np.float32(has("rescale_factor", 1 / 255)) - has("rescale_offset", 0)
        if has("do_normalize"):
            mean, std = (np.array(has(f"image_{name}"), np.float32) for name in ("mean", "std"))
            pixels = (pixels - mean.reshape(-1, 1, 1)) / std.reshape(-1, 1, 1)
            if has("include_top"):
                pixels = pixels / std.reshape(-1, 1, 1)
        if has("do_flip_channel_order"):
            pixels = pixels[::-1]
        if has("do_mix"):
            pixels = pixels.mean(0, keepdims=True) + 0 * pixels
        if has("do_bend"):
            pixels = pixels**2
        if has("patches"):
            pixels = pixels.reshape(len(pixels), -1)
        return {"pixel_values": torch.from_numpy(pixels[None].copy())}


def _size(size: Any, of: tuple[int, int]) -> tuple[int, int]:
    """Give width and height."""
    if isinstance(size, int):
        return size, size
    if "height" in size:
        return size["width"], size["height"]
    scale = size["shortest_edge"] / min(of)
    return round(of[0] * scale), round(of[1] * scale)
