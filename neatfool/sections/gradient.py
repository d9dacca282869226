"""What can be asked of gradient ascent: ``[search]`` with kind gradient."""

from typing import Annotated, Literal

from pydantic import Field

from neatfool.errors import ConfigError
from neatfool.sections.searches import SearchSettings
from neatfool.settings import Settings


class StepSettings(Settings):
    """How far a step goes: as far as raises the score by so much, were the gradient constant."""

    early: float = Field(default=0.02, gt=0)
    """Rise that a step aims at, at most."""
    late: float = Field(default=0.1, gt=0)
    """Share of what is missing to a score of 1 that a step aims at, at most."""
    most: float = Field(default=1.5e7, gt=0)
    """Largest factor of a gradient, as where it is near 0; 150 in the search for the published
    settings."""


class SmoothSettings(Settings):
    """What keeps images smooth and sparse; each is off by default, and any go together."""

    decay: float = Field(default=0.0, ge=0, le=1)
    """Share of the difference from the mean image that is taken away in each step (L2 decay)."""
    blur: float = Field(default=0.0, ge=0, le=100)
    """Standard deviation, in pixels, of a Gaussian blur; 0: none."""
    blur_every: int = Field(default=1, ge=1)
    """Steps from one blur to the next."""
    small_norm: float = Field(default=0.0, ge=0, lt=1)
    """Share of the pixels, those that differ least from the mean image, that become as it is."""
    small_benefit: float = Field(default=0.0, ge=0, lt=1)
    """Share of the pixels, those of least benefit, that do: what taking one away would cost, by the
    gradient."""
    small_absolute: float = Field(default=0.0, ge=0, lt=1)
    """The same by the benefit without its sign."""
    variation: float = Field(default=0.0, ge=0)
    """How strongly total variation is reduced in each step: 0.001."""
    jitter: int = Field(default=0, ge=0, le=4096)
    """The gradient is that of the image moved by up to so many pixels along each axis."""


_AGES = 20  # bits of a key


AGES = 1 << _AGES
"""A key, modulo this, is the number of steps that its image has made."""


class GradientSettings(SearchSettings):
    """Settings of gradient ascent; the defaults are those of the paper without regularisation."""

    kind: Literal["gradient"] = "gradient"
    """Images climb the gradient of their score: their pixels, or the weights of CPPNs, which climb
    far if `encoding.structure.start` is dense."""
    batch: int = Field(default=10, ge=1, le=1_000_000)
    """Images that climb at once, each for one niche. As many as there are niches: one for each;
    twice as many: two; fewer: niches take their turns."""
    steps: int = Field(default=500, ge=1, lt=AGES)
    """Steps after which an image is done, and another one begins for the next niche."""
    goal: float | None = None
    """An image is done when it has this score, and its niche has no other turn until all have.
    Unset: all steps are made."""
    objective: Literal["confidence", "logit", "log-odds"] | None = None
    """What climbs: the confidence p, as in the paper; the number before the softmax; or
    log(p / (1 - p)), whose slope does not fade. Unset: confidence for pixels, log-odds for
    weights."""
    rate: float = Field(default=0.01, gt=0, le=1e6)
    """Step size of Adam, by which weights of CPPNs climb. For pixels see `step`; what follows is
    for pixels alone."""
    start: Literal["mean", "new"] = "mean"
    """Where images begin: at the mean image, with noise of a 255th; or as the encoding makes them,
    from noise or pictures."""
    mean: Annotated[tuple[float, ...], Field(min_length=1, max_length=3)] = (0.5,)
    """The mean image, to which `smooth` draws: one value, or one for each channel."""
    step: StepSettings = StepSettings()
    smooth: SmoothSettings = SmoothSettings()

    def require_defaults(self, name: str, of: str, encoding: str) -> None:
        """Make sure that nobody sets what would do nothing.

        Raises:
            ConfigError: Somebody does.
        """
        if getattr(self, name) != type(self).model_fields[name].default:
            raise ConfigError(
                f"search.{name} is for {of}, and encoding {encoding} has none: leave it out"
            )
