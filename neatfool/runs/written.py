"""What the JSON files of a run folder hold, checked before any of it is used.

Anybody may have written, cut or edited them. What is not said here may be there as well; numbers of
niches without an elite are none.
"""

import math
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from neatfool.bounded import parse_json, read_json
from neatfool.errors import RunError
from neatfool.settings import located
from neatfool.stored.layout import BESTS, LINEAGE, METRICS, POPULATION
from neatfool.types import Json

REPORT = "report.json"
REPORT_SCHEMA = 3
GENOMES = "elites.safetensors"
GALLERY = "gallery.png"
FILM = "film.webp"
"""What publishing leaves: numbers, the genomes of the elites, a picture and a film of them."""
_LARGEST = 3.4028234663852886e38
"""The largest number of four bytes, which scores have."""
_Count = Annotated[int, Field(ge=0, lt=1 << 62)]
_Score = Annotated[float, Field(ge=-_LARGEST, le=_LARGEST)]
_Generation = Annotated[int, Field(ge=1, lt=1 << 62)]
_Index = Annotated[int, Field(ge=0, lt=1 << 31)]
_Name = Annotated[str, Field(max_length=1_000)]
_Finite = Annotated[float, Field(allow_inf_nan=False)]
_Shape = tuple[Annotated[int, Field(ge=1, le=1 << 16)], ...]
_MOST_NICHES, _MOST_AXES, _MOST_LEVELS = 1_000_000, 100, 1_000


def _within(path: str) -> str:
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts or "\0" in path:
        raise ValueError("expected a file of the folder")
    return path


