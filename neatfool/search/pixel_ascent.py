"""Gradient ascent on pixels, with what keeps images smooth (Yosinski et al. 2015).

Nguyen et al. 2015, section 3.9, used the same. Images are as they are shown, in [0, 1], where their
code computes with 0 to 255: gradients are larger by that here, and steps smaller.
"""

from collections.abc import Iterable

import numpy as np
import torch
from torch.nn import functional

from neatfool.encodings import AnyEncoding, Birth, VectorGenomes
from neatfool.errors import ConfigError
from neatfool.images.disturbances import smoothed
from neatfool.search.search import Ascents
from neatfool.sections.gradient import GradientSettings, SmoothSettings, StepSettings
from neatfool.streams import stream
from neatfool.types import Arrays, Images, Ints, Scores

_LEAST = 1e-300  # square of a gradient, so that nothing is divided by 0
_FLAT = 1e-8  # squared slope from which total variation counts


class PixelAscent:
    """Images on their way: genes are the image before it is rounded to the 8-bit grid.

    Scores and gradients are those of the rounded image.

    Args:
        encoding: Its genes are the pixels of images.
        settings: How to climb.
        seed: Of the run.

    Raises:
        ConfigError: The mean image has another number of channels, or a setting is for weights.
    """

    def __init__(self, encoding: AnyEncoding, settings: GradientSettings, seed: int) -> None:
        self._encoding, self._settings, self._seed = encoding, settings, seed
        if len(settings.mean) not in (1, encoding.shape[0]):
            raise ConfigError(
                f"search.mean: expected one value, or one for each of {encoding.shape[0]} "
                f"channels, got {len(settings.mean)}"
            )
        settings.require_defaults("rate", of="weights of CPPNs", encoding=encoding.name)
        self._mean = torch.tensor(settings.mean, device=encoding.device)[:, None, None]
        self._images = torch.empty(0)

    @property
    def genomes(self) -> VectorGenomes:
        """Where all climbers are."""
        return VectorGenomes(self._images.flatten(1))

    def ascents(self, keys: Ints, goals: Ints) -> Ascents:
        """Say where gradients are wanted: at the images, moved by their jitter."""
        genomes, objective = self.genomes, self._settings.objective or "confidence"
        if self._settings.smooth.jitter:
            genomes = VectorGenomes(self._moved(genomes.genes, keys, 1).flatten(1))
        return Ascents(genomes, goals, objective)

    def begin(self, places: Iterable[int], numbers: Iterable[int]) -> None:
        """Put new images at some places; of climbers of these numbers."""
        if not len(self._images):
            self._images = torch.empty(
                self._settings.batch, *self._encoding.shape, device=self._encoding.device
            )
        for place, number in zip(places, numbers, strict=True):
            self._images[place] = self._start(stream(self._seed, "Gradient", "start", number))

    def climb(self, gradients: torch.Tensor, keys: Ints, own: Scores, ages: Ints) -> None:
        """Make a step at all places.

        Args:
            gradients: ``(P, C, H, W)``.
            keys: ``(P,)`` of the climbers, before the step.
            own: ``(P,)`` their scores.
            ages: ``(P,)`` steps that they will have made.
        """
        settings = self._settings
        if settings.smooth.jitter:
            gradients = self._moved(gradients, keys, -1)
        confidences = torch.from_numpy(own).to(gradients)
        images = stepped(self._images, gradients, confidences, settings.step)
        if settings.smooth != SmoothSettings():
            for place, age in enumerate(ages.tolist()):
                part = slice(place, place + 1)
                images[part] = kept_smooth(
                    images[part], gradients[part], self._mean, age, settings.smooth
                )
        self._images = images.clamp_(0, 1)

    def state(self) -> Arrays:
        """Return where the climbers are."""
        return {"images": self._images.cpu().numpy().copy()}

    def restore(self, state: Arrays) -> None:
        """Go on from a state."""
        images = torch.tensor(state["images"], device=self._encoding.device)
        self._images = images.reshape(-1, *self._encoding.shape)

    def _start(self, random: np.random.Generator) -> Images:
        """Make one image to begin with: ``(C, H, W)``."""
        if self._settings.start == "new":
            genomes = self._encoding.new(1, Birth(1, random))
            return genomes.genes.reshape(self._encoding.shape)
        noise = random.normal(0, 1 / 255, self._encoding.shape).astype(np.float32)
        return (self._mean + torch.from_numpy(noise).to(self._mean)).clamp(0, 1)

    def _moved(self, values: torch.Tensor, keys: Ints, sign: int) -> torch.Tensor:
        """Move images, or gradients back, by the jitter of each climber: ``(P, C, H, W)``."""
        moved = torch.empty(len(values), *self._encoding.shape, device=values.device)
        for place, key in enumerate(keys.tolist()):
            random = stream(self._seed, "Gradient", "jitter", key)
            most = self._settings.smooth.jitter
            by = tuple((sign * random.integers(-most, most + 1, size=2)).tolist())
            moved[place] = values[place].view(self._encoding.shape).roll(by, (1, 2))
        return moved


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
