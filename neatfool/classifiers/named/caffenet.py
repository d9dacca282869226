"""CaffeNet: the network that the fooling paper fooled (Jia et al. 2014).

"Caffe: convolutional architecture for fast feature embedding"; its `bvlc_reference_caffenet`.
"""

from typing import final

from torch import nn

from neatfool.classifiers.named.alexnet import last_layers

MEAN = (104.00698793 / 255, 116.66876762 / 255, 122.67891434 / 255)
"""Blue, green and red of Caffe's mean image of ImageNet, for images in [0, 1]."""
STD = (1 / 255,)
"""The network was trained on levels, 0 … 255, not on [0, 1]."""


@final
class CaffeNet(nn.Sequential):
    """Build CaffeNet: 60,965,224 parameters for 1,000 classes.

    It is AlexNet with its convolutions split in two groups where the paper of 2012 split them, and
    with pooling before the normalisation of responses. Takes images of 3×227×227 whose channels
    are blue, green, red, in that order, as levels 0 … 255 less their mean: images in [0, 1] have
    to be turned from RGB to BGR, then normalised by ``MEAN`` and ``STD``.

    Args:
        classes: Number of logits ``K``.
    """

    def __init__(self, classes: int = 1000) -> None:
        super().__init__(
            nn.Conv2d(3, 96, 11, stride=4),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
            _normalisation(),
            nn.Conv2d(96, 256, 5, padding=2, groups=2),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
            _normalisation(),
            nn.Conv2d(256, 384, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(384, 384, 3, padding=1, groups=2),
            nn.ReLU(),
            nn.Conv2d(384, 256, 3, padding=1, groups=2),
            nn.ReLU(),
            *last_layers(classes),
        )


def _normalisation() -> nn.Module:
    """Normalise a response by its neighbours; Caffe too divides alpha by their number."""
    return nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1.0)
