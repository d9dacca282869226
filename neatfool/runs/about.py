"""What a run evolves, written down as it begins, so that nobody has to build its task."""

import dataclasses
import json
from pathlib import Path

from neatfool.files import write_whole
from neatfool.images import Canvas
from neatfool.runs.build import Parts

ABOUT = "about.json"


def write_about(folder: Path, parts: Parts) -> None:
    """Write down what a run evolves, as it begins: ``written.WrittenAbout``."""
    task = parts.task
    about = {
        "name": parts.name,
        "shape": list(task.medium.shape) if isinstance(task.medium, Canvas) else None,
        "indices": list(task.indices or range(len(task.niches))),
        "names": list(task.niches),
        "unit": dataclasses.asdict(task.unit),
        "best": task.best,
        "levels": list(task.levels),
        "grid": task.grid_facts(),
    }
    write_whole(folder / ABOUT, json.dumps(about) + "\n")
