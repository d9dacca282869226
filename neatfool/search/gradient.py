"""Gradient ascent: the other way to images that fool (Simonyan et al. 2013, Yosinski et al. 2015).

Each generation is one step of every climber. Nguyen et al. 2015 compare their evolved images with
such ones in section 3.9.
"""

from collections.abc import Iterable

import numpy as np
import torch

from neatfool.encodings import AnyEncoding, Birth, VectorGenomes
from neatfool.errors import ConfigError, ShapeError
from neatfool.search.archive import ranked
from neatfool.search.ascending import kept_smooth, stepped
from neatfool.search.search import Ascents, Search
from neatfool.sections.gradient import _AGES, GradientSettings, SmoothSettings
from neatfool.streams import stream
from neatfool.types import Arrays, Bools, Images, Ints, Scores

_COUNTERS = ("climbers", "goals", "ages")


class Gradient(Search):
    """Every image climbs for one niche, in which alone it competes.

    Genes are the image before it is rounded to the 8-bit grid; scores and gradients are those of
    the rounded image. Its key is the number of the climber times 2^20, plus its steps so far.

    Raises:
        ConfigError: Genes of the encoding are not the pixels of images, or the mean image has
            another number of channels.
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
        if not encoding.is_plain or encoding.medium.makes != "images":
            raise ConfigError(
                f"search.kind gradient climbs in pixels: expected encoding pixels, got "
                f"{encoding.name}; set encoding.kind = pixels"
            )
        if len(settings.mean) not in (1, encoding.shape[0]):
            raise ConfigError(
                f"search.mean: expected one value, or one for each of {encoding.shape[0]} "
                f"channels, got {len(settings.mean)}"
            )
        self._mean = torch.tensor(settings.mean, device=encoding.device)[:, None, None]
        self._begun = 0  # climbers
        self._last = -1  # niche that had its turn
        self._images: Images | None = None  # (P, C, H, W) float32
        self._climbers = self._goals = self._ages = np.empty(0, np.int64)
        self._gradients: torch.Tensor | None = None
        self._is_asked = False

    def ask(self) -> VectorGenomes:
        """Show where all climbers are."""
        if self._images is None:
            batch = self.settings.batch
            self._climbers, self._goals, self._ages = (np.zeros(batch, np.int64) for _ in range(3))
            self._images = torch.empty(batch, *self.encoding.shape, device=self.encoding.device)
            self._begin(range(batch), np.ones(self.niches, np.bool_))
        self._is_asked = True
        return VectorGenomes(self._images.flatten(1))

    @property
    def asked(self) -> Ints:
        """Keys of the climbers, as they are now."""
        if not self._is_asked:
            return np.empty(0, np.int64)
        return (self._climbers << _AGES) + self._ages

    @property
    def ascents(self) -> Ascents:
        """Where the climbers are, moved by their jitter."""
        genomes = self.ask()
        if self.settings.smooth.jitter:
            genomes = VectorGenomes(self._moved(genomes.genes, 1).flatten(1))
        return Ascents(genomes, self._goals, self.settings.objective)

    def hear(self, gradients: torch.Tensor) -> None:
        """Take the gradients; where one is no number, its image stays."""
        clean = gradients.nan_to_num(0.0, 0.0, 0.0)
        self._gradients = self._moved(clean, -1) if self.settings.smooth.jitter else clean

    def tell(self, scores: Scores) -> None:
        """Offer every image to its own niche, and make a step.

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
        self._climb(own)
        self._begin(np.flatnonzero(is_done).tolist(), is_open)
        self._gradients, self._is_asked = None, False

    def state(self) -> Arrays:
        """Return the archive, and where the climbers are."""
        state = super().state() | {"turn": np.array([self._begun, self._last])}
        if self._images is not None:
            state["images"] = self._images.cpu().numpy().copy()
            state |= {name: getattr(self, f"_{name}").copy() for name in _COUNTERS}
        return state

    def restore(self, state: Arrays) -> None:
        """Go on from a state."""
        super().restore(state)
        self._begun, self._last = state["turn"].tolist()
        self._images = self._gradients = None
        self._is_asked = False
        if "images" in state:
            images = torch.tensor(state["images"], device=self.encoding.device)
            self._images = images.reshape(-1, *self.encoding.shape)
            self._climbers, self._goals, self._ages = (state[name].copy() for name in _COUNTERS)

    def _begin(self, places: Iterable[int], is_open: Bools) -> None:
        """Begin anew at some places, each for the next niche that is open, or any if none is."""
        assert self._images is not None
        turns = np.flatnonzero(is_open if is_open.any() else ~is_open)
        for place in places:
            later = turns[turns > self._last]
            self._last = int(later[0] if len(later) else turns[0])
            random = stream(self.seed, "Gradient", "start", self._begun)
            self._images[place] = self._start(random)
            self._climbers[place], self._goals[place] = self._begun, self._last
            self._ages[place] = 0
            self._begun += 1

    def _start(self, random: np.random.Generator) -> Images:
        """Make one image to begin with: ``(C, H, W)``."""
        if self.settings.start == "new":
            genomes = self.encoding.new(1, Birth(1, random))
            return genomes.genes.reshape(self.encoding.shape)
        noise = random.normal(0, 1 / 255, self.encoding.shape).astype(np.float32)
        return (self._mean + torch.from_numpy(noise).to(self._mean)).clamp(0, 1)

    def _climb(self, own: Scores) -> None:
        """Make a step at all places."""
        assert self._images is not None
        assert self._gradients is not None
        gradients, settings = self._gradients, self.settings
        confidences = torch.from_numpy(own).to(gradients)
        images = stepped(self._images, gradients, confidences, settings.step)
        self._ages = self._ages + 1
        if settings.smooth != SmoothSettings():
            for place, age in enumerate(self._ages.tolist()):
                part = slice(place, place + 1)
                images[part] = kept_smooth(
                    images[part], gradients[part], self._mean, age, settings.smooth
                )
        self._images = images.clamp_(0, 1)

    def _moved(self, values: torch.Tensor, sign: int) -> torch.Tensor:
        """Move images, or gradients back, by the jitter of each climber: ``(P, C, H, W)``."""
        moved = torch.empty(len(values), *self.encoding.shape, device=values.device)
        for place, key in enumerate(self.asked.tolist()):
            random = stream(self.seed, "Gradient", "jitter", key)
            most = self.settings.smooth.jitter
            by = tuple((sign * random.integers(-most, most + 1, size=2)).tolist())
            moved[place] = values[place].view(self.encoding.shape).roll(by, (1, 2))
        return moved
