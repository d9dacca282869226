"""From a configuration to the four parts of the sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neatfool import classifiers, encodings, search, tasks
from neatfool.classifiers import Classifier
from neatfool.encodings import Encoding
from neatfool.errors import ConfigError
from neatfool.reporting import Reporter
from neatfool.runs.config import Config
from neatfool.runs.gridded import Gridded
from neatfool.runs.trust import demand, remember
from neatfool.search import MapElitesSettings
from neatfool.tasks import Fooling, FoolingSettings, Task
from neatfool.workers.chunks import chunk_size
from neatfool.workers.workers import Workers


@dataclass(frozen=True)
class Parts:
    """What a configuration builds."""

    classifier: Classifier
    encoding: Encoding[Any]
    task: Fooling
    search: search.Search

    def method(self, pool: Workers, batch: int) -> str:
        """Say how images are made and scored: by which executor, how many at once, in which way."""
        classifier, size = self.classifier, chunk_size(batch, self.encoding.shape, pool.device)
        painted = f"networks by {self.encoding.executor}, " if self.encoding.executor else ""
        return (
            f"{pool.device}, {pool.description}; {painted}{size} images at once, "
            f"{classifier.name} in {classifier.precision}, {classifier.layout}"
        )


def assemble(config: Config) -> tuple[Encoding[Any], Task, search.Search]:
    """Build encoding, task and search of any configuration.

    Raises:
        NeatfoolError: A part cannot be built; the message says which setting to change.
    """
    if isinstance(config.task, FoolingSettings):
        parts = build(config)
        return parts.encoding, parts.task, parts.search
    device = classifiers.resolve_device(config.run.device)
    task = tasks.build(config.task, config.run.seed)
    encoding = encodings.build(config.encoding, task.medium, device)
    niched = _niched(task, config.search)
    evolution = search.build(config.search, encoding, len(niched.niches), config.run.seed)
    return encoding, niched, evolution


def scored(sections: Mapping[str, Any]) -> tuple[Encoding[Any], Task]:
    """Build encoding and task of a configuration, written as plain values, in another process.

    Raises:
        NeatfoolError: As ``assemble``.
    """
    encoding, task, _ = assemble(Config.model_validate(sections))
    return encoding, task


def build(config: Config, reporter: Reporter | None = None) -> Parts:
    """Build the parts that a configuration of this user names.

    What a run folder says, which may be a stranger's, is built by ``rebuild``.

    Args:
        config: All settings.
        reporter: Hears of progress where weights are fetched.

    Raises:
        NeatfoolError: A part cannot be built; the message says which setting to change.
    """
    if not isinstance(config.task, FoolingSettings):
        raise ConfigError(
            f"task.kind {config.task.kind} has no classifier to fool: expected fooling; "
            "experiments/ has scripts for the other tasks"
        )
    device = classifiers.resolve_device(config.run.device)
    classifier = classifiers.build(config.classifier, device, reporter)
    remember(config.classifier)
    encoding = encodings.build(config.encoding, classifier.shape, device)
    task = Fooling(classifier, config.task)
    _niched(task, config.search)
    evolution = search.build(config.search, encoding, len(task.niches), config.run.seed)
    return Parts(classifier, encoding, task, evolution)


def rebuild(config: Config, folder: Path, trusted: bool, reporter: Reporter | None = None) -> Parts:
    """Build the parts that a run folder names, unless it names a program that is not trusted.

    Args:
        config: All settings, as the folder has them.
        folder: Of the run.
        trusted: The user consents to running a program that the folder names.
        reporter: Hears of progress where weights are fetched.

    Raises:
        RunError: The model is a program that was not run here before, as it is now.
        NeatfoolError: As ``build``.
    """
    demand(config.classifier, folder, trusted)
    return build(config, reporter)


def _niched(task: Task, settings: search.SearchSettings) -> Task:
    """Lay the grid of the settings, if there is one, over what a task measures."""
    grid = settings.grid if isinstance(settings, MapElitesSettings) else None
    return task if grid is None else Gridded(task, grid)
