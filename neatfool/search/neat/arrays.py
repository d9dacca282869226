"""What a generation of neat-python is made of, as arrays and as its objects."""

import neat
import numpy as np
from neat.species import Species

from neatfool.encodings import Birth, Brood, Genomes, Newborn
from neatfool.search.neat.rules import Numbers
from neatfool.types import Arrays


def to_arrays(
    newborns: list[Newborn],
    species: neat.DefaultSpeciesSet,
    reproduction: neat.DefaultReproduction,
    birth: Birth,
) -> Arrays:
    """Write down a population in its species, before it is evaluated, and all counters."""
    places = {newborn.key: place for place, newborn in enumerate(newborns)}
    homes = [species.species[key] for key in sorted(species.species)]
    peak, since = getattr(species, "peak", (-np.inf, 0))
    return {
        "next_node": np.array(birth.next_node),
        "next_innovation": np.array(birth.next_innovation),
        "next_genome": np.array(reproduction.genome_indexer.following),
        "next_species": np.array(species.indexer.following),
        "threshold": np.array(getattr(species, "threshold", 0.0)),
        "peak": np.array([peak, since], np.float64),
        "keys": np.array([newborn.key for newborn in newborns]),
        "parents": np.array([(*each.parents, -1, -1)[:2] for each in newborns]),
        "homes": np.array([species.genome_to_species[newborn.key] for newborn in newborns]),
        "species": np.array([(s.key, s.created, s.last_improved) for s in homes]),
        "representatives": np.array([places[s.representative.key] for s in homes]),
        "histories": np.array([max(s.fitness_history, default=-np.inf) for s in homes]),
    }


def from_arrays(
    arrays: Arrays,
    batch: Genomes,
    brood: Brood,
    species: neat.DefaultSpeciesSet,
    reproduction: neat.DefaultReproduction,
) -> None:
    """Put an evaluated population into a species set, and set all counters.

    Args:
        arrays: Of ``to_arrays``, and the fitness ``(P,)``.
        batch: The genomes.
        brood: What they share.
        species: A species set of neat-python, still empty.
        reproduction: Its reproduction, still new.
    """
    reproduction.genome_indexer = Numbers(int(arrays["next_genome"]))
    species.indexer = Numbers(int(arrays["next_species"]))
    species.threshold = float(arrays["threshold"])
    species.peak = float(arrays["peak"][0]), int(arrays["peak"][1])
    members: dict[int, dict[int, Newborn]] = {}
    population = []
    columns = (arrays[name].tolist() for name in ("keys", "parents", "homes", "fitness"))
    for place, (key, parents, home, fitness) in enumerate(zip(*columns, strict=True)):
        newborn = Newborn(key)
        newborn.parents = tuple(parent for parent in parents if parent >= 0)
        newborn.fitness, newborn.brood = fitness, brood
        newborn.batch, newborn.place = batch, place
        population.append(newborn)
        members.setdefault(home, {})[key] = newborn
        species.genome_to_species[key] = home
    for place, (key, created, improved) in enumerate(arrays["species"].tolist()):
        one = Species(key, created)
        one.last_improved = improved
        if arrays["histories"][place] > -np.inf:
            one.fitness_history = [float(arrays["histories"][place])]
        one.update(population[arrays["representatives"][place]], members[key])
        species.species[key] = one
