"""Populations, species and configurations of neat-python, made without a file of their own."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import neat
import numpy as np

from neatfool.encodings import (
    Bare,
    Birth,
    Brood,
    Compatibility,
    Cppn,
    CppnSettings,
    Newborn,
    StructureSettings,
)
from neatfool.search import NeatReproduction, NeatSpecies

GROWING = CppnSettings(
    structure=StructureSettings(parallel_edges=False, add_node_rate=0.5, add_edge_rate=0.8)
)


def config_of(
    seed: int = 0, settings: CppnSettings = GROWING, criterion: str = "max", **rules: Any
) -> Any:
    """Make what neat-python hands to species and reproduction."""
    brood = Brood(Cppn(settings, Bare(("x", "y", "bias"), 1)), Compatibility())
    brood.birth = Birth(1, np.random.default_rng(seed))
    species = {name: str(rules.pop(name)) for name in ("target", "step") if name in rules}
    species["compatibility_threshold"] = str(rules.pop("threshold", 3.0))
    stagnation = {"species_fitness_func": "max", "species_elitism": "1"}
    stagnation["max_stagnation"] = str(rules.pop("max_stagnation", 15))
    return SimpleNamespace(
        fitness_criterion=criterion,
        genome_type=Newborn,
        genome_config=brood,
        species_set_config=NeatSpecies.parse_config(species),
        reproduction_config=NeatReproduction.parse_config({k: str(v) for k, v in rules.items()}),
        stagnation_config=neat.DefaultStagnation.parse_config(stagnation),
    )


def parts_of(config: Any) -> tuple[NeatSpecies, NeatReproduction]:
    """Make an empty species set, and reproduction."""
    reporters = neat.reporting.ReporterSet()
    stagnation = neat.DefaultStagnation(config.stagnation_config, reporters)
    species = NeatSpecies(config.species_set_config, reporters)
    return species, NeatReproduction(config.reproduction_config, reporters, stagnation)


def grown_population(config: Any, count: int, mutations: int) -> dict[int, Newborn]:
    """Make random genomes, and mutate each so many times."""
    population = {}
    for key in range(1, count + 1):
        population[key] = Newborn(key)
        population[key].configure_new(config.genome_config)
    for _ in range(mutations):
        for newborn in population.values():
            newborn.mutate(config.genome_config)
    return population


def traced(
    population: neat.Population, evaluate: Callable[[Any, Any], None], generations: int
) -> list[list[tuple[int, float]]]:
    """Run a script of neat-python, and note keys and fitness of each generation."""
    trace = []

    def noting(genomes: list[tuple[int, Any]], config: neat.Config) -> None:
        evaluate(genomes, config)
        trace.append([(key, genome.fitness) for key, genome in genomes])

    population.run(noting, generations)
    return trace
