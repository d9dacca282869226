"""What a run evolves, written down as it begins, so that nobody has to build its task."""

from pathlib import Path

from neatfool.files import write_whole
from neatfool.runs.build import Parts

ABOUT = "about.json"


def write_about(folder: Path, parts: Parts) -> None:
    """Write down what a run evolves, as it begins: ``written.WrittenAbout``."""
    write_whole(folder / ABOUT, parts.about.model_dump_json() + "\n")
