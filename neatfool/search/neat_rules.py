"""The rules of NEAT as published, for neat-python (Stanley and Miikkulainen 2002).

``NeatReproduction`` and ``NeatSpecies`` go where neat-python takes its own: into ``neat.Config``.
They work with the genome classes of ``encodings/neat_genomes.py``, whose brood they draw on.
"""

from typing import Any

import numpy as np
from neat.config import ConfigParameter, DefaultClassConfig
from neat.reproduction import DefaultReproduction
from neat.species import DefaultSpeciesSet, Species

from neatfool.encodings import Brood, Newborn
from neatfool.errors import ConfigError
from neatfool.types import Ints


class NeatSpecies(DefaultSpeciesSet):  # type: ignore[misc]
    """Species around a random member of the generation before; the first that fits takes a genome.

    Genomes are compared a generation at a time. With ``target``, the threshold moves by ``step``
    a generation towards so many species.
    """

    def __init__(self, config: Any, reporters: Any) -> None:
        super().__init__(config, reporters)
        self.threshold: float = config.compatibility_threshold

    @classmethod
    def parse_config(cls, params: dict[str, str]) -> DefaultClassConfig:
        """Read the section ``[NeatSpecies]``."""
        return DefaultClassConfig(
            params,
            [
                ConfigParameter("compatibility_threshold", float, 3.0),
                ConfigParameter("target", int, 0),
                ConfigParameter("step", float, 0.3),
            ],
            cls.__name__,
        )

    def speciate(self, config: Any, population: dict[int, Newborn], generation: int) -> None:
        """Place each genome in the first species whose representative is near enough."""
        brood: Brood = config.genome_config
        genomes = list(population.values())
        batch = brood.gather(genomes)
        old = [self.species[key] for key in sorted(self.species)]
        home = np.full(len(genomes), -1)
        if old:
            near = self._near(brood, brood.gather([each.representative for each in old]), batch)
            home = np.where(near.any(axis=0), near.argmax(axis=0), -1)
        founders: list[int] = []
        while (home < 0).any():
            first = int((home < 0).argmax())
            near = self._near(brood, batch.select([first]), batch)[0]
            home[(home < 0) & near] = len(old) + len(founders)
            founders.append(first)
        species = old + [Species(next(self.indexer), generation) for _ in founders]
        self._settle(species, genomes, home)
        if self.species_set_config.target:
            more = len(self.species) - self.species_set_config.target
            step = self.species_set_config.step
            self.threshold = max(self.threshold + step * np.sign(more), step)

    def _near(self, brood: Brood, ones: Any, others: Any) -> Any:
        """Tell which genomes are within the threshold of which; each is of itself."""
        return brood.encoding.distance(ones, others, brood.compatibility) < self.threshold

    def _settle(self, species: list[Species], genomes: list[Newborn], home: Ints) -> None:
        """Fill the species, and drop those that are empty."""
        self.species: dict[int, Species] = {}
        self.genome_to_species: dict[int, int] = {}
        for place, each in enumerate(species):
            members = {genomes[n].key: genomes[n] for n in np.flatnonzero(home == place)}
            if members:
                each.update(next(iter(members.values())), members)
                self.species[each.key] = each
                self.genome_to_species |= dict.fromkeys(members, each.key)

    def __getstate__(self) -> dict[str, Any]:
        """Pickle without taking a number, as neat-python's own does."""
        return self.__dict__.copy()

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


