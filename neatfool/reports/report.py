"""The report of a run: numbers for programs, a table, and a page for people."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from neatfool import viz
from neatfool.bounded import read_bytes
from neatfool.files import csv_line, write_whole
from neatfool.images import measure
from neatfool.past.elites import levels_of
from neatfool.past.folder import find_file, hashes
from neatfool.past.records import scores_over_time
from neatfool.reports.behind import Behind
from neatfool.reports.levels import effort, shares_reached
from neatfool.reports.pages.chart import chart
from neatfool.reports.pages.page import Pictures, html_report, remarked
from neatfool.reports.pages.thumbnails import thumbnails
from neatfool.reports.real import Compared, examples
from neatfool.reports.words import title, unit_of
from neatfool.runs.written import FILM, REPORT
from neatfool.search import unplayed
from neatfool.sections.config import Config, dump_config
from neatfool.types import Floats, Images, Json
from neatfool.workers.chunks import at_once
from neatfool.workers.workers import Workers

CSV, HTML = "niches.csv", "report.html"
CURVE, GRID, FRONT = "curve.png", "grid.png", "front.png"
KEYS = (
    *("schema", "version", "task", "model", "grid", "front", "encoding", "search", "seed"),
    *("generations", "evaluations", "failed"),
    *("wall_seconds", "evolve_seconds", "evaluations_per_second", "stopped_because"),
    *("median_score", "worst_score", "reached", "effort", "coverage", "qd_score"),
    *("baselines", "data", "settings", "hashes", "environment", "niches"),
)
"""What ``report.json`` may hold, in this order, before a task's own facts: docs/report.md."""
RESULTS = (
    *("generations", "evaluations", "failed", "wall_seconds", "evolve_seconds"),
    *("evaluations_per_second", "stopped_because"),
    *("median_score", "worst_score", "coverage", "qd_score"),
)
"""Of these, what a run came to: numbers and words that trackers are told."""
_LARGEST_FILM = 1 << 22  # bytes, to be put into a page
_COLUMNS = ("index", "name", "score", "found_at_generation", "image")


def write_report(
    folder: Path,
    report: Json,
    pngs: Sequence[bytes | None],
    config: Config,
    behind: Mapping[int, Behind] | None = None,
    real: Compared | None = None,
) -> None:
    """Write the curves, the table, the page and, last, the JSON file of a run into its folder.

    Args:
        folder: Of the run; its records are read.
        report: What ``report.json`` will hold; the efforts are put in.
        pngs: ``K`` PNG files, the elites in the order of the niches; none: it is not shown.
        config: Settings of the run.
        behind: What is told of elites where they are looked at, by index of the niche.
        real: Pictures of which the page shows one of the same class there, or none.
    """
    names, unit = [entry["name"] for entry in report["niches"]], unit_of(report)
    evaluations, scores = scores_over_time(folder, len(names))
    done = report["generations"]
    report["effort"] = effort(evaluations[:done], scores[:done], report["task"]["levels"])
    ordered = {key: report[key] for key in (*KEYS, *report) if key in report}
    figure = viz.score_curves(evaluations[:done], scores[:done], names, title(report), unit)
    write_whole(folder / CURVE, viz.to_png(figure))
    curve = chart(evaluations[:done], scores[:done], names, unit)
    grid = None
    if report["grid"] is not None:
        grid = viz.to_png(grid_figure(report, scores[done - 1]))
        write_whole(folder / GRID, grid)
    front = None
    if report.get("front") and len(names) == 2:
        front = viz.to_png(_front_figure(report, (names[0], names[1])))
        write_whole(folder / FRONT, front)
    write_whole(folder / CSV, to_csv(report))
    kept = [entry["index"] for entry, png in zip(report["niches"], pngs, strict=True) if png]
    shown = dict(zip(kept, thumbnails([png for png in pngs if png]), strict=True))
    film = find_file(folder, FILM)
    is_shown = film is not None and film.stat().st_size <= _LARGEST_FILM
    seen = read_bytes(film) if film and is_shown else None
    alike = examples(real, report["niches"], pngs)
    pictures = Pictures(shown, curve, grid, seen, front, behind or {}, alike)
    page = html_report(report, pictures, dump_config(config), not unplayed(config.search))
    write_whole(folder / HTML, page)
    write_whole(folder / REPORT, json.dumps(ordered, indent=2) + "\n")


def add_facts(
    folder: Path,
    report: Json,
    pngs: Sequence[bytes | None],
    config: Config,
    real: Compared | None,
    pool: Workers,
) -> None:
    """Fill in what follows from the scores, the images and the files of the folder.

    Args:
        folder: Of the run; the genomes of its elites are there.
        report: With everything else; changed in place.
        pngs: ``K`` PNG files, the elites in the order of the niches; none: it is not shown.
        config: Settings of the run.
        real: Pictures to compare with, or none.
        pool: Whose threads measure.
    """
    scores = [entry["score"] for entry in report["niches"]]
    known = [each for each in scores if each is not None]
    report["median_score"] = float(np.median(known)) if known else None
    report["worst_score"] = min(known, default=None)
    report["reached"] = shares_reached(scores, report["task"]["levels"])
    report["coverage"] = len(known) / len(scores)
    report["qd_score"] = math.fsum(known)
    columns: dict[str, list[float]] = {}
    if report["task"]["images"]:
        columns = _measure(pngs, real.images if real else None, pool)
    for row, entry in enumerate(report["niches"]):
        entry["measures"] = {name: round(values[row], 6) for name, values in columns.items()}
    report["data"] = {"name": real.name, "pictures": len(real.images)} if real else None
    report["settings"] = config.model_dump(mode="json")
    report["hashes"] |= hashes(folder)


def _measure(
    pngs: Sequence[bytes | None], data: Images | None, pool: Workers
) -> dict[str, list[float]]:
    """Measure images in chunks: name of the measure → ``K`` values."""
    files = [png for png in pngs if png is not None]
    size = at_once(levels_of(files[:1]).shape[1:])

    def part(first: int) -> dict[str, torch.Tensor]:
        some = files[first : first + size]
        return measure(torch.from_numpy(levels_of(some)).float() / 255, data, some)

    chunks = pool.map(part, range(0, len(files), size))
    return {name: torch.cat([chunk[name] for chunk in chunks]).tolist() for name in chunks[0]}


def grid_figure(report: Json, scores: Floats) -> viz.Figure:
    """Draw the grid of a run whose niches are its cells."""
    grid = report["grid"]
    cells = np.asarray(scores).reshape(grid["bins"])
    unit = unit_of(report)
    return viz.grid_map(cells, grid["measures"], grid["lower"], grid["upper"], title(report), unit)


def _front_figure(report: Json, names: tuple[str, str]) -> viz.Figure:
    scores = np.array([member["scores"] for member in report["front"]], np.float64)
    return viz.pareto_fronts({"front": scores}, names, title(report))


def to_csv(report: Json) -> str:
    """Write a table with a row for every niche."""
    measures = list(report["niches"][0]["measures"])
    remarks = remarked(report)
    lines = [csv_line([*_COLUMNS, *measures, *remarks])]
    for entry in report["niches"]:
        own = [entry[name] for name in _COLUMNS]
        said = entry.get("remarks", {})
        own += [*(entry["measures"][name] for name in measures), *map(said.get, remarks)]
        lines.append(csv_line(own))
    return "".join(lines)
