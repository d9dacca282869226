"""Virtual-logit matching (Wang et al. 2022, "ViM"): the residual beside the logits."""

import torch

from neatfool.classifiers.features import Asked
from neatfool.detectors.detector import Detector, Real, times
from neatfool.errors import ConfigError, DataError
from neatfool.sections.detector import VimSettings

_LADDER = ((2048, 1000), (768, 512))


class Vim(Detector):
    """``alpha |residual of f - u| - log sum exp z``, ``u = -W⁺ b``.

    ``alpha`` is such that both have the same mean on real images, with ``max z`` for the second.
    """

    Settings = VimSettings
    needs_features = needs_logits = True

    def fit(self, real: Real) -> None:  # noqa: D102
        assert self.last is not None
        size = self.last.weight.shape[1]
        kept = self.settings.dimensions
        if kept is None:
            kept = next((kept for least, kept in _LADDER if size >= least), size // 2)
        if kept >= size:
            raise ConfigError(
                f"detector.dimensions: expected fewer than the {size} features of "
                f"{self.classifier.name}, got {kept}; choose fewer"
            )
        if len(real) <= kept:
            raise DataError(
                f"{self.settings.data}: expected more than {kept} real images to fit, got "
                f"{len(real)}; put more there, or choose a smaller detector.dimensions"
            )
        origin = -torch.linalg.pinv(self.last.weight) @ self.last.bias
        centred = real.features - origin
        _, axes = torch.linalg.eigh(centred.T @ centred / len(centred))  # the smallest come first
        outside, device = axes[:, : size - kept].contiguous(), self.classifier.device
        lengths = (centred @ outside).norm(dim=1)
        self._origin, self._outside = origin.to(device), outside.to(device)
        self._alpha = float(real.logits.amax(dim=1).mean() / lengths.mean().clamp_min(1e-300))

    def judge(self, asked: Asked) -> torch.Tensor:  # noqa: D102
        centred = asked.features.double() - self._origin
        lengths = times(centred, self._outside).norm(dim=1)
        return self._alpha * lengths - asked.logits.double().logsumexp(dim=1)
