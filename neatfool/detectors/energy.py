"""Energy (Liu et al. 2020, "Energy-based out-of-distribution detection")."""

from typing import Literal

import torch
from pydantic import Field

from neatfool.classifiers.features import Asked
from neatfool.detectors.detector import Detector, DetectorSettings


class EnergySettings(DetectorSettings):
    """Settings of energy."""

    kind: Literal["energy"] = "energy"
    """The free energy of the logits."""
    temperature: float = Field(1.0, gt=0, le=1e6)
    """Logits are divided by it."""


class Energy(Detector):
    """``-T log sum exp(z / T)``."""

    Settings = EnergySettings
    needs_logits = True

    def judge(self, asked: Asked) -> torch.Tensor:  # noqa: D102
        temperature = self.settings.temperature
        return -temperature * (asked.logits.double() / temperature).logsumexp(dim=1)
