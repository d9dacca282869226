"""Gradient ascent under the four settings of the paper's supplement, beside evolved images.

Example:
    python experiments/ascents.py configs/fooling/mnist_gradient.toml
"""

import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer

from neatfool import past, reports, runs, viz
from neatfool.cli.console import Changes
from neatfool.cli.progress import LiveReporter
from neatfool.encodings import CppnSettings, PixelSettings
from neatfool.files import write_whole
from neatfool.reporting import CONFIDENCE, Announcing
from neatfool.search import MapElitesSettings
from neatfool.sections.gradient import AGES
from neatfool.types import Json

LEVELS = (0.5, 0.9, 0.99, 0.999, 0.9999)
SETTINGS = {
    "nothing": (500, ["search.step.early=0.02", "search.step.late=0.1"]),
    "L2": (1500, ["search.step.early=0.03", "search.step.late=0.02"]),
    "L2, blur": (1000, ["search.step.early=0.03", "search.step.late=0.05"]),
    "L2, blur, small pixels": (1500, ["search.step.early=0.03", "search.step.late=0.05"]),
}
"""Steps and their size, by what keeps images smooth."""
SMOOTH = {
    "nothing": "{}",
    "L2": "{decay = 0.01}",
    "L2, blur": "{decay = 0.001, blur = 0.4, blur_every = 2}",
    "L2, blur, small pixels": "{decay = 0.001, blur = 0.3, small_norm = 0.2, small_absolute = 0.2}",
}
EVOLVED = {"evolved patterns": CppnSettings(), "evolved noise": PixelSettings()}


def configured(
    config: Path, name: str, generations: int, steps: int | None, changes: Sequence[str]
) -> runs.Config:
    """Give the settings of one run: an ascent of the supplement, or an evolution."""
    if name in EVOLVED:
        base = runs.load_config(config, [*changes, f"run.generations={generations}"])
        update = {"encoding": EVOLVED[name], "search": MapElitesSettings()}
        return base.model_copy(update=update)
    most, size = SETTINGS[name]
    chosen = [f"search.steps={steps or most}", f"run.generations={(steps or most) + 1}"]
    smooth = f"search.smooth={SMOOTH[name]}"
    return runs.load_config(config, [*size, smooth, *chosen, *changes])


def row(name: str, folder: Path, report: Json) -> str:
    """Write how many steps it took, where there are steps, and what came of it."""
    scores = np.array([niche["score"] for niche in report["niches"]])
    keys = past.first_to_reach(folder, len(scores), LEVELS)
    cells = []
    for column in keys.T:
        reached = column[column >= 0] % AGES
        median = f"{np.median(reached):g}, " if len(reached) and name in SETTINGS else ""
        cells.append(f"{median}{len(reached)} of {len(scores)}")
    ends = (float(np.median(scores)), float(scores.min()))
    return f"| {name} | {' | '.join(cells)} | {' | '.join(map(CONFIDENCE.write, ends))} |"


def main(
    config: Annotated[Path, typer.Argument(help="TOML file of gradient ascent.")],
    evolved: Annotated[int, typer.Option(min=1, help="Generations of the evolved images.")] = 200,
    steps: Annotated[int | None, typer.Option(min=1, help="[those of the supplement]")] = None,
    only: Annotated[
        str | None, typer.Option(help="Some settings, separated by semicolons. [all]")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the runs.")] = Path("runs/ascents"),
    write: Annotated[Path, typer.Option(help="Page to write; picture beside it.")] = Path(
        "runs/ascents.md"
    ),
    changes: Changes = None,
) -> None:
    """Climb under each setting, evolve beside it, and write a table and a gallery; it resumes."""
    names = [each.strip() for each in only.split(";")] if only else [*SETTINGS, *EVOLVED]
    lines, pictures, titles, told = [], [], [], {}
    for name in names:
        settings = configured(config, name, evolved, steps, changes or [])
        folder = out / name.replace(", ", "-").replace(" ", "-")
        with LiveReporter() as shown:
            said = Announcing(f"{name}, seed {settings.run.seed}", shown)
            report = reports.run(settings, folder, said, past.is_run(folder))
        lines.append(row(name, folder, report))
        elites = past.read_elites(folder)
        pictures += list(elites.chunks(len(elites)))
        scores = [niche["score"] for niche in report["niches"] if niche["score"] is not None]
        titles += [f"{name} · {CONFIDENCE.write(score)}" for score in scores]
        told[name] = report
    count = len(told[names[0]]["niches"])
    figure = viz.image_grid(torch.cat(pictures), titles, columns=min(count, 10))
    viz.save(figure, write.with_suffix(".png"))
    levels = " | ".join(f"{level:g}" for level in LEVELS)
    page = [
        "# Gradient ascent",
        "",
        f"Written by `{shlex.join(['python', *sys.argv])}`.",
        "",
        "The median number of steps until an image is believed that much, and of how many classes "
        "one is; then the median and the worst of the best confidences.",
        "",
        f"| images | {levels} | median | worst |",
        "|---|" + "--:|" * (len(LEVELS) + 2),
        *lines,
        "",
        f"![Best images]({write.with_suffix('.png').name})",
        "",
    ]
    write_whole(write.with_suffix(".json"), json.dumps(told) + "\n")
    write_whole(write, "\n".join(page))
    print(write.read_text(encoding="utf-8"))


if __name__ == "__main__":
    typer.run(main)
