"""A run as its newest checkpoint has it, read without holding its folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neatfool.classifiers import find_classes
from neatfool.encodings import Encoding
from neatfool.encodings.encoding import unprefixed
from neatfool.errors import RunError
from neatfool.runs.build import assemble, build
from neatfool.runs.checkpoint import newest_checkpoint
from neatfool.runs.config import Config
from neatfool.runs.folder import CHECKPOINTS, open_folder
from neatfool.search import Archive
from neatfool.tasks import FoolingSettings, Task


@dataclass(frozen=True, eq=False)
class Standing:
    """Where a run stands, finished or not.

    Attributes:
        config: Its settings.
        encoding: Of its genomes.
        task: What scores them.
        labels: Names of all classes; of a task without classes, of its niches.
        classes: ``K`` indices in ``labels``, one for each niche.
        archive: The elites.
    """

    config: Config
    encoding: Encoding[Any]
    task: Task
    labels: tuple[str, ...]
    classes: tuple[int, ...]
    archive: Archive

    def niche(self, wanted: str | None) -> int:
        """Find the niche of a class by its index or name; none: that of the highest score.

        Raises:
            ConfigError: There is no such class.
            RunError: The run has no elite for it.
        """
        if wanted is None:
            return int(self.archive.scores.argmax())
        found = find_classes(wanted, self.labels)
        if len(found) != 1 or found[0] not in self.classes:
            held = ", ".join(f"{index} {self.labels[index]}" for index in self.classes[:10])
            more = f" and {len(self.classes) - 10} more" if len(self.classes) > 10 else ""
            raise RunError(
                f"expected one class that the run has an elite for, came {wanted!r}: choose from "
                f"{held}{more}"
            )
        return self.classes.index(found[0])


def read_standing(folder: Path) -> Standing:
    """Read where a run stands, of any encoding, search and task.

    The run may be going on meanwhile. Its parts are built on the device that is there.

    Raises:
        NeatfoolError: There is no run in the folder, it has no generation behind it, or its parts
            cannot be built.
    """
    config = open_folder(folder)
    here = config.run.model_copy(update={"device": "auto"})
    config = config.model_copy(update={"run": here})
    has_checkpoint = any((folder / CHECKPOINTS).glob("*.safetensors"))
    state = newest_checkpoint(folder / CHECKPOINTS) if has_checkpoint else None
    if state is None:
        raise RunError(
            f"{folder} has no elites yet: expected a checkpoint that is whole, came none; go on "
            f"with `neatfool resume {folder}`"
        )
    task: Task
    if isinstance(config.task, FoolingSettings):
        parts = build(config)
        encoding, task, search = parts.encoding, parts.task, parts.search
        labels, classes = parts.classifier.labels, parts.task.classes
    else:
        encoding, task, search = assemble(config)
        labels, classes = tuple(task.niches), tuple(range(len(task.niches)))
    search.restore(unprefixed("search.", state))
    assert search.archive is not None, "a checkpoint is written after a generation at the earliest"
    return Standing(config, encoding, task, labels, classes, search.archive)
