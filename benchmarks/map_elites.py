"""Compare MAP-Elites with that of pyribs: the same function, measures, operator and budget.

The function is Rastrigin's, shifted and scaled to 0 … 100; the measures are sums of either half of
the parameters, folded at their bounds (Fontaine et al. 2020, section 5, as in pyribs' benchmarks).

Example:
    python benchmarks/map_elites.py --seeds 5 --write docs/results/map-elites.md
"""

import shlex
import sys
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from ribs.archives import GridArchive
from ribs.emitters import GaussianEmitter
from ribs.schedulers import Scheduler
from rich.progress import track

from neatfool import Gridded, GridSettings, MapElites, MapElitesSettings
from neatfool.encodings import Weights, WeightSettings
from neatfool.substrates import Line
from neatfool.tasks import Task, Trial
from neatfool.types import Doubles, Scores

BOUND, SHIFT, SIDE = 5.12, 5.12 * 0.4, 50
Numbers = dict[str, float]


def rastrigin(points: Doubles) -> tuple[Doubles, Doubles]:
    """Return the objective ``(P,)`` in percent of the best, and measures ``(P, 2)``."""

    def value(x: Doubles) -> Doubles:
        moved = x - SHIFT
        return 10 * x.shape[1] + (moved**2 - 10 * np.cos(2 * np.pi * moved)).sum(axis=1)

    worst = value(np.full((1, points.shape[1]), -BOUND))
    folded = np.where(np.abs(points) > BOUND, BOUND / points, points)
    halves = np.array_split(folded, 2, axis=1)
    return 100 * (1 - value(points) / worst), np.stack([half.sum(1) for half in halves], axis=1)


class Rastrigin(Task):
    """The function as a task."""

    name = "Rastrigin"
    niches = ("rastrigin",)
    measures = ("first half", "second half")

    def __init__(self, dimensions: int) -> None:
        self.medium = Line(dimensions)

    def score(self, points: torch.Tensor, trial: Trial | None = None) -> Scores:
        """Score ``(P, L)``: the objective and two measures."""
        objective, measures = rastrigin(points.numpy().astype(np.float64))
        return np.column_stack([objective, measures]).astype(np.float32)


def ours(dimensions: int, generations: int, batch: int, sigma: float, seed: int) -> Numbers:
    """Illuminate with neatfool."""
    half = BOUND * dimensions / 2
    grid = GridSettings(bins=(SIDE, SIDE), lower=(-half, -half), upper=(half, half))
    settings = WeightSettings(weight_range=BOUND, weight_rate=1.0, sigma=sigma)
    encoding, task = Weights(settings, (dimensions,)), Gridded(Rastrigin(dimensions), grid)
    search = MapElites(encoding, grid.cells, MapElitesSettings(batch=batch), seed)
    began = time.process_time()
    for generation in range(1, generations + 1):
        phenotypes = encoding.express(search.ask())
        search.tell(task.score(phenotypes, Trial(search.asked, generation, seed)))
    found = search.archive.scores[search.archive.occupied].astype(np.float64)
    return _numbers(found, grid.cells, time.process_time() - began)


def theirs(dimensions: int, generations: int, batch: int, sigma: float, seed: int) -> Numbers:
    """Illuminate with pyribs."""
    half = BOUND * dimensions / 2
    archive = GridArchive(
        solution_dim=dimensions, dims=(SIDE, SIDE), ranges=[(-half, half)] * 2, seed=seed
    )
    start = np.random.default_rng(seed).uniform(-BOUND, BOUND, (batch, dimensions))
    emitter = GaussianEmitter(
        archive,
        sigma=sigma,
        initial_solutions=start,
        bounds=[(-BOUND, BOUND)] * dimensions,
        batch_size=batch,
        seed=seed,
    )
    scheduler = Scheduler(archive, [emitter])
    began = time.process_time()
    for _ in range(generations):
        scheduler.tell(*rastrigin(scheduler.ask()))
    found = archive.data("objective")
    return _numbers(found, SIDE * SIDE, time.process_time() - began)


def _numbers(found: Doubles, cells: int, seconds: float) -> Numbers:
    return {
        "coverage (%)": 100 * len(found) / cells,
        "QD-score": float(found.sum()),
        "best": float(found.max()),
        "CPU seconds": seconds,
    }


def main(
    dimensions: Annotated[int, typer.Option(min=2, help="Parameters of the function.")] = 10,
    generations: Annotated[int, typer.Option(min=1, help="Batches.")] = 1000,
    batch: Annotated[int, typer.Option(min=1, help="Evaluations a generation.")] = 200,
    sigma: Annotated[float, typer.Option(help="Deviation of the gaussian steps.")] = 0.5,
    seeds: Annotated[int, typer.Option(min=1, help="Seeds 0 … SEEDS - 1.")] = 5,
    write: Annotated[Path, typer.Option(help="Page to write.")] = Path("runs/map-elites.md"),
) -> None:
    """Run both with every seed and write a page with the medians and their ratios."""
    torch.set_num_threads(1)
    size = dimensions, generations, batch, sigma
    rows: list[tuple[Numbers, Numbers]] = []
    for seed in track(range(seeds), "illuminating"):
        rows.append((ours(*size, seed), theirs(*size, seed)))
    page = [
        "# MAP-Elites beside pyribs",
        "",
        f"Written by `{shlex.join(['python', *sys.argv])}`.",
        "",
        f"Rastrigin's function in {dimensions} dimensions, a grid of {SIDE} × {SIDE}, gaussian "
        f"steps of {sigma:g} in every parameter, {generations:,} generations of {batch}; medians "
        f"of {seeds} seeds. Each seed runs both, one after the other, on one thread.",
        "",
        "| | neatfool | pyribs | ratio |",
        "|---|--:|--:|--:|",
    ]
    for name in rows[0][0]:
        mine, other = (float(np.median([row[side][name] for row in rows])) for side in (0, 1))
        page.append(f"| {name} | {mine:,.2f} | {other:,.2f} | {mine / other:.3f} |")
    write.parent.mkdir(parents=True, exist_ok=True)
    write.write_text("\n".join([*page, ""]), encoding="utf-8")
    print(write.read_text(encoding="utf-8"))


if __name__ == "__main__":
    typer.run(main)
