"""Feature squeezing (Xu, Evans and Qi 2018): what is left if details are taken away."""

import torch
from torch.nn import functional

from neatfool.classifiers.features import Asked
from neatfool.detectors.detector import Detector
from neatfool.sections.detector import SqueezingSettings
from neatfool.types import Images


class Squeezing(Detector):
    """``max over squeezers s of |p(x) - p(s(x))|``, sum of absolute differences."""

    Settings = SqueezingSettings

    def judge(self, asked: Asked) -> torch.Tensor:  # noqa: D102
        bits = self.settings.bits or (1 if asked.images.shape[1] == 1 else 5)
        squeezed = fewer_levels(asked.images, bits), median(asked.images, self.settings.window)
        whole = asked.confidences.double()
        apart = [(whole - self.classifier(one).double()).abs().sum(dim=1) for one in squeezed]
        return torch.stack(apart).amax(dim=0)


def fewer_levels(images: Images, bits: int) -> Images:
    """Round images in [0, 1] to 2 to the power of ``bits`` levels."""
    highest = 2**bits - 1
    return (images * highest).round() / highest


def median(images: Images, side: int) -> Images:
    """Take the median over squares of pixels, of an even number the larger of the two.

    A square reaches as far to the left and up as to the right and down, or one pixel further;
    beyond the border the image is mirrored.
    """
    before = side // 2
    pads = (before, side - 1 - before)
    maps = _mirrored(_mirrored(images, pads, 3), pads, 2).flatten(0, 1)[:, None]
    squares = functional.unfold(maps, side)  # (P C, side², H W)
    middle = squares.sort(dim=1).values[:, side * side // 2]
    return middle.view_as(images)


def _mirrored(images: Images, pads: tuple[int, int], axis: int) -> Images:
    """Pad one axis, the pixel on the border once more."""
    size = images.shape[axis]
    places = torch.arange(-pads[0], size + pads[1], device=images.device) % (2 * size)
    return images.index_select(axis, torch.minimum(places, 2 * size - 1 - places))
