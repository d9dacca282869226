"""How regular weights are, by how well they can be compressed (as Helms and Clune 2017 did)."""

import zlib

import numpy as np
import numpy.typing as npt

_LEVELS = 255


def compressibility(weights: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return the share of bytes that compression saves: near 1 for repetition, 0 for noise.

    Each network's weights are rounded to 255 levels from minus to plus their largest, a byte each,
    and compressed by zlib, which finds what is repeated (LZ77); Helms and Clune used LZW. The
    number depends on the order of weights, so compare networks of one substrate only.

    Args:
        weights: ``(P, L)``, finite.

    Returns:
        ``(P,)``; of few weights it may be below 0, as what zlib adds is counted.
    """
    most = np.abs(weights).max(axis=1, keepdims=True, initial=0)
    scaled = np.divide(weights, most, out=np.zeros(weights.shape), where=most > 0)
    levels = np.rint((scaled + 1) * (_LEVELS // 2)).astype(np.uint8)
    return np.array([1 - len(zlib.compress(row.tobytes(), 9)) / max(1, row.size) for row in levels])
