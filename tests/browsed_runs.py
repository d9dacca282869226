"""A folder of small runs, and of what is none."""

import shutil
from pathlib import Path
from typing import Any
from unittest import mock

from neatfool import encodings, reports, runs, search
from neatfool.images import Canvas
from neatfool.tasks import Fooling
from neatfool.types import Shape
from tests.fakes import fake_classifier

GREY, COLOUR = (1, 6, 5), (3, 8, 8)
GENERATIONS = 6
PROGRAM = """
from pathlib import Path

import torch

import neatfool
from neatfool.images import Canvas
from neatfool.substrates import Substrate, sandwich

with Path(__file__).with_name("ran").open("a") as file:
    file.write("again\\n")


class Hills(neatfool.Task):
    niches = ("height",)
    measures = ("left", "right")
    medium = Substrate(sandwich(2, 2))

    def __init__(self, settings=None, seed=0):
        pass

    def score(self, weights, trial=None):
        heights = 1 - weights.square().mean(dim=1, keepdim=True)
        return torch.cat([heights, weights[:, :2]], dim=1).numpy()


class Greys(neatfool.Task):
    niches = ("dark", "bright")
    medium = Canvas((1, 6, 5))
    best = 0.0
    levels = (-0.5, -0.25)

    def __init__(self, settings=None, seed=0):
        pass

    def score(self, images, trial=None):
        greys = images.flatten(1).mean(dim=1, keepdim=True)
        return -torch.cat([greys, 1 - greys], dim=1).numpy()
"""
GRID = ("search.grid.bins=[4,5]", "search.grid.lower=[-1,-1]", "search.grid.upper=[1,1]")


def evolve(
    folder: Path,
    encoding: Any,
    shape: Shape,
    classes: int,
    stop: int = GENERATIONS,
    seed: int = 3,
    by: Any = search.MapElitesSettings(batch=12),  # noqa: B008 - it is frozen
) -> None:
    """Run against a fake network; one that stops before its last generation is not published."""
    config = runs.Config(
        encoding=encoding,
        search=by,
        run=runs.RunSettings(
            device="cpu",
            workers="threads:1",
            checkpoint_every=2,
            seed=seed,
            generations=GENERATIONS,
        ),
    )
    classifier = fake_classifier(shape, classes)
    painter, task = encodings.build(encoding, Canvas(shape)), Fooling(classifier)
    evolution = search.build(config.search, painter, classes, seed)
    _run(runs.Parts(config, painter, task, evolution), folder, stop)


def _run(parts: runs.Parts, folder: Path, stop: int) -> None:
    """Evolve up to a generation, and publish what came to its end."""
    with mock.patch("os.fsync"), runs.Run(parts, folder) as run:
        for number in run.generations():
            if number > stop:
                return
            parts.search.tell(run.evaluate(parts.search.ask()))
        reports.publish(run)


def evolve_task(folder: Path, *changes: str, stop: int = GENERATIONS) -> None:
    """Run a task as the settings say."""
    common = ("batch=12", "checkpoint_every=2", f"generations={GENERATIONS}", "workers=threads:1")
    named = [f"{'search' if 'batch' in each else 'run'}.{each}" for each in common]
    config = runs.load_config(None, [*named, "run.device=cpu", *changes])
    _run(runs.build(config), folder, stop)


def make_runs(root: Path) -> None:
    """Fill a folder: finished runs, one that was cut, a damaged and an empty one, links."""
    cppn = encodings.CppnSettings()
    evolve(root / "finished", cppn, GREY, 4)
    evolve(root / "sweep" / "other", cppn, GREY, 4, seed=4)
    evolve(root / "sweep" / "pixels", encodings.PixelSettings(), COLOUR, 12)
    evolve(root / "cut", cppn, COLOUR, 4, stop=5)
    damaged = root / "damaged"
    damaged.mkdir()
    for name in ("resolved.toml", "report.json", "metrics.jsonl"):
        (damaged / name).write_bytes(b"\0{")
    (root / "notes" / "deeper").mkdir(parents=True)
    (root / "notes" / "about.txt").write_text("nothing")
    outside = root.parent / "outside"
    shutil.copytree(root / "finished", outside)
    (root / "link").symlink_to(outside, target_is_directory=True)
    tricky = shutil.copytree(root / "finished", root / "tricky")
    (tricky / "metrics.jsonl").unlink()
    (tricky / "metrics.jsonl").symlink_to(outside / "metrics.jsonl")


def make_runs_of_tasks(root: Path) -> None:
    """Fill a folder with runs of other tasks than fooling, some of them cut."""
    xor = ("task.kind=xor", "search.kind=neat")
    evolve_task(root / "xor", *xor)
    evolve_task(root / "xor again", *xor, "run.seed=1", stop=5)
    evolve_task(root / "xor cut", *xor, stop=5)
    evolve_task(root / "boxes", "task.kind=boxes")
    program = root.parent / "program.py"
    program.write_text(PROGRAM)
    hills = (f'task.kind="{program}:Hills"', "encoding.kind=weights", *GRID)
    evolve_task(root / "hills", *hills)
    evolve_task(root / "hills cut", *hills, stop=5)
    evolve_task(root / "greys", f'task.kind="{program}:Greys"', stop=5)


def make_program_run(root: Path) -> None:
    """Add a run whose genomes cannot be read without a program, which notes that it ran."""
    program = root.parent / "program.py"
    program.write_text(PROGRAM)
    hills = (f'task.kind="{program}:Hills"', "encoding.kind=weights", *GRID)
    evolve_task(root / "hills", *hills, stop=5)
