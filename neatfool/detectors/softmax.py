"""Maximum softmax: the surer the network, the less suspicious (Hendrycks and Gimpel 2017)."""

import torch

from neatfool.classifiers.features import Asked
from neatfool.detectors.detector import Detector
from neatfool.sections.detector import MaximumSoftmaxSettings


class MaximumSoftmax(Detector):
    """``1 - max p``."""

    Settings = MaximumSoftmaxSettings

    def judge(self, asked: Asked) -> torch.Tensor:  # noqa: D102 - here and below: see ``Detector``
        return 1 - asked.confidences.double().amax(dim=1)
