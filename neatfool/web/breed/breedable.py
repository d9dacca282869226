"""Runs whose elites can be bred from."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from neatfool.encodings import can_breed
from neatfool.encodings.interchange.picture import Picture
from neatfool.images import Canvas
from neatfool.past.about import read_about
from neatfool.past.folder import find_runs, read_config
from neatfool.past.overview import DAMAGED
from neatfool.past.report import read_report
from neatfool.reporting import log
from neatfool.web.breed import bodies
from neatfool.web.browse.folders import Folders, find_run, telling
from neatfool.web.refusal import Refusal

_MOST_RUNS = 500


def list_runs(folder: Path | None) -> list[bodies.RunOfFolder]:
    """List the runs that left CPPNs that paint, the newest first; damaged ones are left out."""
    found = []
    for name, path in find_runs(folder).items():
        try:
            found.append(_read(name, path, path.stat().st_mtime_ns))
        except DAMAGED as error:
            log.warning("%s cannot be listed: %s", path, error)
    return [run for run in found if run is not None]


def read_elite(folder: Path | None, name: str, index: int) -> Picture:
    """Read the elite of a class.

    Args:
        folder: Of the runs.
        name: Of one of them; it is looked up among what is there.
        index: Of the class.

    Raises:
        Refusal: There is no such run or class, or it cannot be read.
    """
    path = find_run(find_runs(folder), name)
    with telling(name):
        config = read_config(path)
        about, settings = read_about(path), config.encoding
        paints = can_breed(settings) and about.shape is not None
        if not paints or index not in about.indices:
            raise Refusal(404, f"run {name:.60} has no network for class {index}: choose another")
        archive, found = Folders().archive(path)
    row, elites = about.indices.index(index), archive.genomes
    if not archive.occupied[row]:
        raise Refusal(404, f"run {name:.60} has no elite of class {index}: choose another")
    networks = elites.networks
    assert networks is not None
    assert isinstance(found.encoding.medium, Canvas)
    return Picture(networks.select(np.array([row])), found.encoding.medium)


@lru_cache(maxsize=_MOST_RUNS)
def _read(name: str, path: Path, changed: int) -> bodies.RunOfFolder | None:
    """Read the report of a run; ``changed`` says when the folder did. None: nothing to breed."""
    report = read_report(path)
    if report is None:
        return None
    task = report["task"]
    left = [entry for entry in report["niches"] if entry["score"] is not None]
    if not (task["images"] and report["encoding"] == "cppn" and left):
        return None
    niches = tuple(
        bodies.NicheOfRun(index=entry["index"], name=entry["name"], score=entry["score"])
        for entry in left
    )
    is_share = task["unit"]["is_share"]
    return bodies.RunOfFolder(name=name, task=task["name"], is_share=is_share, niches=niches)
