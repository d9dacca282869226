"""AlexNet (Krizhevsky, Sutskever and Hinton 2012), on one device.

"ImageNet classification with deep convolutional neural networks".
"""

import math
from typing import final

import torch
from torch import nn

_PYTORCHCV = (
    *("features.stage1.unit1.conv", "features.stage2.unit1.conv", "features.stage3.unit1.conv"),
    *("features.stage3.unit2.conv", "features.stage3.unit3.conv"),
    *("output.fc1.fc", "output.fc2.fc", "output.fc3"),
)
"""What pytorchcv calls the layers with weights."""
_THEIR_ALPHA = 1 / 5
"""How strongly pytorchcv's network normalises responses, in shares of how strongly this does."""


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


def from_pytorchcv(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Turn weights of pytorchcv's ``alexnet``, by their names, into those of ``AlexNet``.

    They are for a network that divides the sum of squares, when it normalises responses, by five
    once more. Responses that are smaller by the root of that are normalised as there, and come out
    smaller by the same factor. So the first two layers are scaled down and those after them up,
    which leaves the function as it is.

    Args:
        tensors: A state dict; one with other names is returned as it is.

    Returns:
        A state dict for ``AlexNet``.
    """
    theirs = [f"{layer}.{kind}" for layer in _PYTORCHCV for kind in ("weight", "bias")]
    if tensors.keys() != set(theirs):
        return tensors
    with torch.device("meta"):
        ours = list(AlexNet().state_dict())
    made = {name: tensors[their] for name, their in zip(ours, theirs, strict=True)}
    scale = math.sqrt(_THEIR_ALPHA)
    conv1, conv2, conv3 = ("0", "4", "8")
    for name in (f"{conv1}.weight", f"{conv1}.bias", f"{conv2}.bias"):
        made[name] = made[name] * scale
    made[f"{conv3}.weight"] = made[f"{conv3}.weight"] / scale
    return made


def _normalisation() -> nn.Module:
    """Normalise a response by its four neighbours; torch divides alpha by their number."""
    return nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)
