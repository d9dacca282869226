"""What a finished run leaves for people: pictures, genomes, report."""

import io
import json
import re
from typing import Any

import numpy as np
import torch
from PIL import Image

from neatfool import viz
from neatfool.files import write_whole
from neatfool.reporting import percent
from neatfool.runs.build import Parts
from neatfool.runs.checkpoint import save_arrays
from neatfool.runs.config import dump_config
from neatfool.runs.machine import environment
from neatfool.runs.record import scores_over_time
from neatfool.runs.report import html_report
from neatfool.runs.run import Run
from neatfool.search import Archive
from neatfool.tasks import Fooling
from neatfool.version import __version__

REPORT_SCHEMA = 1


def publish(run: Run, parts: Parts) -> dict[str, Any]:
    """Write the elites, the pictures and the report of a finished run into its folder.

    Returns:
        What ``report.json`` holds.
    """
    archive, task = parts.search.archive, parts.task
    assert archive is not None, "a run ends after its first generation at the earliest"
    folder, config = run.folder, run.config
    save_arrays(
        folder / "elites.safetensors",
        archive.genomes.arrays() | {"keys": archive.keys, "found_at": archive.found_at},
        encoding=config.encoding.kind,
        classes=list(task.classes),
    )
    images = parts.encoding.express(archive.genomes).cpu()
    report = _report(run, parts)
    pngs = {}
    for picture, entry in zip(images, report["classes"], strict=True):
        pngs[entry["index"]] = to_png(picture)
        write_whole(folder / entry["image"], pngs[entry["index"]])

    titles = [f"{e['name']} · {percent(e['confidence'])}" for e in report["classes"]]
    heading = f"What {parts.classifier.name} believes in ({config.encoding.kind})"
    viz.save(viz.image_grid(images, titles, heading=heading), folder / "gallery.png")
    evaluations, scores = scores_over_time(folder, len(task.niches))
    curve = viz.to_png(viz.confidence_curves(evaluations, scores, task.niches, heading))
    write_whole(folder / "confidence.png", curve)
    report["wall_seconds"] = round(run.wall_seconds, 3)
    write_whole(folder / "report.json", json.dumps(report, indent=2) + "\n")
    page = html_report(report, pngs, curve, dump_config(config))
    write_whole(folder / "report.html", page)
    return report


def to_png(image: torch.Tensor) -> bytes:
    """Encode one image ``(C, H, W)`` on the 8-bit grid; a PNG loses nothing of it."""
    levels = (image * 255).round().to(torch.uint8).numpy()
    pixels = levels[0] if len(levels) == 1 else levels.transpose(1, 2, 0)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="PNG")
    return file.getvalue()


def _report(run: Run, parts: Parts) -> dict[str, Any]:
    search, classifier = parts.search, parts.classifier
    archive, config, progress = search.archive, run.config, run.progress
    assert archive is not None
    evaluations = search.generation * config.search.batch
    return {
        "schema": REPORT_SCHEMA,
        "version": __version__,
        "model": {"name": classifier.name, "sha256": classifier.sha256},
        "encoding": config.encoding.kind,
        "seed": config.run.seed,
        "generations": search.generation,
        "evaluations": evaluations,
        "wall_seconds": 0.0,
        "evolve_seconds": round(progress.evolve_seconds, 3),
        "evaluations_per_second": round(evaluations / progress.evolve_seconds, 1),
        "stopped_because": run.stopped_because,
        "median_confidence": float(np.median(archive.scores.astype(np.float64))),
        "worst_confidence": float(archive.scores.min()),
        "classes": _classes(archive, parts.task),
        "environment": {
            **environment(run.device),
            "device": str(run.device),
            "threads": run.pool.threads,
            "method": parts.method(run.pool, config.search.batch),
        },
    }


def _classes(archive: Archive, task: Fooling) -> list[dict[str, Any]]:
    return [
        {
            "index": index,
            "name": name,
            "confidence": float(archive.scores[niche]),
            "image": f"elites/{index}_{re.sub(r'[^A-Za-z0-9]+', '-', name).strip('-')[:60]}.png",
            "found_at_generation": int(archive.found_at[niche]),
        }
        for niche, (index, name) in enumerate(zip(task.classes, task.niches, strict=True))
    ]
