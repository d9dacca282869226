"""The weights of a substrate as pictures: what each node is connected to, where its sheet lies."""

import numpy as np

from neatfool.sections.substrate import SheetSettings
from neatfool.types import Floats


def receptive_fields(weights: Floats, source: SheetSettings, target: SheetSettings) -> Floats:
    """Lay out the weights between two sheets.

    Each node of the target has a tile where it stands in its sheet; a tile is the sheet of the
    source, and shows the weight from each of its nodes. NaN parts the tiles.

    Args:
        weights: ``(S, T)`` float32.
        source: The sheet that links come from.
        target: The sheet that they lead to.

    Returns:
        ``(R, C)`` float32.
    """
    tiles = weights.reshape(source.height, source.width, target.height, target.width)
    if target.nodes == 1:
        return tiles[:, :, 0, 0]
    parted = np.pad(tiles, ((0, 1), (0, 1), (0, 0), (0, 0)), constant_values=np.nan)
    picture = parted.transpose(2, 0, 3, 1)  # (th, sh + 1, tw, sw + 1)
    laid = picture.reshape(target.height * (source.height + 1), target.width * (source.width + 1))
    return laid[:-1, :-1]
