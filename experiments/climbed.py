"""Gradients on the weights of dense CPPNs, for each class of a configuration: how far?

Example:
    python experiments/climbed.py configs/fooling/imagenet_cppn_small_tiled.toml --steps 200
"""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from dense_cppns import KINDS, SURE, Fit, climb, edges

from neatfool import runs, viz
from neatfool.cli.console import Changes
from neatfool.cli.progress import LiveReporter
from neatfool.files import markdown_table, write_whole
from neatfool.images import Canvas
from neatfool.reporting import CONFIDENCE, percent
from neatfool.tasks import Fooling

_SURE = f"{SURE * 100:g} %"
HEADS = ("seed", "mean", "median", "≥ 50 %", "≥ 90 %", f"≥ {_SURE}", "steps, median")
HEADS = (*HEADS, "passes each way", "as images")
COST = 3
"""What a pass forwards and backwards counts in images: a backward pass as two."""


def main(
    config: Annotated[Path, typer.Argument(help="TOML file of fooling by CPPNs.")],
    width: Annotated[int, typer.Option(min=4, help="Nodes of a layer: a multiple of 4.")] = 32,
    depth: Annotated[int, typer.Option(min=1, help="Layers.")] = 2,
    steps: Annotated[int, typer.Option(min=1, help="That each class may take.")] = 133,
    seeds: Annotated[int, typer.Option(min=1, help="How many.")] = 3,
    write: Annotated[Path, typer.Option(help="Page to write; picture beside it.")] = Path(
        "runs/climbed.md"
    ),
    changes: Changes = None,
) -> None:
    """Climb for each class and seed, and write a table and a picture of the first seed."""
    if width % len(KINDS):
        raise typer.BadParameter(f"--width: expected a multiple of {len(KINDS)}, got {width}")
    torch.set_num_threads(1)
    parts = runs.build(runs.load_config(config, changes or []))
    task, canvas = parts.task, parts.encoding.medium
    assert isinstance(task, Fooling)
    assert isinstance(canvas, Canvas)
    indices, rows, first = task.indices, [], {}
    for seed in range(seeds):
        found = {}
        with LiveReporter() as shown:
            shown.start(f"seed {seed}", len(indices))
            fits = [Fit(index, width, depth, 0, seed) for index in indices]
            for each in climb(task.classifier, canvas, fits, steps):
                found[each.fit.index] = each
                shown.step(len(found))
            shown.finish()
        first = first or found
        rows.append([str(seed), *cells([found[index].best for index in indices])])
        made = [each.steps for each in found.values()]
        total = sum(made)
        rows[-1] += [f"{np.median(made):g}", f"{total:,}", f"{COST * total:,}"]
    titles = [f"{task.classifier.labels[k]} · {CONFIDENCE.write(first[k].best)}" for k in indices]
    figure = viz.image_grid(torch.stack([first[k].image for k in indices]), titles, columns=10)
    viz.save(figure, write.with_suffix(".png"))
    text = [
        "# Gradients on the weights of CPPNs",
        "",
        f"Written by `{shlex.join(['python', *sys.argv])}`.",
        "",
        f"For each class a dense CPPN of {depth} layers of {width} nodes, "
        f"{edges(width, depth, canvas):,} edges in all, with the inputs, functions, colours and "
        "canvas of the configuration, is fitted by Adam on its weights: until it is believed with "
        f"{_SURE}, or for {steps} steps. *As images*: a step is a pass forwards and one "
        "backwards, which counts as two.",
        "",
        *markdown_table(HEADS, rows),
        "",
        f"![Best images]({write.with_suffix('.png').name})",
        "",
    ]
    write_whole(write, "\n".join(text))
    print(write.read_text(encoding="utf-8"))


def cells(scores: list[float]) -> list[str]:
    """Write what the classes came to: mean, median, and the shares that are sure enough."""
    found = np.array(scores)
    shares = (float((found >= level).mean()) for level in (0.5, 0.9, SURE))
    return [*map(CONFIDENCE.write, (found.mean(), np.median(found))), *map(percent, shares)]


if __name__ == "__main__":
    typer.run(main)
