"""AlexNet (Krizhevsky, Sutskever and Hinton 2012), on one device.

"ImageNet classification with deep convolutional neural networks".
"""

from typing import final

from torch import nn


@final
class AlexNet(nn.Sequential):
    """Build AlexNet, every convolution seeing all maps: 62,378,344 parameters for 1,000 classes.

    The paper split some convolutions between two devices; this is the whole network on one. Takes
    images of 3×227×227. Responses are normalised before pooling.

    Args:
        classes: Number of logits ``K``.
    """

    def __init__(self, classes: int = 1000) -> None:
        super().__init__(
            nn.Conv2d(3, 96, 11, stride=4),
            nn.ReLU(),
            _normalisation(),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(96, 256, 5, padding=2),
            nn.ReLU(),
            _normalisation(),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(256, 384, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(384, 384, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(384, 256, 3, padding=1),
            nn.ReLU(),
            *last_layers(classes),
        )


def last_layers(classes: int) -> list[nn.Module]:
    """Build what follows the last convolution: CaffeNet has the same."""
    return [
        nn.MaxPool2d(3, 2),
        nn.Flatten(),
        nn.Linear(9216, 4096),
        nn.ReLU(),
        nn.Dropout(),
        nn.Linear(4096, 4096),
        nn.ReLU(),
        nn.Dropout(),
        nn.Linear(4096, classes),
    ]


def _normalisation() -> nn.Module:
    """Normalise a response by its four neighbours; torch divides alpha by their number."""
    return nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)
