"""Maximum logit (Hendrycks et al. 2022, "Scaling out-of-distribution detection …")."""

from typing import Literal

import torch

from neatfool.classifiers.features import Asked
from neatfool.detectors.detector import Detector, DetectorSettings


class MaximumLogitSettings(DetectorSettings):
    """Settings of maximum logit."""

    kind: Literal["logit"] = "logit"
    """The highest logit, negated."""


class MaximumLogit(Detector):
    """``-max z``."""

    Settings = MaximumLogitSettings

    def judge(self, asked: Asked) -> torch.Tensor:  # noqa: D102
        return -asked.logits.double().amax(dim=1)
