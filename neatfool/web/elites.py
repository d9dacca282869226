"""Elites of fooling runs, to breed from."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from neatfool import runs
from neatfool.encodings import CppnSettings
from neatfool.encodings.interchange.picture import Picture
from neatfool.errors import NeatfoolError
from neatfool.images import Canvas
from neatfool.networks import Graphs
from neatfool.reporting import log
from neatfool.runs.checkpoint import load_arrays
from neatfool.runs.elites import read_elites
from neatfool.web import bodies
from neatfool.web.refusal import Refusal

_GENOMES = "elites.safetensors"
_MOST_RUNS = 200
_DAMAGED = (OSError, ValueError, KeyError, TypeError, AttributeError)


def list_runs(folder: Path | None) -> list[bodies.RunOfFolder]:
    """List the runs in a folder that left CPPNs, the newest first; damaged ones are left out."""
    found = []
    for name, path in _folders(folder).items():
        try:
            found.append(_read(name, path / "report.json", path.stat().st_mtime_ns))
        except _DAMAGED as error:
            log.warning("%s cannot be listed: %s", path, error)
    return [run for run in found if run.encoding == "cppn"]


def read_elite(folder: Path | None, name: str, index: int) -> Picture:
    """Read the elite of a class.

    Args:
        folder: Of the runs.
        name: Of one of them; it is looked up among what is there.
        index: Of the class.

    Raises:
        Refusal: There is no such run or class, or it cannot be read.
    """
    path = _folders(folder).get(name)
    if path is None:
        raise Refusal(404, f"there is no run {name!r:.60}: load the list of runs again")
    try:
        config = runs.open_folder(path)
        arrays, about = load_arrays(path / _GENOMES)
        if not isinstance(config.encoding, CppnSettings) or index not in about["classes"]:
            raise Refusal(404, f"run {name:.60} has no network for class {index}: choose another")
        elites = Graphs.from_arrays(arrays)
        shape = read_elites(path).shape
    except (NeatfoolError, *_DAMAGED) as error:
        log.warning("%s cannot be read: %s", path, error)
        raise Refusal(422, f"run {name:.60} is damaged: the server's log says how") from None
    settings = config.encoding
    canvas = Canvas(shape, settings.coordinates, settings.rounding, settings.colours)
    return Picture(elites.select(np.array([about["classes"].index(index)])), canvas)


def _folders(folder: Path | None) -> dict[str, Path]:
    """Return the run folders by name, the newest first."""
    if folder is None:
        return {}
    try:
        found = [path for path in folder.iterdir() if (path / _GENOMES).is_file()]
        found.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    except OSError as error:
        log.warning("%s cannot be listed: %s", folder, error)
        return {}
    return {path.name: path for path in found[:_MOST_RUNS]}


@lru_cache(maxsize=_MOST_RUNS)
def _read(name: str, path: Path, changed: int) -> bodies.RunOfFolder:
    """Read the report of a run; ``changed`` says when the folder did."""
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return bodies.RunOfFolder(
        name=name,
        model=report["model"]["name"],
        encoding=report["encoding"],
        classes=tuple(
            bodies.ClassOfRun(
                index=entry["index"], name=entry["name"], confidence=entry["confidence"]
            )
            for entry in report["classes"]
        ),
    )
