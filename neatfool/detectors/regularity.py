"""Regularity: how far measures of an image lie outside what real images have."""

import torch

from neatfool.classifiers.features import Asked
from neatfool.detectors.detector import Detector, Real
from neatfool.images import measure
from neatfool.sections.detector import RegularitySettings
from neatfool.types import Images


class Regularity(Detector):
    """Largest of ``(m - middle) / (end - middle)``, over measures and both ends of the usual."""

    Settings = RegularitySettings

    def fit(self, real: Real) -> None:  # noqa: D102
        values = torch.cat([_measured(asked.images) for asked in real.chunks()])
        edge = self.settings.edge
        ends = torch.tensor([edge, 0.5, 1 - edge], dtype=torch.float64)
        low, self._middle, high = values.quantile(ends, dim=0)
        least = 1e-9 + 1e-6 * self._middle.abs()
        self._above = (high - self._middle).maximum(least)
        self._below = (self._middle - low).maximum(least)

    def judge(self, asked: Asked) -> torch.Tensor:  # noqa: D102
        apart = _measured(asked.images) - self._middle
        return torch.maximum(apart / self._above, -apart / self._below).amax(dim=1)


def _measured(images: Images) -> torch.Tensor:
    """Measure images: ``(P, M)`` float64."""
    return torch.stack([*measure(images.cpu()).values()], dim=1)
