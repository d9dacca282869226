"""Fooling: make a classifier believe in each of its classes (Nguyen et al. 2015)."""

import numpy as np
import torch

from neatfool import classifiers, detectors
from neatfool.classifiers import INDEPENDENT, Classifier, find_classes
from neatfool.detectors import Detector
from neatfool.errors import ConfigError
from neatfool.images import Canvas
from neatfool.reporting import CONFIDENCE, Reporter
from neatfool.sections.task import FoolingSettings
from neatfool.tasks.baselines import baselines
from neatfool.tasks.probes import quick_check
from neatfool.tasks.task import Task, Trial
from neatfool.types import Images, Ints, Json, Scores


class Fooling(Task):
    """One niche for each class; a score is the confidence in that class.

    Attributes:
        classifier: The network that is fooled.
        detector: Fitted; what it refuses scores below 0. None: everything is accepted.

    Raises:
        ConfigError: A class is asked for twice, or is not one of the classifier's, or a name
            could be several.
    """

    Settings = FoolingSettings
    paints = True
    unit = CONFIDENCE
    best = 1.0
    levels = (0.5, 0.9, 0.99, 0.9999)
    """The paper is known for the last."""

    def __init__(
        self,
        classifier: Classifier,
        settings: FoolingSettings | None = None,
        detector: Detector | None = None,
    ) -> None:
        chosen = (settings or FoolingSettings()).classes
        count = len(classifier.labels)
        self.indices = tuple(range(count))
        if chosen is not None:
            self.indices = tuple(i for each in chosen for i in _indices(each, classifier.labels))
        wrong = [index for index in self.indices if not 0 <= index < count]
        if wrong:
            raise ConfigError(
                f"class {wrong[0]} does not exist: "
                f"{classifier.name} has the classes 0 to {count - 1}; choose among these"
            )
        if len(set(self.indices)) < len(self.indices):
            raise ConfigError(f"a class is named twice in {list(self.indices)}: name each once")
        self.niches = tuple(classifier.labels[index] for index in self.indices)
        self.classifier = classifier
        self.medium = Canvas(classifier.shape)
        files = [f"{name}:{sha256}" for name, sha256 in classifier.files.items()]
        self.name, self.digest = classifier.name, " ".join([*files, classifier.sha256])
        self.method = f"{classifier.name} in {classifier.precision}, {classifier.layout}"
        self.detector = detector
        if detector is not None:
            self.digest = detector.digest  # which has that of the classifier in it
            self.method += f", guarded by {detector.settings.label}"

    @classmethod
    def build(
        cls,
        settings: FoolingSettings,
        seed: int,
        device: torch.device,
        reporter: Reporter | None = None,
    ) -> "Fooling":
        """Load the classifiers that the settings name, and fit the detector."""
        classifier = build_classifier(settings, device, reporter)
        return cls.guarded(classifier, settings, seed, reporter)

    @classmethod
    def guarded(
        cls,
        classifier: Classifier,
        settings: FoolingSettings,
        seed: int,
        reporter: Reporter | None = None,
    ) -> "Fooling":
        """Fit the detector of the settings, if there is one, around a classifier."""
        if settings.detector is None:
            return cls(classifier, settings)
        detector = detectors.build(settings.detector, classifier, seed, reporter)
        return cls(classifier, settings, detector)

    def score(self, images: Images, trial: Trial | None = None) -> Scores:
        """Return the confidence of the classifier in each class of the task, NaN if it has none.

        Where there is a detector, images that it does not accept, or that are named as another
        class, have numbers below 0 instead.
        """
        if self.detector is not None:
            return self.detector.admit(self.detector.see(images), list(self.indices))
        confidences: Scores = self.classifier(images).cpu().numpy()
        return confidences[:, list(self.indices)]

    def remarks(self, images: Images) -> list[Json]:
        """Say how suspicious the detector finds each image, and whether it accepts it."""
        if self.detector is None:
            return []
        suspicions = self.detector.suspicion(images)
        accepted = suspicions <= self.detector.threshold
        return [
            {"suspicion": suspicion, "accepted": bool(passes)}
            for suspicion, passes in zip(suspicions.tolist(), accepted, strict=True)
        ]

    def require_gradients(self) -> None:
        """Ask for the gradients of two images of noise; those of ONNX files do not come back.

        Raises:
            ConfigError: They do not; or there is a detector, whose gradients are not known.
        """
        if self.detector is not None:
            raise ConfigError(
                f"task.detector: expected none for a search that follows gradients, got "
                f"{self.detector.settings.label}, which has none; leave it out, or choose another "
                "search, such as map-elites"
            )
        images = torch.rand(2, *self.medium.shape, generator=torch.Generator().manual_seed(0))
        niches = np.zeros(2, np.int64)
        try:
            found = self.gradients(images, niches, None, "log-odds")
            is_some = bool(found.nan_to_num(0, 0, 0).any())
            reason = "" if is_some else "all of them are 0 or no numbers"
        except Exception as error:
            reason = f"{type(error).__name__}: {error!s:.200}"
        if reason:
            raise ConfigError(
                f"{self.name}: expected a network with gradients, written in PyTorch, for this "
                f"search, got one without ({reason}); ONNX files and black boxes have none: give "
                "the network as net.py:factory, or choose another search, such as map-elites, or a "
                "configuration with it, such as imagenet_cppn_small_as_published"
            )

    def gradients(
        self, images: Images, niches: Ints, trial: Trial | None, objective: str
    ) -> torch.Tensor:
        """Compute the gradients of what ``objective`` says, in images: ``(P, C, H, W)``."""
        rows, columns = torch.arange(len(images)), torch.tensor(self.indices)[niches]
        is_each = self.classifier.outputs in INDEPENDENT

        def rising(logits: torch.Tensor) -> torch.Tensor:
            if objective == "confidence":
                return (logits.sigmoid() if is_each else logits.softmax(1))[rows, columns]
            own = logits[rows, columns]
            if objective == "logit" or is_each:
                return own
            others = logits.index_put((rows, columns), logits.new_tensor(-torch.inf))
            return own - others.logsumexp(1)

        return self.classifier.gradient(images, rising)

    def doubts(self) -> list[str]:
        """Look in a moment whether the classifier is loaded as it should be."""
        return [f"{self.name}: {reason}" for reason in quick_check(self.classifier)]

    def facts(self) -> Json:
        """Say which classifier it is, and how sure it is of nothing."""
        count = len(self.classifier.labels)
        model = {"name": self.name, "sha256": self.classifier.sha256, "classes": count}
        facts: Json = {"model": model, "baselines": baselines(self.classifier)}
        return facts if self.detector is None else facts | {"detector": self.detector.facts()}


def build_classifier(
    settings: FoolingSettings,
    device: torch.device,
    reporter: Reporter | None = None,
    first: Classifier | None = None,
) -> Classifier:
    """Load all networks that are fooled, as one.

    Args:
        settings: Which networks.
        device: Where they run.
        reporter: Hears of progress where weights are fetched.
        first: Takes the place of the first; the others run where it does.

    Raises:
        ClassifierError: One cannot be loaded, or they do not go together.
        DataError: Weights could not be fetched.
    """
    first = first or classifiers.build(settings.classifier, device, reporter)
    others = [classifiers.build(each, first.device, reporter) for each in settings.ensemble]
    return classifiers.together([first, *others])


def _indices(classes: int | str, labels: tuple[str, ...]) -> tuple[int, ...]:
    return (classes,) if isinstance(classes, int) else find_classes(classes, labels)
