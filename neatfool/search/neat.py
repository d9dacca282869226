"""NEAT on neat-python, which decides who lives and who mates (Stanley and Miikkulainen 2002)."""

import contextlib
import itertools
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import neat
import numpy as np
from pydantic import Field

from neatfool.encodings import Birth, Brood, Compatibility, Encoding, Newborn
from neatfool.encodings.encoding import prefixed, unprefixed
from neatfool.errors import ShapeError
from neatfool.search.archive import Archive, empty_archive
from neatfool.search.neat_rules import NeatReproduction, NeatSpecies
from neatfool.search.search import Generation
from neatfool.search.stagnation import Stagnation
from neatfool.settings import Settings
from neatfool.streams import stream
from neatfool.types import Arrays, Scores

_SPECIES = ("key", "created", "last_improved")


class NeatSettings(Settings):
    """Settings of NEAT; the defaults are those of the paper of 2002."""

    kind: Literal["neat"] = "neat"
    """A population in species."""
    batch: int = Field(150, ge=2, le=1_000_000)
    """Genomes per generation."""
    rules: Literal["2002", "neat-python"] = "2002"
    """As published, or as neat-python does it: every child mated, no champion but elites."""
    threshold: float = Field(3.0, gt=0)
    """Genomes less apart than this may share a species."""
    species: int = Field(0, ge=0)
    """Move the threshold by a tenth of it, generation by generation, towards so many species; 0:
    leave it."""
    excess: float = Field(1.0, ge=0)
    """Weight of excess genes in the distance of genomes."""
    disjoint: float = Field(1.0, ge=0)
    """Weight of disjoint genes."""
    weights: float = Field(0.4, ge=0)
    """Weight of the mean difference of weights."""
    small: int = Field(20, ge=0)
    """Genomes of fewer genes count genes that differ, larger ones shares of them."""
    stagnation: int = Field(15, ge=1)
    """Generations after which a species that did not improve has no more offspring."""
    population_stagnation: int = Field(20, ge=1)
    """Generations without a better genome after which only the two best species have offspring."""
    survival: float = Field(0.2, gt=0, le=1)
    """Share of a species that may be parents."""
    champion: int = Field(5, ge=0)
    """Species of more genomes than this keep their best one; for neat-python's rules, all do."""
    crossover: float = Field(0.75, ge=0, le=1)
    """Chance of a child to have two parents."""
    interspecies: float = Field(0.001, ge=0, le=1)
    """Chance of such a child to have one from another species."""
    reward: float = Field(1.0, ge=1, le=1e6)
    """Fitness is this number to the power of the score; 1: the score itself."""


