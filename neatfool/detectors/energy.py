"""Energy (Liu et al. 2020, "Energy-based out-of-distribution detection")."""

import torch

from neatfool.classifiers.features import Asked
from neatfool.detectors.detector import Detector
from neatfool.sections.detector import EnergySettings


class Energy(Detector):
    """``-T log sum exp(z / T)``."""

    Settings = EnergySettings
    needs_logits = True

    def judge(self, asked: Asked) -> torch.Tensor:  # noqa: D102
        temperature = self.settings.temperature
        return -temperature * (asked.logits.double() / temperature).logsumexp(dim=1)
