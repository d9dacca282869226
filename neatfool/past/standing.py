"""A run as its newest checkpoint has it, read without holding its folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neatfool import encodings, search
from neatfool.classifiers import resolve_device
from neatfool.encodings import Encoding
from neatfool.errors import RunError
from neatfool.images import Canvas
from neatfool.past.about import find_niche, read_about, require_elite
from neatfool.runs.build import assemble, rebuild
from neatfool.runs.checkpoint import checkpoints, has_begun, newest_checkpoint, put_back
from neatfool.runs.folder import CHECKPOINTS, open_folder
from neatfool.search import Archive
from neatfool.tasks import FoolingSettings, Task


@dataclass(frozen=True, eq=False)
class Standing:
    """Where a run stands, finished or not.

    Attributes:
        encoding: Of its genomes.
        task: What scores them; none: nothing was to be scored.
        classes: ``K`` indices of classes, one for each niche; of a task without classes, of these.
        names: ``K`` names of them.
        archive: The elites.
        fools: Scores are confidences of a classifier.
    """

    encoding: Encoding[Any]
    task: Task | None
    classes: tuple[int, ...]
    names: tuple[str, ...]
    archive: Archive
    fools: bool

    def niche(self, wanted: str | None) -> int:
        """Find the niche of a class by its index or name; none: that of the highest score.

        Raises:
            ConfigError: The run has no such class, or several, or the class has no elite.
        """
        best = int(self.archive.scores.argmax())
        niche = best if wanted is None else find_niche(wanted, self.classes, self.names)
        require_elite(self.archive, niche, self.names[niche])
        return niche


def read_standing(folder: Path, scored: bool = False, trusted: bool = False) -> Standing:
    """Read where a run stands, of any encoding, search and task.

    The run may be going on meanwhile. Its parts are built on the device that is there.

    Args:
        folder: Of the run.
        scored: Something is to be scored, which takes the classifier.
        trusted: The user consents to running a program that the folder names as its classifier.

    Raises:
        NeatfoolError: There is no run in the folder, it has no generation behind it, or its parts
            cannot be built.
    """
    config = open_folder(folder)
    here = config.run.model_copy(update={"device": "auto"})
    config = config.model_copy(update={"run": here})
    state = newest_checkpoint(folder / CHECKPOINTS)
    if state is None or not has_begun(state):
        damaged = 0 if state else len(checkpoints(folder / CHECKPOINTS))
        has, found = ("that can be read", f"{damaged} damaged ones") if damaged else ("yet", "none")
        raise RunError(
            f"{folder} has no elites {has}: expected a whole checkpoint, got {found}; go on with "
            f"`neatfool resume {folder}`"
        )
    task: Task | None
    fools = isinstance(config.task, FoolingSettings)
    if fools:
        about = read_about(folder)
        task = rebuild(config, folder, trusted).task if scored else None
        device = resolve_device(config.run.device)
        encoding = encodings.build(config.encoding, Canvas(about.shape), device)
        evolution = search.build(config.search, encoding, len(about.classes), config.run.seed)
        classes, names = about.classes, about.names
    else:
        encoding, task, evolution = assemble(config)
        classes, names = tuple(range(len(task.niches))), tuple(task.niches)
    archive = put_back(evolution, state, folder / CHECKPOINTS)
    return Standing(encoding, task, classes, names, archive, fools)
