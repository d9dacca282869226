"""Genomes as neat-python wants them: objects that record parenthood, and batches behind them.

neat-python makes, mutates and compares genomes one by one. A ``Newborn`` only records what it is
made of; its ``Brood`` makes all that are pending at once, when the first of them is looked at.
"""

import copy
import random
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from neatfool.encodings.encoding import AnyEncoding
from neatfool.encodings.genomes import Birth, Genomes
from neatfool.encodings.medium import Phenotypes
from neatfool.encodings.neat.batches import copied, join, settle, together
from neatfool.encodings.neat.given import genomes_in
from neatfool.errors import ConfigError, UnknownKeyError
from neatfool.sections.neat import Compatibility
from neatfool.types import Bools, Doubles, Ints

LIMIT = 1e150
"""Fitness stays within minus and plus this, so that neat-python can take means and variances."""


class Newborn:
    """One genome of a batch, as neat-python sees it.

    Attributes:
        key: Its number.
        parents: Keys of its parents; none for a random start.
    """

    parents: tuple[int, ...] = ()
    is_mutated = False
    brood: "Brood | None" = None
    made_of: "tuple[Newborn, ...]" = ()  # until it is made
    batch: Any = None
    place = -1
    _fitness: float | None = None

    def __init__(self, key: int) -> None:
        self.key = key

    def _evaluated(self, value: float | None) -> None:
        if value is not None:
            number = float(value)
            value = min(max(number, -LIMIT), LIMIT) if number == number else -LIMIT
            if self.brood:
                self.brood._best = max(self.brood._best, value)
        self._fitness = value

    fitness = property(attrgetter("_fitness"), _evaluated)
    """None until it is evaluated; any number may be given, NaN counts as the least."""

    def configure_new(self, config: "Brood") -> None:
        """Be a random genome."""
        config.expect(self)

    def configure_crossover(self, first: "Newborn", second: "Newborn", config: "Brood") -> None:
        """Be a child of two; where one is both, a copy of it."""
        if first is second:
            self.made_of, self.parents = (first,), (first.key,)
        else:
            self.made_of, self.parents = (first, second), (first.key, second.key)
        config.expect(self)

    def mutate(self, config: "Brood") -> None:
        """Be mutated after birth; one that lives, or was mutated, is so once more."""
        if self.is_mutated or not self.made_of:
            config.deliver()
            self.made_of, self.batch = (copy.copy(self),), None
            config.expect(self)
        self.is_mutated = True

    def distance(self, other: "Newborn", config: "Brood") -> float:
        """Tell how far it is from another genome."""
        if not (isinstance(config, Brood) and isinstance(other, Newborn)):
            raise ConfigError(
                f"expected a genome and a config of neatfool beside genome {self.key}, got a "
                f"{type(other).__name__} and a {type(config).__name__}: go on with the config that "
                "it was made with"
            )
        return config.distance(self, other)

    def __getattr__(self, name: str) -> Any:
        """Refuse what genomes of neat-python have, and these have not.

        Raises:
            UnknownKeyError: Always.
        """
        if name.startswith("_"):
            raise AttributeError(name)
        raise UnknownKeyError(
            f"expected a genome of neat-python, got genome {self.__dict__.get('key')}, a "
            f"{type(self).__name__} of neatfool, which has no {name}: its config evaluates it, "
            "config.genome_config.express([genome]), and neatfool.viz.topology(genome.alone(), "
            "nodes='symbols') draws its network"
        )

    def size(self) -> tuple[int, int]:
        """Count nodes, and enabled edges and direct genes."""
        genomes = self.alone()
        arrays = genomes.arrays().items()
        genes = sum(array.size for name, array in arrays if name.endswith("genes"))
        networks = genomes.networks
        if networks is None:
            return 0, genes
        return len(networks.node_ids), int(networks.enabled.sum()) + genes

    def alone(self) -> Genomes:
        """Return a batch of this genome alone."""
        assert self.brood is not None
        return self.brood.copies([self])

    def __str__(self) -> str:
        if self.batch is None:
            return f"genome {self.key}, not made yet"
        nodes, genes = self.size()
        return f"genome {self.key}: fitness {self.fitness}, nodes {nodes}, connections {genes}"

    def __deepcopy__(self, memo: dict[int, object]) -> "Newborn":
        """Copy the genome and what others added, neither the batch it came from nor ancestors."""
        twin = memo[id(self)] = type(self)(self.key)
        added = {name: each for name, each in vars(self).items() if not hasattr(Newborn, name)}
        vars(twin).update(copy.deepcopy(added, memo))
        twin.fitness, twin.parents, twin.brood = self.fitness, self.parents, self.brood
        twin.batch, twin.place = self.alone(), 0
        return twin

    def __getstate__(self) -> dict[str, object]:
        """Pickle the genome alone, not all others of its batch."""
        state = self.__dict__.copy()
        if self.batch is not None and len(self.batch) > 1:
            state |= {"batch": copied([self]), "place": 0}
        return state


