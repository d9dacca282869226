"""Fool classifiers under one or more configurations, several seeds each, and sum up the runs.

Example:
    python experiments/fool.py configs/fooling/mnist_cppn.toml --seeds 5
"""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from neatfool import past, reports, runs
from neatfool.cli.console import Changes
from neatfool.cli.progress import LiveReporter


def main(
    configs: Annotated[list[Path], typer.Argument(help="TOML files, one for each variant.")],
    seeds: Annotated[int, typer.Option(min=1, help="Seeds 0 … SEEDS - 1 of each.")] = 1,
    out: Annotated[Path, typer.Option(help="Folder of the run folders.")] = Path("runs/fool"),
    write: Annotated[Path, typer.Option(help="Page to write.")] = Path("runs/fool/summary.md"),
    title: Annotated[str, typer.Option(help="Title of the page.")] = "Fooling",
    changes: Changes = None,
) -> None:
    """Evolve, publish and sum up; what was finished before is kept, what was cut goes on."""
    results: dict[str, list[reports.SeedResult]] = {path.stem: [] for path in configs}
    for path in configs:
        for seed in range(seeds):
            config = runs.load_config(path, [*(changes or []), f"run.seed={seed}"])
            folder = out / f"{path.stem}-seed{seed}"
            with LiveReporter() as reporter:
                reports.run(config, folder, reporter, past.is_run(folder))
            results[path.stem].append(reports.read_result(folder))
    reports.write_summary(write, results, title, shlex.join(["python", *sys.argv]))
    print(write.read_text(encoding="utf-8"))


if __name__ == "__main__":
    typer.run(main)
