"""Images that no network was asked about: CPPNs bred by chance, and noise."""

import numpy as np

from neatfool import encodings
from neatfool.encodings import Birth, CppnSettings
from neatfool.images import Canvas, to_levels
from neatfool.streams import stream
from neatfool.types import CPU, Bytes, Shape

COUNT = 200
"""Images of each kind."""
_PAGES, _LOOKED_AT, _SIDE = 30, 3, 32
"""Pages that those who breed go through, pictures that they look at, and their height and width."""


def bred(shape: Shape, seed: int) -> Bytes:
    """Breed patterns without asking a network, as people do on Picbreeder, but by chance.

    Each image is the last of its own line. On every page the child with the most contrast, of
    three, becomes the parent of the next page: nobody breeds from empty pictures.

    Args:
        shape: ``(C, H, W)``.
        seed: Of all of them.

    Returns:
        ``(COUNT, C, H, W)`` uint8.
    """
    small = encodings.build(CppnSettings(), Canvas((shape[0], _SIDE, _SIDE)), CPU)
    birth = Birth(1, stream(seed, "bred"))
    lines, first = small.new(COUNT, birth), _LOOKED_AT * np.arange(COUNT)
    for birth.generation in range(2, _PAGES + 1):
        children = small.vary(lines.select(np.repeat(np.arange(COUNT), _LOOKED_AT)), birth)
        contrast = to_levels(small.express(children)).std(axis=(1, 2, 3))
        lines = children.select(first + contrast.reshape(COUNT, _LOOKED_AT).argmax(axis=1))
    return to_levels(encodings.build(CppnSettings(), Canvas(shape), CPU).express(lines))


def noise(shape: Shape, seed: int) -> Bytes:
    """Draw every pixel by chance: ``(COUNT, C, H, W)`` uint8."""
    drawn: Bytes = stream(seed, "noise").integers(0, 256, (COUNT, *shape), dtype=np.uint8)
    return drawn
