"""Pictures of a study: curves, boxes, medians over what varies, and what the best runs found."""

import glob
import shutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from neatfool import viz
from neatfool.bounded import opened
from neatfool.files import markdown, replacing
from neatfool.past.folder import find_file
from neatfool.runs.written import FILM, GALLERY
from neatfool.studies.conducting import StudyResults
from neatfool.studies.jobs import plain_name
from neatfool.studies.records import RunRecord
from neatfool.studies.tables import Group, Table
from neatfool.types import Doubles, Floats

_NOTED = 6  # tests of a treatment that are written beneath its boxes, at most
_LARGE = 1 << 20  # bytes of a PNG from which on it becomes a JPEG
_LARGEST = {".png": 1 << 25}  # larger ones are not shown
_LARGEST_FILM = 1 << 22


def pictures(outcome: StudyResults, table: Table, folder: Path, heading: str) -> Iterator[str]:
    """Draw curves, boxes, medians over what varies, and what the best runs found."""
    study = outcome.study
    titles = [str(treatment) for treatment in table.treatments]
    rows = dict(zip([""] if table.is_sweep else titles, table.rows, strict=True))
    values = {t: {table.label(each): each.ranked for each in row} for t, row in rows.items()}
    curves = {title: _curves(outcome, table.names, title) for title in titles}
    if table.is_sweep:
        curves = {"": {t: c for t, found in curves.items() for c in found.values()}}
    unit = table.unit if table.measure == "score" else None
    drawn = {"boxes": viz.group_boxes(values, heading, study.title, unit, _notes(table))}
    if any(curves.values()):
        kept = {title: each for title, each in curves.items() if each}
        drawn["curves"] = viz.group_curves(kept, study.title, table.unit)
    numbers = [treatment.number for treatment in table.treatments]
    if len(numbers) > 1 and None not in numbers:
        series = {
            name: [_triple(row[place]) for row in table.groups]
            for place, name in enumerate(table.names)
        }
        (key,) = table.treatments[0].values
        known = [number for number in numbers if number is not None]
        drawn["medians"] = viz.group_trends(known, series, (key, heading), study.title)
    for name in ("curves", "medians", "boxes"):
        if name in drawn:
            for ending in (".png", ".svg"):
                viz.save(drawn[name], folder / f"{name}{ending}")
            yield from (f"![{name.capitalize()}]({name}.png)", "")
    for name in table.names:
        yield from _best(outcome, name, folder)


def _notes(table: Table) -> dict[str, str]:
    """Say beneath the boxes of each treatment which differ, as the page does."""
    found = defaultdict[str, list[str]](list)
    for test in table.tests:
        if test.found is not None:
            title = "" if table.is_sweep else str(test.treatment)
            found[title].append(
                f"{test.methods[0]} against {test.methods[1]}: p = {test.adjusted:.2g}, "
                f"n = {test.found.counts[0]} and {test.found.counts[1]}"
            )
    few = {title: lines for title, lines in found.items() if len(lines) <= _NOTED}
    return {title: "\n".join(["Mann–Whitney, Holm:", *lines]) for title, lines in few.items()}


def _triple(group: Group) -> tuple[float, float, float]:
    """Return the median and its interval; NaN where there is none, as of runs that never came."""
    if not len(group.values):
        return np.nan, np.nan, np.nan
    found = np.array([*group.quantiles(0.5), *group.interval])
    middle, low, high = np.where(np.isfinite(found), found, np.nan).tolist()
    return middle, low, high


def _curves(
    outcome: StudyResults, names: list[str], treatment: str
) -> dict[str, tuple[Doubles, Doubles]]:
    """Stack the curves of the runs of each method; one that stopped early stays where it was."""
    found = {}
    for name in names:
        own = [
            record
            for job, record in outcome.done
            if (job.contender.name, str(job.treatment)) == (name, treatment) and len(record.scores)
        ]
        if own:
            x = np.unique(np.concatenate([record.evaluations for record in own]))
            found[name] = x.astype(np.float64), np.stack([_at(record, x) for record in own])
    return found


def _at(record: RunRecord, evaluations: Floats) -> Doubles:
    """Return the score of a run after so many evaluations each ``(G,)``; NaN: before its first."""
    place = np.searchsorted(record.evaluations, evaluations, side="right") - 1
    return np.where(place < 0, np.nan, record.scores[place]).astype(np.float64)


def _best(outcome: StudyResults, method: str, folder: Path) -> list[str]:
    """Copy the film or the gallery of the best run of a method; keep one whose folder is gone."""
    own = [(job, record) for job, record in outcome.done if job.contender.name == method]
    if not own:
        return []
    job, record = max(own, key=lambda pair: (_last(pair[1]), -pair[1].evaluations[-1:].sum()))
    to = folder / f"best-{plain_name(method)}"
    found = (find_file(job.folder, name) for name in (FILM, GALLERY))
    new = [file for file in found if file is not None and _is_small(file)]
    shown = [_copied(new[0], to)] if new else sorted(folder.glob(f"{glob.escape(to.name)}.*"))
    if not shown:
        return []
    best = f"The run of {method} with the most {record.unit.noun}, {job.name}:"
    said = best if new else f"A good run of {method}:"
    return [markdown(said), "", f"![{markdown(method)}]({shown[0].name})", ""]


def _is_small(file: Path) -> bool:
    return file.stat().st_size <= _LARGEST.get(file.suffix, _LARGEST_FILM)


def _last(record: RunRecord) -> float:
    score = record.at(len(record.scores))
    return -np.inf if score is None else score


def _copied(file: Path, to: Path) -> Path:
    """Copy a picture, as a JPEG if it is a large PNG."""
    is_large = file.suffix == ".png" and file.stat().st_size > _LARGE
    made = to.with_name(to.name + (".jpg" if is_large else file.suffix))
    with replacing(made) as temporary:
        if is_large:
            with opened(file) as plain, Image.open(plain, formats=["PNG"]) as picture:
                picture.convert("RGB").save(temporary, format="JPEG", quality=80)
        else:
            shutil.copyfile(file, temporary)
    return made
