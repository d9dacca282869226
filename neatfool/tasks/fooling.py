"""Fooling: make a classifier believe in each of its classes (Nguyen et al. 2015)."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictInt

from neatfool.classifiers import Classifier, find_classes
from neatfool.errors import ConfigError
from neatfool.settings import Settings
from neatfool.tasks.task import Trial
from neatfool.types import Images, Scores


def _listed(classes: object) -> object:
    """Write a text as a list of one."""
    return (classes,) if isinstance(classes, str) else classes


class FoolingSettings(Settings):
    """Settings of the fooling task."""

    kind: Literal["fooling"] = "fooling"
    """Images that a classifier believes in."""
    classes: Annotated[
        tuple[StrictInt | Annotated[str, Field(min_length=1)], ...] | None,
        BeforeValidator(_listed),
        Field(min_length=1),
    ] = None
    """The classes to evolve images for: indices, as [0, 3, 7], or text with names, indices, ranges
    and steps, as "robin, 3, 0-49, 0-999:20"; none: all."""


class Fooling:
    """One niche for each class; a score is the confidence in that class.

    Raises:
        ConfigError: A class is asked for twice, or is not one of the classifier's, or a name
            could be several.
    """

    def __init__(self, classifier: Classifier, settings: FoolingSettings | None = None) -> None:
        chosen = (settings or FoolingSettings()).classes
        count = len(classifier.labels)
        self.classes = tuple(range(count))
        if chosen is not None:
            self.classes = tuple(i for each in chosen for i in _indices(each, classifier.labels))
        wrong = [index for index in self.classes if not 0 <= index < count]
        if wrong:
            raise ConfigError(
                f"class {wrong[0]} does not exist: "
                f"{classifier.name} has the classes 0 to {count - 1}"
            )
        if len(set(self.classes)) < len(self.classes):
            raise ConfigError(f"a class is named twice in {list(self.classes)}: name each once")
        self.niches = tuple(classifier.labels[index] for index in self.classes)
        self._classifier = classifier

    def score(self, images: Images, trial: Trial | None = None) -> Scores:
        """Return the confidence of the classifier in each class of the task, NaN if it has none."""
        confidences: Scores = self._classifier(images).cpu().numpy()
        return confidences[:, list(self.classes)]


def _indices(classes: int | str, labels: tuple[str, ...]) -> tuple[int, ...]:
    return (classes,) if isinstance(classes, int) else find_classes(classes, labels)
