"""A folder of small runs, and of what is none."""

import shutil
from pathlib import Path
from typing import Any

from neatfool import encodings, reports, runs, search
from neatfool.tasks import Fooling
from neatfool.types import Shape
from tests.fakes import fake_classifier

GREY, COLOUR = (1, 6, 5), (3, 8, 8)
GENERATIONS = 6


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
    painter, task = encodings.build(encoding, shape), Fooling(classifier)
    evolution = search.build(config.search, painter, classes, seed)
    parts = runs.Parts(config, painter, task, evolution)
    with runs.Run(parts, folder) as run:
        for number in run.generations():
            if number > stop:
                return
            evolution.tell(run.evaluate(evolution.ask()))
        reports.publish(run)


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
