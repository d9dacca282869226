"""A classifier whose logits and features are known, and real images for detectors of it."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

from neatfool.classifiers import Classifier
from neatfool.data.real import LabelledPictures
from neatfool.detectors import KINDS, Detector, Real

WEIGHT = torch.tensor([[1.0, 0.0, -1.0, 0.5], [0.0, 2.0, 0.0, -1.0], [-1.0, 0.5, 1.0, 0.0]])
BIAS = torch.tensor([0.25, -0.5, 0.0])
SHAPE = (1, 2, 2)


def classifier(weight: torch.Tensor = WEIGHT, bias: torch.Tensor = BIAS) -> Classifier:
    """Make one linear layer over four pixels: the features are the pixels."""
    layer = nn.Linear(4, len(weight))
    layer.weight.data, layer.bias.data = weight.clone(), bias.clone()
    labels = tuple(f"c{k}" for k in range(len(weight)))
    return Classifier("linear", nn.Sequential(nn.Flatten(), layer), SHAPE, labels)


def images(count: int, seed: int = 0, shape: tuple[int, ...] = SHAPE) -> torch.Tensor:
    random = np.random.default_rng(seed)
    return torch.from_numpy(random.integers(0, 256, (count, *shape))).float() / 255


def pictures(folder: Path, count: int, seed: int = 0, side: int = 2, classes: int = 3) -> Path:
    """Write a folder of pictures as ``find_labelled`` takes it."""
    random = np.random.default_rng(seed)
    folder.mkdir()
    for k in range(count):
        levels = random.integers(0, 256, (side, side), np.uint8)
        Image.fromarray(levels).save(folder / f"{k % classes}_{k:03}.png")
    return folder


def made(kind: str, of: Classifier, **settings: object) -> Detector:
    """Make a detector that is still to be fitted."""
    chosen = KINDS.named[kind](**settings)
    detector: Detector = KINDS.owner(chosen).build(chosen, of)
    return detector


class Given(LabelledPictures):
    """Real pictures that are here already."""

    def __init__(self, some: torch.Tensor, classes: list[int]) -> None:
        levels = (some * 255).round().to(torch.uint8).numpy()
        super().__init__(levels, np.array(classes))  # type: ignore[arg-type]

    def read(self, first: int, end: int, shape: tuple[int, ...]) -> np.ndarray:
        return self.sources[first:end]  # type: ignore[return-value]


def fitted(kind: str, of: Classifier, some: torch.Tensor, classes: list[int], **settings: object):  # type: ignore[no-untyped-def]
    """Fit a detector to images of such classes."""
    detector = made(kind, of, **settings)
    detector.fit(Real(Given(some, classes), detector))
    return detector
