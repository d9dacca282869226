"""Stand-ins that are small, fast and the same every time."""

import torch
from torch import nn

from neatfool.classifiers import Classifier
from neatfool.types import Shape


class Linear(nn.Module):
    """One linear layer over all pixels, with weights that follow from the seed.

    It sums in double precision, so that the size of a batch does not show in the logits.
    """

    def __init__(self, shape: Shape, classes: int, seed: int) -> None:
        super().__init__()
        random = torch.Generator().manual_seed(seed)
        size = shape[0] * shape[1] * shape[2]
        self.weight = nn.Parameter(torch.randn(size, classes, generator=random) * 4 / size**0.5)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return (images.flatten(1).double() @ self.weight.double()).float()


def fake_classifier(shape: Shape, classes: int = 4, seed: int = 0) -> Classifier:
    """Make a classifier of images of any shape whose classes are named c0, c1, …"""
    labels = tuple(f"c{index}" for index in range(classes))
    return Classifier("fake", Linear(shape, classes, seed), shape, labels)
