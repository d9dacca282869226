"""Compare direct, indirect and hybrid encodings on a task from irregular to regular (HybrID).

Example:
    python experiments/hybrids.py configs/hyperneat/target_weights_small.toml \
        --vary task.regularity --values 0,50,100 --seeds 10
"""

import itertools
import json
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from scipy import stats

from neatfool import runs, viz, workers
from neatfool.cli.console import Changes
from neatfool.cli.progress import LiveReporter
from neatfool.encodings import OffsetSettings, SwitchSettings, WeightSettings
from neatfool.kinds import KindSettings

REFERENCE = "HyperNEAT"


@dataclass(frozen=True)
class Job:
    """One run: a method on a treatment with a seed."""

    config: runs.Config
    method: str
    treatment: float
    folder: Path


def methods(
    config: runs.Config, switch: int, stagnation: int, offset_rates: Sequence[float]
) -> dict[str, KindSettings]:
    """Return the encodings that are compared; all grow or mutate in the same way."""
    cppn, direct = config.encoding, WeightSettings()
    offsets = {
        f"Offset, {rate:g}": OffsetSettings(indirect=cppn, offset_rate=rate)
        for rate in offset_rates
    }
    return {
        "FT-NEAT": direct,
        REFERENCE: cppn,
        "Switch": SwitchSettings(indirect=cppn, direct=direct, at=switch),
        "Auto-Switch": SwitchSettings(indirect=cppn, direct=direct, stagnation=stagnation),
        **offsets,
    }


def evolve(job: Job) -> dict[str, Any]:
    """Evolve for all generations."""
    parts = runs.complete(job.config, job.folder)
    found = {"method": job.method, "treatment": job.treatment, "seed": job.config.run.seed}
    return found | {"best": parts.task.best, "score": float(parts.search.archive.scores[0])}


def main(
    config: Annotated[Path, typer.Argument(help="TOML file of HyperNEAT on the task.")],
    vary: Annotated[str, typer.Option(help="The setting that makes the task regular.")],
    values: Annotated[str, typer.Option(help="Its values.")] = "0,20,40,60,80,100",
    seeds: Annotated[int, typer.Option(min=2, help="Seeds 0 … SEEDS - 1.")] = 10,
    switch: Annotated[int, typer.Option(help="Generation of Switch-HybrID.")] = 100,
    stagnation: Annotated[int, typer.Option(help="Generations Auto-Switch waits.")] = 20,
    offset_rates: Annotated[
        str, typer.Option(help="Chances of each offset of Offset-HybrID to change; one or more.")
    ] = "0.005",
    out: Annotated[Path, typer.Option(help="Folder of the run folders.")] = Path("runs/hybrids"),
    write: Annotated[Path, typer.Option(help="Page to write; JSON, PNG beside it.")] = Path(
        "runs/hybrids.md"
    ),
    changes: Changes = None,
) -> None:
    """Run every method on every treatment with every seed; write medians and tests.

    Runs that were cut go on where they were.
    """
    treatments = [float(value) for value in values.split(",")]
    rates = [float(rate) for rate in offset_rates.split(",")]
    jobs = []
    for treatment, seed in itertools.product(treatments, range(seeds)):
        settings = runs.load_config(
            config, [*(changes or []), f"{vary}={treatment}", f"run.seed={seed}"]
        )
        for name, encoding in methods(settings, switch, stagnation, rates).items():
            own = settings.model_copy(update={"encoding": encoding})
            folder = out / f"{config.stem}-{name.replace(', ', '-')}-{treatment:g}-seed{seed}"
            jobs.append(Job(own, name, treatment, folder))
    with LiveReporter() as reporter:
        results = workers.in_processes(evolve, jobs, reporter)
    write.parent.mkdir(parents=True, exist_ok=True)
    write.with_suffix(".json").write_text(json.dumps(results), encoding="utf-8")
    write.write_text(_page(results, treatments, vary), encoding="utf-8")
    names = list(dict.fromkeys(job.method for job in jobs))
    series = {n: [_interval(_scores(results, n, t)) for t in treatments] for n in names}
    heading = f"{write.stem}: median of {seeds} seeds, 95 % bootstrap interval"
    figure = viz.group_trends(
        treatments, series, (vary, f"score, of {results[0]['best']}"), heading
    )
    figure.savefig(write.with_suffix(".png"))
    print(write.read_text(encoding="utf-8"))


def _page(results: Sequence[dict[str, Any]], treatments: list[float], vary: str) -> str:
    """Write medians, and how each method compares with HyperNEAT."""
    names = list(dict.fromkeys(result["method"] for result in results))
    head = "| method | " + " | ".join(f"{treatment:g}" for treatment in treatments) + " |"
    line = "|---|" + "--:|" * len(treatments)
    medians, tests = [head, line], [head, line]
    for name in names:
        cells = [_scores(results, name, treatment) for treatment in treatments]
        shown = [f"{m:.1f} ({low:.1f}–{high:.1f})" for m, low, high in map(_interval, cells)]
        medians.append(f"| {name} | " + " | ".join(shown) + " |")
        if name != REFERENCE:
            others = [_scores(results, REFERENCE, treatment) for treatment in treatments]
            tests.append(f"| {name} | " + " | ".join(map(_compared, cells, others)) + " |")
    trend = []
    for name in names:
        own = [result for result in results if result["method"] == name]
        found = stats.spearmanr([r["treatment"] for r in own], [r["score"] for r in own])
        trend.append(f"| {name} | {found.statistic:+.2f} | {found.pvalue:.2g} |")
    return "\n".join(
        [
            "# Direct, indirect and hybrid encodings",
            "",
            f"Written by `{shlex.join(['python', *sys.argv])}`.",
            "",
            f"Scores after all generations, by `{vary}`: medians over the seeds, with their 95 % "
            f"bootstrap intervals. The best possible score is {results[0]['best']}.",
            "",
            *medians,
            "",
            f"Compared with {REFERENCE}: whether the median is higher (>) or lower (<), and the p "
            "value of a two-sided Mann–Whitney U test.",
            "",
            *tests,
            "",
            f"Rank correlation (Spearman) of the score with `{vary}`:",
            "",
            "| method | correlation | p |",
            "|---|--:|--:|",
            *trend,
            "",
        ]
    )


def _scores(results: Sequence[dict[str, Any]], method: str, treatment: float) -> Any:
    wanted = (method, treatment)
    return np.array([r["score"] for r in results if (r["method"], r["treatment"]) == wanted])


def _interval(scores: Any) -> tuple[float, float, float]:
    """Return the median and the ends of its interval."""
    if np.ptp(scores) == 0:
        return float(scores[0]), float(scores[0]), float(scores[0])
    found = stats.bootstrap((scores,), np.median, method="percentile", rng=0).confidence_interval
    return float(np.median(scores)), float(found.low), float(found.high)


def _compared(ours: Any, others: Any) -> str:
    p = stats.mannwhitneyu(ours, others).pvalue
    return f"{'>' if np.median(ours) > np.median(others) else '<'} p = {p:.2g}"


if __name__ == "__main__":
    typer.run(main)
