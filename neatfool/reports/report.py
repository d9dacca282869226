"""The report of a run: numbers for programs, a table, and a page for people."""

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from neatfool import viz
from neatfool.bounded import read_bytes
from neatfool.files import write_whole
from neatfool.images import measure
from neatfool.reports.coverage import coverage
from neatfool.reports.page import html_report
from neatfool.reports.thumbnails import thumbnails
from neatfool.runs.config import Config, dump_config
from neatfool.runs.folder import PINNED
from neatfool.runs.record import scores_over_time
from neatfool.types import Bytes, Images
from neatfool.workers.chunks import at_once
from neatfool.workers.workers import Workers

JSON, CSV, HTML, CURVE = "report.json", "classes.csv", "report.html", "confidence.png"
KEYS = (
    *("schema", "version", "model", "encoding", "seed", "generations", "evaluations"),
    *("wall_seconds", "evolve_seconds", "evaluations_per_second", "stopped_because"),
    *("median_confidence", "worst_confidence", "coverage", "baselines", "data", "settings"),
    *("hashes", "environment", "classes"),
)
"""What ``report.json`` holds, in this order: docs/report.md."""
_COLUMNS = ("index", "name", "confidence", "found_at_generation", "image")


def write_report(folder: Path, report: dict[str, Any], pngs: list[bytes], config: Config) -> None:
    """Write the curves, the table, the page and, last, the JSON file of a run into its folder.

    Args:
        folder: Of the run; its records are read.
        report: What ``report.json`` will hold.
        pngs: ``K`` PNG files, the elites in the order of the classes.
        config: Settings of the run.
    """
    ordered = {key: report[key] for key in KEYS}
    names = [entry["name"] for entry in report["classes"]]
    evaluations, scores = scores_over_time(folder, len(names))
    done = report["generations"]
    figure = viz.confidence_curves(evaluations[:done], scores[:done], names, heading(report))
    curve = viz.to_png(figure)
    write_whole(folder / CURVE, curve)
    write_whole(folder / CSV, to_csv(report))
    indices = [entry["index"] for entry in report["classes"]]
    shown = dict(zip(indices, thumbnails(pngs), strict=True))
    write_whole(folder / HTML, html_report(report, shown, curve, dump_config(config)))
    write_whole(folder / JSON, json.dumps(ordered, indent=2) + "\n")


def add_facts(
    folder: Path,
    report: dict[str, Any],
    levels: Bytes,
    pngs: Sequence[bytes],
    config: Config,
    data: tuple[str, Images] | None,
    pool: Workers,
) -> None:
    """Fill in what follows from the confidences, the images and the files of the folder.

    Args:
        folder: Of the run; ``elites.safetensors`` is there.
        report: With everything else; changed in place.
        levels: ``(K, C, H, W)`` uint8, the elites in the order of the classes.
        pngs: ``K`` PNG files of them.
        config: Settings of the run.
        data: Name and ``(N, C, H, W)`` of pictures to compare with, or none.
        pool: Whose threads measure.
    """
    confidences = [entry["confidence"] for entry in report["classes"]]
    known = [each for each in confidences if each is not None]
    report["median_confidence"] = float(np.median(known)) if known else None
    report["worst_confidence"] = min(known, default=None)
    report["coverage"] = coverage(confidences)
    columns = _measure(levels, pngs, data[1] if data else None, pool)
    for row, entry in enumerate(report["classes"]):
        entry["measures"] = {name: round(values[row], 6) for name, values in columns.items()}
    report["data"] = {"name": data[0], "pictures": len(data[1])} if data else None
    report["settings"] = config.model_dump(mode="json")
    files = {"elites": folder / "elites.safetensors", "settings": folder / PINNED}
    report["hashes"] = {
        "weights": report["model"]["sha256"],
        **{
            name: hashlib.sha256(read_bytes(path, None)).hexdigest() for name, path in files.items()
        },
    }


def _measure(
    levels: Bytes, pngs: Sequence[bytes], data: Images | None, pool: Workers
) -> dict[str, list[float]]:
    """Measure images in chunks: name of the measure → ``K`` values."""
    size = at_once(levels.shape[1:])

    def part(first: int) -> dict[str, torch.Tensor]:
        rows = slice(first, first + size)
        return measure(torch.from_numpy(levels[rows]).float() / 255, data, pngs[rows])

    chunks = pool.map(part, range(0, len(levels), size))
    return {name: torch.cat([chunk[name] for chunk in chunks]).tolist() for name in chunks[0]}


def heading(report: Mapping[str, Any]) -> str:
    """Say above pictures what they show."""
    return f"What {report['model']['name']} believes in ({report['encoding']})"


def to_csv(report: Mapping[str, Any]) -> str:
    """Write a table with a row for every class."""
    file = io.StringIO()
    measures = list(report["classes"][0]["measures"])
    table = csv.writer(file, lineterminator="\n")
    table.writerow([*_COLUMNS, *measures])
    for entry in report["classes"]:
        own = [entry[name] for name in _COLUMNS]
        table.writerow([*own, *(entry["measures"][name] for name in measures)])
    return file.getvalue()
