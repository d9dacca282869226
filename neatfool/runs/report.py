"""The report of a run: numbers for programs, a table, and a page for people."""

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neatfool import viz
from neatfool.files import write_whole
from neatfool.images import measure
from neatfool.runs.config import Config, dump_config
from neatfool.runs.coverage import coverage
from neatfool.runs.folder import PINNED
from neatfool.runs.page import html_report
from neatfool.runs.record import scores_over_time
from neatfool.runs.thumbnails import thumbnails
from neatfool.types import Images

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
    images: Images,
    config: Config,
    data: tuple[str, Images] | None,
) -> None:
    """Fill in what follows from the confidences, the images and the files of the folder.

    Args:
        folder: Of the run; ``elites.safetensors`` is there.
        report: With everything else; changed in place.
        images: ``(K, C, H, W)`` float32 in [0, 1], the elites in the order of the classes.
        config: Settings of the run.
        data: Name and ``(N, C, H, W)`` of pictures to compare with, or none.
    """
    confidences = [entry["confidence"] for entry in report["classes"]]
    report["median_confidence"] = float(np.median(confidences))
    report["worst_confidence"] = min(confidences)
    report["coverage"] = coverage(confidences)
    measured = measure(images, data[1] if data else None)
    columns = {name: values.tolist() for name, values in measured.items()}
    for row, entry in enumerate(report["classes"]):
        entry["measures"] = {name: round(values[row], 6) for name, values in columns.items()}
    report["data"] = {"name": data[0], "pictures": len(data[1])} if data else None
    report["settings"] = config.model_dump(mode="json")
    files = {"elites": folder / "elites.safetensors", "settings": folder / PINNED}
    report["hashes"] = {
        "weights": report["model"]["sha256"],
        **{name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()},
    }


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
