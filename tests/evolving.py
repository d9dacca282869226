"""Small runs of any encoding and search against a classifier that is made up."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

from neatfool import encodings, runs, search
from neatfool.classifiers import Classifier
from neatfool.images import Canvas
from neatfool.tasks import Fooling
from neatfool.types import Arrays, Shape
from tests.fakes import fake_classifier

CLASSES = 5


def configured(settings: Any, search_settings: Any) -> runs.Config:
    """Configure a run that leaves a checkpoint after every third generation."""
    return runs.Config(
        encoding=settings,
        search=search_settings,
        run=runs.RunSettings(device="cpu", workers="threads:1", checkpoint_every=3, seed=3),
    )


def evolve(
    folder: Path,
    config: runs.Config,
    shape: Shape,
    generations: int,
    resume: bool = False,
    kind: Callable[[Classifier], Fooling] = Fooling,
) -> list[Arrays]:
    """Run or go on; return the state of the search after each generation."""
    config = config.model_copy(
        update={"run": config.run.model_copy(update={"generations": generations})}
    )
    classifier = fake_classifier(shape, CLASSES)
    encoding = encodings.build(config.encoding, Canvas(shape))
    task = kind(classifier)
    evolution = search.build(config.search, encoding, CLASSES, config.run.seed)
    parts, states = runs.Parts(config, encoding, task, evolution), []
    with mock.patch("os.fsync"), runs.Run(parts, folder, resume=resume) as run:
        for _ in run.generations():
            evolution.tell(run.evaluate(evolution.ask()))
            states.append(evolution.state())
    return states
