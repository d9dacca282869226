"""CPPNs of dense layers, fitted by gradients: to a confidence of a network, or to a picture."""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import nn

from neatfool.classifiers import Classifier
from neatfool.images import Canvas, to_grid
from neatfool.images.colour import paint_smoothly
from neatfool.networks import ACTIVATIONS, PAPER_ACTIVATIONS, activation_codes
from neatfool.types import CPU, Images

REACHES = (10.0, 3.0)
"""Of the first weights of a dense network, one for each start."""
RATE = 0.05
"""How large steps of Adam are, for a network of one node a layer; of wider ones, over the root."""
SURE = 0.99
TOGETHER = 16
"""Images that a network is asked about at once."""
PIXELS = 2_048
"""Of a picture that a step of least squares looks at."""
KINDS = [ACTIVATIONS[code].batched for code in activation_codes(PAPER_ACTIVATIONS)]
SQUASH = ACTIVATIONS[activation_codes(["sigmoid"])[0]].batched


class Fit(NamedTuple):
    """What is fitted: the index of a class, a size of network, and which start it is."""

    index: int
    width: int
    depth: int
    start: int

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"{self.index}-{self.width}x{self.depth}-{self.start}"

    @property
    def rate(self) -> float:
        """How large steps are: more nodes that change alike change their sum more."""
        return RATE / math.sqrt(self.width)


class Dense(nn.Module):
    """CPPNs in layers ``(P,)``, whose nodes have the four functions of the paper in equal parts.

    Args:
        sizes: Nodes of each layer, from inputs to outputs; of hidden ones a multiple of four.
        reach: First weights of the first layer are in [-reach, reach].
        seeds: ``P`` seeds of their first weights.
    """

    def __init__(self, sizes: Sequence[int], reach: float, seeds: Sequence[int]) -> None:
        super().__init__()
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        randoms = [torch.Generator().manual_seed(seed) for seed in seeds]
        for place, ends in enumerate(itertools.pairwise(sizes)):
            scale = math.sqrt(6 / ends[0]) if place else reach
            drawn = torch.stack([torch.rand(*ends, generator=random) for random in randoms])
            self.weights.append(nn.Parameter((2 * drawn - 1) * scale))
            self.biases.append(nn.Parameter(torch.zeros(len(seeds), 1, ends[1])))

    @classmethod
    def of(cls, fits: Sequence[Fit], canvas: Canvas) -> "Dense":
        """Begin fits of one size, each always the same."""
        first = fits[0]
        sizes = (len(canvas.inputs), *[first.width] * first.depth, canvas.outputs)
        seeds = [1_000 * fit.start + fit.index for fit in fits]
        return cls(sizes, REACHES[first.start], seeds)

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        """Give outputs ``(P, X, O)`` in [-1, 1] at points ``(X, I)``."""
        values = points
        for weights, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            parts = zip(KINDS, (values @ weights + bias).chunk(len(KINDS), dim=2), strict=True)
            values = torch.cat([kind(part.clone()) for kind, part in parts], dim=2)
        return SQUASH(values @ self.weights[-1] + self.biases[-1])


def edges(width: int, depth: int, canvas: Canvas) -> int:
    """Count the edges of a dense network, those from the bias to all later nodes among them."""
    sizes = (len(canvas.inputs), *[width] * depth, canvas.outputs)
    return sum((before + 1) * behind for before, behind in itertools.pairwise(sizes))


def coloured(values: torch.Tensor, canvas: Canvas) -> torch.Tensor:
    """Read outputs ``(P, X, O)`` as the canvas does, but for rounding: ``(P, C, X)``."""
    return paint_smoothly(values.transpose(1, 2), canvas.colours)


@dataclass(eq=False)
class Climb:
    """A network on its way to the confidence of its class; the image is the best so far."""

    fit: Fit
    network: Dense
    optimiser: torch.optim.Optimizer
    steps: int = 0
    best: float = -1.0
    image: torch.Tensor = field(default_factory=lambda: torch.empty(0))


def climb(
    classifier: Classifier, canvas: Canvas, fits: Iterable[Fit], steps: int
) -> Iterator[Climb]:
    """Raise confidences by Adam on the weights, and give each climb when it is over.

    It is over when the network is sure, or after all steps. Mirrored tiles repeat most points, so
    each is asked for once. The network sees images on the 8-bit grid, and gradients pass the
    rounding unchanged.
    """
    points, places = torch.unique(
        canvas.points(CPU).T.round(decimals=5), dim=0, return_inverse=True
    )
    waiting, live = iter(fits), list[Climb]()
    while True:
        for fit in itertools.islice(waiting, TOGETHER - len(live)):
            network = Dense.of([fit], canvas)
            live.append(Climb(fit, network, torch.optim.Adam(network.parameters(), fit.rate)))
        if not live:
            return
        painted = [coloured(each.network(points), canvas)[:, :, places] for each in live]
        images = to_grid(torch.cat(painted).detach()).reshape(-1, *canvas.shape)
        confidences, slopes = raised(classifier, images, [each.fit.index for each in live])
        for each in live:
            each.optimiser.zero_grad()
        torch.autograd.backward(painted, list((-slopes).flatten(2).split(1)))
        for each, image, confidence in zip(live, images, confidences, strict=True):
            each.steps += 1
            if confidence > each.best:
                each.best, each.image = confidence, image.clone()
            each.optimiser.step()
        over = [each for each in live if each.best >= SURE or each.steps >= steps]
        yield from over
        live = [each for each in live if each not in over]


def raised(
    classifier: Classifier, images: Images, classes: Sequence[int]
) -> tuple[list[float], torch.Tensor]:
    """Give the confidence in the class of each image, and the gradient of its logarithm."""
    columns, seen = (torch.arange(len(images)), torch.tensor(classes)), []

    def rising(logits: torch.Tensor) -> torch.Tensor:
        found = logits.log_softmax(1)[columns]
        seen.extend(found.detach().exp().tolist())
        return found

    slopes = classifier.gradient(images, rising)
    return seen, slopes


def copied(fits: Sequence[Fit], canvas: Canvas, pictures: Images, steps: int) -> Images:
    """Fit networks of one size to pictures ``(P, C, H, W)`` by least squares, and let them paint.

    A step looks at some pixels, drawn at random.
    """
    random = torch.Generator().manual_seed(fits[0].start)
    network, points = Dense.of(fits, canvas), canvas.points(CPU).T
    optimiser = torch.optim.Adam(network.parameters(), fits[0].rate)
    slower = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    pixels = pictures.flatten(2)
    for _ in range(steps):
        some = torch.randint(len(points), (PIXELS,), generator=random)
        error = coloured(network(points[some]), canvas) - pixels[:, :, some]
        optimiser.zero_grad()
        error.square().mean(dim=(1, 2)).sum().backward()
        optimiser.step()
        slower.step()
    with torch.no_grad():
        parts = [coloured(network(part), canvas) for part in points.split(PIXELS)]
    return to_grid(torch.cat(parts, dim=2)).reshape(pictures.shape)
