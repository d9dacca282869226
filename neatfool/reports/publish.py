"""What a finished run leaves for people: pictures, genomes, report."""

import itertools
import re
from typing import Any

import numpy as np
import torch

from neatfool import viz
from neatfool.files import write_whole
from neatfool.images import to_levels, to_png
from neatfool.reporting import percent
from neatfool.reports.baselines import baselines
from neatfool.reports.report import add_facts, heading, write_report
from neatfool.runs.build import Parts
from neatfool.runs.checkpoint import save_arrays
from neatfool.runs.run import Run
from neatfool.runs.written import REPORT_SCHEMA
from neatfool.search import Archive
from neatfool.tasks import Fooling
from neatfool.types import Bytes, Images
from neatfool.version import __version__
from neatfool.workers.chunks import chunk_size
from neatfool.workers.machine import environment
from neatfool.workers.workers import Workers

INTERRUPTED = "interrupted"
"""Why a run stands still that is not over."""


def publish(run: Run, parts: Parts, data: tuple[str, Images] | None = None) -> dict[str, Any]:
    """Write the elites, the pictures and the report of a run into its folder.

    Args:
        run: Finished, or standing where it was interrupted.
        parts: What it ran with.
        data: Name and ``(N, C, H, W)`` of pictures to compare the elites with, or none.

    Returns:
        What ``report.json`` holds: docs/report.md.
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
    levels, pngs = _pictures(archive, parts, run.pool)
    report = _report(run, parts)
    add_facts(folder, report, levels, pngs, config, data, run.pool)
    for png, entry in zip(pngs, report["classes"], strict=True):
        write_whole(folder / entry["image"], png)
    titles = [f"{e['name']} · {percent(e['confidence'])}" for e in report["classes"]]
    gallery = viz.image_grid(levels, titles, heading=heading(report))
    viz.save(gallery, folder / "gallery.png")
    report["wall_seconds"] = round(run.wall_seconds, 3)
    write_report(folder, report, pngs, config)
    return report


def _pictures(archive: Archive, parts: Parts, pool: Workers) -> tuple[Bytes, list[bytes]]:
    """Express the elites, in chunks: levels ``(K, C, H, W)`` and ``K`` PNG files.

    Where there is no elite, the picture is black.
    """
    genomes, encoding = archive.genomes, parts.encoding
    size = chunk_size(len(genomes), encoding.shape, pool.device)

    def paint(first: int) -> tuple[Bytes, list[bytes]]:
        last = min(first + size, len(genomes))
        images = encoding.express(genomes.part(first, last)).cpu()
        images[torch.from_numpy(~archive.occupied[first:last])] = 0
        return to_levels(images), [to_png(image) for image in images]

    levels, pngs = zip(*pool.map(paint, range(0, len(genomes), size)), strict=True)
    return np.concatenate(levels), list(itertools.chain(*pngs))


def _report(run: Run, parts: Parts) -> dict[str, Any]:
    """Gather what only the run and its parts know, in the order of the file."""
    search, classifier = parts.search, parts.classifier
    archive, config, progress = search.archive, run.config, run.progress
    assert archive is not None
    evaluations = search.generation * config.search.batch
    return {
        "schema": REPORT_SCHEMA,
        "version": __version__,
        "model": {
            "name": classifier.name,
            "sha256": classifier.sha256,
            "classes": len(classifier.labels),
        },
        "encoding": config.encoding.kind,
        "seed": config.run.seed,
        "generations": search.generation,
        "evaluations": evaluations,
        "wall_seconds": 0.0,
        "evolve_seconds": round(progress.evolve_seconds, 3),
        "evaluations_per_second": round(evaluations / progress.evolve_seconds, 1),
        "stopped_because": run.stopped_because or INTERRUPTED,
        "baselines": baselines(classifier),
        "environment": {
            **environment(run.device),
            "device": str(run.device),
            "workers": run.pool.description,
            "method": parts.method(run.pool, config.search.batch),
        },
        "classes": _classes(archive, parts.task),
    }


def _classes(archive: Archive, task: Fooling) -> list[dict[str, Any]]:
    return [
        {
            "index": index,
            "name": name,
            "confidence": float(archive.scores[niche]) if archive.occupied[niche] else None,
            "image": f"elites/{index}_{re.sub(r'[^A-Za-z0-9]+', '-', name).strip('-')[:60]}.png",
            "found_at_generation": int(archive.found_at[niche]),
        }
        for niche, (index, name) in enumerate(zip(task.classes, task.niches, strict=True))
    ]
