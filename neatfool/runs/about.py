"""What a run evolves, written down as it begins, so that nobody has to build its classifier."""

import json
from pathlib import Path

from neatfool.files import write_whole
from neatfool.runs.build import Parts

ABOUT = "about.json"


def write_about(folder: Path, parts: Parts) -> None:
    """Write down what a run evolves, as it begins."""
    classifier, task = parts.classifier, parts.task
    about = {
        "model": classifier.name,
        "shape": list(parts.encoding.shape),
        "classes": list(task.classes),
        "names": list(task.niches),
    }
    write_whole(folder / ABOUT, json.dumps(about) + "\n")
