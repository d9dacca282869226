"""What a network sees of a canvas that is not of its size or order of colours."""

from typing import final

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from neatfool.classifiers.classifier import Classifier
from neatfool.classifiers.loaded import in_batches
from neatfool.classifiers.onnx.file import OnnxNet
from neatfool.classifiers.outputs import INDEPENDENT, confidences_of, find_scores, tensors_in
from neatfool.sections.classifier import Outputs
from neatfool.types import Bytes, Doubles, Images

_VALUES = 1 << 23
"""Of the images that are asked about together: 32 MiB."""


def asked(classifier: Classifier, levels: Bytes) -> Doubles:
    """Ask a network about however many images, some at a time.

    Args:
        classifier: Any.
        levels: ``(P, C, H, W)`` uint8.

    Returns:
        Confidences ``(P, K)``.
    """
    size = max(1, _VALUES // max(1, levels[:1].size))
    told = np.empty((len(levels), len(classifier.labels)))
    for first in range(0, len(levels), size):
        some = as_shown(levels[first : first + size])
        told[first : first + size] = classifier(some).cpu().numpy()
    return told


def as_shown(levels: Bytes) -> Images:
    """Write levels ``(P, C, H, W)`` uint8 as a network is shown them, in [0, 1]."""
    return torch.from_numpy(levels).float() / 255


def describe_view(classifier: Classifier) -> tuple[int, int]:
    """Give height and width of what a network sees of the images of its classifier."""
    for layer in classifier.module.modules():
        if isinstance(layer, Resize | TenCrops):
            return layer.size
    return classifier.crop or classifier.shape[1:]


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
        """Give ``(P, C, *size)`` in the type of the images."""
        whole = images.float() if images.dtype.itemsize < 4 else images
        scaled = functional.interpolate(whole, self.size, mode="bilinear", antialias=True)
        return scaled.to(images.dtype)


@final
class OneByOne(nn.Module):
    """Ask a network about one image at a time.

    Args:
        network: Takes a batch of one image.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Images) -> object:
        """Give what the network gives, a row for each image."""
        return in_batches(self.network, images, 1)


@final
class OneOutput(nn.Module):
    """Take one tensor out of all that a network gives.

    Args:
        network: Gives tensors in a tuple, a mapping or an object.
        name: Of the tensor, as ``tensors_in`` has it.
    """

    def __init__(self, network: nn.Module, name: str) -> None:
        super().__init__()
        self.network = network
        self._name = name

    def forward(self, images: Images) -> torch.Tensor:
        """Give that tensor."""
        return tensors_in(self.network(images))[self._name]


@final
class TenCrops(nn.Module):
    """Average confidences over four corners, the centre and their mirror images.

    As Krizhevsky, Sutskever and Hinton 2012, and the networks in Nguyen et al. 2015, did.

    Args:
        network: Sees one crop.
        size: Height and width of a crop.
        outputs: What the network gives.
    """

    def __init__(self, network: nn.Module, size: tuple[int, int], outputs: Outputs) -> None:
        super().__init__()
        self.network = network
        self.size = size
        self._outputs = outputs

    @property
    def outputs(self) -> Outputs:
        """What the mean of the crops is."""
        return "sigmoid" if self._outputs in INDEPENDENT else "log-probabilities"

    def forward(self, images: Images) -> torch.Tensor:
        """Give ``(P, K)`` mean confidences, or their logarithms if rows sum up to 1."""
        height, width = self.size
        low, right = images.shape[2] - height, images.shape[3] - width
        corners = ((0, 0), (0, right), (low, 0), (low, right), (low // 2, right // 2))
        crops = [images[:, :, y : y + height, x : x + width] for y, x in corners]
        crops += [crop.flip(3) for crop in crops]
        mean = torch.stack([self._confidences(crop.contiguous()) for crop in crops]).mean(0)
        return mean if self.outputs == "sigmoid" else mean.log()

    def _confidences(self, crop: Images) -> torch.Tensor:
        (scores,) = find_scores(self.network(crop), len(crop)).values()
        return confidences_of(scores.float(), self._outputs)
