"""MAP-Elites with one niche per class (Mouret and Clune 2015), as in Nguyen et al. 2015."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from neatfool.encodings import AnyEncoding, Birth, Genomes
from neatfool.encodings.encoding import prefixed, unprefixed
from neatfool.encodings.genomes import OfEncoding
from neatfool.search.search import Members, Search
from neatfool.search.stagnation import Stagnation
from neatfool.sections.searches import MapElitesSettings
from neatfool.streams import stream
from neatfool.types import Arrays, Ints, Scores


@dataclass(frozen=True, eq=False)
class _Children:
    """One generation before it is scored; ``birth`` holds the counters after it."""

    genomes: Genomes
    keys: Ints
    parents: Ints
    birth: Birth


class MapElites(Search):
    """A child competes in every niche; parents are the elites of uniformly drawn niches.

    Niches without an elite are not drawn, and an elite that holds several is drawn that much more
    often. The first generation is random, and so are those after it until there is an elite; where
    children are made ahead, the second still descends from the first.
    """

    Settings = MapElitesSettings
    REPLAYED_FROM = "winners"
    settings: MapElitesSettings

    def __init__(
        self, encoding: AnyEncoding, niches: int, settings: MapElitesSettings, seed: int
    ) -> None:
        super().__init__(encoding, niches, settings, seed)
        self._stagnation = Stagnation()
        self._asked: _Children | None = None
        self._ready: _Children | None = None
        self._coming: Future[_Children] | None = None
        self._background = ThreadPoolExecutor(1, "children")

    def ask(self) -> OfEncoding:
        """Make a random batch first, then mutants of elites."""
        if self._asked is None:
            self._asked = self._ready or self._children(self.generation + 1, self.numbers)
            self._ready = None
            if self.settings.pipelined and self.archive is not None:
                numbers = self._above(self._asked.birth)
                self._coming = self._background.submit(self._children, self.generation + 2, numbers)
        return self._asked.genomes

    @property
    def asked(self) -> Ints:
        """Keys of the batch."""
        return np.empty(0, np.int64) if self._asked is None else self._asked.keys

    def tell(self, scores: Scores) -> None:
        """Offer the genomes asked for to every niche."""
        self.check(scores)
        asked = self._asked
        assert asked is not None
        if self._coming:  # they descend from the archive as it is now
            self._ready, self._coming = self._coming.result(), None
        archive = self.note(asked.genomes, asked.keys, asked.parents, scores)
        self._stagnation.note(self.generation, archive.scores, self.settings.tolerance)
        self.numbers = self._above(asked.birth)
        self._asked = None

    @property
    def living(self) -> Ints:
        """The parents of children made ahead may be elites no more."""
        ahead = [self._ready.parents.ravel()] if self._ready else []
        return np.concatenate([super().living, *(each[each >= 0] for each in ahead)])

    def settle(self, migrants: Members) -> None:
        """Offer migrants to the niches that they hold at home; who is an elite here stays so."""
        assert self.archive is not None
        new = migrants.without(self.archive.keys)
        if len(new.keys):
            self.archive.offer(new.genomes, new.keys, new.scores, self.generation)

    def state(self) -> Arrays:
        """Return the archive and the counters; random streams follow from the generation.

        Children made ahead are part of it, since the elites they descend from may be gone.
        """
        state = super().state() | prefixed("stagnation.", self._stagnation.state())
        ahead = self._asked or self._ready
        if self.settings.pipelined and ahead and self.generation >= 2:
            state |= prefixed("ahead.genomes.", ahead.genomes.arrays())
            state["ahead.parents"] = ahead.parents
            state["ahead.numbers"] = np.array((ahead.birth.next_node, ahead.birth.next_innovation))
        return {name: array.copy() for name, array in state.items()}

    def restore(self, state: Arrays) -> None:
        """Go on from a state."""
        if self._coming:
            self._coming.result()
        super().restore(state)
        self._asked = self._ready = self._coming = None
        self._stagnation = Stagnation.restore(unprefixed("stagnation.", state))
        if "ahead.parents" in state:
            genomes = self.encoding.from_arrays(unprefixed("ahead.genomes.", state))
            birth = self._born_in(self.generation + 1, *state["ahead.numbers"].tolist())
            self._ready = _Children(genomes, self._keys(birth), state["ahead.parents"], birth)

    def choose(self, birth: Birth) -> Ints:
        """Draw who has children: niches ``(batch, 2)`` that have an elite, mothers and fathers."""
        assert self.archive is not None
        niches = np.flatnonzero(self.archive.occupied)
        return niches[birth.random.integers(len(niches), size=(self.settings.batch, 2))]

    def _above(self, birth: Birth) -> tuple[int, int]:
        """Return numbers that are neither taken here nor by who was born then."""
        node, innovation = self.numbers
        return max(node, birth.next_node), max(innovation, birth.next_innovation)

    def _born_in(self, generation: int, next_node: int, next_innovation: int) -> Birth:
        random = stream(self.seed, "children", generation)
        birth = self._birth(generation, random, self._stagnation.longest)
        birth.next_node, birth.next_innovation = next_node, next_innovation
        return birth

    def _keys(self, birth: Birth) -> Ints:
        batch = self.settings.batch
        return (birth.generation - 1) * batch + np.arange(batch)

    def _children(self, generation: int, numbers: tuple[int, int]) -> _Children:
        """Make one generation."""
        birth = self._born_in(generation, *numbers)
        genomes, parents = self._born(birth)
        return _Children(genomes, self._keys(birth), parents, birth)

    def _born(self, birth: Birth) -> tuple[Genomes, Ints]:
        """Make the genomes of one generation, and say who their parents are."""
        batch = self.settings.batch
        parents = np.full((batch, 2), -1)
        if self.archive is None or not self.archive.occupied.any():
            birth.next_node = birth.next_innovation = 0  # nobody lives who has these numbers
            birth.lane = 0, 1
            return self.encoding.new(batch, birth), parents
        drawn = self.choose(birth)
        children = self.archive.genomes.select(drawn[:, 0])
        parents[:, 0] = self.archive.keys[drawn[:, 0]]
        mated = np.flatnonzero(birth.random.random(batch) < self.settings.crossover)
        if len(mated):
            fathers = self.archive.genomes.select(drawn[mated, 1])
            mixed = self.encoding.cross(children.select(mated), fathers, birth)
            children = children.replaced(mated, mixed)
            parents[mated, 1] = self.archive.keys[drawn[mated, 1]]
        return self.encoding.vary(children, birth), parents
