"""Images that nobody evolved: noise, textures, and other pictures."""

from pathlib import Path

import numpy as np
import torch

from neatfool.data import load_mnist, load_pictures
from neatfool.data.real import LabelledPictures, has_idx
from neatfool.images import to_grid
from neatfool.images.disturbances import blur
from neatfool.streams import stream
from neatfool.tasks.probes import NOISES, probe_images
from neatfool.types import Images, Shape

STILLS = (*NOISES, "textures")
"""Names of the sets that are always there."""
COUNT = 100
MOST = 1000
"""Of other pictures so many are looked at."""


def stills(shape: Shape, others: tuple[Path, ...]) -> dict[str, Images]:
    """Make sets of images that evolution did not: the same every time.

    Args:
        shape: ``(C, H, W)``.
        others: Folders of pictures, or of the four files of MNIST, whose test images are taken.

    Returns:
        Name → ``(P, C, H, W)``.

    Raises:
        DataError: Pictures cannot be read.
    """
    probes = probe_images(shape, COUNT)
    sets = {name: probes[name] for name in NOISES} | {"textures": textures(shape, COUNT)}
    return sets | {folder.name: _pictures(folder, shape) for folder in others}


def textures(shape: Shape, count: int) -> Images:
    """Make stripes, checks and blots of random size, direction and colours, in turns.

    Args:
        shape: ``(C, H, W)``.
        count: How many.

    Returns:
        ``(count, *shape)`` float32 in [0, 1], on the 8-bit grid.
    """
    random, side = stream(0, "textures"), min(shape[1:])
    rows, columns = np.mgrid[: shape[1], : shape[2]] / side
    images = []
    for k in range(count):
        waves, angle = random.uniform(1, max(2, side / 6)), random.uniform(0, np.pi)
        along = columns * np.cos(angle) + rows * np.sin(angle)
        across = rows * np.cos(angle) - columns * np.sin(angle)
        stripes = np.sin(2 * np.pi * (waves * along + random.random()))
        if k % 3 == 1:
            stripes = np.sign(stripes * np.sin(2 * np.pi * (waves * across + random.random())))
        elif k % 3 == 2:
            noise = torch.from_numpy(random.random((1, 1, *shape[1:]))).float()
            smooth = blur(to_grid(noise), random.uniform(0.5, side / 10)).numpy()[0, 0]
            stripes = (smooth - smooth.mean()) / (np.abs(smooth - smooth.mean()).max() + 1e-9)
        low, high = random.random((2, shape[0], 1, 1))
        images.append(low + (high - low) * (stripes + 1) / 2)
    return to_grid(torch.from_numpy(np.stack(images)).float())


def _pictures(folder: Path, shape: Shape) -> Images:
    if not has_idx(folder):
        return torch.from_numpy(load_pictures(folder, shape)[:MOST])
    found, classes = load_mnist(folder, "test")
    levels = LabelledPictures(found, classes.astype(np.int64)).read(0, MOST, shape)
    return torch.from_numpy(np.ascontiguousarray(levels)).float() / 255
