"""What every search has: ask for genomes, tell their scores."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, TypeAlias, TypeVar

import numpy as np
import torch

from neatfool.encodings import AnyEncoding, Birth, Genomes
from neatfool.encodings.encoding import unprefixed
from neatfool.encodings.genomes import OfEncoding
from neatfool.errors import ShapeError
from neatfool.search.archive import Archive, empty_archive, ranked, restored_archive
from neatfool.sections.searches import SearchSettings
from neatfool.stored.layout import archive_state
from neatfool.streams import stream
from neatfool.types import Arrays, Bools, Ints, Scores

S = TypeVar("S", bound="Search")
HOME = 1 << 50
"""Keys of genomes that were born on this island are below; modulo this, keys count births."""
Deciding: TypeAlias = Literal["winners", "bests", "scores"]
"""Which scores decide all that comes after."""


@dataclass(frozen=True, eq=False)
class Generation:
    """What one generation brought.

    Attributes:
        number: From 1.
        keys: ``(P,)`` keys of the genomes.
        parents: ``(P, 2)`` keys of their parents; -1 where there is none.
        won: ``(P, K)`` bool, the niches each genome won.
        scores: ``(P, K)`` float32.
        within: ``(P, K)`` bool, the niches each genome won on its own island; none: there are no
            islands.
    """

    number: int
    keys: Ints
    parents: Ints
    won: Bools
    scores: Scores
    within: Bools | None = None


@dataclass(frozen=True, eq=False)
class Members:
    """Genomes, and what a search knows of them.

    Attributes:
        genomes: ``P`` genomes.
        keys: ``(P,)`` theirs.
        parents: ``(P, 2)`` keys of their parents; -1 where there is none.
        scores: ``(P, K)`` float32; minus infinity where nothing is known.
    """

    genomes: Genomes
    keys: Ints
    parents: Ints
    scores: Scores

    def select(self, places: Ints) -> "Members":
        """Copy those at some places."""
        others = self.keys[places], self.parents[places], self.scores[places]
        return Members(self.genomes.select(places), *others)

    def without(self, keys: Ints) -> "Members":
        """Copy those that have other keys than these."""
        return self.select(np.flatnonzero(~np.isin(self.keys, keys)))

    def __add__(self, other: "Members") -> "Members":
        genomes = type(self.genomes).concatenate([self.genomes, other.genomes])
        pairs = ("keys", "parents", "scores")
        return Members(
            genomes, *(np.concatenate([getattr(self, n), getattr(other, n)]) for n in pairs)
        )


@dataclass(frozen=True, eq=False)
class Front:
    """Genomes of which no other one is better in every objective: the Pareto front.

    Attributes:
        genomes: ``F`` genomes.
        keys: ``(F,)`` theirs.
        scores: ``(F, K)`` float32.
    """

    genomes: Genomes
    keys: Ints
    scores: Scores


@dataclass(frozen=True, eq=False)
class Ascents:
    """Where a search wants gradients.

    Attributes:
        genomes: ``P`` genomes, as many as were asked for.
        niches: ``(P,)``, whose score is to rise at each.
        objective: Of what: ``"confidence"``, the score itself, or, where that is a probability,
            ``"logit"``, what a network says before that becomes a share, or ``"log-odds"``,
            ``log(p / (1 - p))``.
        of_weights: The gradients wanted are those in the weights of networks, as
            ``Encoding.pull`` gives them, not those in phenotypes.
    """

    genomes: Genomes
    niches: Ints
    objective: str
    of_weights: bool = False

    def part(self, first: int, end: int) -> "Ascents":
        """Take those from ``first`` to before ``end``."""
        return replace(self, genomes=self.genomes.part(first, end), niches=self.niches[first:end])


class Search:
    """A search owns its population or archive and all that the newborn draw on.

    Derive from this: ``ask``, ``asked`` and ``tell`` are all that a search needs, and ``state`` and
    ``restore`` if it knows more than its archive; ``tell`` calls ``note``. To live on islands it
    also needs ``settle``, and ``emigrants`` if others than its elites should leave.

    Attributes:
        Settings: Class of its settings, derived from ``SearchSettings``.
        REPLAYED_FROM: Which scores decide all that comes after: those of the winners of niches, the
            best score of each genome as well, or all scores.
        WANTS_GRADIENTS: It is told gradients beside scores, and these decide all that comes after.
            No record holds them, so such a run cannot be replayed: it says so in ``UNPLAYED``.
        UNPLAYED: Why such a run cannot be replayed from its records; empty: it can be.
        settings: Of that class.
        encoding: Of the genomes.
        niches: How many there are.
        seed: Of the run.
        generation: Generations told so far.
        archive: The best genome of each niche, which may have none; none before the first
            generation.
        latest: What the last generation brought; none before the first.
        numbers: Of the next new node, and of the next new edge.
        lane: Which of them it gives, after the first generation: ``Birth.lane``.
        islands: The searches that it is made of, which share its genomes out; most have none.
    """

    NEEDED: ClassVar = ("ask", "asked", "tell")
    Settings: ClassVar[type[SearchSettings]] = SearchSettings
    REPLAYED_FROM: Deciding = "bests"
    WANTS_GRADIENTS: ClassVar[bool] = False
    UNPLAYED: ClassVar[str] = ""
    settings: Any
    islands: "tuple[Search, ...]" = ()

    def __init__(self, encoding: AnyEncoding, niches: int, settings: Any, seed: int) -> None:
        self.settings = settings
        self.encoding = encoding
        self.niches = niches
        self.seed = seed
        self.generation = 0
        self.archive: Archive | None = None
        self.latest: Generation | None = None
        self.numbers = 0, 0
        self.lane = 0, 1
        self._newborn: Birth | None = None

    @classmethod
    def build(cls: type[S], settings: Any, encoding: AnyEncoding, niches: int, seed: int) -> S:
        """Build the search for a run, from arguments of these names.

        Args:
            settings: Of the class ``Settings``.
            encoding: Of the genomes.
            niches: How many the task has.
            seed: Of the run; all that the search draws follows from it.
        """
        return cls(settings=settings, encoding=encoding, niches=niches, seed=seed)

    def ask(self) -> OfEncoding:
        """Make the genomes of the next generation; the same ones until they are told."""
        raise NotImplementedError

    @property
    def asked(self) -> Ints:
        """Keys ``(P,)`` of the genomes asked for and not told yet; empty if there are none."""
        raise NotImplementedError

    def birth(self) -> Birth:
        """Return what the newborn of the next generation draw on; numbers go on where they were."""
        number = self.generation + 1
        self._newborn = self._birth(number, stream(self.seed, type(self).__name__, number))
        return self._newborn

    def _birth(self, generation: int, random: np.random.Generator, stagnant: int = 0) -> Birth:
        """Begin a generation; equal genes of the first have equal numbers in all lanes."""
        lane = self.lane if generation > 1 else (0, 1)
        return Birth(generation, random, *self.numbers, stagnant, lane=lane)

    @property
    def species(self) -> Ints:
        """Keys ``(P,)`` of the species of each genome told last; empty where there are none."""
        return np.empty(0, np.int64)

    @property
    def living(self) -> Ints:
        """Keys of all that may be parents of what is asked for next, once there is a generation."""
        assert self.archive is not None
        assert self.latest is not None
        return np.concatenate([self.archive.keys[self.archive.occupied], self.latest.keys])

    def emigrants(self, count: int, random: np.random.Generator) -> Members:
        """Choose genomes that go to another island as well; here, of all elites any.

        Call it after a generation was told, and before the next is asked for.

        Args:
            count: How many, at most.
            random: To draw from.

        Returns:
            Their scores are those that decided anything, as a replay knows no others.
        """
        archive = self.archive
        assert archive is not None
        keys = random.permutation(np.unique(archive.keys[archive.occupied]))[:count]
        held = archive.keys == keys[:, None]
        scores = np.where(held, archive.scores, np.float32(-np.inf))
        parents = np.full((len(keys), 2), -1)
        return Members(archive.genomes.select(held.argmax(axis=1)), keys, parents, scores)

    def settle(self, migrants: Members) -> None:
        """Let genomes of another island live here, from the next generation on.

        Their keys are those of no other genome here, unless they live here already. Who lives on is
        asked for under that key again.

        Args:
            migrants: What ``emigrants`` of another search of this class gave.
        """
        raise NotImplementedError

    def leading(self, scores: Scores, /) -> Ints:
        """Name, of the genomes asked for, those worth a closer look: one of each population.

        Args:
            scores: ``(P, K)`` of theirs, before they are told.
        """
        return np.argsort(-ranked(scores).max(axis=1), kind="stable")[:1]

    @property
    def front(self) -> Front | None:
        """The front among the genomes that live on, where niches are objectives; else none."""
        return None

    @property
    def ascents(self) -> Ascents | None:
        """Where gradients are wanted before the genomes asked for are told; none: nowhere."""
        return None

    def hear(self, gradients: torch.Tensor) -> None:
        """Take the gradients that ``ascents`` wants, and be told scores next.

        Args:
            gradients: Float32: ``(P, *shape)`` in phenotypes, or ``(E,)`` in the weights of all
                genomes.
        """

    def tell(self, scores: Scores) -> None:
        """Give the scores ``(P, K)`` of the genomes asked for.

        Raises:
            ShapeError: There is not one row for each genome and one column for each niche, or
                nothing was asked for.
        """
        raise NotImplementedError

    def state(self) -> Arrays:
        """Return all that the search needs to go on, between two generations.

        Here this is the generation and the archive; who knows more adds it, under other names.
        """
        kind = np.frombuffer(type(self).__name__.encode(), np.uint8)
        state = {"generation": np.array(self.generation), "kind": kind}
        if any(self.numbers):
            state["numbers"] = np.array(self.numbers)
        if self.archive is not None:
            numbers = {name: getattr(self.archive, name) for name in Archive.NUMBERS}
            state |= archive_state(self.archive.genomes.arrays(), numbers)
        return state

    def restore(self, state: Arrays) -> None:
        """Go on from a state.

        Raises:
            ValueError: It is of another kind of search.
        """
        own = type(self).__name__
        if (kind := state["kind"].tobytes().decode() if "kind" in state else own) != own:
            raise ValueError(f"expected that of {own}, got that of {kind:.80}")
        self.generation = int(state["generation"])
        node, innovation = state.get("numbers", (0, 0))
        self.numbers = int(node), int(innovation)
        self.archive = self.latest = self._newborn = None
        if "archive.keys" in state:
            genomes = self.encoding.from_arrays(unprefixed("archive.genomes.", state))
            self.archive = restored_archive(genomes, unprefixed("archive.", state), self.niches)

    def check(self, scores: Scores) -> None:
        """Make sure that these are scores of the genomes asked for.

        Raises:
            ShapeError: As ``tell``.
        """
        expected = (len(self.asked), self.niches)
        if not expected[0]:
            raise ShapeError("nothing was asked for: call ask() before tell()")
        if scores.shape != expected:
            raise ShapeError(f"expected scores of shape {expected}, got {scores.shape}")

    def note(self, genomes: Genomes, keys: Ints, parents: Ints, scores: Scores) -> Archive:
        """Count a generation, and offer its genomes to the archive.

        What ``asked`` says may be another thing afterwards: ask before.

        Args:
            genomes: ``P`` genomes.
            keys: ``(P,)`` int64, one for each, that no other genome of the run has; one that is
                scored again has the same.
            parents: ``(P, 2)`` keys of their parents; -1 where there is none.
            scores: ``(P, K)``.

        Returns:
            The archive.
        """
        self.generation += 1
        if self._newborn is not None:
            self.numbers = self._newborn.next_node, self._newborn.next_innovation
        self.archive = self.archive or empty_archive(genomes, self.niches)
        won = self.archive.offer(genomes, keys, scores, self.generation)
        self.latest = Generation(self.generation, keys, parents, won, scores)
        return self.archive
