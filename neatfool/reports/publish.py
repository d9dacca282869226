"""What a finished run leaves for people: pictures, genomes, report."""

import itertools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from neatfool.files import write_whole
from neatfool.past.about import About, read_about
from neatfool.past.folder import find_file
from neatfool.past.records import count_failed
from neatfool.reports.behind import behind
from neatfool.reports.played import FIRST, save_frames
from neatfool.reports.portfolio import DRAWN, Portfolio
from neatfool.reports.real import Compared
from neatfool.reports.report import CURVE, FRONT, GRID, RESULTS, add_facts, write_report
from neatfool.reports.words import first_name, title, unit_of
from neatfool.runs.run import Run
from neatfool.runs.stopping import INTERRUPTED
from neatfool.runs.written import FILM, GALLERY, GENOMES, REPORT_SCHEMA
from neatfool.search import Archive
from neatfool.sections.config import Config
from neatfool.settings import flat
from neatfool.stored import save_arrays
from neatfool.tasks import Task
from neatfool.types import Ints, Json
from neatfool.version import __version__
from neatfool.workers.chunks import chunk_size
from neatfool.workers.machine import environment

ADVICE = "make room or mend the permissions, then try again"
"""What to do where a report cannot be written."""


def publish(run: Run, real: Compared | None = None) -> Json:
    """Write the elites, the pictures and the report of a run into its folder.

    Args:
        run: Finished, or standing where it was interrupted.
        real: Pictures to compare the elites with, or none.

    Returns:
        What ``report.json`` holds: docs/report.md.
    """
    parts, folder, config = run.parts, run.folder, run.config
    archive, task = parts.search.archive, parts.task
    assert archive is not None, "a run ends after its first generation at the earliest"
    portfolio = Portfolio(parts.encoding, task)
    pngs = portfolio.elites(archive, run.pool)
    report = _report(run, archive)
    report["niches"] = niches_of((parts.about.indices, parts.about.names), archive, pngs)
    _test(run, archive, report["niches"])
    _remark(run, archive, report["niches"])
    save_genomes(folder, config, archive, report["niches"])
    add_facts(folder, report, pngs, config, real, run.pool)
    write_pictures(folder, report, portfolio, pngs)
    _film(run, archive)
    report["wall_seconds"] = round(run.wall_seconds, 3)
    told = behind(folder, report, archive.genomes, parts.encoding)
    write_report(folder, report, pngs, config, told, real)
    _track(run, report)
    return report


def _report(run: Run, archive: Archive) -> Json:
    """Gather what only the run and its parts know."""
    parts, progress = run.parts, run.progress
    generations = parts.search.generation
    spent = Spent(
        generations,
        generations * run.config.batch,
        progress.evolve_seconds,
        run.stopped_because or INTERRUPTED,
        count_failed(run.folder, len(parts.about.names), parts.search.REPLAYED_FROM),
    )
    machine = {
        "device": str(run.device),
        "workers": run.pool.description,
        "method": parts.method(run.pool),
    }
    return {
        **parts.task.facts(),
        **outline(run.config, read_about(run.folder), Portfolio(parts.encoding).has_images, spent),
        **_front(run),
        "hashes": {"task": parts.task.digest},
        "environment": environment(run.device) | machine,
    }


def _front(run: Run) -> Json:
    """List those that no other genome dominates, where a search has several objectives."""
    front = run.parts.search.front
    if front is None:
        return {}
    order = np.lexsort(-front.scores.T[::-1])
    rows = zip(front.keys[order].tolist(), front.scores[order].tolist(), strict=True)
    return {
        "front": [
            {"key": key, "scores": [each if each > -np.inf else None for each in scores]}
            for key, scores in rows
        ]
    }


class Spent(NamedTuple):
    """How long a run took.

    Attributes:
        generations: Of the run.
        evaluations: Of all of them.
        seconds: For which it evolved.
        stopped_because: Why it ended.
        failed: Evaluations that brought no score.
    """

    generations: int
    evaluations: int
    seconds: float
    stopped_because: str
    failed: int = 0


def outline(config: Config, about: About, has_images: bool, spent: Spent) -> Json:
    """Begin a report with what is said of any run, whoever evolved.

    Args:
        config: Settings of the run.
        about: What it evolved.
        has_images: Its elites are images.
        spent: How long it took.
    """
    unit, grid = about.unit, about.grid
    return {
        "schema": REPORT_SCHEMA,
        "version": __version__,
        "task": {
            "kind": config.task.kind,
            "name": about.name,
            "unit": {"noun": unit.noun, "is_share": unit.is_share},
            "best": about.best,
            "levels": [*about.levels],
            "images": has_images,
        },
        "grid": None if grid is None else grid.model_dump(mode="json"),
        "encoding": config.encoding.label,
        "search": config.search.label,
        "seed": config.run.seed,
        "generations": spent.generations,
        "evaluations": spent.evaluations,
        "failed": spent.failed,
        "wall_seconds": round(spent.seconds, 3),
        "evolve_seconds": round(spent.seconds, 3),
        "evaluations_per_second": round(spent.evaluations / max(spent.seconds, 1e-9), 1),
        "stopped_because": spent.stopped_because,
        "hashes": {},
        "environment": {},
    }


