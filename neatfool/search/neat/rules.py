"""The rules of NEAT as published, for neat-python (Stanley and Miikkulainen 2002).

``NeatReproduction`` and ``NeatSpecies`` go where neat-python takes its own: into ``neat.Config``.
They work with the genome classes of ``encodings/neat/genomes.py``, whose brood they draw on.
"""

from itertools import islice
from operator import attrgetter
from typing import ClassVar, TextIO

import numpy as np
from neat import Config, DefaultStagnation
from neat.reporting import ReporterSet
from neat.reproduction import DefaultReproduction
from neat.species import DefaultSpeciesSet, Species
from pydantic import Field, model_validator

from neatfool.encodings import Brood, Changing, Newborn, parse_section, write_section
from neatfool.encodings.neat.brood import LIMIT, overrides
from neatfool.errors import ConfigError
from neatfool.networks.graph import offsets
from neatfool.settings import Settings
from neatfool.types import Bools, Doubles, Ints

_PULL = 0.2
"""Power of how many times too many species there are, by which the threshold is multiplied."""

_LEAST = 1e-3
"""Share of the first threshold below which it does not go, so that it finds back."""


class SpeciesRules(Changing, Settings, frozen=False):
    """The section ``[NeatSpecies]``."""

    SECTION: ClassVar = "NeatSpecies"
    compatibility_threshold: float = Field(default=3.0, gt=0)
    """Genomes less apart than this may share a species."""
    target: int = Field(default=0, ge=0)
    """Move the threshold towards so many species, generation by generation; 0: leave it."""
    step: float | None = Field(default=None, gt=0)
    """How far it moves in a generation; none: by a factor, as ``NeatSpecies`` says."""

    @model_validator(mode="after")
    def _has_effect(self) -> "SpeciesRules":
        if self.step is not None and not self.target:
            raise ValueError("step has no effect with target = 0: leave it out, or set target")
        return self


class ReproductionRules(Changing, Settings, frozen=False):
    """The section ``[NeatReproduction]``."""

    SECTION: ClassVar = "NeatReproduction"
    survival_threshold: float = Field(default=0.2, gt=0, le=1)
    """Share of a species that may be parents."""
    champion_size: int = Field(default=5, ge=0)
    """Species of more genomes than this keep a copy of their best one."""
    crossover: float = Field(default=0.75, ge=0, le=1)
    """Chance of a child to have two parents."""
    interspecies: float = Field(default=0.001, ge=0, le=1)
    """Chance of such a child to have one from another species."""
    population_stagnation: int = Field(default=20, ge=1)
    """Generations without a better genome after which only the two best species have offspring."""


class Numbers:
    """Counts up; unlike ``itertools.count`` it tells where it stands, and pickles everywhere."""

    def __init__(self, following: int) -> None:
        self.following = following

    def __iter__(self) -> "Numbers":
        return self

    def __next__(self) -> int:
        self.following += 1
        return self.following - 1


