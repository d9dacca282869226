"""Distance to the k-th nearest real image, in features of length 1 (Sun et al. 2022)."""

import torch

from neatfool.classifiers.features import Asked
from neatfool.detectors.detector import Detector, Real, times
from neatfool.errors import DataError
from neatfool.sections.detector import NeighboursSettings


class Neighbours(Detector):
    """``|f / |f| - g_k|``, ``g_k`` the k-th nearest of the real images."""

    Settings = NeighboursSettings
    needs_features = True

    def fit(self, real: Real) -> None:  # noqa: D102
        if len(real) < self.settings.neighbour:
            raise DataError(
                f"{self.settings.data}: expected at least {self.settings.neighbour} real images to "
                f"fit, got {len(real)}; put more there, or choose a smaller detector.neighbour"
            )
        self._bank = _unit(real.features).T.contiguous().to(self.classifier.device)

    def judge(self, asked: Asked) -> torch.Tensor:  # noqa: D102
        near = times(_unit(asked.features.double()), self._bank)
        kth = near.topk(self.settings.neighbour, dim=1).values[:, -1]
        return (2 - 2 * kth).clamp_min(0).sqrt()


def _unit(features: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.normalize(features, dim=1)
