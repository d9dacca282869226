"""Compare batched evaluation with neat-python's own, on random genomes with all of its functions.

How near the outputs are to each other, and how long both take.

Example:
    python benchmarks/agreement.py --genomes 10000 --write docs/results/neat-python.json
"""

import json
import random
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import neat
import numpy as np
import torch
import typer
from neat.innovation import InnovationTracker

from neatfool.encodings.neat_python import activate_all
from neatfool.types import Doubles

INPUTS, OUTPUTS, QUERIES = 3, 2, 8
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


def differences(found: Doubles, expected: Doubles) -> Doubles:
    """Return the largest difference of each genome ``(P,)``, relative where values exceed 1."""
    with np.errstate(invalid="ignore"):
        errors = np.abs(found - expected) / np.maximum(1, np.abs(expected))
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    return np.where(same, 0, errors).max(axis=(1, 2))


def compare(number: int, mutations: int = 40, seed: int = 0) -> dict[str, Any]:
    """Compare both on random genomes and random inputs."""
    config = everything()
    genomes = grow(config, number, mutations, seed)
    queries = np.random.default_rng(seed).uniform(-2, 2, (QUERIES, INPUTS))
    values = [theirs(genome, config, queries) for genome in genomes]
    kept = [p for p, value in enumerate(values) if value is not None]
    expected = np.array([values[p] for p in kept])
    genomes = [genomes[p] for p in kept]
    result: dict[str, Any] = {"genomes": number, "overflow": number - len(kept)}
    result["nodes"] = float(np.mean([len(genome.nodes) for genome in genomes]))
    result["connections"] = float(np.mean([len(genome.connections) for genome in genomes]))
    for name, dtype, limit in (("float64", torch.float64, 1e-9), ("float32", torch.float32, 1e-4)):
        errors = differences(activate_all(genomes, config, queries, dtype), expected)
        beyond = np.flatnonzero(~(errors <= limit))
        again = [rounded(genomes[p], config, queries) for p in beyond] if name == "float32" else []
        alike = [
            value is None or not differences(value[None], expected[p][None])[0] <= limit / 10
            for value, p in zip(again, beyond, strict=False)
        ]
        result[name] = {
            "limit": limit,
            "within": len(errors) - len(beyond),
            "beyond": len(beyond),
            "of which neat-python's own result changes when rounded": sum(alike),
            "median": float(np.nanmedian(errors)),
            "99 %": float(np.nanquantile(errors, 0.99)),
            "largest within": float(errors[errors <= limit].max()),
        }
    return result


def rounded(genome: neat.DefaultGenome, config: neat.Config, queries: Doubles) -> Doubles | None:
    """Evaluate as neat-python does, with every number in between rounded to float32."""
    network = neat.nn.FeedForwardNetwork.create(genome, config)
    network.node_evals = [
        (node, _rounded(activation), _rounded(aggregation), bias, response, links)
        for node, activation, aggregation, bias, response, links in network.node_evals
    ]
    try:
        return np.array([network.activate(query) for query in queries.tolist()])
    except OverflowError:
        return None


def _rounded(function: Callable[[Any], float]) -> Callable[[Any], float]:
    return lambda value: float(np.float32(function(np.float32(value).tolist())))


def speed(rounds: int) -> list[dict[str, Any]]:
    """Measure both on 1,000 genomes that sum, for few queries and for many.

    Returns:
        Rows of queries, microseconds per genome of neat-python and of neatfool, and their ratio.
    """
    from grown import Rounds

    config = everything()
    config.genome_config.aggregation_options = ["sum"]
    config.genome_config.activation_options = ["sigmoid", "tanh", "sin", "gauss"]
    genomes = grow(config, 1000, 20, 0)
    rows = []
    for number in (4, 100, 1000):
        queries = np.random.default_rng(0).uniform(-2, 2, (number, INPUTS))
        times = Rounds(rounds)
        some = genomes[: max(10, 4000 // number)]
        times.measure("theirs", len(some), partial(_each, some, config, queries))
        times.measure("ours", len(genomes), partial(activate_all, genomes, config, queries))
        rows.append({"queries": number, **times.row()})
    return rows


def _each(genomes: list[neat.DefaultGenome], config: neat.Config, queries: Doubles) -> None:
    for genome in genomes:
        theirs(genome, config, queries)


def main(
    genomes: Annotated[int, typer.Option(min=1, help="How many.")] = 10_000,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of the measure of speed.")] = 5,
    write: Annotated[Path | None, typer.Option(help="JSON to write.")] = None,
) -> None:
    """Compare, print, and write."""
    text = json.dumps({"agreement": compare(genomes), "speed": speed(rounds)}, indent=2)
    print(text)
    if write:
        write.write_text(text + "\n")


if __name__ == "__main__":
    typer.run(main)
