"""Check that a classifier is loaded as it should be, before anything is concluded from it."""

import math
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from neatfool.classifiers import Classifier, count_parameters, describe_view, imagenet_ids
from neatfool.data.real import LabelledPictures, find_real
from neatfool.exams.normalisations import GAP, better_normalisation, near_chance
from neatfool.exams.reading import read_chunks
from neatfool.reporting import Reporter, percent
from neatfool.tasks.probes import (
    Stability,
    competing,
    judge_confidences,
    judge_stability,
    measure_stability,
    probe_images,
)
from neatfool.types import Floats, Images, Ints, Json
from neatfool.version import __version__
from neatfool.workers.chunks import at_once
from neatfool.workers.machine import environment
from neatfool.workers.threads import Threads

CHECK_SCHEMA = 1

_NOISES = 32
_SINGLES = 16
_SECONDS = 0.5
_ENOUGH = 10
"""With fewer pictures, an accuracy says nothing."""
_PER_CLASS = 5


def check(
    classifier: Classifier, data: Path | None = None, reporter: Reporter | None = None
) -> Json:
    """Measure what tells whether a classifier is loaded as it should be.

    Args:
        classifier: Any.
        data: A folder of labelled pictures, as ``find_real`` takes it, or none. Pictures are scaled
            to the canvas by their shorter side, and what is too much is cut off.
        reporter: Hears of progress.

    Returns:
        What ``--json`` writes: ``schema``, ``version``, ``model`` (facts), ``images_per_second``,
        ``confidences`` (mean in the top class by kind of image), ``finite``, ``deterministic``,
        ``batch_effect``, ``data`` (accuracies, or none), ``reasons`` (sentences that say what is
        off; empty: nothing was found) and ``environment``.

    Raises:
        DataError: The folder has no pictures, or one cannot be read, or its name is no class.
    """
    reporter, count = reporter or Reporter(), len(classifier.labels)
    ids = imagenet_ids() if count == len(imagenet_ids()) else ()
    pictures = find_real(data, classifier.labels, ids) if data else None
    with Threads(classifier.device) as pool:
        probes = probe_images(classifier.shape, at_once(classifier.shape, _NOISES))
        stability, confidences, speed = _ask(classifier, probes, pool, reporter)
        accuracy, right, more = None, None, list[str]()
        if pictures is not None and stability.finite:
            accuracy, right, more = _accuracy(classifier, pictures, pool, reporter)
        reasons = judge_stability(stability, classifier.precision)
        if stability.finite:
            reasons += judge_confidences(confidences, competing(classifier), right)
        reasons += more
    return {
        "schema": CHECK_SCHEMA,
        "version": __version__,
        "model": _facts(classifier),
        "images_per_second": speed,
        "confidences": {n: c if math.isfinite(c) else None for n, c in confidences.items()},
        **asdict(stability),
        "batch_effect": stability.batch_effect if stability.finite else None,
        "data": accuracy,
        "reasons": reasons,
        "environment": {**environment(classifier.device), "threads": pool.count},
    }


def _facts(classifier: Classifier) -> Json:
    return {
        "name": classifier.name,
        "sha256": classifier.sha256,
        "canvas": list(classifier.shape),
        "size": list(describe_view(classifier)),
        "classes": len(classifier.labels),
        "labels": [*classifier.labels],
        "parameters": count_parameters(classifier),
        "precision": classifier.precision,
        "device": str(classifier.device),
    }


def _ask(
    classifier: Classifier, probes: Mapping[str, Images], pool: Threads, reporter: Reporter
) -> tuple[Stability, dict[str, float], float]:
    """Ask about images that show nothing.

    Returns:
        How stable the answers are, the mean confidences in the top class by kind of image, and
        images per second.
    """
    images = torch.cat(list(probes.values()))
    done = 2 * len(images) + _SINGLES
    reporter.start("asking about noise", done + 2 * len(images))
    stability, _ = measure_stability(classifier, images, _SINGLES, reporter)
    confidences = {}
    for name, some in probes.items():
        confidences[name] = float(pool.ask(classifier, some).max(axis=1).mean())
        done += len(some)
        reporter.step(done)
    speed = _speed(classifier, images, pool)
    reporter.step(done + len(images))
    reporter.finish()
    return stability, confidences, speed


