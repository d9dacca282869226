"""The networks that neatfool knows by name, before they have weights."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources

import torch
from torch import nn

from neatfool.classifiers.asked import check_name, digits
from neatfool.classifiers.labels import imagenet_labels
from neatfool.classifiers.named import alexnet, caffenet
from neatfool.classifiers.named.alexnet import AlexNet
from neatfool.classifiers.named.caffenet import CaffeNet
from neatfool.classifiers.named.lenet import LeNet5, LeNetCaffe, LeNetRbf, Mlp
from neatfool.sections.classifier import Outputs
from neatfool.types import Shape


@dataclass(frozen=True)
class Published:
    """Weights that others publish, fetched when they are first needed."""

    url: str
    checksum: str
    """As they publish it: ``cached`` of neatfool/data/cache.py."""

    @property
    def file(self) -> str:
        """Name of the file."""
        return self.url.rpartition("/")[2]


@dataclass(frozen=True)
class Model:
    """What a model is before it has weights; ``mean`` and ``std`` hold where no card says else."""

    module: Callable[[int], nn.Module]
    """Takes the number of classes."""
    shape: Shape
    mean: tuple[float, ...]
    std: tuple[float, ...]
    labels: tuple[str, ...]
    outputs: Outputs = "logits"
    """What the module gives."""
    crop: int | None = None
    """Side of the square in the centre that the module sees; none: it sees all."""
    channels: str | None = None
    """``"bgr"`` if the module takes blue first."""
    published: Published | None = None
    """Weights to take where none are given and none are in the package."""
    convert: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]] = dict
    """Turns weights for another writing of the network into those of the module."""


WEIGHTS = resources.files("neatfool.classifiers") / "weights"
"""Weights and cards of the package."""


MODELS: dict[str, Model] = {
    "lenet5": Model(LeNet5, (1, 28, 28), (0.1307,), (0.3081,), digits()),
    "lenet-caffe": Model(LeNetCaffe, (1, 28, 28), (0.0,), (256 / 255,), digits()),
    "lenet-rbf": Model(LeNetRbf, (1, 28, 28), (0.1307,), (0.3081,), digits(), outputs="log-odds"),
    "mlp": Model(Mlp, (1, 28, 28), (0.1307,), (0.3081,), digits()),
    "alexnet": Model(
        AlexNet,
        (3, 256, 256),
        (0.485, 0.456, 0.406),
        (0.229, 0.224, 0.225),
        imagenet_labels(),
        crop=227,
        published=Published(
            "https://github.com/osmr/imgclsmob/releases/download/v0.0.481/"
            "alexnet-1664-2768cdb3.pth.zip",
            "sha1:2768cdb312d584e33e93f31b0c569589bb289749",
        ),
        convert=alexnet.from_pytorchcv,
    ),
    "caffenet": Model(
        CaffeNet,
        (3, 256, 256),
        caffenet.MEAN,
        caffenet.STD,
        imagenet_labels(),
        crop=227,
        channels="bgr",
        published=Published(
            "http://dl.caffe.berkeleyvision.org/bvlc_reference_caffenet.caffemodel",
            "sha1:4c8d77deb20ea792f84eb5e6d0a11ca0a8660a46",
        ),
    ),
}
"""Every model by the name settings and the command line use."""


def find_model(name: str) -> Model:
    """Look a model up.

    Args:
        name: As in ``MODELS``.

    Returns:
        The model.

    Raises:
        ClassifierError: There is none of that name; the message names the nearest.
    """
    check_name(name)
    return MODELS[name]


def trainable() -> list[str]:
    """Name the models of the images of MNIST."""
    return [name for name, model in MODELS.items() if model.shape == (1, 28, 28)]


def has_weights(name: str) -> bool:
    """Say whether weights of the model are in the package."""
    return (WEIGHTS / f"{name}.safetensors").is_file()
