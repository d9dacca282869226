"""Encoding and search of a run, built again to look at it; no task is, where that can be."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from neatfool import encodings, search, tasks
from neatfool.classifiers import resolve_device
from neatfool.encodings import AnyEncoding
from neatfool.errors import RunError
from neatfool.images import Canvas
from neatfool.past.about import About, read_about
from neatfool.past.folder import read_config
from neatfool.runs.trust import demand
from neatfool.search import Search
from neatfool.sections.config import Config, checked
from neatfool.stored.layout import ABOUT
from neatfool.types import CPU


@dataclass(frozen=True, eq=False)
class Looked:
    """What it takes to read the genomes of a run.

    Attributes:
        config: Its settings; those of a class of users that is not needed are not checked.
        about: Its name, images and niches.
        encoding: Of its genomes.
        search: Makes the search as it was before the first generation.
    """

    config: Config
    about: About
    encoding: AnyEncoding
    search: Callable[[], Search]


def look(folder: Path, device: torch.device | None = None, trusted: bool = False) -> Looked:
    """Build what it takes to read the genomes of a run.

    A class of users is built if the genomes cannot be read without it, which takes trust.

    Args:
        folder: Of the run.
        device: Where phenotypes are made; none: on the CPU, unless genes are drawn on the device
            that the run computed on, as they would be others here.
        trusted: The user consents to running programs that the folder names.

    Raises:
        RunError: There is no run in the folder, or it takes a program that is not trusted.
        NeatfoolError: A part cannot be built.
    """
    config, about = read_config(folder), read_about(folder)
    if tasks.paints(config.task) and about.shape is None:
        raise RunError(
            f"{folder / ABOUT} does not fit the run: expected the shape of the images that it "
            f"evolves, got none; take it away, and `neatfool resume {folder}` makes it again"
        )
    needed = _needed(about)
    _demand(config, needed, folder, trusted)  # before its classes are looked at,
    config = checked(config, needed)
    _demand(config, needed, folder, trusted)  # and what their settings name
    seed = config.run.seed
    if device is None:
        on_device = encodings.KINDS.owner(config.encoding).draws_on_device
        device = resolve_device(config.run.device) if on_device else CPU
    medium = Canvas(about.shape) if about.shape else tasks.build(config.task, seed, device).medium
    encoding = encodings.build(config.encoding, medium, device)

    def begin() -> Search:
        return search.build(config.search, encoding, len(about.names), seed)

    return Looked(config, about, encoding, begin)


def programs_needed(config: Config, about: About) -> bool:
    """Say whether genomes of a run cannot be read without running a program that it names."""
    return any(getattr(config, name).programs() for name in _needed(about))


def _needed(about: About) -> list[str]:
    """Name the sections that it takes to read genomes."""
    return ["encoding", "search"] if about.shape else ["task", "encoding", "search"]


def _demand(config: Config, sections: list[str], folder: Path, trusted: bool) -> None:
    for name in sections:
        demand(getattr(config, name), folder, trusted)