class NeatSpecies(DefaultSpeciesSet):  # type: ignore[misc]
    """Species around a random member of the generation before; the first that fits takes a genome.

    Genomes are compared a generation at a time. With ``target``, the threshold is multiplied by the
    fifth root of how many times too many species there are: fast where distances are large, and
    slowly near the target, where a little less makes many species of few. With ``step``, it moves
    by that, as in the code of HyperNEAT. It begins at ``compatibility_threshold``, and begins there
    again when a script, or the config that a checkpoint is restored with, changes that.
    """

    def __init__(self, config: SpeciesRules, reporters: ReporterSet) -> None:
        super().__init__(config, reporters)
        self.indexer = Numbers(1)
        self.threshold = self._first = config.compatibility_threshold

    @classmethod
    def parse_config(cls, params: dict[str, str]) -> SpeciesRules:
        """Read the section ``[NeatSpecies]``.

        Raises:
            ConfigError: A key is unknown, or a value of the wrong type or out of range.
        """
        rules: SpeciesRules = parse_section(cls.__name__, params, SpeciesRules)[0]
        return rules

    @classmethod
    def write_config(cls, file: TextIO, config: SpeciesRules) -> None:
        """Write the section, as ``neat.Config.save`` wants it."""
        write_section(file, config)

    def speciate(self, config: Config, population: dict[int, Newborn], generation: int) -> None:
        """Place each genome in the first species whose representative is near enough.

        Raises:
            ConfigError: The genomes are not of neatfool, or fitness is to be minimised.
        """
        brood = _brood(config)
        self._follow(config)
        genomes = list(population.values())
        batch = brood.gather(genomes)

        def near_to(ones: list[Newborn]) -> Bools:
            """Tell which genomes are within the threshold of which."""
            if overrides(config.genome_type, "distance"):
                apart = np.array([[one.distance(each, brood) for each in genomes] for one in ones])
            else:
                apart = brood.encoding.distance(brood.copies(ones), batch, brood.compatibility)
            return apart < self.threshold

        old = [self.species[key] for key in sorted(self.species)]
        home = np.full(len(genomes), -1)
        if old:
            near = near_to([each.representative for each in old])
            home = np.where(near.any(axis=0), near.argmax(axis=0), -1)
        founders: list[int] = []
        while (home < 0).any():
            first = int((home < 0).argmax())
            near = near_to([genomes[first]])[0]
            near[first] = True
            home[(home < 0) & near] = len(old) + len(founders)
            founders.append(first)
        species = old + [Species(next(self.indexer), generation) for _ in founders]
        self._settle(species, genomes, home, brood.stream())
        if self.species_set_config.target:
            self.threshold = self._moved(len(self.species))

    def _follow(self, config: Config) -> None:
        """Take the rules of the config, which may be another, or changed."""
        rules = config.species_set_config
        if not isinstance(rules, SpeciesRules):
            raise ConfigError(
                f"the species of this checkpoint are {type(self).__name__}, got a config for "
                f"{config.species_set_type.__name__}: restore it with one for {type(self).__name__}"
            )
        self.species_set_config = rules
        if rules.compatibility_threshold != self._first:
            self.threshold = self._first = rules.compatibility_threshold

    def _moved(self, count: int) -> float:
        """Return the threshold of the next generation, after one of ``count`` species."""
        rules = self.species_set_config
        if rules.step is None:
            moved = self.threshold * (count / rules.target) ** _PULL
            return float(max(moved, _LEAST * rules.compatibility_threshold))
        return float(max(self.threshold + rules.step * np.sign(count - rules.target), rules.step))

    def _settle(
        self,
        species: list[Species],
        genomes: list[Newborn],
        home: Ints,
        random: np.random.Generator,
    ) -> None:
        """Fill the species, drop those that are empty, and draw who represents them from now on."""
        self.species: dict[int, Species] = {}
        self.genome_to_species: dict[int, int] = {}
        for place, each in enumerate(species):
            found = [genomes[n] for n in np.flatnonzero(home == place)]
            members = {genome.key: genome for genome in found}
            if found:
                each.update(found[random.integers(len(found))], members)
                self.species[each.key] = each
                self.genome_to_species |= dict.fromkeys(members, each.key)

    def __getstate__(self) -> dict[str, object]:
        """Pickle without taking a number, as neat-python's own does."""
        return self.__dict__.copy()

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)


