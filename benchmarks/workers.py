"""Compare threads, processes and Ray: on a world in Python, on a network to fool, a quick task.

Example:
    python benchmarks/workers.py --write docs/results/workers.md
"""

import contextlib
import functools
import shlex
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from grown import Rounds

from neatfool.classifiers import ClassifierSettings, build
from neatfool.encodings import Birth, Cppn, CppnSettings, Encoding, Weights, WeightSettings
from neatfool.images import Canvas
from neatfool.streams import stream
from neatfool.tasks import Fooling, Task, Trial
from neatfool.types import CPU, Scores
from neatfool.workers import open_workers
from neatfool.workers.machine import cores, environment
from neatfool.workers.ray.cluster import connected

Parts = tuple[Encoding[Any], Task]


class Cart(Task):
    """A cart that is drawn to the middle by four weights: a loop of Python for each genome.

    Args:
        steps: Of a hundredth of a second.
    """

    niches = ("middle",)

    def __init__(self, steps: int) -> None:
        self._steps = steps

    def score(self, weights: torch.Tensor, trial: Trial) -> Scores:
        """Score ``(P, 4)``: how near the cart was to the middle."""
        starts = [random.uniform(-1, 1) for random in trial.streams("start")]
        pairs = zip(weights.tolist(), starts, strict=True)
        return np.asarray([[self._drive(*pair)] for pair in pairs], np.float32)

    def _drive(self, weights: list[float], place: float) -> float:
        speed, apart, (pull, brake, cubic, bias) = 0.0, 0.0, weights
        for _ in range(self._steps):
            force = bias - pull * place - brake * speed - cubic * place**3
            speed += 0.01 * max(-1.0, min(1.0, force))
            place += 0.01 * speed
            apart += abs(place)
        return -apart / self._steps


def driving(steps: int) -> Parts:
    """Build a cart, and its weights."""
    return Weights(WeightSettings(), (4,)), Cart(steps)


def fooling() -> Parts:
    """Build what fools LeNet-5 with CPPNs."""
    classifier = build(ClassifierSettings(), CPU)
    return Cppn(CppnSettings(), Canvas(classifier.shape)), Fooling(classifier)


CASES: dict[str, Callable[[], Parts]] = {
    "a cart in Python, 3,000 steps": functools.partial(driving, 3000),
    "a cart in Python, 100 steps": functools.partial(driving, 100),
    "LeNet-5, fooled by CPPNs": fooling,
}


def compare(batch: int, rounds: int) -> list[dict[str, Any]]:
    """Measure each case: milliseconds per generation by each kind of workers."""
    results = []
    for case, make in CASES.items():
        encoding, task = make()
        genomes = encoding.new(batch, Birth(1, stream(0, "workers")))
        trial, times = Trial(np.arange(batch)), Rounds(rounds)
        with contextlib.ExitStack() as stack:
            stack.enter_context(connected(None, 1 + cores()))  # for workers of both names
            began = time.perf_counter()
            for name in "processes", f"ray:{cores()}", "ray:1", "threads:1", "threads":
                workers = stack.enter_context(open_workers(name, CPU, make))
                call = functools.partial(workers.evaluate, genomes, encoding, task, trial)
                times.measure(workers.description, 1000, call)
                if name == "processes":
                    call()
                    start = 1000 * (time.perf_counter() - began)
            row = {each: statistics.median(values) for each, values in times.run().items()}
        results.append({"task": case, **row, "processes, first generation": start})
    return results


def page(results: list[dict[str, Any]], batch: int) -> str:
    """Write a Markdown page."""
    head = list(results[0])
    rows = [
        " | ".join(f"{value:,.1f}" if isinstance(value, float) else value for value in row.values())
        for row in results
    ]
    facts = environment(CPU)
    return "\n".join(
        [
            "# Threads, processes and Ray",
            "",
            f"Made by `python {shlex.join(sys.argv)}` with neatfool {facts['neatfool']}, torch "
            f"{facts['torch']}, on {facts['processor']}, {cores()} cores. Numbers are "
            f"median milliseconds to express and score a generation of {batch}. The first "
            "generation of processes includes starting them.",
            "",
            "| " + " | ".join(head) + " |",
            "|---|" + "--:|" * (len(head) - 1),
            *(f"| {row} |" for row in rows),
        ]
    )


def main(
    batch: Annotated[int, typer.Option(help="Genomes of a generation.")] = 384,
    rounds: Annotated[int, typer.Option(help="Rounds, after one to warm up.")] = 7,
    write: Annotated[Path | None, typer.Option(help="Write the page here.")] = None,
) -> None:
    """Compare threads, processes and Ray."""
    text = page(compare(batch, rounds), batch)
    print(text)
    if write:
        write.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
