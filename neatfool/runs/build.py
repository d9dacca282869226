"""From a configuration to the four parts of the sentence."""

from dataclasses import dataclass
from typing import Any

from neatfool import classifiers, encodings, search
from neatfool.classifiers import Classifier
from neatfool.encodings import Encoding
from neatfool.runs.config import Config
from neatfool.runs.pool import Pool, chunk_size
from neatfool.tasks import Fooling


@dataclass(frozen=True)
class Parts:
    """What a configuration builds."""

    classifier: Classifier
    encoding: Encoding[Any]
    task: Fooling
    search: search.Search

    def method(self, pool: Pool, batch: int) -> str:
        """Say how images are made and scored: by which executor, how many at once, in which way."""
        classifier, size = self.classifier, chunk_size(batch, self.encoding.shape, pool.device)
        painted = f"networks by {self.encoding.executor}, " if self.encoding.executor else ""
        threads = f", {pool.threads} threads" if pool.device.type == "cpu" else ""
        return (
            f"{pool.device}{threads}; {painted}{size} images at once, "
            f"{classifier.name} in {classifier.precision}, {classifier.layout}"
        )


def build(config: Config) -> Parts:
    """Build the parts that a configuration names.

    Raises:
        NeatfoolError: A part cannot be built; the message says which setting to change.
    """
    device = classifiers.resolve_device(config.run.device)
    classifier = classifiers.build(config.classifier, device)
    encoding = encodings.build(config.encoding, classifier.shape, device)
    task = Fooling(classifier, config.task)
    evolution = search.build(config.search, encoding, len(task.niches), config.run.seed)
    return Parts(classifier, encoding, task, evolution)
