"""A run as its newest checkpoint has it, without holding the folder."""

from dataclasses import dataclass
from pathlib import Path

from neatfool.classifiers import resolve_device
from neatfool.encodings import AnyEncoding
from neatfool.errors import RunError
from neatfool.past.about import About, require_elite
from neatfool.past.parts import look
from neatfool.runs.build import rebuild
from neatfool.runs.checkpoint import checkpoints, has_begun, newest_checkpoint, put_back
from neatfool.search import Archive
from neatfool.stored.layout import CHECKPOINTS
from neatfool.tasks import Task


@dataclass(frozen=True, eq=False)
class Standing:
    """Where a run stands, finished or not.

    Attributes:
        about: Its task, images and niches.
        encoding: Of its genomes.
        task: What scores them; none: nothing was to be scored.
        archive: The elites.
    """

    about: About
    encoding: AnyEncoding
    task: Task | None
    archive: Archive

    def niche(self, wanted: str | None) -> int:
        """Find a niche by its index or name; none: that of the highest score.

        Raises:
            ConfigError: The run has no such niche, or several, or the niche has no elite.
        """
        niche = int(self.archive.scores.argmax()) if wanted is None else self.about.niche(wanted)
        require_elite(self.archive, niche, self.about.names[niche])
        return niche


def read_standing(folder: Path | str, scored: bool = False, trusted: bool = False) -> Standing:
    """Read where a run stands, of any encoding, search and task.

    The run may be going on meanwhile. Its parts are built on the device that is there.

    Args:
        folder: Of the run.
        scored: Something is to be scored, which takes the task.
        trusted: The user consents to running programs that the folder names.

    Raises:
        NeatfoolError: There is no run in the folder, it has no generation behind it, or its parts
            cannot be built.
    """
    folder = Path(folder)
    found = look(folder, resolve_device("auto"), trusted)
    state = newest_checkpoint(folder / CHECKPOINTS)
    if state is None or not has_begun(state):
        damaged = 0 if state else len(checkpoints(folder / CHECKPOINTS))
        has, what = ("that can be read", f"{damaged} damaged ones") if damaged else ("yet", "none")
        raise RunError(
            f"{folder} has no elites {has}: expected a whole checkpoint, got {what}; go on with "
            f"`neatfool resume {folder}`"
        )
    task = None
    if scored:
        here = found.config.run.model_copy(update={"device": "auto"})
        task = rebuild(found.config.model_copy(update={"run": here}), folder, trusted).task
    archive = put_back(found.search(), state, folder / CHECKPOINTS)
    return Standing(found.about, found.encoding, task, archive)
