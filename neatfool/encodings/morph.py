"""The images between two genomes of any encoding of images."""

from typing import Any

import numpy as np
import torch

from neatfool.encodings.encoding import Encoding
from neatfool.encodings.offset import OffsetGenomes
from neatfool.encodings.switch import Switch
from neatfool.encodings.vectors import VectorGenomes
from neatfool.images.colour import to_grid
from neatfool.networks.morph import morph
from neatfool.types import Floats, Images


def between(encoding: Encoding[Any], first: Any, second: Any, steps: Floats) -> Images:
    """Paint what lies between two genomes.

    Networks go into one another as ``networks.morph`` says; genes of pixels and offsets are
    interpolated. A network and the genes of pixels have no genes in common: their images fade.

    Args:
        encoding: Of images.
        first: One genome.
        second: Another.
        steps: ``(T,)`` in [0, 1]; 0 is the first, 1 the second.

    Returns:
        ``(T, C, H, W)`` on the 8-bit grid.
    """
    steps = np.asarray(steps, np.float32)
    if isinstance(encoding, Switch):
        if not (first.is_direct.any() or second.is_direct.any()):
            return between(encoding.indirect, first.indirect, second.indirect, steps)
        ends = [encoding.express(each).flatten(1) for each in (first, second)]
        return to_grid(_mixed(ends[0], ends[1], steps)).reshape(-1, *encoding.shape)
    images: Images = encoding.express(_genomes(first, second, steps))
    return images


def _genomes(first: Any, second: Any, steps: Floats) -> Any:
    if isinstance(first, OffsetGenomes):
        offsets = _genomes(first.offsets, second.offsets, steps)
        return OffsetGenomes(morph(first.indirect, second.indirect, steps), offsets)
    if isinstance(first, VectorGenomes):
        return VectorGenomes(_mixed(first.genes, second.genes, steps))
    return morph(first, second, steps)


def _mixed(first: torch.Tensor, second: torch.Tensor, steps: Floats) -> torch.Tensor:
    """Interpolate ``(1, L)`` and ``(1, L)``: ``(T, L)``."""
    part = torch.from_numpy(steps).to(first.device)[:, None]
    return (1 - part) * first + part * second
