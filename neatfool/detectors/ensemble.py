"""Disagreement of an ensemble: do other networks see the same?"""

from typing import Any

import torch

from neatfool import classifiers
from neatfool.classifiers import Classifier
from neatfool.classifiers.features import Asked
from neatfool.detectors.detector import Detector
from neatfool.errors import ConfigError
from neatfool.reporting import Reporter
from neatfool.sections.detector import EnsembleSettings


class Ensemble(Detector):
    """Mean over the others of ``|p - q| / 2``, half the sum of absolute differences.

    Args:
        settings: Which networks.
        classifier: The network that is guarded.
        others: Those that are asked, too.

    Raises:
        ConfigError: There are no others, or one takes other images or has other classes.
    """

    Settings = EnsembleSettings

    def __init__(self, settings: Any, classifier: Classifier, *others: Classifier) -> None:
        super().__init__(settings, classifier)
        if not others:
            raise ConfigError(
                "detector.classifiers: expected other networks to compare with, got none; name at "
                'least one, as in task.detector.classifiers=[{model = "lenet-caffe"}]'
            )
        for other in others:
            wanted, got = ((each.shape, len(each.labels)) for each in (classifier, other))
            if got != wanted:
                raise ConfigError(
                    f"detector.classifiers: expected networks for images {wanted[0]} of "
                    f"{wanted[1]} classes, as {classifier.name}, got {other.name} for {got[0]} of "
                    f"{got[1]}; choose others, or set their canvas"
                )
        self._others = others
        self.digest = " ".join(other.sha256 for other in others)

    @classmethod
    def build(  # noqa: D102
        cls, settings: Any, classifier: Classifier, reporter: Reporter | None = None
    ) -> "Ensemble":
        device = classifier.device
        others = [classifiers.build(each, device, reporter) for each in settings.classifiers]
        return cls(settings, classifier, *others)

    def judge(self, asked: Asked) -> torch.Tensor:  # noqa: D102
        own = asked.confidences.double()
        apart = [(own - other(asked.images).double()).abs().sum(dim=1) for other in self._others]
        return torch.stack(apart).mean(dim=0) / 2
