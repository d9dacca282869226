"""Solve XOR by NEAT, many times, beside the numbers of the paper of 2002.

Example:
    python experiments/xor.py --seeds 100
"""

import collections
import functools
import json
import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from neatfool import past, runs, workers
from neatfool.cli.console import Changes
from neatfool.cli.progress import LiveReporter

PUBLISHED = {
    "evaluations, mean": "4,755 (sd 2,553)",
    "generations, mean": "32",
    "evaluations, worst": "13,459",
    "hidden nodes, mean": "2.35 (sd 1.11)",
    "enabled links, mean": "7.48",
    "failures": "0 of 100",
}
"""Stanley and Miikkulainen 2002, section 4.1."""


def solve(path: Path, changes: list[str], out: Path, seed: int) -> dict[str, Any]:
    """Evolve until a network of the population is right in all four cases."""
    given = [*changes, "run.until_solved=true", f"run.seed={seed}"]
    folder = out / f"seed{seed}"
    parts = runs.complete(runs.load_config(path, given), folder)
    (last,) = collections.deque(past.replay(folder), maxlen=1)
    solved = np.flatnonzero(parts.task.solved(parts.encoding.express(last.genomes)))
    if not len(solved):
        return {"generations": None}
    first, number = last.genomes.select(solved[:1]), parts.search.generation
    hidden = len(first.node_ids) - first.inputs - first.outputs
    found = {"generations": number, "evaluations": number * parts.config.batch}
    return found | {"hidden": hidden, "links": int(first.enabled.sum())}


def main(
    config: Annotated[Path, typer.Argument(help="TOML file.")] = Path("configs/neat/xor.toml"),
    seeds: Annotated[int, typer.Option(min=1, help="Seeds 0 … SEEDS - 1.")] = 100,
    out: Annotated[Path, typer.Option(help="Folder of the run folders.")] = Path("runs/xor"),
    write: Annotated[Path, typer.Option(help="Page to write; JSON beside it.")] = Path(
        "runs/xor.md"
    ),
    changes: Changes = None,
) -> None:
    """Solve XOR with each seed, and write what it took; seeds that were cut go on."""
    with LiveReporter() as reporter:
        job = functools.partial(solve, config, changes or [], out)
        results = workers.in_processes(job, range(seeds), reporter)
    solved = [result for result in results if result["generations"]]

    def column(name: str) -> Any:
        return np.array([result[name] for result in solved])

    ours = {
        "evaluations, mean": _spread(column("evaluations"), 0),
        "generations, mean": f"{column('generations').mean():.1f}",
        "evaluations, worst": f"{column('evaluations').max():,}",
        "hidden nodes, mean": _spread(column("hidden"), 2),
        "enabled links, mean": f"{column('links').mean():.2f}",
        "failures": f"{seeds - len(solved)} of {seeds}",
    }
    rows = [f"| {name} | {ours[name]} | {PUBLISHED[name]} |" for name in PUBLISHED]
    command = shlex.join(["python", *sys.argv])
    lines = ["# XOR by NEAT", "", f"Written by `{command}`.", "", "| | ours | published |"]
    write.parent.mkdir(parents=True, exist_ok=True)
    write.write_text("\n".join([*lines, "|---|--:|--:|", *rows, ""]), encoding="utf-8")
    write.with_suffix(".json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    print(write.read_text(encoding="utf-8"))


def _spread(values: Any, digits: int) -> str:
    return f"{values.mean():,.{digits}f} (sd {values.std(ddof=1):,.{digits}f})"


if __name__ == "__main__":
    typer.run(main)
