"""Read labelled pictures, a few at a time."""

from collections.abc import Iterator

import numpy as np
import torch

from neatfool.data.real import LabelledPictures
from neatfool.types import Images, Ints, Shape
from neatfool.workers.chunks import at_once
from neatfool.workers.threads import Threads


def read_chunks(
    pictures: LabelledPictures, shape: Shape, pool: Threads
) -> Iterator[tuple[Images, Ints]]:
    """Read pictures; however many there are, about a hundred are in memory.

    They are scaled by their shorter side, and what is too much of the other is cut off.

    Args:
        pictures: At least one.
        shape: ``(C, H, W)`` wanted.
        pool: Whose threads read them.

    Yields:
        Images ``(P, C, H, W)`` and the indices of their classes ``(P,)``.

    Raises:
        DataError: A file cannot be read.
    """
    for first in range(0, len(pictures), size := at_once(shape)):
        levels = pictures.read(first, first + size, shape, pool.map)
        images = torch.from_numpy(np.ascontiguousarray(levels)).float() / 255
        yield images, pictures.classes[first : first + size]
