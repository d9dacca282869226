"""The networks that are retrained: small ones from the start, of large ones the last layer."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import safetensors.torch
import torch

from neatfool.bounded import read_bytes
from neatfool.classifiers import Classifier, ClassifierSettings, build
from neatfool.classifiers.named.models import Model
from neatfool.classifiers.named.training import Lesson, learn, plain, study
from neatfool.classifiers.views import asked
from neatfool.defence.retraining.losses import OUTLIER, Adversarial, OutlierExposure
from neatfool.defence.retraining.settings import FORMS, STARTS, BeginsAs, Form, RetrainSettings
from neatfool.reporting import Reporter
from neatfool.runs import load_classifier
from neatfool.types import CPU, Bytes, Json, Shape

FOOLING = "fooling"
"""Label of the class of fooling images."""


@dataclass(frozen=True, eq=False)
class Taught:
    """What a network learns beside real images, and how.

    Attributes:
        form: What is done with fooling images.
        fooling: ``(F, C, H, W)`` uint8; none for a form that does not use them.
        seed: Of its first weights and of the order of images.
        start: Folder of the network that it begins as; none: it begins anew.
    """

    form: Form
    fooling: Bytes
    seed: int
    start: Path | None = None


class Pupil(Protocol):
    """A network that can be trained again and again.

    Attributes:
        classes: How many real classes it knows.
        niches: How many of them it is attacked in.
        shape: ``(C, H, W)`` of its images.
        forms: In which it can be trained.
        starts: What it can begin as.
        facts: What its training depends on beside settings.
    """

    classes: int
    niches: int
    shape: Shape
    forms: tuple[Form, ...]
    starts: tuple[BeginsAs, ...]
    facts: Json

    def teach(self, taught: Taught, folder: Path, reporter: Reporter) -> None:
        """Train it, and write what ``changes`` names into a folder; a folder that has it, stays."""

    def changes(self, folder: Path) -> tuple[str, ...]:
        """Name a trained network as settings of a task: each ``task.classifier.key=value``."""

    def tested(self, classifier: Classifier) -> tuple[float, float | None]:
        """Show the trained network real images that it did not learn from.

        Returns:
            The share that it names wrong, and the share that it takes for fooling images; none: it
            has no such class.
        """


class SmallPupil:
    """A network of the package that learns MNIST, or another set in the same four files.

    Args:
        settings: Which one, from which folder, and how.

    Raises:
        ClassifierError: The network takes other images.
        DataError: The data are missing or damaged.
    """

    forms: tuple[Form, ...] = FORMS
    starts: tuple[BeginsAs, ...] = STARTS

    def __init__(self, settings: RetrainSettings, data: Path) -> None:
        self._settings = settings
        self._model, self._lesson, self.facts = study(settings.model, data)
        self.shape = self._model.shape
        self.classes = self.niches = len(self._model.labels)
        if self._model.outputs != "logits":  # there is no uniform answer of independent classes
            self.forms = tuple(form for form in FORMS if form != "exposure")

    def teach(self, taught: Taught, folder: Path, reporter: Reporter) -> None:
        """Train it from new first weights, or from those of another."""
        name, training = self._settings.model, self._settings.train
        if (folder / f"{name}.json").exists():  # it is written last
            return
        model, lesson = self._taught(taught)
        settings = training.model_copy(update={"seed": taught.seed})
        notes = {
            "settings": settings.model_dump(),
            "form": taught.form,
            "fooling_images": len(taught.fooling),
            **self.facts,
        }
        if taught.start:
            weights = read_bytes(taught.start / f"{name}.safetensors", None)
            lesson = replace(lesson, start=safetensors.torch.load(weights))
            notes["start_sha256"] = hashlib.sha256(weights).hexdigest()
        learn((name, model), lesson, folder, settings, notes, reporter)

    def changes(self, folder: Path) -> tuple[str, ...]:
        """Name it, and its weights."""
        name = self._settings.model
        weights = str((folder / f"{name}.safetensors").absolute())
        named = {"model": name, "weights": weights}
        return tuple(f"task.classifier.{key}={json.dumps(said)}" for key, said in named.items())

    def tested(self, classifier: Classifier) -> tuple[float, float | None]:
        """Show it the test images."""
        lesson = self._lesson
        told = asked(classifier, lesson.test_images.numpy()).argmax(axis=1)
        flagged = float((told == self.classes).mean())
        wrong = float((told != lesson.test_labels.numpy()).mean())
        return wrong, flagged if len(classifier.labels) > self.classes else None

    def _taught(self, taught: Taught) -> tuple[Model, Lesson]:
        """Put together what it learns: fooling images in a class of their own, or in none."""
        model, lesson, loss = self._model, self._lesson, plain(self._model.outputs)
        if taught.form == "adversarial":
            hurt = Adversarial(self._settings.adversarial, taught.seed, loss)
            return model, replace(lesson, loss=hurt)
        if not len(taught.fooling):
            return model, lesson
        label = self.classes
        if taught.form == "class":
            model = replace(model, labels=(*model.labels, FOOLING))
        else:
            label, loss = OUTLIER, OutlierExposure(self._settings.exposure.weight)
        fooling = torch.from_numpy(taught.fooling)
        labels = torch.full((len(fooling),), label)
        more = replace(
            lesson,
            images=torch.cat([lesson.images, fooling]),
            labels=torch.cat([lesson.labels, labels]),
            loss=loss,
        )
        return model, more


def load(changes: Sequence[str]) -> Classifier:
    """Load a network that a pupil names."""
    settings: ClassifierSettings = load_classifier(changes)
    return build(settings, CPU)
