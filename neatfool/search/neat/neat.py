"""NEAT on neat-python, which decides who lives and who mates (Stanley and Miikkulainen 2002)."""

import contextlib
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import neat
import numpy as np

from neatfool.encodings import AnyEncoding, Birth, Brood, Genomes, Newborn
from neatfool.encodings.encoding import prefixed, unprefixed
from neatfool.encodings.genomes import OfEncoding
from neatfool.encodings.neat.brood import LIMIT
from neatfool.errors import ConfigError
from neatfool.reporting import log
from neatfool.search.archive import ranked
from neatfool.search.neat.arrays import from_arrays, settled, to_arrays
from neatfool.search.neat.rules import NeatReproduction, NeatSpecies, Numbers
from neatfool.search.search import Members, Search
from neatfool.search.stagnation import Stagnation
from neatfool.sections.neat import NeatSettings
from neatfool.streams import stream
from neatfool.types import Arrays, Bools, Doubles, Ints, Scores

_MANY = 20
"""Genomes of a population from which on species for more than half of them are too many."""


@dataclass(frozen=True, eq=False)
class _Asked:
    """A generation that is not evaluated yet."""

    genomes: Genomes
    facts: Arrays
    birth: Birth


class Neat(Search):
    """One population; the fitness of a genome is its best score in any niche.

    The archive holds the best genome of each niche. A genome that lives on, as the champions of
    large species do, keeps its key and is scored again.
    """

    Settings = NeatSettings
    settings: NeatSettings

    def __init__(
        self, encoding: AnyEncoding, niches: int, settings: NeatSettings, seed: int
    ) -> None:
        super().__init__(encoding, niches, settings, seed)
        self._config = _config(settings)
        self._stagnation = Stagnation()
        self._population: Genomes | None = None
        self._facts: Arrays = {}  # of the population: all that neat-python knows of it
        self._asked: _Asked | None = None
        self._is_warned = False

    def ask(self) -> OfEncoding:
        """Make a random population first, then the offspring of its species.

        Raises:
            ConfigError: With neat-python's rules, there are too many species.
        """
        if self._asked is None:
            self._asked = self._next_population()
        return self._asked.genomes

    @property
    def asked(self) -> Ints:
        """Keys of the population."""
        return np.empty(0, np.int64) if self._asked is None else self._asked.facts["keys"]

    @property
    def species(self) -> Ints:
        """Keys ``(P,)`` of the species of each genome that was told last; empty before."""
        told = None if self.latest is None else len(self.latest.keys)  # migrants come behind
        return self._facts.get("homes", np.empty(0, np.int64))[:told]

    def leading(self, scores: Scores) -> Ints:
        """Name the best of the best species that has become better since it last led.

        If there is none, the best of all. So are networks chosen for long tests in the code
        released with NEAT.
        """
        return self._leader(self._fitness(scores))[0]

    def tell(self, scores: Scores) -> None:
        """Let the scores decide who has offspring."""
        self.check(scores)
        assert self._asked is not None
        genomes, facts, fitness = self._asked.genomes, self._asked.facts, self._fitness(scores)
        archive = self.note(genomes, facts["keys"], facts["parents"], scores)
        self._population = genomes
        self._stagnation.note(self.generation, archive.scores)
        self._facts = facts | {"fitness": fitness, "waiting": self._leader(fitness)[1]}
        self.numbers = self._asked.birth.next_node, self._asked.birth.next_innovation
        self._asked = None

    def _leader(self, fitness: Doubles) -> tuple[Ints, Ints]:
        """Return the place of who leads ``(1,)``, and the keys of the species that wait for it."""
        assert self._asked is not None
        facts = self._asked.facts
        order = np.argsort(-fitness, kind="stable")
        species, firsts = np.unique(facts["homes"][order], return_index=True)
        champions = order[firsts]  # by the keys of species, as facts are
        waits = (fitness[champions] > facts["histories"]) | np.isin(species, facts["waiting"])
        if not waits.any():
            return order[:1], species[waits]
        first = np.where(waits, fitness[champions], -np.inf).argmax()
        return champions[[first]], species[waits & (species != species[first])]

    @property
    def living(self) -> Ints:
        """All of the population may be parents."""
        return np.concatenate([super().living, self._facts["keys"]])

    def emigrants(self, count: int, random: np.random.Generator) -> Members:
        """Choose the best of the generation that was told."""
        latest = self.latest
        assert latest is not None
        assert self._population is not None
        best = ranked(latest.scores).max(axis=1)
        order = np.argsort(-best, kind="stable")[:count]
        rows = order[best[order] > -np.inf]
        genomes = self._population.select(rows)
        return Members(genomes, latest.keys[rows], latest.parents[rows], latest.scores[rows])

    def settle(self, migrants: Members) -> None:
        """Let migrants be parents, too; the next generation is as large as ever."""
        assert self._population is not None
        migrants = migrants.without(self._facts["keys"])
        self._population, self._facts = settled(
            self._population,
            self._facts,
            migrants,
            self._fitness(migrants.scores),
            self._near,
            self.generation,
        )

    def _near(self, ones: Genomes, other: Genomes) -> Bools:
        """Tell which of some genomes may share a species with another: ``(S,)``."""
        threshold = float(self._facts["threshold"]) or self.settings.threshold
        apart = self.encoding.distance(ones, other, self.settings.distance)
        return (apart < threshold)[:, 0]

    def state(self) -> Arrays:
        """Return the population, its species, the archive and the counters."""
        state = super().state()
        if self.archive is None:
            return state
        state |= prefixed("stagnation.", self._stagnation.state())
        assert self._population is not None
        state |= prefixed("population.", self._population.arrays())
        return state | prefixed("neat.", self._facts)

    def restore(self, state: Arrays) -> None:
        """Go on from a state."""
        super().restore(state)
        self._asked = self._population = None
        self._stagnation = Stagnation.restore(unprefixed("stagnation.", state))
        self._facts = {name: array.copy() for name, array in unprefixed("neat.", state).items()}
        if self.archive is not None:
            self._population = self.encoding.from_arrays(unprefixed("population.", state))

    def _next_population(self) -> _Asked:
        """Make the offspring of the population, or a random one where there is none left."""
        config, facts, number = self._config, self._facts, self.generation + 1
        birth = self._birth(number, stream(self.seed, "neat", number), self._stagnation.longest)
        brood = config.genome_config = Brood(self.encoding, self.settings.distance)
        brood.birth = birth
        reporters = neat.reporting.ReporterSet()
        stagnation = neat.DefaultStagnation(config.stagnation_config, reporters)
        reproduction = config.reproduction_type(config.reproduction_config, reporters, stagnation)
        species = config.species_set_type(config.species_set_config, reporters)
        reproduction.genome_indexer, species.indexer = Numbers(1), Numbers(1)
        population: dict[int, Newborn] = {}
        with _python_seeded(self.seed, number):
            if facts:
                assert self._population is not None
                from_arrays(facts, self._population, brood, species, reproduction)
                population = self._offspring(reproduction, species, number)
            if not population:
                population = reproduction.create_new(_Genome, brood, self.settings.batch)
            species.speciate(config, population, number)
        self._watch(len(species.species))
        newborns = list(population.values())
        genomes = brood.gather(newborns)
        arrays = to_arrays(newborns, species, reproduction)
        arrays["waiting"] = facts.get("waiting", np.empty(0, np.int64))
        return _Asked(genomes, arrays, birth)

    def _offspring(
        self, reproduction: neat.DefaultReproduction, species: neat.DefaultSpeciesSet, number: int
    ) -> dict[int, Newborn]:
        """Reproduce; what stops neat-python's own rules becomes an error of ours."""
        batch, count = self.settings.batch, len(species.species)
        try:
            found: dict[int, Newborn] = reproduction.reproduce(self._config, species, batch, number)
        except RuntimeError as error:
            raise ConfigError(
                f"neat-python's rules give each species offspring, which fails for {count} species "
                f"in a population of {batch} ({error}): set search.rules = 2002, or raise "
                "search.threshold or search.batch"
            ) from error
        return found

    def _watch(self, count: int) -> None:
        """Warn, once, where hardly any two genomes share a species, so that none compete."""
        batch = self.settings.batch
        if not (self._is_warned or self.settings.species) and 2 * count > batch >= _MANY:
            self._is_warned = True
            is_published = self.settings.rules == "2002"
            log.warning(
                "%d species for %d genomes: distances are larger than search.threshold; raise it%s",
                count,
                batch,
                ", or set search.species = 10 and search.distance.small = 1000000"
                if is_published
                else "",
            )

    def _fitness(self, scores: Scores) -> Doubles:
        """Return the fitness ``(P,)`` float64; what is no number counts as the worst there is."""
        best = ranked(scores).astype(np.float64).max(axis=1)
        if self.settings.reward > 1:
            best = np.exp(np.minimum(best * np.log(self.settings.reward), np.log(LIMIT)))
        finite = best[np.isfinite(best)]
        worst, top = finite.min(initial=np.inf), finite.max(initial=-np.inf)
        return np.clip(best, worst, top) if len(finite) else np.zeros(len(best))


