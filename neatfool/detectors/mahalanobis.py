"""Mahalanobis distance to the nearest class (Lee et al. 2018), in the last layer's features."""

import numpy as np
import torch

from neatfool.classifiers.features import Asked
from neatfool.detectors.detector import Detector, Real, times
from neatfool.errors import DataError
from neatfool.sections.detector import MahalanobisSettings

_TINY = 1e-10
"""Directions with less than this share of the largest variance count as having none."""


class Mahalanobis(Detector):
    """``min over k of (f - m_k)' S⁺ (f - m_k)``, ``S`` the covariance within classes."""

    Settings = MahalanobisSettings
    needs_features = True

    def fit(self, real: Real) -> None:  # noqa: D102
        features = real.features
        kinds, found = np.unique(real.classes, return_inverse=True)
        places = torch.from_numpy(found)
        counts = places.bincount().double()[:, None]
        sums = torch.zeros(len(kinds), features.shape[1], dtype=torch.float64)
        means = sums.index_add_(0, places, features) / counts
        centred = features - means[places]
        variances, axes = torch.linalg.eigh(centred.T @ centred / len(features))
        kept = variances > _TINY * variances.max()
        if not kept.any():
            raise DataError(
                f"{self.settings.data}: expected several real images of each class to fit, got "
                f"{len(real)} of {len(kinds)} classes; put more there, or choose another detector"
            )
        whiten, device = axes[:, kept] / variances[kept].sqrt(), self.classifier.device
        self._whiten, self._means = whiten.to(device), (means @ whiten).to(device)

    def judge(self, asked: Asked) -> torch.Tensor:  # noqa: D102
        white = times(asked.features.double(), self._whiten)
        means, own = self._means, white.square().sum(dim=1)
        squares = own[:, None] + means.square().sum(dim=1) - 2 * times(white, means.T)
        return squares.amin(dim=1).clamp_min(0)
