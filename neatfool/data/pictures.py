"""Pictures to start from: a folder of image files, or an IDX file."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from neatfool.bounded import opened
from neatfool.data.idx import read_idx
from neatfool.errors import DataError
from neatfool.types import Bytes, Floats, Shape

SUFFIXES = (".png", ".jpg", ".jpeg")
"""Which files of a folder are pictures; case does not matter."""
_FORMATS = ("PNG", "JPEG")
"""What is in them, whatever their names: of other formats, some are programs."""


def load_pictures(path: Path, shape: Shape) -> Floats:
    """Read pictures as images of one shape.

    Pictures in a folder are taken in the order of their names, converted to grey or RGB and
    resized; those in an IDX file have to fit as they are.

    Args:
        path: A folder of PNG and JPEG files, or an IDX file of grey images, gzipped or not.
        shape: ``(C, H, W)`` wanted; ``C`` is 1 for grey or 3 for RGB.

    Returns:
        ``(N, C, H, W)`` float32 in [0, 1], on the grid of multiples of 1/255.

    Raises:
        DataError: There is nothing at the path, nothing in the folder, a file cannot be read, or
            the images do not fit.
    """
    if shape[0] not in (1, 3):
        raise DataError(
            f"expected 1 channel (grey) or 3 (RGB), got {shape[0]}; choose another shape"
        )
    pixels = _read_folder(path, shape) if path.is_dir() else _read_file(path, shape)
    images: Floats = pixels / np.float32(255)
    return images


def read_picture(file: Path, shape: Shape, crop: bool = False) -> Bytes:
    """Read one picture, converted to grey or RGB and resized, bicubically.

    Args:
        file: PNG or JPEG.
        shape: ``(C, H, W)`` wanted; ``C`` is 1 for grey or 3 for RGB.
        crop: Keep its proportions: cut off what is too much at two sides. Else it is stretched.

    Returns:
        ``(C, H, W)`` uint8.

    Raises:
        DataError: The file cannot be read.
    """
    channels, height, width = shape
    try:
        with opened(file) as plain, Image.open(plain, formats=_FORMATS) as picture:
            if picture.mode.startswith(("I", "F")):  # convert() would clip these, not scale them
                raise ValueError(f"more than 8 bits per channel (mode {picture.mode})")
            whole = picture.convert("L" if channels == 1 else "RGB")
        size = (width, height)
        fitted = ImageOps.fit(whole, size) if crop else whole.resize(size)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(
            f"{file}: expected a PNG or JPEG picture of 8 bits per channel, got {error}; "
            "mend it or take it away"
        ) from error
    pixels: Bytes = np.asarray(fitted).reshape(height, width, channels)
    return np.moveaxis(pixels, 2, 0)


def _read_folder(folder: Path, shape: Shape) -> Bytes:
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES)
    if not files:
        raise DataError(
            f"{folder}: expected files ending in {', '.join(SUFFIXES)}, got none; "
            "put pictures there"
        )
    return np.stack([read_picture(file, shape) for file in files])


def _read_file(path: Path, shape: Shape) -> Bytes:
    images = read_idx(path)
    if images.ndim != 3 or images.shape[1:] != shape[1:] or shape[0] != 1 or len(images) == 0:
        raise DataError(
            f"{path}: expected images for shape {shape}, got an IDX file of {images.shape}; "
            "an IDX file holds grey images, which are not resized; choose a folder of pictures"
        )
    return images.reshape(-1, *shape)
