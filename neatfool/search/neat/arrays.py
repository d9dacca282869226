"""What a generation of neat-python is made of, as arrays and as its objects."""

from collections.abc import Callable

import neat
import numpy as np
from neat.species import Species

from neatfool.encodings import Brood, Genomes, Newborn
from neatfool.search.neat.rules import Numbers
from neatfool.search.search import Members
from neatfool.types import Arrays, Bools, Doubles


def to_arrays(
    newborns: list[Newborn],
    species: neat.DefaultSpeciesSet,
    reproduction: neat.DefaultReproduction,
) -> Arrays:
    """Write down a population in its species, before it is evaluated, and all counters."""
    places = {newborn.key: place for place, newborn in enumerate(newborns)}
    homes = [species.species[key] for key in sorted(species.species)]
    peak, since = getattr(species, "peak", (-np.inf, 0))
    return {
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


def settled(
    population: Genomes,
    facts: Arrays,
    migrants: Members,
    fitness: Doubles,
    near: Callable[[Genomes, Genomes], Bools],
    generation: int,
) -> tuple[Genomes, Arrays]:
    """Add migrants to a population, each to the first species that is near enough, or a new one.

    Args:
        population: The genomes.
        facts: Of ``to_arrays``, and their fitness ``(P,)``.
        migrants: ``M`` of them.
        fitness: ``(M,)`` theirs.
        near: Tells which of some genomes are near enough to one.
        generation: That is over.

    Returns:
        The population then, of ``P + M`` genomes, and its facts.
    """
    everyone = type(population).concatenate([population, migrants.genomes])
    species, founders = facts["species"].tolist(), facts["representatives"].tolist()
    following, homes = int(facts["next_species"]), facts["homes"].tolist()
    for place in range(len(population), len(everyone)):
        found = np.flatnonzero(near(everyone.select(founders), everyone.select([place])))
        if not len(found):
            found = np.array([len(species)])
            species.append([following, generation, generation])
            founders.append(place)
            following += 1
        homes.append(species[found[0]][0])
    new = len(species) - len(facts["species"])
    return everyone, facts | {
        "next_species": np.array(following),
        "keys": np.concatenate([facts["keys"], migrants.keys]),
        "parents": np.concatenate([facts["parents"], migrants.parents]),
        "fitness": np.concatenate([facts["fitness"], fitness]),
        "homes": np.array(homes),
        "species": np.array(species),
        "representatives": np.array(founders),
        "histories": np.append(facts["histories"], np.full(new, -np.inf)),
    }
