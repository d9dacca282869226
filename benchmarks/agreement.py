"""Compare evaluation by neatfool with neat-python's own, on genomes with all of its functions.

Whether outputs and whole runs are the same, bit for bit, and how long both take.

Example:
    python benchmarks/agreement.py --genomes 10000 --write docs/results/neat-python.json
"""

import json
import random
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import neat
import numpy as np
import torch
import typer
from neat.innovation import InnovationTracker

from neatfool.encodings.neat.bridge import activate_all, compile_all
from neatfool.types import Doubles

INPUTS, OUTPUTS, QUERIES = 3, 2, 8
LIMIT = 1e-4
RANDOM = {
    "num_inputs": INPUTS,
    "num_outputs": OUTPUTS,
    "initial_connection": "partial_direct",
    "connection_fraction": 0.7,
    "conn_delete_prob": 0.2,
    "node_delete_prob": 0.1,
    "bias_init_stdev": 1.0,
    "response_init_stdev": 0.5,
    "time_constant_init_stdev": 0.5,
    "enabled_mutate_rate": 0.02,
    "activation_default": "random",
    "aggregation_default": "random",
    "input_keys": [-1 - i for i in range(INPUTS)],
    "output_keys": list(range(OUTPUTS)),
}


def everything() -> neat.Config:
    """Make a config whose nodes draw from all functions of neat-python."""
    path = Path(__file__).with_name("neat_python.ini")
    classes = neat.DefaultReproduction, neat.DefaultSpeciesSet, neat.DefaultStagnation
    config = neat.Config(neat.DefaultGenome, *classes, path)
    known = config.genome_config
    known.activation_options = list(known.activation_defs.functions)
    known.aggregation_options = list(known.aggregation_function_defs.functions)
    for name, value in RANDOM.items():
        setattr(known, name, value)
    return config


def grow(config: neat.Config, number: int, mutations: int, seed: int) -> list[neat.DefaultGenome]:
    """Grow random genomes by neat-python's own mutations, up to so many each.

    Its global generator is put back as it was.
    """
    state = random.getstate()
    random.seed(seed)
    known = config.genome_config
    known.innovation_tracker, known.node_indexer = InnovationTracker(), count(OUTPUTS)
    genomes = []
    for key in range(number):
        genome = neat.DefaultGenome(key)
        genome.configure_new(known)
        for _ in range(random.randrange(mutations + 1)):
            genome.mutate(known)
        genomes.append(genome)
    random.setstate(state)
    return genomes


def theirs(genome: neat.DefaultGenome, config: neat.Config, queries: Doubles) -> Doubles | None:
    """Evaluate as neat-python does, to ``(X, O)``; None where it fails with an overflow."""
    network = neat.nn.FeedForwardNetwork.create(genome, config)
    try:
        return np.array([network.activate(query) for query in queries.tolist()])
    except OverflowError:
        return None


def same_bits(found: Doubles, expected: Doubles) -> bool:
    """Compare numbers and the signs of zeros; NaN equals NaN."""
    known = ~np.isnan(expected)
    signs_agree = np.array_equal(np.signbit(found[known]), np.signbit(expected[known]))
    return signs_agree and np.array_equal(found, expected, equal_nan=True)


def differences(found: Doubles, expected: Doubles) -> Doubles:
    """Return the largest difference of each genome ``(P,)``, relative where values exceed 1."""
    with np.errstate(invalid="ignore"):
        errors = np.abs(found - expected) / np.maximum(1, np.abs(expected))
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    return np.where(same, 0, errors).max(axis=(1, 2))


def compare(number: int, mutations: int = 40, seed: int = 0) -> dict[str, Any]:
    """Compare both on random genomes, at shared random inputs and at some of each genome's own.

    Returns:
        Counts of genomes: those on which neat-python fails with an overflow, those whose outputs
        are the same bit for bit at all inputs, those that agree to 1e-4 in single precision, and
        those of the others for which neat-python's own result changes as much when it is rounded.
    """
    config = everything()
    genomes = grow(config, number, mutations, seed)
    generator = np.random.default_rng(seed)
    queries = generator.uniform(-2, 2, (QUERIES, INPUTS))
    own = generator.normal(0, 2, (number, QUERIES, INPUTS))
    values = [
        (theirs(genome, config, queries), theirs(genome, config, each))
        for genome, each in zip(genomes, own, strict=True)
    ]
    kept = [p for p, (one, other) in enumerate(values) if one is not None and other is not None]
    expected = np.array([values[p][0] for p in kept])
    genomes = [genomes[p] for p in kept]
    networks = compile_all(genomes, config)
    pairs = zip(
        networks.execute(queries), networks(own[kept]), (values[p] for p in kept), strict=True
    )
    errors = differences(activate_all(genomes, config, queries, torch.float32), expected)
    beyond = np.flatnonzero(~(errors <= LIMIT))
    again = [rounded(genomes[p], config, queries) for p in beyond]
    return {
        "genomes": number,
        "nodes": float(np.mean([len(genome.nodes) for genome in genomes])),
        "connections": float(np.mean([len(genome.connections) for genome in genomes])),
        "overflow": number - len(kept),
        "bit for bit": sum(
            same_bits(one, both[0]) and same_bits(other, both[1]) for one, other, both in pairs
        ),
        "float32": {
            "limit": LIMIT,
            "within": len(errors) - len(beyond),
            "beyond": len(beyond),
            "of which neat-python's own result changes when rounded": sum(
                value is None or not differences(value[None], expected[p][None])[0] <= LIMIT / 10
                for value, p in zip(again, beyond, strict=True)
            ),
            "median": float(np.nanmedian(errors)),
        },
    }


