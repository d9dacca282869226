"""Fit what a generation costs on many workers, and say what that means for a thousand.

Genomes are scored by waiting, so that more workers than cores can be measured: what is seen is the
cost of handing chunks out and hearing of them, not how quick processors are.

Example:
    python benchmarks/cluster.py
"""

import functools
import itertools
import math
import statistics
import time
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import torch
import typer
from grown import Rounds
from scipy.optimize import lsq_linear

from neatfool.encodings import Birth, Encoding, Weights, WeightSettings
from neatfool.streams import stream
from neatfool.tasks import Task, Trial
from neatfool.types import CPU, Doubles, Scores
from neatfool.workers import open_workers
from neatfool.workers.machine import environment

CHUNK = 16
"""Genomes at once."""
SECONDS = 0.0, 0.1
"""That a chunk waits."""
NUMBERS = 16, 20_000
"""In a genome; of four bytes."""


class Waiting(Task):
    """A task that takes its time: for a chunk, a millisecond for each generation before."""

    niches = ("only",)

    def score(self, weights: torch.Tensor, trial: Trial) -> Scores:
        """Score ``(P, numbers)``, by the first number."""
        time.sleep(1e-3 * (trial.generation - 1))
        return weights[:, :1].numpy()


def waiting(numbers: int) -> tuple[Encoding[Any], Task]:
    """Build the task, and weights for it."""
    return Weights(WeightSettings(), (numbers,)), Waiting()


@dataclass(frozen=True)
class Generation:
    """What a generation asks of how many workers."""

    workers: int
    chunks: int
    seconds: float
    """Of work in a chunk."""
    numbers: int
    """In a genome."""

    @property
    def parts(self) -> list[float]:
        """What each term of the model is multiplied with."""
        rounds = math.ceil(self.chunks / self.workers)
        megabytes = 4e-6 * self.chunks * CHUNK * self.numbers
        return [1.0, rounds * self.seconds, rounds, self.chunks, megabytes]


TERMS = "serial, s", "1 / efficiency", "each round, s", "each chunk, s", "each megabyte, s"
LEAST = 0.0, 1.0, 0.0, 0.0, 0.0
"""That each of them can be: no chunk is done in less than its time."""


def measure(kind: str, counts: list[int], chunks: int, rounds: int) -> dict[Generation, float]:
    """Measure generations on workers of a kind: median seconds."""
    found = {}
    for count, numbers in itertools.product(counts, NUMBERS):
        make = functools.partial(waiting, numbers)
        encoding, task = make()
        genomes = encoding.new(chunks * CHUNK, Birth(1, stream(0, "cluster")))
        with open_workers(f"{kind}:{count}", CPU, make) as pool:
            pool.chunk = CHUNK
            for seconds in SECONDS:
                trial = Trial(np.arange(len(genomes)), 1 + round(1000 * seconds))
                call = functools.partial(pool.evaluate, genomes, encoding, task, trial)
                times = Rounds(rounds)
                times.measure("call", 1_000_000, call)
                generation = Generation(count, chunks, seconds, numbers)
                found[generation] = statistics.median(times.run()["call"])
    return found


def fit(found: dict[Generation, float]) -> Doubles:
    """Fit the terms, none below its least, by least squares of relative errors."""
    seconds = np.asarray(list(found.values()))
    parts = np.asarray([generation.parts for generation in found])
    return lsq_linear(parts / seconds[:, None], np.ones(len(seconds)), (LEAST, np.inf)).x


def main(
    kinds: Annotated[str, typer.Option(help="Of workers.")] = "processes,ray",
    counts: Annotated[str, typer.Option(help="Workers.")] = "1,2,4",
    chunks: Annotated[int, typer.Option(help="In a generation.")] = 16,
    rounds: Annotated[int, typer.Option(help="After one to warm up.")] = 5,
) -> None:
    """Fit what a generation costs on many workers."""
    print(", ".join(f"{name} {value}" for name, value in environment(CPU).items()))
    for kind in kinds.split(","):
        found = measure(kind, [int(count) for count in counts.split(",")], chunks, rounds)
        terms = fit(found)
        print(f"\n{kind}: workers, seconds of a chunk, numbers in a genome: measured, fitted")
        for generation, seconds in found.items():
            fitted = float(np.dot(generation.parts, terms))
            named = f"{generation.workers}, {generation.seconds:g}, {generation.numbers:,}"
            print(f"  {named}: {seconds:.3f} s, {fitted:.3f} s")
        for name, value in zip(TERMS, terms, strict=True):
            print(f"  {name}: {value:.2g}")
        for seconds, workers in itertools.product((0.1, 1.0, 10.0), (10, 100, 1000)):
            many = Generation(workers, workers, seconds, NUMBERS[0])
            share = seconds / float(np.dot(many.parts, terms))
            print(f"  {workers:,} workers, a chunk of {seconds:g} s each: {share:.0%} busy")


if __name__ == "__main__":
    typer.run(main)
