"""MAP-Elites with one niche per class (Mouret and Clune 2015), as in Nguyen et al. 2015."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import Field

from neatfool.encodings import Birth, Encoding
from neatfool.errors import ShapeError
from neatfool.search.archive import Archive
from neatfool.search.search import Generation
from neatfool.settings import Settings
from neatfool.streams import stream
from neatfool.types import Arrays, Ints, Scores


class MapElitesSettings(Settings):
    """Settings of MAP-Elites; the defaults are those of the paper's MNIST experiments."""

    batch: int = Field(200, ge=1, le=1_000_000)
    """Genomes per generation; the first generation is random."""
    crossover: float = Field(0.0, ge=0, le=1)
    """Chance of a child to have two parents."""


@dataclass(frozen=True, eq=False)
class _Asked:
    genomes: Any
    keys: Ints
    parents: Ints
    birth: Birth


class MapElites:
    """A child competes in every niche; parents are the elites of uniformly drawn niches.

    An elite that holds several niches is drawn that much more often.
    """

    def __init__(
        self, encoding: Encoding[Any], niches: int, settings: MapElitesSettings, seed: int
    ) -> None:
        self.settings = settings
        self.generation = 0
        self.archive: Archive | None = None
        self.latest: Generation | None = None
        self._encoding = encoding
        self._niches = niches
        self._seed = seed
        self._next = {"key": 0, "node": 0, "innovation": 0}
        self._asked: _Asked | None = None

    def ask(self) -> Any:
        """Make a random batch first, then mutants of elites."""
        if self._asked is None:
            number = self.generation + 1
            birth = Birth(
                number,
                stream(self._seed, "children", number),
                next_node=self._next["node"],
                next_innovation=self._next["innovation"],
            )
            genomes, parents = self._children(birth)
            keys = self._next["key"] + np.arange(len(genomes))
            self._asked = _Asked(genomes, keys, parents, birth)
        return self._asked.genomes

    def tell(self, scores: Scores) -> None:
        """Offer the genomes asked for to every niche."""
        asked = self._asked
        expected = (self.settings.batch, self._niches)
        if asked is None or scores.shape != expected:
            raise ShapeError(
                "nothing was asked for: call ask() before tell()"
                if asked is None
                else f"expected scores of shape {expected}, got {scores.shape}"
            )
        archive = self.archive or _empty(asked.genomes, self._niches)
        number = asked.birth.generation
        won = archive.offer(asked.genomes, asked.keys, scores, number)
        self.archive = archive
        self.latest = Generation(number, asked.keys, asked.parents, won, scores)
        self.generation = number
        self._next = {
            "key": self._next["key"] + len(asked.keys),
            "node": asked.birth.next_node,
            "innovation": asked.birth.next_innovation,
        }
        self._asked = None

    def state(self) -> Arrays:
        """Return the archive and the counters; random streams follow from the generation."""
        numbers = {f"next.{name}": np.array(value) for name, value in self._next.items()}
        numbers["generation"] = np.array(self.generation)
        if self.archive is None:
            return numbers
        genomes = {f"genomes.{name}": a for name, a in self.archive.genomes.arrays().items()}
        elites = {name: getattr(self.archive, name) for name in ("keys", "scores", "found_at")}
        return numbers | {name: array.copy() for name, array in (genomes | elites).items()}

    def restore(self, state: Arrays) -> None:
        """Go on from a state."""
        self.generation = int(state["generation"])
        self._next = {name: int(state[f"next.{name}"]) for name in self._next}
        self.archive = self.latest = self._asked = None
        if "keys" in state:
            arrays = {
                name.removeprefix("genomes."): array
                for name, array in state.items()
                if name.startswith("genomes.")
            }
            genomes = self._encoding.from_arrays(arrays)
            elites = (state[name].copy() for name in ("keys", "scores", "found_at"))
            self.archive = Archive(genomes, *elites)

    def _children(self, birth: Birth) -> tuple[Any, Ints]:
        """Make one generation and say who its parents are."""
        batch = self.settings.batch
        parents = np.full((batch, 2), -1)
        if self.archive is None:
            return self._encoding.new(batch, birth), parents
        drawn = birth.random.integers(self._niches, size=(batch, 2))
        children = self.archive.genomes.select(drawn[:, 0])
        parents[:, 0] = self.archive.keys[drawn[:, 0]]
        mated = np.flatnonzero(birth.random.random(batch) < self.settings.crossover)
        if len(mated):
            fathers = self.archive.genomes.select(drawn[mated, 1])
            mixed = self._encoding.cross(children.select(mated), fathers, birth)
            children = children.replaced(mated, mixed)
            parents[mated, 1] = self.archive.keys[drawn[mated, 1]]
        return self._encoding.vary(children, birth), parents


def _empty(genomes: Any, niches: int) -> Archive:
    """Return an archive that anything replaces."""
    return Archive(
        genomes.select(np.zeros(niches, np.int64)),
        np.full(niches, -1),
        np.full(niches, -np.inf, np.float32),
        np.zeros(niches, np.int64),
    )
