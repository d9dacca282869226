"""Stand-ins that are small, fast and the same every time."""

import math

import numpy as np
import torch
from torch import nn

from neatfool.classifiers import Classifier
from neatfool.images import Canvas
from neatfool.substrates import Line as Line
from neatfool.tasks import Fooling, Task, Trial
from neatfool.types import Scores, Shape


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


class Nearness(Task):
    """A task: phenotypes of any shape score by how near they are to ``K`` random ones."""

    def __init__(self, shape: tuple[int, ...], niches: int) -> None:
        random = torch.Generator().manual_seed(0)
        self.niches = tuple(f"n{index}" for index in range(niches))
        self.medium = Canvas(shape) if len(shape) == 3 else Line(*shape)
        self._goals = torch.rand(niches, math.prod(shape), generator=random, dtype=torch.float64)

    def score(self, phenotypes: torch.Tensor, trial: Trial | None = None) -> Scores:
        apart = phenotypes.flatten(1).double()[:, None] - self._goals
        return (-apart.abs().mean(dim=2)).float().numpy()


class Lucky(Fooling):
    """Fooling by chance, so that a genome that is scored again has another score."""

    def score(self, images: torch.Tensor, trial: Trial | None = None) -> Scores:
        assert trial is not None
        luck = [random.random(len(self.niches)) for random in trial.streams("luck")]
        return super().score(images) + np.stack(luck).astype(np.float32)


class Noisy(Nearness):
    """The same by chance: noise that a generation shares, and noise of each phenotype's own."""

    def score(self, phenotypes: torch.Tensor, trial: Trial | None = None) -> Scores:
        assert trial is not None
        assert len(trial.keys) == len(phenotypes)
        shared = trial.stream("weather").normal(size=len(self.niches))
        own = [random.normal(size=len(self.niches)) for random in trial.streams("luck")]
        return super().score(phenotypes) + (shared + np.stack(own)).astype(np.float32)
