"""How long networks of neat-python's genomes take: its own, one by one, or compiled here."""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import neat
import numpy as np
from agreement import everything, grow
from grown import Rounds
from neat.innovation import InnovationTracker

from neatfool.encodings.neat.bridge import compile_all
from neatfool.types import Doubles

QUERIES = (1, 4, 100, 1000)
EVALUATIONS = 10_000
"""How many neat-python makes in a round, again and again if there are few, of some if many."""


def _start() -> tuple[neat.Config, list[neat.DefaultGenome]]:
    """Make the genomes that a run begins with: no hidden nodes, one function."""
    config = everything()
    known = config.genome_config
    known.activation_default, known.aggregation_default = "sigmoid", "sum"
    known.initial_connection, known.response_init_stdev = "full", 0.0
    known.innovation_tracker, known.node_indexer = InnovationTracker(), count(known.num_outputs)
    genomes = [neat.DefaultGenome(key) for key in range(500)]
    for genome in genomes:
        genome.configure_new(known)
    return config, genomes


def _grown(
    mutations: int, functions: bool = True, inputs: int = 3
) -> tuple[neat.Config, list[neat.DefaultGenome]]:
    """Make genomes of hidden nodes, with all functions or with four that are summed."""
    config = everything()
    config.genome_config.num_inputs = inputs
    config.genome_config.input_keys = [-1 - i for i in range(inputs)]
    if not functions:
        config.genome_config.aggregation_options = ["sum"]
        config.genome_config.activation_options = ["sigmoid", "tanh", "sin", "gauss"]
        config.genome_config.response_init_stdev = 0.0
    return config, grow(config, 500, mutations, 0)


KINDS = {
    "one function, no hidden nodes": _start,
    "four functions, sums": partial(_grown, 20, functions=False),
    "all functions, small": partial(_grown, 10),
    "all functions": partial(_grown, 40),
    "all functions, 40 inputs": partial(_grown, 20, inputs=40),
}


def speed(rounds: int) -> list[dict[str, Any]]:
    """Measure both, for populations and numbers of queries.

    Returns:
        Rows of the kind and number of genomes and the number of queries, with microseconds per
        genome of neat-python and of neatfool (to make networks, to activate them, on inputs that
        are shared or each genome's own), and how many times faster neatfool is, with making the
        networks and without: medians over the rounds.
    """
    state = random.getstate()
    random.seed(0)
    rows = []
    for kind, make in KINDS.items():
        config, genomes = make()
        for number in (50, 150, 500):
            rows += [_row(kind, config, genomes[:number], many, rounds) for many in QUERIES]
    random.setstate(state)
    return rows


def _row(
    kind: str, config: neat.Config, genomes: list[neat.DefaultGenome], queries: int, rounds: int
) -> dict[str, Any]:
    number, inputs = len(genomes), config.genome_config.num_inputs
    own = np.random.default_rng(0).uniform(-2, 2, (number, queries, inputs))
    theirs = [neat.nn.FeedForwardNetwork.create(genome, config) for genome in genomes]
    ours = compile_all(genomes, config)
    some = theirs[:: max(1, number * queries // EVALUATIONS)]
    times = Rounds(rounds, time.process_time)

    def measure(name: str, count: int, repeats: int, call: Callable[[], object]) -> None:
        times.measure(name, count * repeats, lambda: [call() for _ in range(repeats)])

    again = max(1, EVALUATIONS // number // 20), max(1, EVALUATIONS // number // queries)
    measure("theirs, made", number, again[0], partial(_make, genomes, config))
    measure("ours, made", number, again[0], partial(compile_all, genomes, config))
    measure("theirs, activated", len(some), again[1], partial(_activate, some, own[0]))
    measure("ours, shared", number, again[1], partial(ours.execute, own[0]))
    measure("ours, own", number, again[1], partial(ours, own))
    found = times.run()
    row = {"genomes": kind, "number": number, "queries": queries}
    row |= {name: round(statistics.median(values), 3) for name, values in found.items()}
    made = found["theirs, made"], found["ours, made"]
    for name in ("shared", "own"):
        pairs = [*zip(found["theirs, activated"], found[f"ours, {name}"], strict=True)]
        whole = [(a + c) / (b + d) for a, b, (c, d) in zip(*made, pairs, strict=True)]
        row[f"faster, {name}, made too"] = round(statistics.median(whole), 2)
        row[f"faster, {name}"] = round(statistics.median(a / b for a, b in pairs), 2)
    return row


def _make(genomes: list[neat.DefaultGenome], config: neat.Config) -> None:
    for genome in genomes:
        neat.nn.FeedForwardNetwork.create(genome, config)


def _activate(networks: list[Any], queries: Doubles) -> None:
    rows = queries.tolist()
    for network in networks:
        for row in rows:
            network.activate(row)


_SCRIPT = """
import time
before = time.process_time()
import neatfool
neatfool.compile_all
imported = time.process_time()
from agreement import everything, grow
config = everything()
genomes = grow(config, 150, 10, 0)
begun = time.process_time()
neatfool.compile_all(genomes, config)([[0.5] * 3] * 150)
print([imported - before, time.process_time() - begun])
"""


def beginning(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Measure what a script pays once: seconds of CPU for the import and for the first call.

    Returns:
        Both, the first call where nothing is compiled yet, as after installing, and how often
        neat-python activates a network during the import and the first call, by ``rows``.
    """
    path = os.pathsep.join((str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")))

    def measure(**extra: str) -> list[float]:
        environment = os.environ | {"PYTHONPATH": path} | extra
        done = subprocess.run(
            [sys.executable, "-c", _SCRIPT], capture_output=True, check=True, env=environment
        )
        found: list[float] = json.loads(done.stdout)
        return found

    measure()  # so that everything is compiled and cached
    imported, first = (
        statistics.median(times) for times in zip(*(measure() for _ in range(3)), strict=True)
    )
    with tempfile.TemporaryDirectory() as empty:
        compiling = measure(NUMBA_CACHE_DIR=empty)[1]
    each = statistics.median(row["theirs, activated"] / row["queries"] for row in rows)
    return {
        "import": round(imported, 2),
        "first call": round(first, 2),
        "first call, compiling": round(compiling, 2),
        "activations of neat-python meanwhile": int(round(1e6 * (imported + first) / each, -4)),
    }