class Brood:
    """What newborn share: the encoding, and all that they draw on. neat-python's genome config.

    Attributes:
        encoding: Makes, mutates, mates and compares genomes.
        compatibility: What tells genomes apart.
        birth: What the newborn draw on. A search puts in its own for each generation; inside a
            script of neat-python it follows from Python's global generator, as all does there,
            and counts the generations, and how long none was better, itself.
    """

    def __init__(self, encoding: AnyEncoding, compatibility: Compatibility) -> None:
        self.encoding = encoding
        self.compatibility = compatibility
        self.birth: Birth | None = None
        self._python = Birth(0, np.random.default_rng(0))
        self._best = -np.inf  # of all fitness given so far
        self._peak = -np.inf, 0  # the last improvement of it, and its generation
        self._pending: list[Newborn] = []
        self._rows: dict[tuple[Newborn, Genomes], list[float]] = {}  # distances to all of a batch

    def stream(self) -> np.random.Generator:
        """Return what decides who lives and who mates in this generation."""
        return self.birth.random if self.birth else _stream_of_python()

    def expect(self, newborn: Newborn) -> None:
        """Make a newborn with the next batch."""
        self._require(newborn.made_of)
        if any(parent.batch is None for parent in newborn.made_of):
            self.deliver()
        newborn.brood = self
        self._pending.append(newborn)

    def conceive(
        self, children: Sequence[Newborn], adults: Sequence[Newborn], pairs: Ints, is_mutated: Bools
    ) -> None:
        """Make a generation at once, and let children be of the pairs in whatever order is cheap.

        Args:
            children: ``M`` newborns, all alike so far but for their keys.
            adults: Their parents, and maybe others.
            pairs: ``(2, M)`` places among the adults; where both are one, the child is its copy.
            is_mutated: ``(M,)`` whether children are mutated after birth.
        """
        self._require(adults)
        self.deliver()
        batch, order = self._bred(adults, pairs, is_mutated, self._begun(adults[0]))
        keys = [adult.key for adult in adults]
        ones, others = pairs[:, order].tolist()
        places = range(len(children))
        for child, place, one, other in zip(children, places, ones, others, strict=True):
            child.parents = (keys[one],) if one == other else (keys[one], keys[other])
            child.batch, child.place, child.brood = batch, place, self

    def deliver(self) -> None:
        """Make all that are pending: random ones first, then children."""
        if not self._pending:
            return
        pending, self._pending = self._pending, []
        children = [newborn for newborn in pending if newborn.made_of]
        orphans = [newborn for newborn in pending if not newborn.made_of]
        birth = self._begun(children[0].made_of[0] if children else orphans[0])
        if orphans:
            settle(orphans, self.encoding.new(len(orphans), birth))
        if children:
            adults = [child.made_of[0] for child in children]
            adults += [child.made_of[-1] for child in children]
            pairs = np.arange(len(adults)).reshape(2, -1)
            alone = [len(child.made_of) == 1 for child in children]
            pairs[1, alone] = pairs[0, alone]
            is_mutated = np.array([child.is_mutated for child in children])
            batch, order = self._bred(adults, pairs, is_mutated, birth)
            settle([children[place] for place in order.tolist()], batch)

    def gather(self, newborns: Sequence[Newborn]) -> Genomes:
        """Bring genomes together in one batch, in their order, and return it.

        They live in it from now on, so that batches with but few survivors are let go.
        """
        self._require(newborns)
        if not newborns:
            raise ConfigError("expected at least one genome, got none")
        self.deliver()
        self._count_on(newborns[0])
        batch, places = newborns[0].batch, [newborn.place for newborn in newborns]
        if places != list(range(len(batch))) or any(n.batch is not batch for n in newborns):
            batch = copied(newborns)
            for place, newborn in enumerate(newborns):
                newborn.batch, newborn.place, newborn.brood = batch, place, self
        return batch

    def copies(self, newborns: Sequence[Newborn]) -> Genomes:
        """Copy genomes, in their order, into a batch of their own."""
        self._require(newborns)
        self.deliver()
        return copied(newborns)

    def express(self, genomes: object) -> Phenotypes:
        """Express all genomes at once.

        Args:
            genomes: Pairs of keys and genomes, as ``eval_genomes`` of neat-python gets them; bare
                genomes, or a dict of them.

        Returns:
            What the encoding makes of them, in their order: images ``(P, C, H, W)``, or networks.

        Raises:
            ConfigError: They are not of neatfool, or were born of another encoding.
        """
        return self.encoding.express(self.gather(genomes_in(genomes)))

    def distance(self, one: Newborn, other: Newborn) -> float:
        """Tell how far two genomes are from each other; rows of distances are remembered."""
        if self._pending:
            self.deliver()
        row = self._rows.get((one, other.batch))
        if row is None:
            self._require((one, other))
            distances = self.encoding.distance(copied([one]), other.batch, self.compatibility)
            row = self._rows[one, other.batch] = distances[0].tolist()
        return row[other.place]

    def _require(self, genomes: Sequence[object]) -> None:
        """Make sure that genomes are such as the encoding makes.

        Raises:
            ConfigError: One is not.
        """
        fitting = {self}
        for each in genomes:
            brood = each.brood if isinstance(each, Newborn) else None
            if brood in fitting:
                continue
            if brood is None or form_of(brood) != form_of(self):
                raise ConfigError(
                    f"expected genomes of this config, {_described(self)}, got {_origin(each)}: go "
                    "on with the config that they were made with"
                )
            fitting.add(brood)

    def __getstate__(self) -> dict[str, object]:
        """Pickle without what is only remembered."""
        return self.__dict__ | {"_rows": {}}

    def _bred(
        self, adults: Sequence[Newborn], pairs: Ints, is_mutated: Bools, birth: Birth
    ) -> tuple[Genomes, Ints]:
        """Make children of pairs; return them, and the order in which they are in the batch.

        That is: copies of champions and the like, which are not mutated; then those that are; in
        either part those of two parents first.
        """
        batch, places = together(adults)
        fitness = np.zeros(len(batch))
        fitness[places] = [adult._fitness or 0.0 for adult in adults]
        order = np.lexsort((pairs[0] == pairs[1], is_mutated))
        count = len(order) - int(is_mutated.sum())
        copied, changed = np.split(places[pairs[:, order]], [count], axis=1)
        parts = []
        if copied.size:
            parts.append(self._inherited(batch, fitness, copied, birth))
        if changed.size:
            parts.append(self.encoding.vary(self._inherited(batch, fitness, changed, birth), birth))
        return join(parts), order

    def _inherited(self, batch: Genomes, fitness: Doubles, pairs: Ints, birth: Birth) -> Genomes:
        """Mix the pairs that are two, which come first, and copy the others.

        Args:
            batch: The parents and others.
            fitness: ``(P,)`` theirs; of equally fit parents, either counts as the fitter one.
            pairs: ``(2, M)`` places in the batch.
            birth: What is drawn on.
        """
        count = int((pairs[0] != pairs[1]).sum())
        one, other = pairs[:, :count]
        parts = []
        if count:
            is_tied = (fitness[one] == fitness[other]) & (birth.random.random(count) < 0.5)
            is_swapped = is_tied | (fitness[other] > fitness[one])
            first, second = np.where(is_swapped, pairs[::-1, :count], pairs[:, :count])
            parts.append(self.encoding.cross(batch.select(first), batch.select(second), birth))
        if count < pairs.shape[1]:
            parts.append(batch.select(pairs[0, count:]))
        return join(parts)

    def _begun(self, genome: Newborn) -> Birth:
        """Begin a generation."""
        self._rows.clear()
        self._count_on(genome)
        return self.birth or self._birth_of_python()

    def _count_on(self, genome: Newborn) -> None:
        """Count on from the brood of a genome: a checkpoint with a new config begins another."""
        other = genome.brood
        if other is not None and other is not self:
            mine, theirs = self._python, other._python
            for name in ("generation", "next_node", "next_innovation", "stagnant"):
                setattr(mine, name, max(getattr(mine, name), getattr(theirs, name)))
            self._best, self._peak = max(self._best, other._best), max(self._peak, other._peak)

    def _birth_of_python(self) -> Birth:
        """Begin a generation with a stream of its own, and see whether the last one was better."""
        birth = self._python
        if self._best > self._peak[0]:
            self._peak = self._best, birth.generation
        birth.stagnant = max(birth.stagnant, birth.generation - self._peak[1])
        birth.generation += 1
        birth.random = _stream_of_python()
        return birth