class Neat:
    """One population; the fitness of a genome is its best score in any niche.

    The archive holds the best genome of each niche. Children carry new keys, copies of champions
    too.
    """

    def __init__(
        self, encoding: Encoding[Any], niches: int, settings: NeatSettings, seed: int
    ) -> None:
        self.settings = settings
        self.generation = 0
        self.archive: Archive | None = None
        self.latest: Generation | None = None
        self._population: list[Newborn] = []
        self._asked: list[Newborn] | None = None
        self._encoding = encoding
        self._niches = niches
        self._seed = seed
        self._begin()

    def ask(self) -> Any:
        """Make a random population first, then the offspring of its species."""
        if self._asked is None:
            self._asked = self._next_population()
        return self._brood.gather(self._asked)

    def tell(self, scores: Scores) -> None:
        """Let the scores decide who has offspring."""
        expected = (self.settings.batch, self._niches)
        if self._asked is None or scores.shape != expected:
            raise ShapeError(
                "nothing was asked for: call ask() before tell()"
                if self._asked is None
                else f"expected scores of shape {expected}, got {scores.shape}"
            )
        genomes, population = self._brood.gather(self._asked), self._asked
        self.generation += 1
        for newborn, fitness in zip(population, self._fitness(scores), strict=True):
            newborn.fitness = float(fitness)
        keys = np.array([newborn.key for newborn in population])
        parents = np.array([(*each.parents, -1, -1)[:2] for each in population])
        archive = self.archive or empty_archive(genomes, self._niches)
        won = archive.offer(genomes, keys, scores, self.generation)
        self.archive = archive
        self.latest = Generation(self.generation, keys, parents, won, scores)
        self._stagnation.note(self.generation, archive.scores)
        self._population, self._asked = population, None

    def state(self) -> Arrays:
        """Return the population, its species, the archive and the counters."""
        counters = self._brood.birth
        state = {"generation": np.array(self.generation)}
        if self.archive is None or counters is None:
            return state
        state |= prefixed("stagnation.", self._stagnation.state())
        state |= prefixed("archive.genomes.", self.archive.genomes.arrays())
        state |= {f"archive.{n}": getattr(self.archive, n).copy() for n in Archive.NUMBERS}
        state |= prefixed("population.", self._brood.gather(self._population).arrays())
        species = list(self._species.species.values())
        places = {newborn.key: place for place, newborn in enumerate(self._population)}
        state |= {
            "next_node": np.array(counters.next_node),
            "next_innovation": np.array(counters.next_innovation),
            "next_genome": np.array(_peek(self._reproduction.genome_indexer)),
            "next_species": np.array(_peek(self._species.indexer)),
            "keys": np.array([newborn.key for newborn in self._population]),
            "fitness": np.array([newborn.fitness for newborn in self._population]),
            "home": np.array(
                [self._species.genome_to_species[newborn.key] for newborn in self._population]
            ),
            "species": np.array([[getattr(s, name) for name in _SPECIES] for s in species]),
            "representatives": np.array([places[s.representative.key] for s in species]),
            "histories": np.array([max(s.fitness_history, default=np.nan) for s in species]),
            "threshold": np.array(getattr(self._species, "threshold", 0.0)),
            "best": np.array(
                [
                    getattr(self._reproduction, "best", 0.0),
                    getattr(self._reproduction, "best_generation", 0),
                ]
            ),
        }
        return {name: array.copy() for name, array in state.items()}

    def restore(self, state: Arrays) -> None:
        """Go on from a state."""
        self.generation = int(state["generation"])
        self.archive = self.latest = None
        self._begin()
        if "keys" not in state:
            return
        genomes = self._encoding.from_arrays(unprefixed("archive.genomes.", state))
        self.archive = Archive(genomes, *(state[f"archive.{n}"].copy() for n in Archive.NUMBERS))
        self._stagnation = Stagnation.restore(unprefixed("stagnation.", state))
        self._brood.birth = self._birth(
            self.generation, int(state["next_node"]), int(state["next_innovation"])
        )
        batch = self._encoding.from_arrays(unprefixed("population.", state))
        members: dict[int, dict[int, Newborn]] = {}
        for place, key in enumerate(state["keys"].tolist()):
            newborn = Newborn(key)
            newborn.fitness, newborn.brood = float(state["fitness"][place]), self._brood
            newborn.batch, newborn.place = batch, place
            self._population.append(newborn)
            members.setdefault(int(state["home"][place]), {})[key] = newborn
        for place, (key, created, improved) in enumerate(state["species"].tolist()):
            species = neat.species.Species(key, created)
            species.last_improved = improved
            if not np.isnan(state["histories"][place]):
                species.fitness_history = [float(state["histories"][place])]
            representative = self._population[int(state["representatives"][place])]
            species.update(representative, members[key])
            self._species.species[key] = species
            self._species.genome_to_species |= dict.fromkeys(members[key], key)
        self._species.indexer = itertools.count(int(state["next_species"]))
        self._species.threshold = float(state["threshold"])
        self._reproduction.genome_indexer = itertools.count(int(state["next_genome"]))
        self._reproduction.best = float(state["best"][0])
        self._reproduction.best_generation = int(state["best"][1])

    def _begin(self) -> None:
        """Set up neat-python."""
        settings = self.settings
        compatibility = Compatibility(
            settings.excess, settings.disjoint, settings.weights, settings.small
        )
        self._brood = Brood(self._encoding, compatibility)
        self._config = _config(settings, self._brood)
        reporters = neat.reporting.ReporterSet()
        stagnation = neat.DefaultStagnation(self._config.stagnation_config, reporters)
        self._reproduction = self._config.reproduction_type(
            self._config.reproduction_config, reporters, stagnation
        )
        self._species = self._config.species_set_type(self._config.species_set_config, reporters)
        self._population, self._asked = [], None
        self._stagnation = Stagnation()

    def _birth(self, generation: int, next_node: int, next_innovation: int) -> Birth:
        drawn = stream(self._seed, "neat", generation)
        return Birth(generation, drawn, next_node, next_innovation, self._stagnation.longest)

    def _next_population(self) -> list[Newborn]:
        """Make the offspring of the population, or a random one where there is none left."""
        before, number = self._brood.birth, self.generation + 1
        counters = (before.next_node, before.next_innovation) if before else (0, 0)
        self._brood.birth = self._birth(number, *counters)
        batch, population = self.settings.batch, {}
        with _python_seeded(self._seed, number):
            if self._population:
                population = self._reproduction.reproduce(
                    self._config, self._species, batch, number
                )
            if not population:
                population = self._reproduction.create_new(
                    Newborn, self._config.genome_config, batch
                )
            self._species.speciate(self._config, population, number)
        self._reproduction.ancestors.clear()
        return list(population.values())

    def _fitness(self, scores: Scores) -> Any:
        """Return the fitness ``(P,)`` float64; what is no number is worth nothing."""
        best = scores.astype(np.float64).max(axis=1)
        if self.settings.reward > 1:
            best = np.exp(np.minimum(best * np.log(self.settings.reward), 700.0))
        return np.where(np.isnan(best), -np.inf, best)


def _config(settings: NeatSettings, brood: Brood) -> Any:
    """Write the INI file that neat-python wants, and let it read it."""

    class Genome(Newborn):
        """The genome class of this search alone."""

        @classmethod
        def parse_config(cls, _: dict[str, str]) -> Brood:
            return brood

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
    target = f"target = {settings.species}\nstep = {settings.threshold / 10}\n"
    text = (
        f"[NEAT]\npop_size = {settings.batch}\nfitness_criterion = max\nfitness_threshold = 0\n"
        "reset_on_extinction = True\nno_fitness_termination = True\n[Genome]\n"
        f"[{kinds[0].__name__}]\nsurvival_threshold = {settings.survival}\n{reproduction}"
        f"[{kinds[1].__name__}]\ncompatibility_threshold = {settings.threshold}\n"
        f"{target if as_published else ''}"
        f"[DefaultStagnation]\nspecies_fitness_func = max\nspecies_elitism = 1\n"
        f"max_stagnation = {settings.stagnation}\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "neat.ini"
        path.write_text(text, encoding="utf-8")
        return neat.Config(Genome, *kinds, neat.DefaultStagnation, path)


@contextlib.contextmanager
def _python_seeded(seed: int, generation: int) -> Iterator[None]:
    """Seed Python's generator, on which neat-python draws, and put it back afterwards."""
    before = random.getstate()
    random.seed(int(stream(seed, "neat-python", generation).integers(1 << 63)))
    try:
        yield
    finally:
        random.setstate(before)


def _peek(counter: Any) -> int:
    """Tell the next number of a counter without taking it."""
    number: int = counter.__reduce__()[1][0]
    return number
