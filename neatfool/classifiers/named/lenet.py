"""Networks of 28×28 images: LeNet-5, the LeNet of Caffe, and one with a single hidden layer.

LeNet-5 has linear outputs or, as published, radial basis functions; the fooling paper fooled that
of Caffe.

LeCun, Bottou, Bengio and Haffner 1998, "Gradient-based learning applied to document recognition".
"""

from typing import final

import torch
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
        super().__init__(*_trunk(), nn.Linear(84, classes))


@final
class LeNetRbf(nn.Sequential):
    """Build LeNet-5 with radial basis functions as outputs: 61,696 parameters for ten classes.

    Gives log-odds of each class by itself: see ``Rbf``.

    Args:
        classes: Number of classes ``K``.
    """

    def __init__(self, classes: int = 10) -> None:
        super().__init__(*_trunk(), Rbf(84, classes))


@final
class Rbf(nn.Module):
    """Compare features with a centre for each class (LeCun et al. 1998, sections II.B and II.C).

    The penalty of a class is the squared distance ``d`` to its centre, times ``SCALE``. Its
    confidence is ``exp(-d) / (exp(-RUBBISH) + sum of exp(-d))``, as in the paper's criterion: what
    is far from all centres is no class at all. By a softmax alone, squared distances would say the
    same as a linear layer. Centres begin at random corners of the cube of features, and are
    learned.

    Args:
        features: How many there are, each within -1 and 1.
        classes: Number of classes ``K``.
    """

    SCALE, RUBBISH = 0.25, 5.0

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.centres = nn.Parameter(torch.randint(0, 2, (classes, features)) * 2.0 - 1)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Give ``(P, K)`` log-odds, whose sigmoids are the confidences."""
        penalties = (features[:, None] - self.centres).square().sum(dim=2) * self.SCALE
        classes = penalties.shape[1]
        own = torch.eye(classes, dtype=torch.bool, device=features.device)
        others = (-penalties)[:, None].masked_fill(own, -torch.inf)  # (P, K, K)
        rubbish = others.new_full((len(features), classes, 1), -self.RUBBISH)
        return -penalties - torch.cat([others, rubbish], dim=2).logsumexp(dim=2)


def _trunk() -> list[nn.Module]:
    """Build LeNet-5 up to its 84 features."""
    return [
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
    ]


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


@final
class Mlp(nn.Sequential):
    """Build a network of one hidden layer of 100: 79,510 parameters for ten classes.

    Args:
        classes: Number of logits ``K``.
    """

    def __init__(self, classes: int = 10) -> None:
        super().__init__(nn.Flatten(), nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, classes))
