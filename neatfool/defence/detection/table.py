"""Detectors under attack: evolve against the bare network and against each detector, and count."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch

from neatfool import classifiers, detectors, past, runs
from neatfool.classifiers import Classifier
from neatfool.defence.detection.page import save_pictures
from neatfool.defence.detection.plan import BARE, DetectionPlan, label
from neatfool.defence.detection.stills import stills
from neatfool.defence.detection.summing import Met, Presented, curve_of, sum_up
from neatfool.detectors import Detector
from neatfool.errors import ClassifierError, DataError
from neatfool.files import write_whole
from neatfool.past.records import scores_over_time
from neatfool.reporting import CONFIDENCE, Reporter, log
from neatfool.tasks import Fooling, FoolingSettings
from neatfool.types import Doubles, Floats, Images, Ints, Json
from neatfool.version import __version__
from neatfool.workers.chunks import at_once
from neatfool.workers.machine import environment

RESULT = "detectors.json"
SHOWN = 10
"""Elites of each run are shown on the page."""
SCHEMA = 1


@dataclass(frozen=True, eq=False)
class Spoils:
    """What a run found.

    Attributes:
        images: ``(P, C, H, W)``, the elites.
        classes: ``(P,)`` indices of the classes that they are for.
        scores: ``(P,)`` their scores.
        curve: ``(G,)`` share of successes after each generation.
    """

    images: Images
    classes: Ints
    scores: Floats
    curve: Doubles


def detection(plan: DetectionPlan, folder: Path, reporter: Reporter | None = None) -> Json:
    """Measure what each detector keeps out, if the attack does not know it and if it does.

    Every attack is a run in a folder of its own; what was stopped goes on.

    Args:
        plan: Which detectors and attacks.
        folder: Of the runs and the result.
        reporter: Hears of progress.

    Returns:
        What ``detectors.json`` holds: docs/detectors.md.

    Raises:
        NeatfoolError: A setting cannot be met, data cannot be read, or the folder is another's.
        Interrupted: Ctrl-C came; the same plan goes on in the same folder.
    """
    reporter = reporter or Reporter()
    plan.check()
    config = plan.config(plan.attacks[0], plan.seed)
    device = classifiers.resolve_device(config.run.device)
    settings = cast(FoolingSettings, config.task)
    classifier = classifiers.build(settings.classifier, device, reporter)
    sets = stills(classifier.shape, plan.others)
    work = _Work(plan, folder, classifier, reporter)
    fitted = work.fit(plan.seed)
    plan.pin(folder)
    curves = []
    for seed in plan.all_seeds:
        fitted = fitted if seed == plan.seed else work.fit(seed)
        bare = {attack: work.evolve(attack, seed) for attack in plan.attacks}
        if seed == plan.seed:
            for attack, found in bare.items():
                work.show(BARE, attack, found)
        curves.append({attack: elites.curve for attack, elites in bare.items()})
        for name, detector in fitted.items():
            work.judge(name, detector, seed, bare, sets)
            for attack in plan.attacks:
                work.attack(name, detector, attack, seed)
    result: Json = {
        "schema": SCHEMA,
        "version": __version__,
        "plan": plan.facts(),
        "model": {"name": classifier.name, "sha256": classifier.sha256},
        "left_out": work.left_out,
        **sum_up(plan, work.met, curves, {name: len(each) for name, each in sets.items()}),
        "environment": environment(device),
    }
    save_pictures(result, work.shown, folder)
    write_whole(folder / RESULT, json.dumps(result, indent=2) + "\n")
    return result


class _Work:
    """All that is done for one table."""

    def __init__(
        self, plan: DetectionPlan, folder: Path, classifier: Classifier, reporter: Reporter
    ) -> None:
        self.plan, self.folder, self.classifier = plan, folder, classifier
        self.reporter = reporter
        self.met: dict[str, Met] = {}
        self.left_out: dict[str, str] = {}
        self.shown: dict[str, list[tuple[Images, str]]] = {attack: [] for attack in plan.attacks}

    def show(self, name: str, attack: str, found: Spoils) -> None:
        """Keep the first elites of a run for the page."""
        some = zip(
            found.images[:SHOWN], found.classes.tolist(), found.scores.tolist(), strict=False
        )
        for image, index, score in some:
            title = f"{name} · {self.classifier.labels[index]} · {CONFIDENCE.write(score)}"
            self.shown[attack].append((image, title))

    def fit(self, seed: int) -> dict[str, Detector]:
        """Fit all detectors; those that were not asked for by name may be left out."""
        fitted = {}
        for name in self.plan.names:
            if name in self.left_out:
                continue
            config = self.plan.config(self.plan.attacks[0], seed, name)
            task = cast(FoolingSettings, config.task)
            assert task.detector is not None
            try:
                fitted[name] = detectors.build(task.detector, self.classifier, seed, self.reporter)
            except (ClassifierError, DataError) as error:
                is_for_all = isinstance(error, DataError) and not fitted
                if self.plan.detectors or is_for_all:
                    raise
                log.warning("%s is left out: %s", name, error)
                self.left_out[name] = str(error)
        return fitted

    def evolve(
        self, attack: str, seed: int, name: str | None = None, detector: Detector | None = None
    ) -> Spoils:
        """Bring one run to its end."""
        config = self.plan.config(attack, seed, name)
        where = self.folder / label(name or BARE) / f"{label(attack)}-{seed}"
        task = Fooling(self.classifier, cast(FoolingSettings, config.task), detector)
        parts = runs.build(config, self.reporter, task)
        with runs.Run(parts, where, self.reporter, resume=past.is_run(where)) as run:
            runs.evolve(run)
        archive = parts.search.archive
        assert archive is not None
        occupied = np.flatnonzero(archive.occupied)
        size = at_once(self.classifier.shape)
        chunks = [occupied[first : first + size] for first in range(0, len(occupied), size)]
        images = [parts.encoding.express(archive.genomes.select(some)).cpu() for some in chunks]
        _, scores = scores_over_time(where, len(task.niches))
        curve = curve_of(scores, self.plan.confidence)
        classes = np.array(task.indices)[occupied]
        return Spoils(torch.cat(images), classes, archive.scores[occupied], curve)

    def judge(
        self,
        name: str,
        detector: Detector,
        seed: int,
        bare: dict[str, Spoils],
        sets: dict[str, Images],
    ) -> None:
        """Show a detector real images, elites that did not know it, and images of nobody."""
        met = self.met.setdefault(name, Met())
        split = detectors.split_of(detector, seed)
        real = detectors.Real(split.test, detector, self.reporter)
        met.thresholds.append(detector.threshold)
        suspicions, named = real.judged()
        met.real.append(suspicions)
        met.right.append(np.asarray(named == real.classes))
        for attack, elites in bare.items():
            found = self._show(detector, elites.images, elites.classes)
            met.static.setdefault(attack, []).append(found)
        for kind, images in sets.items():
            met.static.setdefault(kind, []).append(self._show(detector, images))

    def attack(self, name: str, detector: Detector, attack: str, seed: int) -> None:
        """Evolve against a detector."""
        elites, met = self.evolve(attack, seed, name, detector), self.met[name]
        if seed == self.plan.seed:
            self.show(label(name), attack, elites)
        found = self._show(detector, elites.images, elites.classes)
        met.adaptive.setdefault(attack, []).append(found)
        met.curves.setdefault(attack, []).append(elites.curve)

    def _show(self, detector: Detector, images: Images, classes: Ints | None = None) -> Presented:
        """Ask a detector and its network about images that should be of classes, or of any."""
        suspicions, sure = [], []
        for first in range(0, len(images), at_once(self.classifier.shape)):
            end = first + at_once(self.classifier.shape)
            some = images[first:end]
            suspicions.append(detector.suspicion(some))
            confidences = self.classifier(some).cpu().numpy()
            top = confidences.argmax(axis=1)
            is_right = True if classes is None else top == classes[first:end]
            sure.append(is_right & (confidences.max(axis=1) >= self.plan.confidence))
        return Presented(np.concatenate(suspicions), np.concatenate(sure), detector.threshold)
