"""One step of gradient ascent on images, with what keeps them smooth (Yosinski et al. 2015).

Nguyen et al. 2015, section 3.9, used the same. Images are as they are shown, in [0, 1], where their
code computes with 0 to 255: gradients are larger by that here, and steps smaller.
"""

import torch
from torch.nn import functional

from neatfool.images.disturbances import smoothed
from neatfool.sections.gradient import SmoothSettings, StepSettings
from neatfool.types import Images

_LEAST = 1e-300  # square of a gradient, so that nothing is divided by 0
_FLAT = 1e-8  # squared slope from which total variation counts


def stepped(
    images: Images,
    gradients: torch.Tensor,
    confidences: torch.Tensor,
    settings: StepSettings,
) -> Images:
    """Go up the gradient: the rate is ``min(most, wanted / |g|^2)``.

    Args:
        images: ``(P, C, H, W)`` float32.
        gradients: Of their scores, alike.
        confidences: ``(P,)`` float32, scores; ``wanted`` is ``min(early, late * (1 - p))``.
        settings: How far.

    Returns:
        ``(P, C, H, W)``, new, not clipped.
    """
    missing = (1 - confidences).clamp_min(0).double()
    wanted = (settings.late * missing).clamp_max(settings.early)
    squares = gradients.double().square().sum(dim=(1, 2, 3))
    rates = (wanted / squares.clamp_min(_LEAST)).clamp_max(settings.most)
    return images + rates.float()[:, None, None, None] * gradients


def kept_smooth(
    images: Images, gradients: torch.Tensor, mean: torch.Tensor, age: int, settings: SmoothSettings
) -> Images:
    """Apply what keeps images smooth, in the order of the settings, after step ``age`` from 1.

    Args:
        images: ``(P, C, H, W)`` float32.
        gradients: Of the step before.
        mean: ``(C, 1, 1)``, the mean image.
        age: Number of the step.
        settings: What to do.

    Returns:
        ``(P, C, H, W)`` float32, not clipped.
    """
    apart = (images - mean) * (1 - settings.decay)
    if settings.blur and age % settings.blur_every == 0:
        apart = smoothed(apart, settings.blur)
    benefit = (apart * gradients).sum(dim=1, keepdim=True)
    for share, measure in (
        (settings.small_norm, apart.square().sum(dim=1, keepdim=True)),
        (settings.small_benefit, benefit),
        (settings.small_absolute, benefit.abs()),
    ):
        if share:
            limits = measure.flatten(1).quantile(share, dim=1)
            apart = apart.where(measure >= limits[:, None, None, None], 0.0)
    if settings.variation:
        apart = apart - settings.variation * _slope_of_variation(apart)
    return apart + mean


def _slope_of_variation(images: Images) -> torch.Tensor:
    """Return the gradient of the total variation of each image: ``(P, C, H, W)``."""
    with torch.enable_grad():
        leaf = images.detach().clone().requires_grad_()
        wide = functional.pad(leaf, (0, 1, 0, 1), mode="replicate")
        down = wide[:, :, 1:, :-1] - leaf
        across = wide[:, :, :-1, 1:] - leaf
        total = (down.square() + across.square() + _FLAT).sqrt().sum()
        (slope,) = torch.autograd.grad(total, leaf)
    return slope
