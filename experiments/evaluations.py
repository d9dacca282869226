"""Solve tasks by NEAT, many times, beside the numbers of the paper of 2002.

Example:
    python experiments/evaluations.py poles --write docs/results/poles.md
"""

import collections
import functools
import json
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from neatfool import past, runs, workers
from neatfool.cli.console import Changes
from neatfool.cli.progress import LiveReporter
from neatfool.tasks import Playing
from neatfool.tasks.playing import examine

HEADINGS = {
    "evaluations": "evaluations, mean",
    "interval": "95 %",
    "worst": "worst",
    "generations": "generations",
    "hidden": "hidden nodes",
    "links": "enabled links",
    "generalisation": "starts of 625",
    "failures": "failures",
}
"""What is measured, over the runs that did not fail; means where nothing else is said."""


@dataclass(frozen=True)
class Study:
    """Runs of one configuration, and what the paper has in their place."""

    name: str
    config: str
    runs: int
    published: dict[str, str]
    changes: tuple[str, ...] = ()


def _ablation(name: str, evaluations: str, failures: str, *changes: str) -> Study:
    published = {"evaluations": evaluations, "failures": failures}
    return Study(name, "double_pole", 20, published, changes)


_XOR = {
    "evaluations": "4,755 (sd 2,553)",
    "worst": "13,459",
    "generations": "32",
    "hidden": "2.35 (sd 1.11)",
    "links": "7.48",
    "failures": "0 of 100",
}
_POLES = {"evaluations": "3,600 (sd 2,704)", "generations": "24", "failures": "0 of 120"}
_BLIND = {"evaluations": "33,184 (sd 21,790)", "generalisation": "286", "failures": "0 of 20"}
_RANDOM = "encoding.structure.start=random"
_FIXED = [
    f"encoding.structure.{key}" for key in ("start=layer", "add_edge_rate=0", "add_node_rate=0")
]
STUDIES = {
    "xor": (Study("XOR", "xor", 100, _XOR),),
    "poles": (
        Study("two poles", "double_pole", 120, _POLES),
        Study("no velocities", "double_pole_blind", 20, _BLIND),
        _ablation("no mating", "5,557", "0 %", "search.crossover=0"),
        _ablation("random start", "23,033", "5 %", _RANDOM),
        _ablation("random start, no species", "25,600", "25 %", _RANDOM, "search.threshold=1e9"),
        _ablation("no growth", "30,239", "80 %", *_FIXED),
    ),
}
"""Stanley and Miikkulainen 2002, sections 4 and 5; without species they start from random networks,
without growth from a hidden layer of ten."""


def solve(study: Study, changes: list[str], out: Path, seed: int) -> dict[str, Any]:
    """Evolve until a network of the population solves the task."""
    given = [*study.changes, *changes, "run.until_solved=true", f"run.seed={seed}"]
    config = runs.load_config(Path("configs/neat", f"{study.config}.toml"), given)
    folder = out / study.name.replace(" ", "-") / f"seed{seed}"
    parts = runs.complete(config, folder)
    number = parts.search.generation
    if number == config.run.generations:
        return {"generations": None}
    (last,) = collections.deque(past.replay(folder), maxlen=1)
    task = parts.task
    solved = task.solved(parts.encoding.express(last.genomes), last.latest.scores)
    first = last.genomes.select(np.flatnonzero(solved)[:1])
    found: dict[str, Any] = {"generations": number, "evaluations": number * config.batch}
    found |= {"hidden": len(first.node_ids) - first.inputs - first.outputs}
    found |= {"links": int(first.enabled.sum())}
    if isinstance(task, Playing) and (exams := task.world.exams()):
        policy = task.policy(parts.encoding.express(first))
        found["generalisation"] = int(examine(policy, task.world, exams[-1])[0])
    return found


def main(
    studies: Annotated[str, typer.Argument(help=f"What to solve: {' or '.join(STUDIES)}.")],
    seeds: Annotated[
        int | None, typer.Option(min=1, help="Seeds 0 … SEEDS - 1; unset: as published.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Rows of the page, by name; unset: all.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the run folders.")] = Path("runs"),
    write: Annotated[Path, typer.Option(help="Page to write; JSON beside it.")] = Path(
        "runs/evaluations.md"
    ),
    changes: Changes = None,
) -> None:
    """Solve a task with each seed, and write what it took; seeds that were cut go on."""
    results: dict[str, list[dict[str, Any]]] = {}
    chosen = [study for study in STUDIES[studies] if not only or study.name in only]
    for study in chosen:
        job = functools.partial(solve, study, changes or [], out / studies)
        with LiveReporter() as reporter:
            results[study.name] = workers.in_processes(job, range(seeds or study.runs), reporter)
    rows = []
    for study in chosen:
        rows += [(study.name, _measured(results[study.name])), ("published", study.published)]
    keys = [key for key in HEADINGS if any(key in row for _, row in rows)]
    table = [["", *(HEADINGS[key] for key in keys)], ["---", *["--:"] * len(keys)]]
    table += [[name, *(row.get(key, "") for key in keys)] for name, row in rows]
    lines = [f"| {' | '.join(cells)} |" for cells in table]
    title = "XOR by NEAT" if studies == "xor" else "Poles by NEAT"
    command = shlex.join(["python", *sys.argv])
    page = "\n".join([f"# {title}", "", f"Written by `{command}`.", "", *lines, ""])
    write.parent.mkdir(parents=True, exist_ok=True)
    write.write_text(page, encoding="utf-8")
    write.with_suffix(".json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    print(page)


def _measured(results: list[dict[str, Any]]) -> dict[str, str]:
    """Write what came of the runs of one study."""
    solved = [result for result in results if result["generations"]]
    failures = {"failures": f"{len(results) - len(solved)} of {len(results)}"}
    if len(solved) < 2:
        return failures
    columns = {name: np.array([result[name] for result in solved]) for name in solved[0]}
    evaluations = columns["evaluations"]
    half = 1.96 * evaluations.std(ddof=1) / len(solved) ** 0.5
    low, high = evaluations.mean() - half, evaluations.mean() + half
    found = failures | {
        "evaluations": _spread(evaluations, 0),
        "interval": f"{low:,.0f}–{high:,.0f}",
        "worst": f"{evaluations.max():,}",
        "generations": f"{columns['generations'].mean():.1f}",
        "hidden": _spread(columns["hidden"], 2),
        "links": f"{columns['links'].mean():.2f}",
    }
    if "generalisation" in columns:
        starts = columns["generalisation"]
        found["generalisation"] = f"{starts.mean():.0f} (least {starts.min()})"
    return found


def _spread(values: Any, digits: int) -> str:
    return f"{values.mean():,.{digits}f} (sd {values.std(ddof=1):,.{digits}f})"


if __name__ == "__main__":
    typer.run(main)
