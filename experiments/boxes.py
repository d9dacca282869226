"""Find the larger box with HyperNEAT, ask the same CPPNs at higher resolutions; FT-NEAT beside.

Example:
    python experiments/boxes.py --seeds 20
"""

import json
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from scipy import stats

from neatfool import encodings, past, runs, workers
from neatfool.cli.console import Changes
from neatfool.cli.progress import LiveReporter
from neatfool.encodings import WeightSettings
from neatfool.tasks import Boxes

SOLVED = 0.95
KEPT = 0.9
SIDES = (33, 55)


@dataclass(frozen=True)
class Job:
    """One run of a method with a seed."""

    config: runs.Config
    method: str
    folder: Path


def evolve(job: Job) -> dict[str, Any]:
    """Evolve until every trial is perfect or all generations are done; then ask for more nodes."""
    parts = runs.complete(job.config, job.folder)
    scores = past.scores_over_time(job.folder, 1)[1][:, 0]
    reached = np.flatnonzero(scores >= SOLVED * parts.task.best)
    solved = int(reached[0]) + 1 if len(reached) else None
    best = float(scores[-1])
    result = {"method": job.method, "seed": job.config.run.seed, "solved": solved, "11": best}
    if job.method == "HyperNEAT":
        for side in SIDES:
            larger = Boxes(job.config.task.model_copy(update={"side": side}))
            asked = encodings.build(job.config.encoding, larger.medium)
            weights = asked.express(parts.search.archive.genomes)
            result[str(side)] = float(larger.score(weights)[0, 0])
    return result


def main(
    config: Annotated[Path, typer.Argument(help="TOML file.")] = Path(
        "configs/hyperneat/boxes.toml"
    ),
    seeds: Annotated[int, typer.Option(min=2, help="Seeds 0 … SEEDS - 1.")] = 20,
    out: Annotated[Path, typer.Option(help="Folder of the run folders.")] = Path("runs/boxes"),
    write: Annotated[Path, typer.Option(help="Page to write; JSON beside it.")] = Path(
        "runs/boxes.md"
    ),
    changes: Changes = None,
) -> None:
    """Run both methods with every seed, and write what they reached; what was cut goes on."""
    jobs = []
    for seed in range(seeds):
        perfect = Boxes().best
        given = [f"run.target={perfect}", *(changes or []), f"run.seed={seed}"]
        settings = runs.load_config(config, given)
        direct = settings.model_copy(update={"encoding": WeightSettings()})
        for method, each in (("HyperNEAT", settings), ("FT-NEAT", direct)):
            jobs.append(Job(each, method, out / f"{method}-seed{seed}"))
    with LiveReporter() as reporter:
        results = workers.in_processes(evolve, jobs, reporter)
    write.parent.mkdir(parents=True, exist_ok=True)
    write.with_suffix(".json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    write.write_text(_page(results, settings), encoding="utf-8")
    print(write.read_text(encoding="utf-8"))


def _page(results: list[dict[str, Any]], config: runs.Config) -> str:
    """Write how many seeds solved the task, and what was kept at higher resolutions."""
    best = Boxes(config.task).best
    own = {n: [r for r in results if r["method"] == n] for n in ("HyperNEAT", "FT-NEAT")}
    rows = []
    for name, found in own.items():
        solved = [result["solved"] for result in found if result["solved"]]
        when = f"{np.median(solved):.0f}" if solved else "—"
        scores = np.array([result["11"] for result in found])
        rows.append(
            f"| {name} | {len(solved)} of {len(found)} | {when} | {np.median(scores):,.1f} | "
            f"{scores.min():,.1f} | {scores.max():,.1f} |"
        )
    kept = []
    for side in SIDES:
        shares = np.array([r[str(side)] / r["11"] for r in own["HyperNEAT"]])
        most = f"{(shares >= KEPT).sum()} of {len(shares)}"
        kept.append(f"| {side} × {side} | {np.median(shares):.1%} | {shares.min():.1%} | {most} |")
    ours, theirs = ([result["11"] for result in found] for found in own.values())
    p = stats.mannwhitneyu(ours, theirs).pvalue
    return "\n".join(
        [
            "# Boxes: visual discrimination",
            "",
            f"Written by `{shlex.join(['python', *sys.argv])}`: {config.search.batch} genomes, "
            f"{config.run.generations} generations at most.",
            "",
            f"Solved means {SOLVED:.0%} of the best possible score, {best:,}.",
            "",
            "| method | solved | in generation (median) | score, median | lowest | highest |",
            "|---|--:|--:|--:|--:|--:|",
            *rows,
            "",
            f"Scores of the two methods, two-sided Mann–Whitney U test: p = {p:.2g}.",
            "",
            "The same CPPNs on larger sheets, without further evolution:",
            "",
            "| nodes of a sheet | of the score at 11 × 11, median | lowest "
            f"| at least {KEPT:.0%} |",
            "|---|--:|--:|--:|",
            *kept,
            "",
        ]
    )


if __name__ == "__main__":
    typer.run(main)
