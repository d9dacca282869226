"""Encoding and search of a run, built again to look at it; no task is, where that can be."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from neatfool import encodings, search, tasks
from neatfool.encodings import Encoding, Medium
from neatfool.images import Canvas
from neatfool.kinds import Unchecked
from neatfool.past.about import About, read_about
from neatfool.runs.config import Config, checked
from neatfool.runs.folder import open_folder
from neatfool.runs.trust import demand
from neatfool.search import Search
from neatfool.types import CPU


@dataclass(frozen=True, eq=False)
class Looked:
    """What it takes to read the genomes of a run.

    Attributes:
        config: Its settings; those of a class of users that is not needed are not checked.
        about: Its name, images and niches.
        medium: What its networks are expressed through.
        encoding: Of its genomes.
        search: Makes the search as it was before the first generation.
    """

    config: Config
    about: About
    medium: Medium
    encoding: Encoding[Any]
    search: Callable[[], Search]


def look(folder: Path, device: torch.device = CPU, trusted: bool = False) -> Looked:
    """Build what it takes to read the genomes of a run.

    A class of users is built if the genomes cannot be read without it, which takes trust.

    Args:
        folder: Of the run.
        device: Where phenotypes are made.
        trusted: The user consents to running programs that the folder names.

    Raises:
        RunError: There is no run in the folder, or it takes a program that is not trusted.
        NeatfoolError: A part cannot be built.
    """
    config, about = open_folder(folder), read_about(folder)
    needed = ["encoding", "search"] if about.shape else ["task", "encoding", "search"]
    programs = [name for name in needed if isinstance(getattr(config, name), Unchecked)]
    for name in programs:
        demand(getattr(config, name), folder, trusted)
    config = checked(config, programs)
    seed = config.run.seed
    medium = Canvas(about.shape) if about.shape else tasks.build(config.task, seed, device).medium
    encoding = encodings.build(config.encoding, medium, device)

    def begin() -> Search:
        return search.build(config.search, encoding, len(about.names), seed)

    return Looked(config, about, medium, encoding, begin)
