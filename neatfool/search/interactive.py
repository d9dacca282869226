"""Interactive evolution: a person says which genomes become parents (Secretan et al. 2011)."""

from dataclasses import dataclass

import numpy as np

from neatfool.encodings import AnyEncoding, Birth, Genomes
from neatfool.encodings.encoding import prefixed, unprefixed
from neatfool.encodings.genomes import OfEncoding
from neatfool.search.archive import ranked
from neatfool.search.search import Search
from neatfool.sections.searches import InteractiveSettings
from neatfool.streams import stream
from neatfool.types import Arrays, Ints, Scores


@dataclass(frozen=True, eq=False)
class Page:
    """What a person sees at once; ``birth`` holds the counters after it.

    Attributes:
        genomes: ``P`` genomes.
        keys: ``(P,)`` int64.
        parents: ``(P, 2)`` keys of their parents; -1 where there is none.
        birth: What they drew on.
    """

    genomes: Genomes
    keys: Ints
    parents: Ints
    birth: Birth


class Interactive(Search):
    """Every child has a uniformly drawn parent among the chosen; parents are not carried over.

    Chosen is what has a score above 0; if nothing has, what is best in a niche: where nothing is
    marked, all are equal. The archive is that of every search.
    """

    Settings = InteractiveSettings
    settings: InteractiveSettings

    def __init__(
        self, encoding: AnyEncoding, niches: int, settings: InteractiveSettings, seed: int
    ) -> None:
        super().__init__(encoding, niches, settings, seed)
        self._next_node = self._next_innovation = self._next_key = 0
        self._parents: tuple[Genomes, Ints] | None = None
        self._page: Page | None = None

    @property
    def page(self) -> Page:
        """What ``ask`` returns the genomes of."""
        if self._page is None:
            random = stream(self.seed, "children", self.generation + 1)
            birth = Birth(self.generation + 1, random, self._next_node, self._next_innovation)
            keys = self._next_key + np.arange(self.settings.batch)
            genomes, parents = self._born(birth)
            self._page = Page(genomes, keys, parents, birth)
        return self._page

    @property
    def asked(self) -> Ints:
        """Keys of the page."""
        return np.empty(0, np.int64) if self._page is None else self._page.keys

    def ask(self) -> OfEncoding:
        """Make random genomes first, then children of what was chosen."""
        return self.page.genomes

    def show(self, page: Page) -> None:
        """Go on from any page, as if its genomes had been asked for: from one of the past."""
        self._page = page

    def tell(self, scores: Scores) -> None:
        """Choose parents among the genomes asked for."""
        self.check(scores)
        page = self.page
        self.generation = page.birth.generation - 1  # a page of the past is gone on from there
        self.note(page.genomes, page.keys, page.parents, scores)
        chosen = _chosen(scores)
        self._parents = page.genomes.select(chosen), page.keys[chosen]
        self._next_node, self._next_innovation = page.birth.next_node, page.birth.next_innovation
        self._next_key = max(self._next_key, int(page.keys.max()) + 1)
        self._page = None

    def state(self) -> Arrays:
        """Return the parents, the archive and the counters."""
        counters = ("next_node", "next_innovation", "next_key")
        values = (self._next_node, self._next_innovation, self._next_key)
        state = super().state()
        state |= {name: np.array(value) for name, value in zip(counters, values, strict=True)}
        if self._parents is not None:
            state["parents.keys"] = self._parents[1].copy()
            state |= prefixed("parents.genomes.", self._parents[0].arrays())
        return state

    def restore(self, state: Arrays) -> None:
        """Go on from a state."""
        super().restore(state)
        self._next_node, self._next_innovation, self._next_key = (
            int(state[name]) for name in ("next_node", "next_innovation", "next_key")
        )
        self._parents = self._page = None
        if "parents.keys" in state:
            parents = self.encoding.from_arrays(unprefixed("parents.genomes.", state))
            self._parents = parents, state["parents.keys"].copy()

    def _born(self, birth: Birth) -> tuple[Genomes, Ints]:
        """Make the genomes of one page, and say who their parents are."""
        batch, encoding = self.settings.batch, self.encoding
        parents = np.full((batch, 2), -1)
        if self._parents is None:
            genomes = encoding.new(batch, birth)
            for _ in range(self.settings.start_changes):
                genomes = encoding.vary(genomes, birth)
            return genomes, parents
        chosen, keys = self._parents
        drawn = birth.random.integers(len(keys), size=(batch, 2))
        children = chosen.select(drawn[:, 0])
        parents[:, 0] = keys[drawn[:, 0]]
        has_two = birth.random.random(batch) < self.settings.crossover
        mated = np.flatnonzero(has_two & (drawn[:, 0] != drawn[:, 1]))
        if len(mated):
            fathers = chosen.select(drawn[mated, 1])
            mixed = encoding.cross(children.select(mated), fathers, birth)
            children = children.replaced(mated, mixed)
            parents[mated, 1] = keys[drawn[mated, 1]]
        return encoding.vary(children, birth), parents


def _chosen(scores: Scores) -> Ints:
    clean = ranked(scores)
    for chosen in (clean > 0, (clean == clean.max(axis=0)) & (clean > -np.inf)):
        if chosen.any():
            return np.flatnonzero(chosen.any(axis=1))
    return np.arange(len(scores))
