"""One seed, many named random streams, none of them global.

A stream is a function of the seed and of its path, for example ``("children", 17)``. Nothing has
to be saved to go on after an interruption: the generation number alone gives the stream back.
"""

import zlib

import numpy as np


def stream(seed: int, *path: str | int) -> np.random.Generator:
    """Derive an independent random stream from a seed and a path of names and numbers.

    Args:
        seed: Not negative.
        path: Words and non-negative numbers; equal paths give equal streams.

    Returns:
        A generator of its own, at its beginning.

    Example:
        >>> stream(0, "children", 3).random() == stream(0, "children", 3).random()
        True
    """
    words = tuple(zlib.crc32(part.encode()) if isinstance(part, str) else part for part in path)
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=words)))
