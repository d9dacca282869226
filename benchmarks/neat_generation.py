"""Generations of NEAT: genomes of neat-python, and those of neatfool under either's rules.

Example:
    python benchmarks/neat_generation.py
"""

import gc
import random
import statistics
import time
from types import SimpleNamespace
from typing import Any

import neat
import numpy as np
from grown import grown
from neat_python import convert

from neatfool.encodings import (
    Bare,
    Brood,
    Compatibility,
    Cppn,
    CppnSettings,
    Newborn,
    StructureSettings,
)
from neatfool.networks import Graphs
from neatfool.search import NeatReproduction, NeatSpecies

POPULATION = 1_000
SPECIES = 10
_MEDIUM = Bare(("x", "y", "d", "bias"), 1)
_STOCK = neat.DefaultReproduction, neat.DefaultSpeciesSet


class Generations:
    """A population that goes on, generation by generation, with fitness drawn at random.

    Attributes:
        reproducing: Seconds that each generation took to make its children.
        speciating: Seconds that it took to put them into species.
        counts: Species of each generation.
    """

    def __init__(self, config: Any, population: dict[int, Any]) -> None:
        self.config = config
        self.reproducing: list[float] = []
        self.speciating: list[float] = []
        self.counts: list[int] = []
        self._reporters = neat.reporting.ReporterSet()
        config.stagnation_config.max_stagnation = 1_000
        stagnation = neat.DefaultStagnation(config.stagnation_config, self._reporters)
        self._reproduction = config.reproduction_type(
            config.reproduction_config, self._reporters, stagnation
        )
        for _ in population:
            next(self._reproduction.genome_indexer)
        if not isinstance(config.genome_config, Brood):
            self._reproduction.innovation_tracker = config.genome_config.innovation_tracker
        self._species = self._speciated(population)
        if config.species_set_type is neat.DefaultSpeciesSet:  # so that there come no more
            config.species_set_config.compatibility_threshold = 1e9
        self._random = np.random.default_rng(0)
        self._evaluate(population)

    def step(self) -> None:
        """Make one generation, and measure it."""
        number, brood = len(self.counts) + 1, self.config.genome_config
        began = time.perf_counter()
        population = self._reproduction.reproduce(self.config, self._species, POPULATION, number)
        if isinstance(brood, Brood):
            brood.gather(list(population.values()))
        made = time.perf_counter()
        self._species.speciate(self.config, population, number)
        self.reproducing.append(made - began)
        self.speciating.append(time.perf_counter() - made)
        self.counts.append(len(self._species.species))
        self._evaluate(population)

    def _speciated(self, population: dict[int, Any]) -> Any:
        """Find the threshold that makes about as many species as wanted."""
        low, high = 0.0, 64.0
        for _ in range(9):
            threshold = (low + high) / 2
            settings = self.config.species_set_config
            if isinstance(settings, neat.config.DefaultClassConfig):
                settings.compatibility_threshold = threshold
            else:
                settings = settings.model_copy(update={"compatibility_threshold": threshold})
            self.config.species_set_config = settings
            species = self.config.species_set_type(settings, self._reporters)
            species.speciate(self.config, population, 0)
            if len(species.species) > SPECIES:
                low = threshold
            else:
                high = threshold
        return species

    def _evaluate(self, population: dict[int, Any]) -> None:
        for genome, fitness in zip(population.values(), self._random.random(10_000), strict=False):
            genome.fitness = float(fitness)


def compare(rounds: int) -> list[dict[str, Any]]:
    """Measure making children, and whole generations with their species, theirs and ours in turn.

    Returns:
        Rows as those of ``neat_python.compare``.
    """
    # Small genomes take little time, which garbage collection disturbs more: more rounds of them.
    return _compared(3 * rounds, 12, 20) + _compared(rounds, 25, 50)


def _compared(rounds: int, nodes: int, edges: int) -> list[dict[str, Any]]:
    random.seed(0)
    gc.collect()
    gc.freeze()  # as the command line does: what is there already is not looked through again
    growing = CppnSettings(structure=StructureSettings(delete_edge_rate=0, delete_node_rate=0))
    graphs, birth = grown(Cppn(growing, _MEDIUM), POPULATION, nodes, edges)
    genomes, config = convert(graphs)
    kinds = {"theirs": Generations(config, {genome.key: genome for genome in genomes})}
    for name, (reproduction, species) in {
        "neat-python's rules": _STOCK,
        "rules of 2002": (NeatReproduction, NeatSpecies),
    }.items():
        config = _config(reproduction, species)
        counters = config.genome_config._python
        counters.next_node, counters.next_innovation = birth.next_node, birth.next_innovation
        kinds[name] = Generations(config, _newborns(graphs, config.genome_config))
    for _ in range(rounds + 1):
        for each in kinds.values():
            each.step()
    size = {"nodes": float(graphs.node_counts.mean()), "edges": float(graphs.edge_counts.mean())}
    theirs, rows = kinds.pop("theirs"), []
    for name, ours in kinds.items():
        for what, extent in (("children", False), ("a generation", True)):
            row = _row(_times(theirs, extent), _times(ours, extent))
            counts = f"{statistics.mean(theirs.counts):.0f}, {statistics.mean(ours.counts):.0f}"
            label = f"{what} of 1,000 ({counts} species), {name}"
            rows.append({"what": label, **size, **row})
    return rows


def _times(each: Generations, is_whole: bool) -> list[float]:
    """Return seconds of all generations but the first."""
    pairs = zip(each.reproducing, each.speciating, strict=True)
    return [made + placed * is_whole for made, placed in pairs][1:]


def _row(theirs: list[float], ours: list[float]) -> dict[str, float]:
    """Return medians: microseconds per genome, and the ratio."""
    ratios = [one / other for one, other in zip(theirs, ours, strict=True)]
    medians = [1e6 * statistics.median(times) / POPULATION for times in (theirs, ours)]
    return {"theirs": medians[0], "ours": medians[1], "ratio": statistics.median(ratios)}


def _config(reproduction: Any, species: Any) -> Any:
    """Make a configuration of our genomes, with the operators of ``convert``'s."""
    stock = {"elitism": "0", "survival_threshold": "0.2", "min_species_size": "2"}
    is_stock = reproduction is neat.DefaultReproduction
    sections = stock if is_stock else {"survival_threshold": "0.2"}
    stagnation = {"species_fitness_func": "max", "max_stagnation": "20", "species_elitism": "0"}
    brood = Brood(Cppn(CppnSettings(), _MEDIUM), Compatibility(small=0))  # shares, as theirs
    return SimpleNamespace(
        fitness_criterion="max",
        genome_type=Newborn,
        genome_config=brood,
        reproduction_type=reproduction,
        species_set_type=species,
        reproduction_config=reproduction.parse_config(sections),
        species_set_config=species.parse_config(
            {"compatibility_threshold": "3.0"} | ({} if is_stock else {"target": str(SPECIES)})
        ),
        stagnation_config=neat.DefaultStagnation.parse_config(stagnation),
    )


def _newborns(graphs: Graphs, brood: Brood) -> dict[int, Newborn]:
    """Make genomes of a batch."""
    newborns = {}
    for place in range(len(graphs)):
        newborn = newborns[place] = Newborn(place)
        newborn.brood, newborn.batch, newborn.place = brood, graphs, place
    return newborns


if __name__ == "__main__":
    for row in compare(rounds=5):
        print(f"{row['what']}: {row['ratio']:.1f}x ({row['theirs']:.1f} and {row['ours']:.2f} µs)")
