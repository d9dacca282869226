"""Networks as users write them, which a loader might stumble over."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

SIDE, WIDTH, CLASSES = 8, 4, 5
_PIXELS = SIDE * SIDE


def seeded(network: nn.Module) -> nn.Module:
    """Give a network weights of its own, the same every time, and put it in evaluation mode."""
    generator = torch.Generator().manual_seed(0)
    for parameter in network.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator)
    return network.eval()


class _Planes(nn.Module):
    """A convolution and a matrix; between them values are put in a row as each network does it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, WIDTH, 3, padding=1)
        self.full = nn.Linear(WIDTH * _PIXELS, CLASSES)


class ViewAfterConvolution(_Planes):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.full(self.conv(x).view(x.size(0), -1))


class ViewAfterPooling(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, WIDTH, 3, padding=1), nn.BatchNorm2d(WIDTH)
        self.full = nn.Linear(WIDTH * _PIXELS // 4, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = functional.max_pool2d(self.norm(self.conv(x)).relu(), 2)
        return self.full(y.view(-1, y.size(1) * y.size(2) * y.size(3)))


class ViewOfRows(nn.Module):
    """Channels and rows in one axis, as readers of text have it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.full = nn.Conv2d(3, WIDTH, 3, padding=1), nn.Linear(WIDTH * SIDE, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.conv(x)
        return self.full(y.view(y.size(0), y.size(1) * y.size(2), y.size(3)).mean(2))


class ViewAfterTransposed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.ConvTranspose2d(3, WIDTH, 1)
        self.full = nn.Linear(WIDTH * _PIXELS, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.full(self.conv(x).view(x.size(0), -1))


class Strided(_Planes):
    """Does not fail with another layout, but sees its values in another order."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.conv(x)
        row = y.size(1) * y.size(2) * y.size(3)
        return self.full(torch.as_strided(y, (y.size(0), row), (row, 1)))


class InNumpy(_Planes):
    """Likewise: rows of values in the order of memory."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows = np.stack([each.ravel("K") for each in self.conv(x).numpy(force=True)])
        return self.full(torch.from_numpy(rows))


class Flattened(_Planes):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.full(self.conv(x).flatten(1))


class Shuffled(nn.Module):
    """Views that split channels, which fit both layouts."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.full = nn.Conv2d(3, WIDTH, 3, padding=1), nn.Linear(WIDTH, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.conv(x)
        halves = y.view(y.size(0), 2, -1, y.size(2), y.size(3)).transpose(1, 2)
        return self.full(halves.reshape(y.shape).relu().mean((2, 3)))


class Volume(nn.Module):
    """Weights of four and of five axes."""

    def __init__(self) -> None:
        super().__init__()
        self.plane, self.volume = nn.Conv2d(3, 3, 1), nn.Conv3d(1, WIDTH, 3, padding=1)
        self.norm, self.full = nn.BatchNorm3d(WIDTH), nn.Linear(WIDTH, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.volume(self.plane(x).unsqueeze(1))
        return self.full(self.norm(y).relu().mean((2, 3, 4)))


FIRST = (
    ViewAfterConvolution,
    ViewAfterPooling,
    ViewOfRows,
    ViewAfterTransposed,
    Strided,
    InNumpy,
)
"""Networks that are right only if weights lie channels first."""
EITHER = (Flattened, Shuffled, Volume)
"""Networks that are right either way."""


class Giving(nn.Module):
    """Give features ``(P, 4)`` and logits ``(P, 5)`` in any wrapping.

    Args:
        wrap: Takes features and logits.
    """

    def __init__(self, wrap: Callable[[torch.Tensor, torch.Tensor], Any]) -> None:
        super().__init__()
        self.conv, self.full = nn.Conv2d(3, WIDTH, 3, padding=1), nn.Linear(WIDTH, CLASSES)
        self.wrap = wrap

    def both(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features = self.conv(x).relu().mean((2, 3))
        return features, self.full(features)

    def forward(self, x: torch.Tensor) -> Any:
        return self.wrap(*self.both(x))
