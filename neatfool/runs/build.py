"""From a configuration to the four parts of the sentence, and the main job in one call."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neatfool import classifiers, encodings, search
from neatfool.classifiers import Classifier
from neatfool.encodings import Encoding
from neatfool.reporting import Reporter
from neatfool.runs.config import Config
from neatfool.runs.publish import publish
from neatfool.runs.run import Run
from neatfool.tasks import Fooling


@dataclass(frozen=True)
class Parts:
    """What a configuration builds."""

    classifier: Classifier
    encoding: Encoding[Any]
    task: Fooling
    search: search.MapElites


def build(config: Config) -> Parts:
    """Build the parts that a configuration names.

    Raises:
        NeatfoolError: A part cannot be built; the message says which setting to change.
    """
    device = classifiers.resolve_device(config.run.device)
    classifier = classifiers.build(config.classifier, device)
    encoding = encodings.build(config.encoding, classifier.shape)
    task = Fooling(classifier, config.task)
    evolution = search.build(config.search, encoding, len(task.niches), config.run.seed)
    return Parts(classifier, encoding, task, evolution)


def fool(
    config: Config, folder: Path, reporter: Reporter | None = None, resume: bool = False
) -> dict[str, Any]:
    """Evolve images that a classifier believes in, and fill the run folder.

    Args:
        config: All settings.
        folder: Where the run lives.
        reporter: Hears of progress.
        resume: Go on with the run in ``folder``.

    Returns:
        What ``report.json`` holds.

    Raises:
        NeatfoolError: A setting cannot be met, or the folder cannot be used.
        Interrupted: Ctrl-C or SIGTERM came; the run can be resumed.
    """
    parts = build(config)
    with Run(config, folder, reporter, resume) as run:
        for _ in run.generations(parts.search):
            genomes = parts.search.ask()
            scores = run.evaluate(genomes, parts.encoding, parts.task)
            parts.search.tell(scores)
        return publish(run, parts.search, parts.encoding, parts.classifier, parts.task)
