"""What requests about run folders, and the answers to them, hold."""

from typing import Annotated, Literal, TypeAlias

from fastapi import Query
from pydantic import Field

from neatfool.past.overview import State
from neatfool.reporting import Unit
from neatfool.settings import Settings
from neatfool.web.browse.background import Phase
from neatfool.web.browse.notes import MOST_LETTERS

RunName: TypeAlias = Annotated[str, Query(alias="run", min_length=1, max_length=1_000)]
"""Of a run, as the list of runs gives it."""
NicheIndex: TypeAlias = Annotated[int, Query(alias="niche", ge=0, lt=1 << 31)]
"""Of a niche."""
FileName: TypeAlias = Literal[
    "report.json",
    "niches.csv",
    "gallery.png",
    "curve.png",
    "grid.png",
    "front.png",
    "resolved.toml",
    "metrics.jsonl",
    "lineage.jsonl",
]
"""Of a file that can be downloaded."""


class ReplayRequest(Settings):
    """A run to do something with."""

    run: str = Field(min_length=1, max_length=1_000)


class Facts(Settings):
    """A run in numbers.

    Attributes:
        images: It evolves images; else elites are drawn, and of the past there are numbers alone.
        reached: Share of niches by the score that they reach.
        coverage: Share of the cells of a grid that have an elite; none: there is no grid.
        qd_score: Sum of their scores.
        is_grid: Niches are the cells of a grid.
        has_map: There is a picture of the grid.
        can_enlarge: Its images can be painted at any size.
        unplayed: Why it cannot be replayed, if so.
        unseen: Why no elite can be seen, if so.
        version: Changes when its pictures may be others.
        begun: When it began, in milliseconds.
        seconds: Of evolution; none: not known.
        group: Equal for runs that differ by their seed alone; empty: not known.
    """

    name: str
    unit: Unit
    best: float | None
    images: bool
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
    reached: dict[str, float]
    coverage: float | None
    qd_score: float | None
    niches: int
    is_grid: bool
    has_map: bool
    can_breed: bool
    can_enlarge: bool
    can_replay: bool
    unplayed: str
    unseen: str
    version: int
    begun: int
    seconds: float | None
    group: str


class Thumb(Settings):
    """A picture of the strip that stands for a run."""

    index: int
    found_at: int


class ListedRun(Settings):
    """A run in the list; if it cannot be read, why."""

    name: str
    changed: str
    facts: Facts | None
    strip: tuple[Thumb, ...] = ()
    spark: tuple[float | None, ...] = ()
    """Medians over time."""
    damaged_line: int | None = None
    """Of the metrics, from 1."""
    problem: str | None = None


class ShownNiche(Settings):
    """A niche of a run, and its elite."""

    index: int
    name: str
    score: float | None
    found_at: int
    shown: bool


class Point(Settings):
    """A point of the curves."""

    generation: int
    evaluations: int
    median: float | None
    mean: float | None
    worst: float | None


class ShownRun(Settings):
    """All about one run."""

    name: str
    facts: Facts
    niches: tuple[ShownNiche, ...]
    curve: tuple[Point, ...]
    damaged_line: int | None
    """Of the metrics, from 1."""
    settings: str
    files: tuple[FileName, ...]
    pictures: tuple[str, ...]
    """What can be drawn."""


class RunCurve(Settings):
    """A run as a line among others."""

    name: str
    facts: Facts
    curve: tuple[Point, ...]
    damaged_line: int | None


class RunNote(Settings):
    """What a person thinks of a run; ``version`` is that of the note that was read before."""

    run: str = Field(min_length=1, max_length=1_000)
    starred: bool
    note: str = Field(max_length=MOST_LETTERS)
    version: int = Field(ge=0, lt=1 << 53)


class DrawingProgress(Settings):
    """How far a picture or a film is drawn."""

    phase: Phase
    done: int
    total: int
    message: str


class ReplayProgress(Settings):
    """How far a run has been gone through again."""

    phase: Phase | Literal["none"]
    done: int = 0
    total: int = 0
    message: str = ""
    frames: tuple[int, ...] = ()


class FrameOfRun(Settings):
    """An archive as it was: in the order of the niches of the run."""

    generation: int
    keys: tuple[int, ...]
    scores: tuple[float | None, ...]
    found_at: tuple[int, ...]