def _speed(classifier: Classifier, images: Images, pool: Threads) -> float:
    """Count images per second, as many as evolution asks about at once."""
    done, begun = 0, time.perf_counter()
    while (seconds := time.perf_counter() - begun) < _SECONDS:
        pool.ask(classifier, images)
        done += len(images)
    return done / seconds


def _accuracy(
    classifier: Classifier, pictures: LabelledPictures, pool: Threads, reporter: Reporter
) -> tuple[Json, Floats, list[str]]:
    """Classify labelled pictures.

    Returns:
        What ``data`` of a check holds, the confidences in pictures that were named right, and
        sentences that say what is off.
    """
    classes = len(classifier.labels)
    guesses: list[Ints] = []
    sure: list[Floats] = []
    in_five = done = right = 0
    reporter.start("classifying", len(pictures))
    for images, wanted in read_chunks(pictures, classifier.shape, pool):
        confidences = pool.ask(classifier, images)
        guesses.append(confidences.argmax(axis=1))
        own = confidences[np.arange(len(wanted)), wanted][:, None]
        sure.append(own[guesses[-1] == wanted, 0])
        in_five += int(((confidences > own).sum(axis=1) < 5).sum())
        right += int((guesses[-1] == wanted).sum())
        done += len(wanted)
        reporter.step(done, accuracy=right / done)
    reporter.finish()
    guessed, wanted = np.concatenate(guesses), pictures.classes
    numbers: Json = {
        "pictures": len(pictures),
        "classes": len(set(wanted.tolist())),
        "top1": right / len(pictures),
        "top5": in_five / len(pictures) if classes >= 10 else None,
        "better": None,
    }
    reasons = judge_accuracy(guessed, wanted, classes)
    better = better_normalisation(classifier, pictures, guessed == wanted, pool, reporter)
    if better is not None:
        numbers["better"] = asdict(better)
        reasons.append(better.sentence())
    return numbers, np.concatenate(sure), reasons


def judge_accuracy(guessed: Ints, wanted: Ints, classes: int) -> list[str]:
    """Say in sentences what is off about the classes that pictures were given.

    Args:
        guessed: ``(N,)`` indices of the top classes.
        wanted: ``(N,)`` indices of the right ones.
        classes: How many there are.
    """
    accuracy = float((guessed == wanted).mean())
    if len(wanted) < _ENOUGH:
        return []
    shown = f"top-1 accuracy is {percent(accuracy)}"
    for shift in (1, -1):
        shifted = float((guessed == wanted + shift).mean())
        if shifted > accuracy + GAP:
            return [
                f"{shown}, and {percent(shifted)} where every class counts as the one "
                f"{'after' if shift > 0 else 'before'} it: the indices of the pictures and those "
                "of the network are shifted by one"
            ]
    allowed = _allowed(guessed, wanted)
    if allowed > accuracy + GAP:
        return [
            f"{shown}, and {percent(allowed)} if every class had the name of the pictures that "
            "it is given to most: the labels are in another order than the network's classes"
        ]
    if near_chance(guessed == wanted, classes):
        return [
            f"{shown}, near the {percent(1 / classes)} of chance: check whether it is trained and "
            "has its weights, then mean, std, bounds, channels and the order of the classes"
        ]
    return []


def _allowed(guessed: Ints, wanted: Ints) -> float:
    """Give the accuracy with the best names for the classes; 0 with too few pictures to say."""
    kinds = np.unique(wanted)
    if len(wanted) < _PER_CLASS * len(kinds) or len(kinds) < 2:
        return 0.0
    pairs, counts = np.unique(np.stack([guessed, wanted]), axis=1, return_counts=True)
    best: dict[int, int] = {}
    for guess, number in zip(pairs[0].tolist(), counts.tolist(), strict=True):
        best[guess] = max(best.get(guess, 0), number)
    return sum(best.values()) / len(wanted)