class NeatReproduction(DefaultReproduction):  # type: ignore[misc]
    """Explicit fitness sharing: a species gets offspring by the mean fitness of its members.

    Fitness is maximised; what is no number counts as the worst. Stagnant species do not reproduce;
    when the best fitness has not risen for ``population_stagnation`` generations, only the two
    best species do.
    """

    def __init__(self, config: Any, reporters: Any, stagnation: Any) -> None:
        super().__init__(config, reporters, stagnation)
        self.best = -np.inf
        self.best_generation = 0

    @classmethod
    def parse_config(cls, params: dict[str, str]) -> DefaultClassConfig:
        """Read the section ``[NeatReproduction]``."""
        return DefaultClassConfig(
            params,
            [
                ConfigParameter("survival_threshold", float, 0.2),
                ConfigParameter("champion_size", int, 5),
                ConfigParameter("crossover", float, 0.75),
                ConfigParameter("interspecies", float, 0.001),
                ConfigParameter("population_stagnation", int, 20),
            ],
            cls.__name__,
        )

    def reproduce(
        self, config: Any, species: Any, pop_size: int, generation: int
    ) -> dict[int, Newborn]:
        """Let the best of each species have offspring."""
        if config.fitness_criterion == "min":
            raise ConfigError(
                "fitness_criterion = min is not followed by neat-python: give the negative of "
                "what should be small as fitness, and write fitness_criterion = max"
            )
        _clean(species)
        fertile = self._fertile(species, generation)
        champions = {each.key: _ranked(each)[0] for each in fertile}
        means = np.array([np.mean(each.get_fitnesses()) for each in fertile])
        shares = means - min(0.0, *(m.fitness for s in fertile for m in s.members.values()))
        random = config.genome_config.stream()
        population: dict[int, Newborn] = {}
        species.species = {}
        for each, count in zip(fertile, _quotas(shares, pop_size), strict=True):
            others = [champion for key, champion in champions.items() if key != each.key]
            if count:
                for child in self._offspring(config, each, others, int(count), random):
                    population[child.key] = child
                each.representative = _ranked(each)[random.integers(len(each.members))]
                species.species[each.key] = each
        return population

    def _fertile(self, species: Any, generation: int) -> list[Species]:
        """Return the species that may reproduce, oldest first."""
        judged = self.stagnation.update(species, generation)
        for key, each, is_stagnant in judged:
            if is_stagnant:
                self.reporters.species_stagnant(key, each)
        best = max(max(each.get_fitnesses()) for _, each, _ in judged)
        if best > self.best:
            self.best, self.best_generation = best, generation
        by_champion = sorted(judged, key=lambda one: -max(one[1].get_fitnesses()))
        fertile = [each for _, each, is_stagnant in judged if not is_stagnant]
        if generation - self.best_generation > self.reproduction_config.population_stagnation:
            fertile = [each for _, each, _ in by_champion[:2]]
            self.best_generation = generation
        return sorted(fertile or [by_champion[0][1]], key=lambda each: each.key)

    def _offspring(
        self, config: Any, species: Species, others: list[Newborn], count: int, random: Any
    ) -> list[Newborn]:
        """Copy the champion of a large species, then make children of the best."""
        settings = self.reproduction_config
        ranked = _ranked(species)
        parents = ranked[: max(1, int(np.ceil(settings.survival_threshold * len(ranked))))]
        drawn = random.integers(len(parents), size=(count, 2))
        is_mated = random.random(count) < settings.crossover
        is_strange = random.random(count) < settings.interspecies
        strangers = random.integers(max(len(others), 1), size=count)
        children = []
        for number in range(count):
            child = config.genome_type(next(self.genome_indexer))
            first, second = (parents[place] for place in drawn[number])
            if number == 0 and len(ranked) > settings.champion_size:
                child.configure_crossover(ranked[0], ranked[0], config.genome_config)
            else:
                if is_strange[number] and others:
                    second = others[strangers[number]]
                mate = second if is_mated[number] else first
                child.configure_crossover(first, mate, config.genome_config)
                child.mutate(config.genome_config)
            children.append(child)
        return children


def _clean(species: Any) -> None:
    """Give genomes without a fitness that is a number the worst one there is."""
    members = [each for one in species.species.values() for each in one.members.values()]
    known = [each.fitness for each in members if np.isfinite(each.fitness)]
    worst = float(min(known, default=0.0))
    for each in members:
        each.fitness = float(each.fitness) if np.isfinite(each.fitness) else worst


def _ranked(species: Species) -> list[Newborn]:
    """Sort members, the best first; of equals the oldest."""
    return sorted(species.members.values(), key=lambda each: (-each.fitness, each.key))


def _quotas(shares: Any, total: int) -> Ints:
    """Split a total in proportion to shares; what is left goes to the largest remainders."""
    whole = shares.sum()
    exact = shares / whole * total if whole > 0 else np.full(len(shares), total / len(shares))
    quotas = np.floor(exact).astype(np.int64)
    order = np.argsort(quotas - exact, kind="stable")
    quotas[order[: total - quotas.sum()]] += 1
    found: Ints = quotas
    return found
