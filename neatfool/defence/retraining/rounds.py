"""Rounds of retraining: evolve against a network, let the next one learn from that, and again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neatfool.classifiers import Classifier
from neatfool.classifiers.views import asked
from neatfool.defence.retraining.controls import bred, noise
from neatfool.defence.retraining.evolved import Campaign, Harvest, attack_changes, evolve, seed_of
from neatfool.defence.retraining.networks import Pupil, Taught, load
from neatfool.defence.retraining.settings import LEARN, EncodingName, Form, RetrainSettings
from neatfool.reporting import Reporter
from neatfool.types import Bytes, Doubles, Json

SURE = 0.9999
"""The confidence that the paper is known for."""


@dataclass(frozen=True, eq=False)
class Course:
    """What all rounds have in common.

    Attributes:
        settings: Of retraining.
        pupil: The network.
        folder: Of all rounds.
        reporter: Hears of progress.
    """

    settings: RetrainSettings
    pupil: Pupil
    folder: Path
    reporter: Reporter

    def round(self, number: int) -> Path:
        """Name the folder of a round; the first is 1."""
        return self.folder / f"round-{number:02d}"

    def teach(
        self,
        where: Path,
        form: Form,
        fooling: Bytes,
        *path: str | int,
        start: Path | None = None,
    ) -> Classifier:
        """Train the network of a round, unless it is there, and load it."""
        seed = seed_of(self.settings.seed, "training", *path)
        used = fooling if form in LEARN else self.no_images()
        self.pupil.teach(Taught(form, used, seed, start), where / "network", self.reporter)
        return load(self.changes(where))

    def changes(self, where: Path) -> tuple[str, ...]:
        """Name the network of a round as settings of a run."""
        return (*self.pupil.changes(where / "network"), *self.settings.attacks)

    def attack(
        self, where: Path, name: str, encoding: EncodingName, count: int, *path: str | int
    ) -> Harvest:
        """Evolve images against the network of a round.

        Args:
            where: Folder of the round.
            name: Of the attack, and its folder.
            encoding: Of the images.
            count: How many runs.
            path: Names the attack among all of the same seed.
        """
        settings = self.settings
        changes = attack_changes(
            self.changes(where), encoding, settings.generations, self.pupil.niches
        )
        attack = Campaign(where / name, changes, count, settings.seed, (*path, name, encoding))
        title = f"{where.name}, {name}: evolving {encoding}"
        return evolve(attack, self.reporter, title)

    def no_images(self) -> Bytes:
        """Give no image of the shape of the pupil's."""
        return np.empty((0, *self.pupil.shape), np.uint8)

    def shown(self, classifier: Classifier, images: Bytes) -> Json:
        """Say what a network sees in images that were not evolved against it.

        Args:
            classifier: Of a round.
            images: ``(P, C, H, W)`` uint8, at least one.

        Returns:
            ``confidence``, the median of the highest confidence in a real class, and ``flagged``,
            the share in the class of fooling images; none: there is no such class.
        """
        told = asked(classifier, images)
        real = told[:, : self.pupil.classes].max(axis=1)
        return {"confidence": float(np.median(real)), "flagged": self.flagged(told)}

    def flagged(self, told: Doubles) -> float | None:
        """Give the share of images in the class of fooling images, of confidences ``(P, K)``."""
        if told.shape[1] == self.pupil.classes:
            return None
        return float((told.argmax(axis=1) == self.pupil.classes).mean())


def retrain(course: Course) -> Iterator[tuple[Json, Harvest]]:
    """Go through all rounds, and measure each network.

    Args:
        course: What is retrained, and where.

    Yields:
        The row of a round, and what was evolved in it. A row has ``round``, and what ``measured``
        gives.

    Raises:
        NeatfoolError: A run or a training cannot be made.
        Interrupted: As ``evolve``.
    """
    settings = course.settings
    fooling, controls = course.no_images(), dict[str, Bytes]()
    for number in range(1, settings.rounds + 1):
        where = course.round(number)
        form: Form = "none" if number == 1 else settings.form
        goes_on = settings.train.start == "previous" and number > 1
        start = course.round(number - 1) / "network" if goes_on else None
        classifier = course.teach(where, form, fooling, number, start=start)
        count = settings.runs_of(number, course.pupil.niches)
        evolved = course.attack(where, "runs", settings.encoding, count, number)
        controls = controls or untouched(course, where, classifier)
        row = {"round": number, "learned_from": len(fooling) if form in LEARN else 0}
        yield row | measured(course, where, classifier, evolved, controls), evolved
        more = repeated(evolved.learned_from, settings.wanted(number))
        fooling = np.concatenate([fooling, more])


def measured(
    course: Course,
    where: Path,
    classifier: Classifier,
    evolved: Harvest,
    controls: Mapping[str, Bytes],
) -> Json:
    """Say how good a network is, and how easily fooled.

    Args:
        course: What is retrained.
        where: Folder of the network; gets runs of the other encoding.
        classifier: The network.
        evolved: Against it.
        controls: Images that no network learned from, by name.

    Returns:
        ``network`` (digest), ``clean_error`` and ``clean_flagged`` of real images, what
        ``attacked`` gives of the images evolved against it, ``other`` (the same of the other
        encoding), and ``controls``: what it sees in these.
    """
    settings = course.settings
    wrong, flagged = course.pupil.tested(classifier)
    other = None
    if settings.controls:
        path = where.name
        found = course.attack(where, "other", settings.other, settings.controls, path)
        other = attacked(course, classifier, found)
    return {
        "network": classifier.sha256,
        "clean_error": wrong,
        "clean_flagged": flagged,
        **attacked(course, classifier, evolved),
        "other": other,
        "controls": {name: course.shown(classifier, each) for name, each in controls.items()},
    }


def attacked(course: Course, classifier: Classifier, evolved: Harvest) -> Json:
    """Sum up what came of runs against a network.

    Returns:
        ``median``, ``quartiles`` and ``least`` of the confidences in the classes that images were
        evolved for, ``sure`` (the share that reaches 0.9999), and ``flagged``, the share in the
        class of fooling images; none: there is no such class.
    """
    return {
        "median": float(np.median(evolved.scores)),
        "quartiles": np.quantile(evolved.scores, (0.25, 0.75)).tolist(),
        "least": float(evolved.scores.min()),
        "sure": float((evolved.scores >= SURE).mean()),
        "flagged": course.flagged(asked(classifier, evolved.last)),
    }


def repeated(images: Bytes, count: int) -> Bytes:
    """Give so many of the images, again from the first where there are fewer."""
    return np.resize(images, (count, *images.shape[1:]))


def untouched(course: Course, where: Path, first: Classifier) -> dict[str, Bytes]:
    """Make images that are never learned from; those that are evolved, against the first network.

    Args:
        course: What is retrained.
        where: Folder of the first network.
        first: That network.
    """
    settings = course.settings
    found = {
        "bred": bred(first.shape, settings.seed),
        "noise": noise(first.shape, settings.seed),
    }
    kinds: tuple[EncodingName, ...] = ("cppn", "pixels")
    for encoding in kinds if settings.controls else ():
        name = f"control-{encoding}"
        found[encoding] = course.attack(where, name, encoding, settings.controls, 1).last
    return found
