"""NSGA-II: several objectives at once, none weighed against another (Deb et al. 2002)."""

import numpy as np

from neatfool.encodings import AnyEncoding, Birth
from neatfool.encodings.encoding import prefixed, unprefixed
from neatfool.encodings.genomes import OfEncoding
from neatfool.search.archive import ranked
from neatfool.search.fronts import crowding, fronts
from neatfool.search.search import HOME, Front, Members, Search
from neatfool.search.stagnation import Stagnation
from neatfool.sections.searches import Nsga2Settings
from neatfool.types import Arrays, Ints, Scores


class Nsga2(Search):
    """Of parents and children, the best become parents: by front, then where there is most room.

    Parents are chosen by tournaments of two, that are judged as the parents were when they were
    chosen. The first generation is random. Of equals the youngest lives on, so that changes that
    cost nothing spread. The archive holds the best genome in each objective.
    """

    Settings = Nsga2Settings
    REPLAYED_FROM = "scores"
    settings: Nsga2Settings

    def __init__(
        self, encoding: AnyEncoding, niches: int, settings: Nsga2Settings, seed: int
    ) -> None:
        super().__init__(encoding, niches, settings, seed)
        self._stagnation = Stagnation()
        self._next_key = 0
        self._living: Members | None = None
        self._places = np.empty(0, np.int64)  # of the living, from the best; equals share one
        self._asked: Members | None = None

    def ask(self) -> OfEncoding:
        """Make a random population first, then children, beside their parents if these are scored.

        Returns:
            Parents come first.
        """
        if self._asked is None:
            birth = self.birth()
            birth.stagnant = self._stagnation.longest
            self._asked = self._children(birth)
            if self._living is not None and self.settings.rescored:
                self._asked = self._living + self._asked
        return self._asked.genomes

    @property
    def asked(self) -> Ints:
        """Keys of the genomes."""
        return np.empty(0, np.int64) if self._asked is None else self._asked.keys

    @property
    def front(self) -> Front | None:
        """Those of the parents to come that no other one dominates."""
        if self._living is None:
            return None
        found = self._living.select(np.flatnonzero(fronts(self._living.scores) == 0))
        return Front(found.genomes, found.keys, found.scores)

    def tell(self, scores: Scores) -> None:
        """Let the best live on."""
        self.check(scores)
        asked, settings = self._asked, self.settings
        assert asked is not None
        self._next_key = int(asked.keys[-1]) + 1  # children come last
        asked = Members(asked.genomes, asked.keys, asked.parents, ranked(scores))
        archive = self.note(asked.genomes, asked.keys, asked.parents, scores)
        self._stagnation.note(self.generation, archive.scores)
        pool = asked if settings.rescored or self._living is None else self._living + asked
        self._choose(pool, settings.batch // 2 if settings.rescored else settings.batch)
        self._asked = None

    def _choose(self, pool: Members, count: int) -> None:
        """Let the best so many live on."""
        front = fronts(pool.scores)
        groups = front if self.settings.crowding == "front" else np.zeros_like(front)
        room = crowding(pool.scores, groups)
        order = np.lexsort((-(pool.keys % HOME), -room, front))
        chosen = order[:count]
        is_worse = np.diff(front[chosen], prepend=front[chosen[0]]) > 0
        is_worse[1:] |= room[chosen[1:]] < room[chosen[:-1]]
        self._living, self._places = pool.select(chosen), np.cumsum(is_worse)

    @property
    def living(self) -> Ints:
        """Parents may be older than the last generation."""
        assert self._living is not None
        return np.concatenate([super().living, self._living.keys])

    def emigrants(self, count: int, random: np.random.Generator) -> Members:
        """Choose the best of the parents to come."""
        assert self._living is not None
        return self._living.select(np.arange(min(count, len(self._living.keys))))

    def settle(self, migrants: Members) -> None:
        """Let migrants and parents compete for the places of the parents."""
        assert self._living is not None
        pool = self._living + migrants.without(self._living.keys)
        self._choose(pool, len(self._living.keys))

    def state(self) -> Arrays:
        """Return the parents of the next generation, the archive and the counters."""
        state = super().state()
        if self._living is None:
            return state
        living = self._living
        state |= prefixed("stagnation.", self._stagnation.state())
        state |= prefixed("living.genomes.", living.genomes.arrays())
        state |= {f"living.{n}": getattr(living, n).copy() for n in ("keys", "parents", "scores")}
        return state | {"places": self._places.copy(), "next_key": np.array(self._next_key)}

    def restore(self, state: Arrays) -> None:
        """Go on from a state."""
        super().restore(state)
        self._living = self._asked = None
        self._next_key = int(state.get("next_key", 0))
        self._stagnation = Stagnation.restore(unprefixed("stagnation.", state))
        if "places" in state:
            genomes = self.encoding.from_arrays(unprefixed("living.genomes.", state))
            others = (state[f"living.{n}"].copy() for n in ("keys", "parents", "scores"))
            self._living, self._places = Members(genomes, *others), state["places"].copy()

    def _children(self, birth: Birth) -> Members:
        """Make the children of one generation; without parents, random genomes."""
        living, settings, random = self._living, self.settings, birth.random
        count = settings.batch
        if living is not None and settings.rescored:
            count -= len(living.keys)
        keys, parents = self._next_key + np.arange(count), np.full((count, 2), -1)
        scores = np.full((count, self.niches), -np.inf, np.float32)
        if living is None:
            return Members(self.encoding.new(count, birth), keys, parents, scores)
        drawn = random.integers(len(living.keys), size=(count, 2, 2))  # two for each of two parents
        winners = self._places[drawn].argmin(axis=2)
        pairs = np.take_along_axis(drawn, winners[:, :, None], axis=2)[:, :, 0]
        has_two = random.random(count) < settings.crossover
        couple = np.repeat(np.arange(count), 1 + has_two)[:count]  # of each child
        is_second = np.diff(couple, prepend=-1) == 0
        pairs = np.where(is_second[:, None], pairs[couple, ::-1], pairs[couple])
        mated = np.flatnonzero(has_two[couple])
        children = living.genomes.select(pairs[:, 0])
        parents[:, 0], parents[mated, 1] = living.keys[pairs[:, 0]], living.keys[pairs[mated, 1]]
        if len(mated):
            others = living.genomes.select(pairs[mated, 1])
            mixed = self.encoding.cross(children.select(mated), others, birth)
            children = children.replaced(mated, mixed)
        return Members(self.encoding.vary(children, birth), keys, parents, scores)
