"""Islands: several searches of one kind that exchange genomes now and then.

The island model of Whitley, Rana and Heckendorn 1999. Copies of the best leave, and compete with
who is there: choosing both by fitness is most common (Cantú-Paz 2001).
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from neatfool.encodings import AnyEncoding, Genomes
from neatfool.encodings.encoding import prefixed, unprefixed
from neatfool.encodings.genomes import OfEncoding
from neatfool.errors import ConfigError
from neatfool.search.fronts import fronts
from neatfool.search.search import HOME, Front, Search
from neatfool.sections.search import (
    WITHIN,
    IslandsSettings,
)
from neatfool.streams import stream
from neatfool.types import Arrays, Ints, Scores


class Islands(Search):
    """Searches side by side: each is asked and told in turn, and they are scored together.

    Each draws on random streams of its own. Genes of the random start have the same numbers
    everywhere; later ones have numbers that only their island gives. The key of a genome, modulo
    the number of islands, is the island it was born on, and it keeps that key wherever it goes. The
    archive holds the best of all islands.

    Raises:
        ConfigError: There can be no islands of such searches.
    """

    Settings = IslandsSettings
    settings: IslandsSettings

    def __init__(
        self, encoding: AnyEncoding, niches: int, settings: IslandsSettings, seed: int
    ) -> None:
        super().__init__(encoding, niches, settings, seed)
        kind, count = WITHIN.owner(settings.within), settings.islands
        _check(kind, settings)
        within = settings.within.model_copy(update={"batch": settings.batch // count})
        seeds = [int(stream(seed, "island", n).integers(1 << 63)) for n in range(count)]
        self.islands = tuple(
            kind.build(settings=within, encoding=encoding, niches=niches, seed=each)
            for each in seeds
        )
        if settings.migrants:
            for number, island in enumerate(self.islands):
                island.lane = number, count
        if self.islands[0].REPLAYED_FROM == "scores":
            self.REPLAYED_FROM = "scores"
        self._asked: Genomes | None = None

    def ask(self) -> OfEncoding:
        """Ask all islands, one after the other."""
        if self._asked is None:
            batches = [island.ask() for island in self.islands]
            self._asked = type(batches[0]).concatenate(batches)
        return self._asked

    @property
    def asked(self) -> Ints:
        """Keys of what all islands asked for."""
        if self._asked is None:
            return np.empty(0, np.int64)
        return self._joined(island.asked for island in self.islands)

    @property
    def species(self) -> Ints:
        """Keys of the species of all islands; each has species of its own."""
        return self._joined(island.species for island in self.islands)

    @property
    def living(self) -> Ints:
        """Those of all islands, and the elites."""
        return np.concatenate(
            [super().living, self._joined(island.living for island in self.islands)]
        )

    def leading(self, scores: Scores) -> Ints:
        """Name those of all islands."""
        parts = zip(self.islands, self._shares(scores), self._firsts(), strict=True)
        return np.concatenate([island.leading(own) + first for island, own, first in parts])

    @property
    def front(self) -> Front | None:
        """Of the fronts of all islands, those that nobody else dominates."""
        found = [island.front for island in self.islands]
        known = [each for each in found if each is not None]
        if not known:
            return None
        genomes = type(known[0].genomes).concatenate([each.genomes for each in known])
        keys = self._joined(each.keys for each in known)
        scores = np.concatenate([each.scores for each in known])
        _, firsts = np.unique(keys, return_index=True)  # who migrated is on several islands
        rows = np.sort(firsts)
        rows = rows[fronts(scores[rows]) == 0]
        return Front(genomes.select(rows), keys[rows], scores[rows])

    def tell(self, scores: Scores) -> None:
        """Tell each island its scores; then genomes may migrate."""
        self.check(scores)
        assert self._asked is not None
        keys = self.asked
        for island, own in zip(self.islands, self._shares(scores), strict=True):
            island.tell(own)
        latest = [island.latest for island in self.islands if island.latest is not None]
        self.note(self._asked, keys, self._joined(each.parents for each in latest), scores)
        assert self.latest is not None
        self.latest = replace(self.latest, within=np.concatenate([each.won for each in latest]))
        self._asked = None
        if self.settings.migrants and self.generation % self.settings.every == 0:
            self._migrate()

    def state(self) -> Arrays:
        """Return the state of all islands, and the archive."""
        state = super().state()
        for number, island in enumerate(self.islands):
            state |= prefixed(f"islands.{number}.", island.state())
        return state

    def restore(self, state: Arrays) -> None:
        """Go on from a state."""
        super().restore(state)
        self._asked = None
        for number, island in enumerate(self.islands):
            island.restore(unprefixed(f"islands.{number}.", state))

    def _migrate(self) -> None:
        """Let genomes leave all islands, and only then arrive."""
        islands, count = self.islands, len(self.islands)
        numbers = tuple(max(each) for each in zip(*(i.numbers for i in islands), strict=True))
        leaving = []
        for number, island in enumerate(islands):
            random = stream(self.seed, "emigrants", self.generation, number)
            leaving.append(island.emigrants(self.settings.migrants, random))
        order = np.arange(count)
        if self.settings.topology == "random":
            order = stream(self.seed, "migration", self.generation).permutation(count)
        steps = range(1, count if self.settings.topology == "all" else 2)
        for place, number in enumerate(order.tolist()):
            island = islands[number]
            island.numbers = numbers  # above those of all who arrive
            for step in steps:
                origin = int(order[place - step])
                migrants = leaving[origin]
                keys, parents = (
                    self._arriving(self._abroad(each, origin), number)
                    for each in (migrants.keys, migrants.parents)
                )
                island.settle(replace(migrants, keys=keys, parents=parents))

    def _joined(self, keys: Iterable[Ints]) -> Ints:
        """Join keys of each island, as they are known to all."""
        return np.concatenate([self._abroad(each, number) for number, each in enumerate(keys)])

    def _abroad(self, keys: Ints, number: int) -> Ints:
        """Turn keys as an island knows them into those that all know; -1 stays."""
        births, origin = keys % HOME, keys // HOME - 1
        found = births * len(self.islands) + np.where(origin < 0, number, origin)
        return np.where(keys < 0, -1, found)

    def _arriving(self, keys: Ints, number: int) -> Ints:
        """Turn keys that all know into those that an island knows; -1 stays."""
        births, origin = np.divmod(keys, len(self.islands))
        found = births + HOME * np.where(origin == number, 0, origin + 1)
        return np.where(keys < 0, -1, found)

    def _firsts(self) -> Ints:
        """Return where the genomes of each island begin: ``(islands,)``."""
        counts = [len(island.asked) for island in self.islands]
        return np.cumsum([0, *counts[:-1]])

    def _shares(self, scores: Scores) -> list[Scores]:
        """Share scores out."""
        return np.split(scores, self._firsts()[1:])


def _check(kind: type[Search], settings: IslandsSettings) -> None:
    """Make sure that there can be islands of a search."""
    label = settings.within.label
    if kind.WANTS_GRADIENTS or issubclass(kind, Islands):
        raise ConfigError(
            f"search.within.kind: expected a search without gradients and islands, got {label}; "
            f"choose from {', '.join(WITHIN.named)}"
        )
    if settings.migrants and kind.settle is Search.settle:
        raise ConfigError(
            f"search.migrants: expected 0, as {label} has no method settle, got "
            f"{settings.migrants}; write that method, or set search.migrants = 0"
        )
