"""Maximum logit (Hendrycks et al. 2022, "Scaling out-of-distribution detection …")."""

import torch

from neatfool.classifiers.features import Asked
from neatfool.detectors.detector import Detector
from neatfool.sections.detector import MaximumLogitSettings


class MaximumLogit(Detector):
    """``-max z``."""

    Settings = MaximumLogitSettings

    def judge(self, asked: Asked) -> torch.Tensor:  # noqa: D102
        return -asked.logits.double().amax(dim=1)
