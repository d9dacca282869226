"""Losses beside the usual one: of fooling images, and of the worst changes of real ones."""

import torch
from torch.nn import functional

from neatfool.classifiers.named.training import Judge, Loss, plain
from neatfool.defence.retraining.settings import AdversarialSettings

OUTLIER = -1
"""The class of an image that is of none."""


class OutlierExposure:
    """Be right on real images, and unsure of outliers (Hendrycks, Mazeika and Dietterich 2019).

    The loss is the mean cross-entropy on the real images of a batch, and ``weight`` times the mean
    cross-entropy between the uniform distribution and what is said of its outliers.

    Args:
        weight: Lambda of the paper.
    """

    def __init__(self, weight: float) -> None:
        self.weight = weight

    def __call__(
        self, network: Judge, shown: torch.Tensor, labels: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Give the loss and the logits; outliers have the label ``OUTLIER``."""
        logits, real = network(shown), labels != OUTLIER
        loss = logits.new_zeros(())
        if real.any():
            loss = loss + functional.cross_entropy(logits[real], labels[real])
        if not real.all():
            unsure = -functional.log_softmax(logits[~real], dim=1).mean(dim=1)
            loss = loss + self.weight * unsure.mean()
        return loss, logits


class Adversarial:
    """Be right on real images after the change that hurts most (Madry et al. 2018).

    Args:
        settings: How far a pixel may be changed, and how that is searched for.
        seed: Of the random starts.
        loss: Of the network, on images as they are.
    """

    def __init__(self, settings: AdversarialSettings, seed: int, loss: Loss | None = None) -> None:
        self.settings = settings
        self._loss = loss or plain("logits")
        self._generator = torch.Generator().manual_seed(seed)

    def __call__(
        self, network: Judge, shown: torch.Tensor, labels: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Give the loss on changed images and the logits of these."""
        return self._loss(network, self.changed(network, shown, labels), labels)

    def changed(self, network: Judge, shown: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Search within the ball for images that are not taken for what they show.

        Args:
            network: Gives logits.
            shown: ``(P, C, H, W)`` in [0, 1].
            labels: ``(P,)`` the right classes.

        Returns:
            ``(P, C, H, W)`` in [0, 1], no pixel further than ``radius`` from what is shown.
        """
        radius, step = self.settings.radius, self.settings.step
        low, high = (shown - radius).clamp(min=0), (shown + radius).clamp(max=1)
        start = torch.rand(shown.shape, generator=self._generator).to(shown)
        found = torch.clamp(shown + radius * (2 * start - 1), low, high)
        for _ in range(self.settings.steps):
            found.requires_grad_()
            loss, _ = self._loss(network, found, labels)
            (slope,) = torch.autograd.grad(loss, found)
            found = torch.clamp(found.detach() + step * slope.sign(), low, high)
        return found
