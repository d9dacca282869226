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
from neatfool.reporting import CONFIDENCE, Announcing, Reporter, log
from neatfool.tasks import Fooling, FoolingSettings, build_classifier
from neatfool.types import Bools, Doubles, Floats, Images, Ints, Json
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
        sure: ``(P,)`` whether the network is sure of these classes.
        curve: ``(G,)`` share of high scores after each generation.
    """

    images: Images
    classes: Ints
    scores: Floats
    sure: Bools
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
    begun = plan.begun(folder)
    begun.check()
    config = plan.config(plan.attacks[0], plan.seed)
    device = classifiers.resolve_device(config.run.device)
    classifier = build_classifier(cast(FoolingSettings, config.task), device, reporter)
    sets = stills(classifier.shape, plan.others)
    work = _Work(plan, folder, classifier, reporter)
    with detectors.one_thread(device):
        fitted = work.fit(plan.seed)
        with begun.held():
            bare = work.do(fitted, sets)
            result: Json = {
                "schema": SCHEMA,
                "version": __version__,
                "plan": plan.facts(),
                "model": {"name": classifier.name, "sha256": classifier.sha256},
                "left_out": work.left_out,
                **sum_up(plan, work.met, bare, {name: len(each) for name, each in sets.items()}),
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

    def do(self, fitted: dict[str, Detector], sets: dict[str, Images]) -> Met:
        """Let all detectors meet all attacks.

        Args:
            fitted: Those of the first seed.
            sets: Images that nobody evolved.

        Returns:
            What attacks come to where there is no detector, which is to accept everything.
        """
        plan, alone = self.plan, Met()
        for seed in plan.all_seeds:
            fitted = fitted if seed == plan.seed else self.fit(seed)
            bare = {attack: self.evolve(attack, seed) for attack in plan.attacks}
            for attack, found in bare.items():
                everything = Presented(np.zeros(len(found.sure)), found.sure, 0.0)
                alone.static.setdefault(attack, []).append(everything)
                alone.curves.setdefault(attack, []).append(found.curve)
                if seed == plan.seed:
                    self.show(BARE, attack, found)
            for name, detector in fitted.items():
                self.judge(name, detector, seed, bare, sets)
                for attack in plan.attacks:
                    self.attack(name, detector, attack, seed)
        return alone

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
        reporter = Announcing(f"{label(name or BARE)}, {label(attack)}, seed {seed}", self.reporter)
        parts = runs.build(config, reporter, task)
        with runs.Run(parts, where, reporter, resume=past.is_run(where)) as run:
            runs.evolve(run)
        archive = parts.search.archive
        assert archive is not None
        occupied = np.flatnonzero(archive.occupied)
        size = at_once(self.classifier.shape)
        chunks = [occupied[first : first + size] for first in range(0, len(occupied), size)]
        images = torch.cat(
            [parts.encoding.express(archive.genomes.select(some)).cpu() for some in chunks]
        )
        _, scores = scores_over_time(where, len(task.niches))
        curve = curve_of(scores, self.plan.confidence)
        classes = np.array(task.indices)[occupied]
        sure = self.sure(images, classes)
        return Spoils(images, classes, archive.scores[occupied], sure, curve)

    def sure(self, images: Images, classes: Ints | None = None) -> Bools:
        """Say of which images ``(M,)`` the network is sure that they are of classes, or of any."""
        chunks = torch.split(images, at_once(self.classifier.shape))
        confidences = np.concatenate([self.classifier(some).cpu().numpy() for some in chunks])
        is_right = classes is None or confidences.argmax(axis=1) == classes
        sure: Bools = is_right & (confidences.max(axis=1) >= self.plan.confidence)
        return sure

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
            found = Presented(detector.suspicion(elites.images), elites.sure, detector.threshold)
            met.static.setdefault(attack, []).append(found)
        for kind, images in sets.items():
            found = Presented(detector.suspicion(images), self.sure(images), detector.threshold)
            met.static.setdefault(kind, []).append(found)

    def attack(self, name: str, detector: Detector, attack: str, seed: int) -> None:
        """Evolve against a detector."""
        elites, met = self.evolve(attack, seed, name, detector), self.met[name]
        if seed == self.plan.seed:
            self.show(label(name), attack, elites)
        found = Presented(detector.suspicion(elites.images), elites.sure, detector.threshold)
        met.adaptive.setdefault(attack, []).append(found)
        met.curves.setdefault(attack, []).append(elites.curve)
