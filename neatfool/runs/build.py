"""From a configuration to the parts of the sentence."""

import functools
from dataclasses import dataclass
from pathlib import Path

from neatfool import encodings, search, tasks
from neatfool.classifiers import resolve_device
from neatfool.encodings import AnyEncoding
from neatfool.errors import ConfigError, RunError
from neatfool.files import write_whole
from neatfool.images import Canvas
from neatfool.reporting import Reporter
from neatfool.runs.gridded import Gridded
from neatfool.runs.trust import demand, remember
from neatfool.runs.written import WrittenAbout, written_about
from neatfool.sections.config import Config, checked, parse_config
from neatfool.settings import differing, flat
from neatfool.stored.layout import ABOUT
from neatfool.tasks import Task
from neatfool.types import Json
from neatfool.workers.chunks import chunk_size
from neatfool.workers.workers import Workers


@dataclass(frozen=True)
class Parts:
    """What a configuration builds.

    Attributes:
        config: All settings.
        encoding: Of the genomes.
        task: What scores them.
        search: What asks for them.
    """

    config: Config
    encoding: AnyEncoding
    task: Task
    search: search.Search

    @functools.cached_property
    def about(self) -> WrittenAbout:
        """What the task says of itself, as files hold it.

        Raises:
            ConfigError: They cannot.
        """
        task = self.task
        try:
            return written_about(
                {
                    "name": task.name or self.config.task.label,
                    "shape": task.medium.shape if isinstance(task.medium, Canvas) else None,
                    "indices": tuple(task.indices or range(len(task.niches))),
                    "names": task.niches,
                    "unit": {"noun": task.unit.noun, "is_share": task.unit.is_share},
                    "best": task.best,
                    "levels": tuple(task.levels),
                    "grid": task.grid_facts(),
                }
            )
        except ValueError as error:
            raise ConfigError(
                f"task.kind {self.config.task.kind}: what it says of itself does not fit: {error}"
            ) from None

    @property
    def name(self) -> str:
        """What is evolved for: the name of the task, or else its kind."""
        return self.about.name

    def method(self, pool: Workers) -> str:
        """Say how phenotypes are made and scored: by which executor, how many at once, how."""
        size = chunk_size(self.config.batch, self.encoding.shape, pool.device, pool.chunk)
        painted = f"networks by {self.encoding.executor}, " if self.encoding.executor else ""
        scored = f", {self.task.method}" if self.task.method else ""
        return f"{pool.device}, {pool.description}; {painted}{size} at once{scored}"


def build(config: Config, reporter: Reporter | None = None, task: Task | None = None) -> Parts:
    """Build the parts that a configuration of this user names.

    What a run folder says, which may be a stranger's, is built by ``rebuild``.

    Args:
        config: All settings.
        reporter: Hears of progress where weights are fetched.
        task: Takes the place of the one that the configuration names; of its kind.

    Raises:
        NeatfoolError: A part cannot be built; the message says which setting to change.
    """
    if config.is_recorded:
        raise RunError(
            "it was recorded while a script of neat-python evolved it: only the script can go on "
            "with it, score it or play it; run the script again, with another folder"
        )
    seed, device = config.run.seed, resolve_device(config.run.device)
    task = task or tasks.build(config.task, seed, device, reporter)
    remember(config)
    encoding = encodings.build(config.encoding, task.medium, device)
    niched = _niched(task, config)
    if config.run.until_solved and task.best is None and type(task).solved is Task.solved:
        raise ConfigError(
            "run.until_solved: expected a task that says when it is solved, got "
            f"{task.name or config.task.label}; set run.target to a score instead"
        )
    evolution = search.build(config.search, encoding, len(niched.niches), seed)
    if evolution.WANTS_GRADIENTS:
        niched.require_gradients()
    parts = Parts(config, encoding, niched, evolution)
    target, best = config.run.target, parts.about.best
    if target is not None and best is not None and target > best:
        raise ConfigError(
            f"run.target: expected at most {best:g}, the best {niched.unit.noun} there can be, "
            f"got {target:g}"
        )
    return parts


def scoring(text: str, binding: Json) -> tuple[AnyEncoding, Task]:
    """Build encoding and task once more, in a process of its own.

    Args:
        text: What ``dump_config`` wrote.
        binding: Of that configuration; what is built has to have the same.

    Raises:
        RunError: A file that it names has changed since.
        NeatfoolError: As ``build``.
    """
    config = parse_config(text)
    if changed := differing(flat(binding), flat(config.binding())):
        raise RunError(
            f"a file of the run changed since it began, by {changed[0]}: put it back, or begin a "
            "new run in another folder"
        )
    parts = build(config)
    return parts.encoding, parts.task


def rebuild(config: Config, folder: Path, trusted: bool, reporter: Reporter | None = None) -> Parts:
    """Build the parts that a run folder names, unless it names a program that is not trusted.

    Args:
        config: All settings, as the folder has them.
        folder: Of the run.
        trusted: The user consents to running programs that the folder names.
        reporter: Hears of progress where weights are fetched.

    Raises:
        RunError: It names a program that was not run here before, as it is now.
        NeatfoolError: As ``build``.
    """
    demand(config, folder, trusted)  # before its classes are looked at,
    whole = checked(config)
    demand(whole, folder, trusted)  # and what their settings name
    return build(whole, reporter)


def _niched(task: Task, config: Config) -> Task:
    """Lay the grid of the settings, if there is one, over what a task measures."""
    grid = getattr(config.search, "grid", None)
    return task if grid is None else Gridded(task, grid)


def write_about(folder: Path, parts: Parts) -> None:
    """Write down what a run evolves, as it begins: ``written.WrittenAbout``."""
    write_whole(folder / ABOUT, parts.about.model_dump_json() + "\n")
