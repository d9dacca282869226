"""Gradient ascent: the other way to images that fool (Simonyan et al. 2013, Yosinski et al. 2015).

Each generation is one step of every climber. Nguyen et al. 2015 compare their evolved images with
such ones in section 3.9: there pixels climb. Weights of CPPNs can climb as well.
"""

from collections.abc import Iterable

import numpy as np
import torch

from neatfool.encodings import AnyEncoding, Encoding, Genomes
from neatfool.errors import ConfigError, ShapeError
from neatfool.search.archive import ranked
from neatfool.search.pixel_ascent import PixelAscent
from neatfool.search.search import Ascents, Search
from neatfool.search.weight_ascent import WeightAscent
from neatfool.sections.gradient import _AGES, GradientSettings
from neatfool.types import Arrays, Bools, Ints, Scores

_COUNTERS = ("climbers", "goals", "ages")


class Gradient(Search):
    """Every genome climbs for one niche, in which alone it competes.

    Its key is the number of the climber times 2^20, plus its steps so far.

    Raises:
        ConfigError: Genomes of the encoding are neither the pixels of images nor networks that
            paint, or the settings do not go with them.
    """

    Settings = GradientSettings
    REPLAYED_FROM = "winners"
    WANTS_GRADIENTS = True
    UNPLAYED = "its search follows gradients, which no record holds"
    settings: GradientSettings

    def __init__(
        self, encoding: AnyEncoding, niches: int, settings: GradientSettings, seed: int
    ) -> None:
        super().__init__(encoding, niches, settings, seed)
        has_weights = type(encoding).pull is not Encoding.pull
        if encoding.medium.makes != "images" or not (encoding.is_plain or has_weights):
            raise ConfigError(
                "search.kind gradient climbs in pixels, or in weights of CPPNs that paint: "
                f"expected encoding pixels or cppn and a task of images, got {encoding.name} and "
                f"one of {encoding.medium.makes}; set encoding.kind to pixels or cppn, or choose "
                "another search, such as map-elites"
            )
        kind = PixelAscent if encoding.is_plain else WeightAscent
        self._ascent: PixelAscent | WeightAscent = kind(encoding, settings, seed)
        self._begun = 0  # climbers
        self._last = -1  # niche that had its turn
        self._climbers = self._goals = self._ages = np.empty(0, np.int64)
        self._gradients: torch.Tensor | None = None
        self._is_asked = False

    def ask(self) -> Genomes:
        """Show where all climbers are."""
        if not self._begun:
            batch = self.settings.batch
            self._climbers, self._goals, self._ages = (np.zeros(batch, np.int64) for _ in range(3))
            self._begin(range(batch), np.ones(self.niches, np.bool_))
        self._is_asked = True
        return self._ascent.genomes

    @property
    def asked(self) -> Ints:
        """Keys of the climbers, as they are now."""
        if not self._is_asked:
            return np.empty(0, np.int64)
        return (self._climbers << _AGES) + self._ages

    @property
    def ascents(self) -> Ascents:
        """Where the climbers are; of images, moved by their jitter."""
        self.ask()
        return self._ascent.ascents(self.asked, self._goals)

    def hear(self, gradients: torch.Tensor) -> None:
        """Take the gradients; where one is no number, its image or weight stays."""
        self._gradients = gradients.nan_to_num(0.0, 0.0, 0.0)

    def tell(self, scores: Scores) -> None:
        """Offer every genome to its own niche, and make a step.

        Raises:
            ShapeError: As every search; or no gradients were heard.
        """
        self.check(scores)
        if self._gradients is None:
            raise ShapeError("expected gradients before scores: call hear() before tell()")
        rows, keys = np.arange(len(scores)), self.asked
        own = ranked(scores)[rows, self._goals]
        offered = np.full_like(scores, -np.inf)
        offered[rows, self._goals] = own
        parents = np.full((len(scores), 2), -1)
        parents[:, 0] = np.where(self._ages > 0, keys - 1, -1)
        archive = self.note(self.ask(), keys, parents, offered)
        goal = np.inf if self.settings.goal is None else self.settings.goal
        is_open, is_done = archive.scores < goal, self._ages >= self.settings.steps
        if is_open.any():
            is_done |= own >= goal
        self._ages = self._ages + 1
        self._ascent.climb(self._gradients, keys, own, self._ages)
        self._begin(np.flatnonzero(is_done).tolist(), is_open)
        self._gradients, self._is_asked = None, False

    def state(self) -> Arrays:
        """Return the archive, and where the climbers are."""
        state = super().state() | {"turn": np.array([self._begun, self._last])}
        if self._begun:
            state |= self._ascent.state()
            state |= {name: getattr(self, f"_{name}").copy() for name in _COUNTERS}
        return state

    def restore(self, state: Arrays) -> None:
        """Go on from a state."""
        super().restore(state)
        self._begun, self._last = state["turn"].tolist()
        self._gradients = None
        self._is_asked = False
        if self._begun:
            self._ascent.restore(state)
            self._climbers, self._goals, self._ages = (state[name].copy() for name in _COUNTERS)

    def _begin(self, places: Iterable[int], is_open: Bools) -> None:
        """Begin anew at some places, each for the next niche that is open, or any if none is."""
        turns, places = np.flatnonzero(is_open if is_open.any() else ~is_open), list(places)
        first = self._begun
        for place in places:
            later = turns[turns > self._last]
            self._last = int(later[0] if len(later) else turns[0])
            self._climbers[place], self._goals[place] = self._begun, self._last
            self._ages[place] = 0
            self._begun += 1
        if places:
            self._ascent.begin(places, range(first, self._begun))