def overrides(kind: type[Newborn], *names: str) -> bool:
    """Say whether a class of genomes has methods of its own in place of some of ``Newborn``'s."""
    return any(getattr(kind, name) is not getattr(Newborn, name) for name in names)


def form_of(brood: Brood) -> tuple[Any, ...]:
    """Return what tells broods apart whose genomes do not fit each other.

    Networks fit whatever they are expressed through, if it has as many inputs and outputs.
    """
    encoding = brood.encoding
    medium = getattr(encoding, "medium", None)
    ends = medium and (len(medium.inputs), medium.outputs)
    return type(encoding), ends, None if encoding.can_breed else encoding.shape


def _origin(genome: object) -> str:
    """Say where a genome comes from."""
    if not isinstance(genome, Newborn):
        return f"a {type(genome).__name__}"
    if genome.brood is None:
        return f"genome {genome.key}, which neither configure_new nor a crossover made"
    return f"genome {genome.key} of {_described(genome.brood)}"


def _described(brood: Brood) -> str:
    """Say of which encoding genomes are, and what they fit."""
    kind, ends, shape = form_of(brood)
    parts = [f"{ends[0]} inputs and {ends[1]} outputs"] if ends else []
    parts += [f"shape {'×'.join(map(str, shape))}"] if shape else []
    return f"{kind.__name__} of {' and '.join(parts)}"


def _stream_of_python() -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(random.getrandbits(63)))
