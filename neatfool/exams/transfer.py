"""Show the elites of runs to other networks: do they see the same in them?"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from neatfool import viz
from neatfool.classifiers import Classifier
from neatfool.errors import ClassifierError
from neatfool.images import DISTURBANCES, to_grid
from neatfool.past.elites import Elites, read_elites, read_levels, read_png
from neatfool.reporting import Reporter, percent
from neatfool.types import Floats, Images, Ints, Json, Shape
from neatfool.version import __version__
from neatfool.viz.figures import shorten
from neatfool.workers.chunks import at_once
from neatfool.workers.machine import environment
from neatfool.workers.threads import Threads

TRANSFER_SCHEMA = 1
AS_SAVED = "as saved"
"""What stands among the disturbances for images that nothing was done to."""
LEVELS = (0.5, 0.9, 0.99)
"""Confidences of which the shares of elites are counted that reach them."""
SHOWN = 20
"""Pictures of a run that are drawn."""
_LUMA = (0.299, 0.587, 0.114)


def transfer(
    folders: Sequence[Path], classifiers: Sequence[Classifier], reporter: Reporter | None = None
) -> Json:
    """Score the saved elites of runs by networks, as they are and disturbed.

    An image is disturbed as it was saved, and then fitted to the canvas of the network.

    Args:
        folders: Of finished runs, at least one.
        classifiers: At least one, all on one device.
        reporter: Hears of progress.

    Returns:
        What ``--json`` writes: ``schema``, ``version``, ``runs`` and ``models`` (facts), ``cells``
        (one per run, model and disturbance: their places in these lists, ``agreement``,
        ``mean_confidence``, ``shares`` by level, and of images as saved the ``confidences`` and
        ``top_classes`` of every elite), ``notes`` (sentences on images that were converted) and
        ``environment``.

    Raises:
        RunError: A folder holds no finished run, or its images or report are damaged.
        ClassifierError: A network has other classes than a run; a single one may be added or
            missing, as in networks that were retrained.
    """
    elites, reporter = [read_elites(folder) for folder in folders], reporter or Reporter()
    for run in elites:
        for classifier in classifiers:
            _check_classes(run, classifier)
    notes = [
        note for run in elites for classifier in classifiers for note in _notes(run, classifier)
    ]
    total = sum(len(run) for run in elites) * len(classifiers) * (1 + len(DISTURBANCES))
    cells, done = [], 0
    reporter.start("scoring", total)
    with Threads(classifiers[0].device) as pool:
        for place, run in enumerate(elites):
            found: dict[tuple[int, str], list[Floats]] = {}
            for images in run.chunks(at_once(run.shape)):
                for name, disturb in {AS_SAVED: torch.clone, **DISTURBANCES}.items():
                    disturbed = disturb(images)
                    for column, classifier in enumerate(classifiers):
                        fitted = fit_images(disturbed, classifier.shape)
                        scores = pool.ask(classifier, fitted)
                        found.setdefault((column, name), []).append(scores)
                        done += len(images)
                        reporter.step(done)
            for (column, name), chunks in sorted(found.items(), key=lambda each: each[0][0]):
                cell = {"run": place, "model": column, "disturbance": name}
                cells.append(cell | _numbers(np.concatenate(chunks), run.classes, name))
    reporter.finish()
    return {
        "schema": TRANSFER_SCHEMA,
        "version": __version__,
        "runs": [run.facts() for run in elites],
        "models": [
            {"name": each.name, "sha256": each.sha256, "canvas": list(each.shape)}
            for each in classifiers
        ],
        "cells": cells,
        "notes": list(dict.fromkeys(notes)),
        "environment": environment(classifiers[0].device),
    }


def fit_images(images: Images, shape: Shape) -> Images:
    """Fit images to a canvas: grey to colour or back, then bilinearly to its size.

    Args:
        images: ``(P, C, H, W)`` on the 8-bit grid.
        shape: ``(C, H, W)`` wanted.

    Returns:
        ``(P, *shape)`` on the 8-bit grid; images that fit are not changed.
    """
    if images.shape[1] == 3 and shape[0] == 1:
        weights = torch.tensor(_LUMA).to(images).view(1, 3, 1, 1)
        images = to_grid((images * weights).sum(dim=1, keepdim=True))
    elif images.shape[1] == 1 and shape[0] == 3:
        images = images.expand(-1, 3, -1, -1)
    if images.shape[2:] == shape[1:]:
        return images
    return to_grid(functional.interpolate(images, shape[1:], mode="bilinear", antialias=True))


def transfer_picture(result: Json) -> bytes:
    """Draw what ``transfer`` returns: heat maps, and pictures of each run with ticks and crosses.

    Of each run up to `SHOWN` pictures are read again: those of which it was surest.

    Returns:
        A PNG file.

    Raises:
        RunError: A run or one of its pictures is gone.
    """
    runs = [run["name"] for run in result["runs"]]
    models = [model["name"] for model in result["models"]]
    saved = [cell for cell in result["cells"] if cell["disturbance"] == AS_SAVED]
    size = (len(runs), len(models))
    agreement, confidence = (
        np.array([cell[key] for cell in saved]).reshape(size)
        for key in ("agreement", "mean_confidence")
    )
    names = [AS_SAVED, *DISTURBANCES]
    disturbed = np.array([cell["agreement"] for cell in result["cells"]]).reshape(-1, len(names))
    pairs = [f"{run} → {model}" for run in runs for model in models]
    figure = viz.heat_maps(
        [
            viz.HeatMap("Top-1 agreement", agreement, runs, models),
            viz.HeatMap("Mean confidence", confidence, runs, models),
            viz.HeatMap("Top-1 agreement of disturbed images", disturbed, pairs, names),
        ],
        heading="Do other networks see the same?",
    )
    shown = (_judged(result, place) for place in range(len(runs)))
    return viz.stacked([viz.to_png(each) for each in (figure, *shown)])


def _judged(result: Json, place: int) -> viz.Figure:
    """Draw the surest pictures of a run, and who sees in them what they were evolved for."""
    run = read_elites(Path(result["runs"][place]["folder"]))
    names = {entry["index"]: entry["name"] for entry in run.report["niches"]}
    scores = {entry["index"]: entry["score"] for entry in run.report["niches"]}
    order = sorted(range(len(run)), key=lambda k: -scores[int(run.classes[k])])[:SHOWN]
    files = [run.files[k] for k in order]
    images = read_levels([read_png(file) for file in files], files, run.shape)
    classes, verdicts = run.classes[order], {}
    for number, model in enumerate(result["models"]):
        (cell,) = (
            each
            for each in result["cells"]
            if (each["run"], each["model"], each["disturbance"]) == (place, number, AS_SAVED)
        )
        sure = [percent(cell["confidences"][k]) for k in order]
        seen = np.array(cell["top_classes"])[order] == classes
        verdicts[f"{number + 1}. {model['name']}"] = viz.Verdict(seen, sure)
    whole = f"the {len(order)} surest of {len(run):,}" if len(order) < len(run) else "all"
    heading = (
        f"{shorten(result['runs'][place]['name'], 40)}: {whole}, and who sees that class first"
    )
    titles = [names[index].partition(",")[0] for index in classes.tolist()]
    return viz.judged(images, titles, verdicts, heading)


def _check_classes(run: Elites, classifier: Classifier) -> None:
    came = len(classifier.labels)
    most = int(run.classes.max()) + 1
    if (run.count not in (None, came) and not _has_one_apart(run, classifier)) or came < most:
        expected = f"{run.count:,}" if run.count else f"at least {most:,}"
        raise ClassifierError(
            f"{classifier.name}: expected a network of {expected} classes, those that {run.folder} "
            f"was evolved for, got one of {came:,}; compare networks of the same classes"
        )


def _has_one_apart(run: Elites, classifier: Classifier) -> bool:
    """Say whether a network has one class more, or less, and calls those of the images alike.

    Networks that were retrained have a class for fooling images behind the others.
    """
    names = {entry["index"]: entry["name"] for entry in run.report["niches"]}
    known = dict(enumerate(classifier.labels))
    are_alike = all(known.get(index) == names[index] for index in run.classes.tolist())
    return are_alike and run.count is not None and abs(run.count - len(known)) == 1


def _notes(run: Elites, classifier: Classifier) -> list[str]:
    """Say what is done to images, so that a network can see them."""
    ours, theirs = run.shape, classifier.shape
    notes = []
    if run.count not in (None, came := len(classifier.labels)):
        notes.append(
            f"{run.folder}: evolved for a network of {run.count:,} classes; {classifier.name} has "
            f"{came:,}, of which those of the images are called alike"
        )
    if ours[0] != theirs[0]:
        change = "as grey as their brightness" if theirs[0] == 1 else "in three equal channels"
        notes.append(f"{run.folder}: images are shown to {classifier.name} {change}")
    if ours[1:] != theirs[1:]:
        sizes = " to ".join(f"{height}×{width}" for height, width in (ours[1:], theirs[1:]))
        notes.append(f"{run.folder}: images are resized from {sizes} for {classifier.name}")
    return notes


def _numbers(confidences: Floats, classes: Ints, disturbance: str) -> Json:
    """Sum up the confidences ``(P, K)`` of one network in the elites of one run."""
    if not np.isfinite(confidences).all():
        raise ClassifierError(
            "expected a confidence for every class, got NaN for some; "
            "run `neatfool check` on the network"
        )
    own = confidences[np.arange(len(classes)), classes].astype(np.float64)
    top = confidences.argmax(axis=1)
    numbers = {
        "agreement": float((top == classes).mean()),
        "mean_confidence": float(own.mean()),
        "shares": {str(level): float((own >= level).mean()) for level in LEVELS},
    }
    if disturbance == AS_SAVED:
        numbers |= {"confidences": own.tolist(), "top_classes": top.tolist()}
    return numbers
