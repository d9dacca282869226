"""ODIN (Liang, Li and Srikant 2018): confidence at a high temperature, after a small step."""

from typing import Any

import torch

from neatfool.classifiers import Classifier
from neatfool.classifiers.features import Asked
from neatfool.detectors.detector import Detector
from neatfool.errors import ClassifierError
from neatfool.sections.detector import OdinSettings
from neatfool.types import Images


class Odin(Detector):
    """``1 - max softmax(z(x') / T)``, ``x' = x - step · sign(∇x -log max softmax(z(x) / T))``."""

    Settings = OdinSettings

    def __init__(self, settings: Any, classifier: Classifier) -> None:
        super().__init__(settings, classifier)
        try:
            self._slopes(torch.full((1, *classifier.shape), 0.5))
        except RuntimeError as error:
            raise ClassifierError(
                f"classifier {classifier.name}: expected a network of PyTorch, whose gradients "
                f"odin follows, got one without, such as an ONNX file or a black box "
                f"({error!s:.100}); choose another detector, such as softmax"
            ) from None

    def judge(self, asked: Asked) -> torch.Tensor:  # noqa: D102
        images = asked.images.to(self.classifier.device)
        with torch.no_grad():
            moved = images - self.settings.step * self._slopes(images).sign()
            logits = self.classifier.logits(moved).double()
        return 1 - (logits / self.settings.temperature).softmax(dim=1).amax(dim=1)

    def _slopes(self, images: Images) -> Images:
        """Differentiate the loss of the top class by each pixel."""

        def loss(logits: torch.Tensor) -> torch.Tensor:
            scaled = logits.double() / self.settings.temperature
            return -scaled.log_softmax(dim=1).amax(dim=1)

        return self.classifier.gradient(images, loss)
