"""What happens to images on their way: compression, resizing, blur, noise.

A fooling image that survives these fools outside the laboratory too. Every disturbance takes
images ``(P, C, H, W)`` float32 in [0, 1] on the 8-bit grid and gives new ones of the same shape,
on the same grid and device; what becomes of an image does not depend on the others.
"""

import io
import math
import zlib
from collections.abc import Callable
from functools import partial

import torch
from PIL import Image
from torch.nn import functional

from neatfool.errors import ConfigError
from neatfool.images.colour import to_grid
from neatfool.images.pictures import to_images, to_pictures
from neatfool.streams import stream
from neatfool.types import Images


def jpeg(images: Images, quality: int) -> Images:
    """Compress images as JPEG, and decompress them.

    Args:
        images: ``C`` is 1 for grey or 3 for RGB.
        quality: From 1, the smallest file, to 100; of colour, half the resolution is kept.

    Raises:
        ConfigError: The quality is out of range.
        ShapeError: The images are neither grey nor RGB.
    """
    _check("quality", quality, 1, 100)
    pictures = []
    for picture in to_pictures(images):
        file = io.BytesIO()
        picture.save(file, format="JPEG", quality=quality)
        pictures.append(Image.open(file, formats=["JPEG"]))
    return to_images(pictures, images)


def resize(images: Images, factor: float) -> Images:
    """Make images smaller by a factor, then as large as they were, both times bilinearly.

    Args:
        images: Any.
        factor: At least 1, which changes nothing; a side keeps at least one pixel.

    Raises:
        ConfigError: The factor is out of range.
    """
    _check("factor", factor, 1, math.inf)
    size = images.shape[2:]
    smaller = [max(1, round(side / factor)) for side in size]
    shrunk = functional.interpolate(images, smaller, mode="bilinear", antialias=True)
    return to_grid(functional.interpolate(shrunk, size, mode="bilinear"))


def blur(images: Images, sigma: float) -> Images:
    """Blur images by a Gaussian, cut off at three sigma; what is beyond the border is like it.

    Args:
        images: Any.
        sigma: Standard deviation in pixels; 0 changes nothing.

    Raises:
        ConfigError: Sigma is out of range.
    """
    _check("sigma", sigma, 0, 1000)
    return images.clone() if sigma == 0 else to_grid(smoothed(images, sigma))


def smoothed(images: Images, sigma: float) -> Images:
    """Do what ``blur`` does, without rounding to the grid; sigma is above 0."""
    radius = math.ceil(3 * sigma)
    steps = torch.arange(-radius, radius + 1, dtype=torch.float64, device=images.device)
    kernel = (-(steps / sigma).square() / 2).softmax(dim=0)
    padded = functional.pad(images.double(), (radius,) * 4, mode="replicate")
    maps = padded.flatten(0, 1)[:, None]
    rows = functional.conv2d(maps, kernel.view(1, 1, 1, -1))
    return functional.conv2d(rows, kernel.view(1, 1, -1, 1)).view_as(images).float()


def noise(images: Images, sigma: float, seed: int = 0) -> Images:
    """Add Gaussian noise, independent in every pixel and channel.

    The stream of an image is named by its content, so that an image gets the same noise in any
    batch, and different images get different noise.

    Args:
        images: Any.
        sigma: Standard deviation; images are in [0, 1].
        seed: Not negative.

    Raises:
        ConfigError: Sigma is out of range.
    """
    _check("sigma", sigma, 0, math.inf)
    levels = (images * 255).round().to(torch.uint8).cpu().numpy()
    disturbed = images.clone()
    for image, content in zip(disturbed, levels, strict=True):
        random = stream(seed, "noise", zlib.crc32(content.tobytes()))
        image += torch.from_numpy(random.normal(0, sigma, content.shape)).to(image)
    return to_grid(disturbed)


DISTURBANCES: dict[str, Callable[[Images], Images]] = {
    "jpeg-90": partial(jpeg, quality=90),
    "jpeg-50": partial(jpeg, quality=50),
    "jpeg-10": partial(jpeg, quality=10),
    "resize-2": partial(resize, factor=2),
    "resize-4": partial(resize, factor=4),
    "blur-1": partial(blur, sigma=1),
    "blur-2": partial(blur, sigma=2),
    "noise-0.02": partial(noise, sigma=0.02),
    "noise-0.1": partial(noise, sigma=0.1),
}
"""Disturbances of usual strengths by name: each takes images and gives images."""


def _check(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most or math.isinf(value):
        raise ConfigError(
            f"expected {name} from {least:g} to {most:g}, got {value}; choose another"
        )