class _Written(BaseModel):
    """A JSON object; its values are of the types that are said, not of similar ones."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class WrittenUnit(_Written):
    """What scores are called, and whether they are shares."""

    noun: _Name
    is_share: bool


class WrittenGrid(_Written):
    """A grid over measures: ``D`` names, numbers of cells and bounds."""

    measures: Annotated[tuple[_Name, ...], Field(max_length=_MOST_AXES, strict=False)]
    bins: Annotated[tuple[_Count, ...], Field(max_length=_MOST_AXES, strict=False)]
    lower: Annotated[tuple[_Finite, ...], Field(max_length=_MOST_AXES, strict=False)]
    upper: Annotated[tuple[_Finite, ...], Field(max_length=_MOST_AXES, strict=False)]

    @model_validator(mode="after")
    def _fits(self) -> "WrittenGrid":
        if len({len(self.measures), len(self.bins), len(self.lower), len(self.upper)}) > 1:
            raise ValueError("expected as many of each as there are axes")
        return self

    def check(self, niches: int) -> None:
        """Make sure that the grid has a cell for each niche.

        Raises:
            ValueError: It has another number of cells.
        """
        if math.prod(self.bins) != niches:
            raise ValueError(f"expected a grid of {niches} cells, one for each niche")


class WrittenAbout(_Written):
    """What ``about.json`` holds: what a run evolves.

    Attributes:
        name: Of the task, or of the network that is fooled.
        shape: ``(C, H, W)`` of the images; none: it evolves no images.
        indices: ``K`` numbers of the niches in a larger list.
        names: ``K`` names of them.
        unit: Of the scores.
        best: The largest score there can be.
        levels: Scores worth counting how many niches reach them.
        grid: Over which the niches lie.
    """

    name: _Name
    shape: Annotated[_Shape, Field(min_length=3, max_length=3, strict=False)] | None
    indices: Annotated[tuple[_Index, ...], Field(max_length=_MOST_NICHES, strict=False)]
    names: Annotated[tuple[_Name, ...], Field(max_length=_MOST_NICHES, strict=False)]
    unit: WrittenUnit
    best: _Finite | None
    levels: Annotated[tuple[_Finite, ...], Field(max_length=_MOST_LEVELS, strict=False)]
    grid: WrittenGrid | None

    @model_validator(mode="after")
    def _fits(self) -> "WrittenAbout":
        if not 0 < len(self.indices) == len(self.names):
            raise ValueError("expected a name and an index for each niche")
        if len(set(self.indices)) < len(self.indices):
            raise ValueError("expected another index for each niche")
        if self.grid is not None:
            self.grid.check(len(self.names))
        return self


class Metrics(_Written):
    """A line of ``metrics.jsonl``."""

    generation: _Generation
    evaluations: _Count
    seconds: _Finite | None
    median: _Finite | None
    mean: _Finite | None
    worst: _Finite | None
    coverage: _Finite
    qd_score: _Finite
    replaced: _Count
    best: _Finite | None = None
    latest: _Finite | None = None
    front: _Count | None = None
    species: _Count | None = None


def _scored(line: Any) -> Any:
    if len(line.niches) != len(line.scores):
        raise ValueError("expected a score for each niche")
    return line


class Winner(_Written):
    """A line of ``lineage.jsonl``."""

    key: _Count
    parents: list[_Count]
    generation: _Generation
    niches: list[_Count]
    scores: list[_Score]
    _fits = model_validator(mode="after")(_scored)


class _Within(_Written):
    """Who won which niche on an island, by its row."""

    rows: list[_Count]
    niches: list[_Count]
    scores: list[_Score]
    _fits = model_validator(mode="after")(_scored)


class Bests(_Written):
    """A line of ``bests.jsonl``."""

    generation: _Generation
    niches: list[_Count]
    scores: list[_Score | None]
    within: _Within | None = None
    _fits = model_validator(mode="after")(_scored)


class Population(_Written):
    """A line of ``population.jsonl``: species, and how large networks are."""

    generation: _Generation
    species: list[_Count]
    members: list[_Count]
    elite: Annotated[tuple[_Count, _Count], Field(strict=False)]
    everyone: Annotated[tuple[_Finite, _Finite], Field(strict=False)]

    @model_validator(mode="after")
    def _counted(self) -> "Population":
        if len(self.species) != len(self.members):
            raise ValueError("expected the members of each species")
        return self


class _Test(_Written):
    """What episodes brought that were no part of evolution."""

    episodes: Annotated[int, Field(ge=1, lt=1 << 62)]
    mean: _Finite
    interval: Annotated[tuple[_Finite, _Finite], Field(strict=False)]
    median: _Finite
    least: _Finite
    most: _Finite
    failed: _Count = 0


class _Niche(_Written):
    index: _Index
    name: _Name
    score: _Score | None
    image: Annotated[str, Field(max_length=1_000), AfterValidator(_within)] | None
    found_at_generation: _Count
    measures: dict[str, float] = {}
    remarks: dict[_Name, float | bool | _Name] = {}
    tests: dict[_Name, _Test] = {}


class _Member(_Written):
    """Of a front: a score for each niche."""

    key: _Count
    scores: list[_Score | None]


class _Model(_Written):
    name: _Name
    sha256: str
    classes: _Count


class _Baseline(_Written):
    confidence: float
    name: _Name


class _Task(_Written):
    kind: _Name
    name: _Name
    unit: WrittenUnit
    best: _Finite | None
    levels: tuple[_Finite, ...] = Field(max_length=_MOST_LEVELS, strict=False)
    images: bool


class _Detector(_Written):
    """What guarded the network, as far as pages show it."""

    kind: _Name
    data: _Name | None
    accepted: Annotated[float, Field(ge=0, le=1)]
    threshold: _Finite


class Report(_Written):
    """What ``report.json`` holds, as far as it is not made anew: docs/report.md."""

    schema_: int = Field(alias="schema")
    task: _Task
    model: _Model | None = None
    detector: _Detector | None = None
    grid: WrittenGrid | None
    front: list[_Member] = []
    encoding: _Name
    seed: _Count
    generations: _Generation
    evaluations: _Count
    wall_seconds: float
    evolve_seconds: float
    evaluations_per_second: float
    stopped_because: _Name
    baselines: dict[str, _Baseline | None] | None = None
    effort: dict[_Name, dict[_Name, _Count | None]] = {}
    failed: _Count = 0
    settings: Json = {}
    hashes: dict[_Name, str] = {}
    environment: dict[str, str | int]
    niches: list[_Niche] = Field(min_length=1, max_length=_MOST_NICHES)

    @model_validator(mode="after")
    def _fits(self) -> "Report":
        for name in self.model_fields_set & {"model", "detector", "baselines"}:
            if getattr(self, name) is None:
                raise ValueError(f"expected what {name} is, or no such key, got null")
        if self.grid is not None:
            self.grid.check(len(self.niches))
        if any(len(member.scores) != len(self.niches) for member in self.front):
            raise ValueError("expected a score for each niche")
        if self.task.images and any(niche.image is None for niche in self.niches):
            raise ValueError("expected an image for each niche")
        return self


_LINES: dict[str, type[_Written]] = {
    METRICS: Metrics,
    LINEAGE: Winner,
    BESTS: Bests,
    POPULATION: Population,
}


def read_line(name: str, line: bytes) -> Json | None:
    """Read a line of the record of a name; none: it is not whole, or a line of another one."""
    try:
        entry: Json = parse_json(line)
        _LINES[name].model_validate(entry)
    except ValueError:
        return None
    return entry


def read_about(path: Path) -> WrittenAbout:
    """Read ``about.json``.

    Raises:
        ValueError: It is damaged; ``NeatfoolError`` and ``OSError`` as ``read_json``.
    """
    return written_about(read_json(path))


def written_about(content: Any) -> WrittenAbout:
    """Check what ``about.json`` holds, or will.

    Raises:
        ValueError: It is something else.
    """
    told: WrittenAbout = _checked(WrittenAbout, content)
    return told


def read_report(path: Path) -> Json:
    """Read ``report.json``, all that it holds, once ``Report`` is in it.

    Raises:
        RunError: Another version wrote it.
        ValueError: It is damaged; ``NeatfoolError`` and ``OSError`` as ``read_json``.
    """
    report: Json = read_json(path)
    schema = report.get("schema") if isinstance(report, dict) else None
    if isinstance(schema, int) and schema != REPORT_SCHEMA:
        raise RunError(
            f"{path} has schema {schema}, expected {REPORT_SCHEMA}: another version of neatfool "
            "wrote it; use that one"
        )
    _checked(Report, report)
    return report


def _checked(kind: Any, content: Any) -> Any:
    """Check a JSON value, and say in one line what is wrong."""
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        said = located(error.errors(include_url=False)[0])
        raise ValueError(f"{said:.340}") from None
