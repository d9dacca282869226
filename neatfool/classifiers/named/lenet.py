"""LeNet-5 (LeCun et al. 1998) and the LeNet of Caffe, which the fooling paper fooled.

LeCun, Bottou, Bengio and Haffner 1998, "Gradient-based learning applied to document recognition".
"""

from typing import final

from torch import nn


@final
class LeNet5(nn.Sequential):
    """Build LeNet-5 in its common form: 61,706 parameters for ten classes.

    The 28×28 image is padded with zeros to 32×32. Pooling has no weights, the second convolution
    sees all six maps, and the output is linear, where the paper has trained pooling, partial
    connections and radial basis functions.

    Args:
        classes: Number of logits ``K``.
    """

    def __init__(self, classes: int = 10) -> None:
        super().__init__(
            nn.Conv2d(1, 6, 5, padding=2),
            nn.Tanh(),
            nn.AvgPool2d(2),
            nn.Conv2d(6, 16, 5),
            nn.Tanh(),
            nn.AvgPool2d(2),
            nn.Conv2d(16, 120, 5),
            nn.Tanh(),
            nn.Flatten(),
            nn.Linear(120, 84),
            nn.Tanh(),
            nn.Linear(84, classes),
        )


@final
class LeNetCaffe(nn.Sequential):
    """Build the LeNet of Caffe's examples: 431,080 parameters for ten classes.

    The only non-linearities are the max-pooling and one ReLU, after the 500 units.

    Args:
        classes: Number of logits ``K``.
    """

    def __init__(self, classes: int = 10) -> None:
        super().__init__(
            nn.Conv2d(1, 20, 5),
            nn.MaxPool2d(2),
            nn.Conv2d(20, 50, 5),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(800, 500),
            nn.ReLU(),
            nn.Linear(500, classes),
        )