def save_genomes(folder: Path, config: Config, archive: Archive, niches: Sequence[Json]) -> None:
    """Save the elites as arrays.

    Args:
        folder: Of the run.
        config: Its settings.
        archive: The elites.
        niches: As the report lists them.
    """
    save_arrays(
        folder / GENOMES,
        archive.genomes.arrays() | {"keys": archive.keys, "found_at": archive.found_at},
        encoding=config.encoding.kind,
        niches=[entry["index"] for entry in niches],
    )


def write_pictures(
    folder: Path, report: Json, portfolio: Portfolio, pngs: list[bytes | None]
) -> None:
    """Write the pictures of the elites, and one of all.

    Args:
        folder: Of the run.
        report: Its niches say where the pictures are to lie.
        portfolio: What drew them.
        pngs: ``K`` PNG files; none: it is not shown.
    """
    niches, unit = report["niches"], unit_of(report)
    for png, entry in zip(pngs, niches, strict=True):
        if png is not None:
            write_whole(folder / entry["image"], png)
    titles = [f"{first_name(entry['name'])} · {unit.write(entry['score'])}" for entry in niches]
    gallery = portfolio.gallery(pngs, titles, title(report))
    if gallery is not None:
        write_whole(folder / GALLERY, gallery)


def niches_of(
    told: tuple[Sequence[int], Sequence[str]], archive: Archive, pngs: Sequence[bytes | None]
) -> list[Json]:
    """List niches with their elites, and where pictures of these are to lie.

    Args:
        told: ``K`` indices of the niches, and their names.
        archive: The elites.
        pngs: ``K`` PNG files; none: it is not shown.
    """
    return [
        {
            "index": index,
            "name": name,
            "score": float(archive.scores[niche]) if archive.occupied[niche] else None,
            "image": None if pngs[niche] is None else f"elites/{index}_{_plain(name)}.png",
            "found_at_generation": int(archive.found_at[niche]),
        }
        for niche, (index, name) in enumerate(zip(*told, strict=True))
    ]


def _test(run: Run, archive: Archive, niches: list[Json]) -> None:
    """Test the best elites apart from evolution, and note in the niches what came of it."""
    task, encoding, order = run.parts.task, run.parts.encoding, archive.best()[:DRAWN].tolist()
    if type(task).tests is Task.tests:
        return
    run.reporter.start("testing in new episodes", len(order))
    for done, niche in enumerate(order, start=1):
        tests = task.tests(encoding.express(archive.genomes.select([niche])))
        if not tests:
            break  # nothing acts
        niches[niche]["tests"] = tests[0]
        run.reporter.step(done)
    run.reporter.finish()


def _remark(run: Run, archive: Archive, niches: list[Json]) -> None:
    """Note in the niches what the task says of their elites beside the score."""
    task, encoding = run.parts.task, run.parts.encoding
    occupied = np.flatnonzero(archive.occupied)

    def remarks(index: Ints) -> list[Json]:
        return task.remarks(encoding.express(archive.genomes.select(index)))

    if not len(occupied) or not remarks(occupied[:1]):
        return
    size = chunk_size(len(niches), encoding.shape, run.device)
    parts = [occupied[first : first + size] for first in range(0, len(occupied), size)]
    found = itertools.chain(*run.pool.map(remarks, parts))
    for niche, remark in zip(occupied.tolist(), found, strict=True):
        niches[niche]["remarks"] = remark


def _track(run: Run, report: Json) -> None:
    """Tell trackers what the report says, tests included, and show them the pictures."""
    results = {name: report[name] for name in RESULTS}
    tested = [entry for entry in report["niches"] if entry.get("tests")]
    for entry in tested:
        tests = flat(entry["tests"], f"{_plain(entry['name'])}/" if len(tested) > 1 else "")
        results |= {
            "tests/" + name.replace(".", "/"): number
            for name, number in tests.items()
            if isinstance(number, float | int)
        }
    names = (GALLERY, CURVE, GRID, FRONT)
    pictures = {Path(name).stem: file for name in names if (file := find_file(run.folder, name))}
    run.tracking.publish(report["generations"], results, pictures)


def _film(run: Run, archive: Archive) -> None:
    """Make a film of the elite that ``play`` shows, if there is something to be seen."""
    task = run.parts.task
    niche = 0 if task.grid_facts() is None else int(archive.scores.argmax())
    if archive.occupied[niche]:
        best = run.parts.encoding.express(archive.genomes.select([niche]))
        save_frames(task.frames(best, FIRST), run.folder / FILM)


def _plain(name: str) -> str:
    """Write a name as files may be called."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:60]