class _Genome(Newborn):
    """What neat-python makes; each generation has a brood of its own."""

    @classmethod
    def parse_config(cls, _: dict[str, str]) -> None:
        """Read nothing: the encoding is there already."""


def _config(settings: NeatSettings) -> neat.Config:
    """Write the INI file that neat-python wants, and let it read it."""
    as_published = settings.rules == "2002"
    kinds = (
        (NeatReproduction, NeatSpecies)
        if as_published
        else (neat.DefaultReproduction, neat.DefaultSpeciesSet)
    )
    reproduction = (
        f"champion_size = {settings.champion}\ncrossover = {settings.crossover}\n"
        f"interspecies = {settings.interspecies}\n"
        f"population_stagnation = {settings.population_stagnation}\n"
        if as_published
        else "elitism = 1\nmin_species_size = 1\n"
    )
    target = f"target = {settings.species}\n"
    if settings.step is not None:
        target += f"step = {settings.step}\n"
    text = (
        f"[NEAT]\npop_size = {settings.batch}\nfitness_criterion = max\nfitness_threshold = 0\n"
        "reset_on_extinction = True\nno_fitness_termination = True\n[_Genome]\n"
        f"[{kinds[0].__name__}]\nsurvival_threshold = {settings.survival}\n{reproduction}"
        f"[{kinds[1].__name__}]\ncompatibility_threshold = {settings.threshold}\n"
        f"{target if as_published else ''}"
        f"[DefaultStagnation]\nspecies_fitness_func = max\nspecies_elitism = 1\n"
        f"max_stagnation = {settings.stagnation}\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "neat.ini"
        path.write_text(text, encoding="utf-8")
        return neat.Config(_Genome, *kinds, neat.DefaultStagnation, path)


@contextlib.contextmanager
def _python_seeded(seed: int, generation: int) -> Iterator[None]:
    """Seed Python's generator, on which neat-python draws, and put it back afterwards."""
    before = random.getstate()
    random.seed(int(stream(seed, "neat-python", generation).integers(1 << 63)))
    try:
        yield
    finally:
        random.setstate(before)
