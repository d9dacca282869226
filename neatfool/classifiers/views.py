"""What a network sees of a canvas that is not of its size or order of colours."""

from typing import final

import torch
from torch import nn
from torch.nn import functional

from neatfool.classifiers.classifier import Classifier, Outputs, log_scores
from neatfool.classifiers.onnx_file import OnnxNet
from neatfool.types import Images


def describe_view(classifier: Classifier) -> tuple[int, int]:
    """Give height and width of what a network sees of the images of its classifier."""
    for layer in classifier.module.modules():
        if isinstance(layer, Resize):
            return layer.size
        if isinstance(layer, TenCrops):
            return layer.side, layer.side
    crop = classifier.crop
    return (crop, crop) if crop else classifier.shape[1:]


def count_parameters(classifier: Classifier) -> int | None:
    """Count the parameters of a network; none: nobody knows."""
    for layer in classifier.module.modules():
        if isinstance(layer, OnnxNet):
            return layer.parameter_count
    return sum(each.numel() for each in classifier.module.parameters()) or None


@final
class Bgr(nn.Module):
    """Turn the order of colours round."""

    def forward(self, images: Images) -> Images:
        """Give ``(P, C, H, W)``, blue first."""
        return images.flip(1)


@final
class Resize(nn.Module):
    """Scale images, bilinearly; those that get smaller are smoothed before.

    Args:
        size: Height and width to scale to.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        self.size = size

    def forward(self, images: Images) -> Images:
        """Give ``(P, C, *size)``."""
        return functional.interpolate(images, self.size, mode="bilinear", antialias=True)


@final
class TenCrops(nn.Module):
    """Average confidences over four corners, the centre and their mirror images.

    As Krizhevsky, Sutskever and Hinton 2012, and the networks in Nguyen et al. 2015, did.

    Args:
        network: Sees one crop.
        side: Of a crop.
        outputs: What the network gives.
    """

    def __init__(self, network: nn.Module, side: int, outputs: Outputs) -> None:
        super().__init__()
        self.network = network
        self.side = side
        self._outputs = outputs

    def forward(self, images: Images) -> torch.Tensor:
        """Give the logarithms of ``(P, K)`` mean confidences."""
        side = self.side
        low, right = (length - side for length in images.shape[2:])
        corners = ((0, 0), (0, right), (low, 0), (low, right), (low // 2, right // 2))
        crops = [images[:, :, y : y + side, x : x + side] for y, x in corners]
        crops += [crop.flip(3) for crop in crops]
        each = [log_scores(self.network(crop), self._outputs).softmax(1) for crop in crops]
        return torch.stack(each).mean(0).log()
