"""Read labelled pictures, a few at a time."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch

from neatfool.data import read_picture
from neatfool.types import Bytes, Images, Ints, Shape
from neatfool.workers.chunks import at_once
from neatfool.workers.threads import Threads

Files: TypeAlias = Sequence[tuple[Path, int]]
"""Pictures and the indices of their classes."""


def read_chunks(files: Files, shape: Shape, pool: Threads) -> Iterator[tuple[Images, Ints]]:
    """Read pictures; however many there are, about a hundred are in memory.

    They are scaled by their shorter side, and what is too much of the other is cut off.

    Args:
        files: At least one.
        shape: ``(C, H, W)`` wanted.
        pool: Whose threads read them.

    Yields:
        Images ``(P, C, H, W)`` and the indices of their classes ``(P,)``.

    Raises:
        DataError: A file cannot be read.
    """

    def read(entry: tuple[Path, int]) -> Bytes:
        return read_picture(entry[0], shape, crop=True)

    size = at_once(shape)
    for first in range(0, len(files), size):
        chunk = files[first : first + size]
        images = torch.from_numpy(np.stack(pool.map(read, chunk))).float() / 255
        yield images, np.array([index for _, index in chunk])
