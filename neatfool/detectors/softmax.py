"""Maximum softmax: the surer the network, the less suspicious (Hendrycks and Gimpel 2017)."""

from typing import Literal

import torch

from neatfool.classifiers.features import Asked
from neatfool.detectors.detector import Detector, DetectorSettings


class MaximumSoftmaxSettings(DetectorSettings):
    """Settings of maximum softmax."""

    kind: Literal["softmax"] = "softmax"
    """One less the highest confidence. Blind by construction to images that were evolved for
    confidence."""


class MaximumSoftmax(Detector):
    """``1 - max p``."""

    Settings = MaximumSoftmaxSettings

    def judge(self, asked: Asked) -> torch.Tensor:  # noqa: D102 - here and below: see ``Detector``
        return 1 - asked.confidences.double().amax(dim=1)
