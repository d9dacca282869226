"""A deceptive task: all weights below 0 is nearly best, and leads away from the best."""

import numpy as np
from pydantic import Field

from neatfool import KindSettings, Line, Task, Trial
from neatfool.types import Scores


class TrapsSettings(KindSettings):
    """Settings of the task."""

    blocks: int = Field(12, ge=1)
    """How many traps there are."""
    size: int = Field(4, ge=2)
    """Weights of each."""


class Traps(Task):
    """Traps side by side (Deb and Goldberg 1993): the sum of what each is worth.

    A trap whose weights are all above 0 is worth their number. Any other one is worth the number of
    weights that are not, less one: all steps for the better lead to none above 0, but for the last
    one to all.
    """

    Settings = TrapsSettings
    niches = ("traps",)

    def __init__(self, settings: TrapsSettings, seed: int) -> None:
        self.settings = settings
        self.medium = Line(settings.blocks * settings.size)
        self.best = settings.blocks * settings.size

    def score(self, phenotypes: object, trial: Trial | None = None) -> Scores:
        """Score ``(P, L)`` weights: ``(P, 1)``."""
        weights = np.asarray(phenotypes).reshape(-1, self.settings.blocks, self.settings.size)
        ones, size = (weights > 0).sum(axis=2), self.settings.size
        worth = np.where(ones == size, size, size - 1 - ones)
        return worth.sum(axis=1, keepdims=True).astype(np.float32)