class NeatReproduction(DefaultReproduction):  # type: ignore[misc]
    """Explicit fitness sharing: a species gets offspring by the mean fitness of its members.

    Fitness is maximised; what is no number counts as the worst. Stagnant species do not reproduce;
    when the best fitness has not risen for ``population_stagnation`` generations, only the two
    best species do. Where all are stagnant, which takes ``species_elitism = 0``, they die out:
    ``reset_on_extinction`` says what then.
    """

    def __init__(
        self, config: ReproductionRules, reporters: ReporterSet, stagnation: DefaultStagnation
    ) -> None:
        super().__init__(config, reporters, stagnation)
        self.genome_indexer = Numbers(1)

    @classmethod
    def parse_config(cls, params: dict[str, str]) -> ReproductionRules:
        """Read the section ``[NeatReproduction]``.

        Raises:
            ConfigError: A key is unknown, or a value of the wrong type or out of range.
        """
        rules: ReproductionRules = parse_section(cls.__name__, params, ReproductionRules)[0]
        return rules

    @classmethod
    def write_config(cls, file: TextIO, config: ReproductionRules) -> None:
        """Write the section, as ``neat.Config.save`` wants it."""
        write_section(file, config)

    def reproduce(
        self, config: Config, species: "NeatSpecies", pop_size: int, generation: int
    ) -> dict[int, Newborn]:
        """Let the best of each species have offspring.

        Raises:
            ConfigError: The genomes are not of neatfool, or fitness is to be minimised.
        """
        random = _brood(config).stream()
        _clean(species)
        fertile = self._fertile(species, generation)
        if not fertile:
            species.species, species.peak = {}, (-np.inf, generation)
            return {}
        ranked = [_ranked(each) for each in fertile]
        means = np.array([np.mean([one.fitness for one in members]) for members in ranked])
        worst = [float(members[-1].fitness) for members in ranked]
        quotas = _quotas(means - min(0.0, *worst), pop_size)
        species.species = {
            each.key: each for each, quota in zip(fertile, quotas, strict=True) if quota
        }
        children = self._offspring(config, ranked, quotas, random)
        return {child.key: child for child in children}

    def _fertile(self, species: "NeatSpecies", generation: int) -> list[Species]:
        """Return the species that may reproduce, oldest first."""
        judged = self.stagnation.update(species, generation)
        for key, each, is_stagnant in judged:
            if is_stagnant:
                self.reporters.species_stagnant(key, each)
        peak, since = getattr(species, "peak", (-np.inf, generation))  # pickled with the species
        bests = {key: max(each.get_fitnesses()) for key, each, _ in judged}
        if max(bests.values()) > peak:
            peak, since = max(bests.values()), generation
        by_champion = sorted(judged, key=lambda one: -bests[one[0]])
        fertile = [each for _, each, is_stagnant in judged if not is_stagnant]
        if generation - since > self.reproduction_config.population_stagnation:
            fertile = [each for _, each, _ in by_champion[:2]]
            since = generation
        species.peak = peak, since
        return sorted(fertile, key=lambda each: each.key)

    def _offspring(
        self, config: Config, ranked: list[list[Newborn]], quotas: Ints, random: np.random.Generator
    ) -> list[Newborn]:
        """Copy the champions of large species, and make children of the best of each.

        Args:
            config: Of neat-python.
            ranked: The members of each species, the best first.
            quotas: ``(S,)`` children that each has.
            random: What decides who mates.
        """
        settings, total = self.reproduction_config, int(quotas.sum())
        sizes = np.array([len(members) for members in ranked])
        parents = np.maximum(1, np.ceil(settings.survival_threshold * sizes)).astype(np.int64)
        home = np.repeat(np.arange(len(ranked)), quotas)
        begins = offsets(parents)[:-1]
        first, second = begins[home] + random.integers(parents[home], size=(2, total))
        if len(ranked) > 1:
            away = (home + random.integers(1, len(ranked), size=total)) % len(ranked)
            is_strange = random.random(total) < settings.interspecies
            second = np.where(is_strange, begins[away], second)
        second = np.where(random.random(total) < settings.crossover, second, first)
        is_eldest = np.arange(total) == offsets(quotas)[home]
        is_champion = is_eldest & (sizes[home] > settings.champion_size)
        first, second = (np.where(is_champion, begins[home], side) for side in (first, second))
        adults = [
            adult
            for members, count in zip(ranked, parents.tolist(), strict=True)
            for adult in members[:count]
        ]
        children = [config.genome_type(key) for key in islice(self.genome_indexer, total)]
        pairs = np.stack([first, second])
        if not overrides(config.genome_type, "configure_crossover", "mutate"):
            config.genome_config.conceive(children, adults, pairs, ~is_champion)
            _live_on(children, adults, first[is_champion])  # which are made before all others
            return children
        for child, one, other, is_copy in zip(children, *pairs, is_champion, strict=True):
            child.configure_crossover(adults[one], adults[other], config.genome_config)
            if not is_copy:
                child.mutate(config.genome_config)
        copies = [children[place] for place in np.flatnonzero(is_champion)]
        _live_on(copies, adults, first[is_champion])
        return children


def _brood(config: Config) -> Brood:
    """Return what the genomes of a configuration share, if the rules here fit it."""
    if config.fitness_criterion == "min":
        raise ConfigError(
            "fitness_criterion = min is not followed by neat-python: give the negative of what "
            "should be small as fitness, and write fitness_criterion = max"
        )
    if not isinstance(config.genome_config, Brood):
        raise ConfigError(
            "NeatReproduction and NeatSpecies need genomes of neatfool, such as CppnGenome, got "
            f"{config.genome_type.__name__}: take that, or DefaultReproduction and "
            "DefaultSpeciesSet"
        )
    return config.genome_config


def _live_on(copies: list[Newborn], adults: list[Newborn], places: Ints) -> None:
    """Give copies of champions the keys that these have: they are the same genomes."""
    for copy, place in zip(copies, places.tolist(), strict=False):
        copy.key, copy.parents = adults[place].key, adults[place].parents


def _clean(species: "NeatSpecies") -> None:
    """Give genomes whose fitness is no number, or minus infinity, the least of the others."""
    members = [each for one in species.species.values() for each in one.members.values()]
    known = [float(each.fitness) for each in members]
    if min(known) <= -LIMIT:
        worst = min((value for value in known if value > -LIMIT), default=0.0)
        for each in members:
            each.fitness = max(each.fitness, worst)


def _ranked(species: Species) -> list[Newborn]:
    """Sort members, the best first; equals stay in the order of the population."""
    return sorted(species.members.values(), key=attrgetter("fitness"), reverse=True)


def _quotas(shares: Doubles, total: int) -> Ints:
    """Split a total in proportion to shares; what is left goes to the largest remainders."""
    whole = shares.sum()
    exact = shares / whole * total if whole > 0 else np.full(len(shares), total / len(shares))
    quotas = np.floor(exact).astype(np.int64)
    order = np.argsort(quotas - exact, kind="stable")
    quotas[order[: total - quotas.sum()]] += 1
    found: Ints = quotas
    return found