def rounded(genome: neat.DefaultGenome, config: neat.Config, queries: Doubles) -> Doubles | None:
    """Evaluate as neat-python does, with every number in between rounded to float32."""
    network = neat.nn.FeedForwardNetwork.create(genome, config)
    network.node_evals = [
        (node, _rounded(activation), _rounded(aggregation), bias, response, links)
        for node, activation, aggregation, bias, response, links in network.node_evals
    ]
    try:
        with np.errstate(over="ignore"):
            return np.array([network.activate(query) for query in queries.tolist()])
    except OverflowError:
        return None


def _rounded(function: Callable[[Any], float]) -> Callable[[Any], float]:
    return lambda value: float(np.float32(function(np.float32(value).tolist())))


def runs_are_equal(seed: int, generations: int) -> bool:
    """Run neat-python twice from one seed, evaluated by itself and here.

    Populations of 100 fit 24 points of two inputs by sigmoid, tanh and relu, with all aggregations.

    Returns:
        Whether both runs have the same genomes with the same fitness in every generation.
    """
    random_points = np.random.default_rng(seed).uniform(-1, 1, (24, 2))
    wanted = np.sin(3 * random_points[:, 0] * random_points[:, 1]).tolist()

    def one_by_one(genomes: Any, config: neat.Config) -> list[list[list[float]]]:
        found = [theirs(genome, config, random_points) for _, genome in genomes]
        return [values.tolist() for values in found if values is not None]

    def at_once(genomes: Any, config: neat.Config) -> list[list[list[float]]]:
        return activate_all(genomes, config, random_points).tolist()

    def run(evaluate: Callable[[Any, neat.Config], list[list[list[float]]]]) -> list[Any]:
        seen = []

        def watched(genomes: Any, config: neat.Config) -> None:
            for (key, genome), found in zip(genomes, evaluate(genomes, config), strict=True):
                errors = [(y - v) ** 2 for [y], v in zip(found, wanted, strict=True)]
                genome.fitness = -sum(errors)
                seen.append((key, genome.fitness, str(genome)))

        state = random.getstate()
        neat.Population(_fitting(), seed=seed).run(watched, generations)
        random.setstate(state)
        return seen

    return run(one_by_one) == run(at_once)


def _fitting() -> neat.Config:
    """Make the config of ``runs_are_equal``."""
    config = everything()
    settings = {
        "num_inputs": 2,
        "num_outputs": 1,
        "input_keys": [-1, -2],
        "output_keys": [0],
        "activation_options": ["sigmoid", "tanh", "relu"],
        "activation_mutate_rate": 0.1,
        "aggregation_mutate_rate": 0.1,
        "bias_mutate_rate": 0.5,
        "bias_mutate_power": 0.3,
        "response_mutate_rate": 0.1,
        "response_mutate_power": 0.1,
    }
    for name, value in settings.items():
        setattr(config.genome_config, name, value)
    config.pop_size, config.reset_on_extinction = 100, True
    config.stagnation_config.species_elitism = 2
    return config


def main(
    genomes: Annotated[int, typer.Option(min=1, help="How many are compared.")] = 10_000,
    generations: Annotated[int, typer.Option(min=1, help="Of each of ten runs.")] = 50,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of the measure of speed.")] = 5,
    write: Annotated[Path | None, typer.Option(help="JSON to write.")] = None,
) -> None:
    """Compare, print, and write."""
    from evaluation import beginning, speed

    equal = [seed for seed in range(1, 11) if runs_are_equal(seed, generations)]
    rows = speed(rounds)
    result = {
        "agreement": compare(genomes),
        "runs": {"generations": generations, "equal": equal},
        "beginning": beginning(rows),
        "speed": rows,
    }
    text = json.dumps(result, indent=2)
    print(text)
    if write:
        write.write_text(text + "\n")


if __name__ == "__main__":
    typer.run(main)
