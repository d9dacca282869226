"""What requests about run folders, and the answers to them, hold."""

from typing import Annotated, Literal, TypeAlias

from fastapi import Query
from pydantic import Field

from neatfool.settings import Settings
from neatfool.web.browse.archives import State
from neatfool.web.browse.replays import Phase

RunName: TypeAlias = Annotated[str, Query(alias="run", min_length=1, max_length=1_000)]
"""Of a run, as the list of runs gives it."""
ClassIndex: TypeAlias = Annotated[int, Query(alias="class", ge=0, lt=1 << 31)]
"""Of a class."""
FileName: TypeAlias = Literal[
    "report.json",
    "classes.csv",
    "gallery.png",
    "confidence.png",
    "resolved.toml",
    "metrics.jsonl",
    "lineage.jsonl",
]
"""Of a file that can be downloaded."""


class Wanted(Settings):
    """A run to do something with."""

    run: str = Field(min_length=1, max_length=1_000)


class Facts(Settings):
    """A run in numbers; ``version`` changes when its pictures may be others."""

    model: str
    encoding: str
    search: str
    seed: int
    state: State
    generation: int
    planned: int
    published: int
    evaluations: int
    median: float | None
    worst: float | None
    coverage: dict[str, float]
    classes: int
    can_breed: bool
    version: int


class Thumb(Settings):
    """A picture of the strip that stands for a run."""

    index: int
    found_at: int


class Archived(Settings):
    """A run in the list; if it cannot be read, why."""

    name: str
    changed: str
    facts: Facts | None
    strip: tuple[Thumb, ...] = ()
    problem: str | None = None


class ArchivedClass(Settings):
    """A class of a run, and its elite."""

    index: int
    name: str
    confidence: float | None
    found_at: int


class Point(Settings):
    """A point of the curves."""

    generation: int
    evaluations: int
    median: float | None
    mean: float | None
    worst: float | None


class ArchivedRun(Settings):
    """All about one run."""

    name: str
    facts: Facts
    classes: tuple[ArchivedClass, ...]
    curve: tuple[Point, ...]
    settings: str
    files: tuple[FileName, ...]


class Progress(Settings):
    """How far a run has been gone through again."""

    phase: Phase | Literal["none"]
    done: int = 0
    total: int = 0
    message: str = ""
    frames: tuple[int, ...] = ()


class FrameOfRun(Settings):
    """An archive as it was: in the order of the classes of the run."""

    generation: int
    keys: tuple[int, ...]
    confidences: tuple[float | None, ...]
    found_at: tuple[int, ...]
