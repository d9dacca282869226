"""What the JSON files of a run folder hold, checked before any of it is used.

Anybody may have written, cut or edited them. What is not said here may be there as well; numbers of
niches without an elite are none.
"""

from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from neatfool.bounded import parse_json, read_json
from neatfool.errors import RunError

REPORT_SCHEMA = 2
_LARGEST = 3.4028234663852886e38
"""The largest number of four bytes, which scores have."""
_Count = Annotated[int, Field(ge=0, lt=1 << 62)]
_Score = Annotated[float, Field(ge=-_LARGEST, le=_LARGEST)]
_Generation = Annotated[int, Field(ge=1, lt=1 << 62)]
_Name = Annotated[str, Field(max_length=1_000)]
_Shape = tuple[Annotated[int, Field(ge=1, le=1 << 16)], ...]
_MOST_CLASSES = 1_000_000


def _within(path: str) -> str:
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts or "\0" in path:
        raise ValueError("expected a file of the folder")
    return path


class _Written(BaseModel):
    """A JSON object; its values are of the types that are said, not of similar ones."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class Told(_Written):
    """What ``about.json`` holds."""

    model: _Name
    shape: Annotated[_Shape, Field(min_length=3, max_length=3, strict=False)]
    classes: Annotated[tuple[_Count, ...], Field(max_length=_MOST_CLASSES, strict=False)]
    names: Annotated[tuple[_Name, ...], Field(max_length=_MOST_CLASSES, strict=False)]

    @model_validator(mode="after")
    def _fits(self) -> "Told":
        if not 0 < len(self.classes) == len(self.names):
            raise ValueError("expected a name for each class")
        return self


class Metrics(_Written):
    """A line of ``metrics.jsonl``."""

    generation: _Generation
    evaluations: _Count
    seconds: float | None
    median: float | None
    mean: float | None
    worst: float | None
    coverage: float
    qd_score: float
    replaced: _Count


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


class Bests(_Written):
    """A line of ``bests.jsonl``."""

    generation: _Generation
    niches: list[_Count]
    scores: list[_Score | None]
    _fits = model_validator(mode="after")(_scored)


class _Class(_Written):
    index: Annotated[int, Field(ge=0, lt=1 << 31)]
    name: _Name
    confidence: float | None
    image: Annotated[str, Field(max_length=1_000), AfterValidator(_within)]
    found_at_generation: _Count
    measures: dict[str, float] = {}


class _Model(_Written):
    name: _Name
    sha256: str
    classes: _Count | None = None


class _Baseline(_Written):
    confidence: float
    name: _Name


class Report(_Written):
    """What ``report.json`` holds, as far as it is not made anew: docs/report.md."""

    schema_: int = Field(alias="schema")
    model: _Model
    encoding: _Name
    seed: _Count
    generations: _Generation
    evaluations: _Count
    wall_seconds: float
    evolve_seconds: float
    evaluations_per_second: float
    stopped_because: _Name
    baselines: dict[str, _Baseline | None] | None = None
    environment: dict[str, str | int]
    classes: list[_Class] = Field(min_length=1, max_length=_MOST_CLASSES)


_LINES: dict[str, type[_Written]] = {
    "metrics.jsonl": Metrics,
    "lineage.jsonl": Winner,
    "bests.jsonl": Bests,
}


def read_line(name: str, line: bytes) -> dict[str, Any] | None:
    """Read a line of the record of a name; none: it is not whole, or a line of another one."""
    try:
        entry: dict[str, Any] = parse_json(line)
        _LINES[name].model_validate(entry)
    except ValueError:
        return None
    return entry


def read_told(path: Path) -> Told:
    """Read ``about.json``.

    Raises:
        ValueError: It is damaged; ``NeatfoolError`` and ``OSError`` as ``read_json``.
    """
    return _checked(Told, read_json(path))


def read_report(path: Path) -> dict[str, Any]:
    """Read ``report.json``, all that it holds, once ``Report`` is in it.

    Raises:
        RunError: Another version wrote it.
        ValueError: It is damaged; ``NeatfoolError`` and ``OSError`` as ``read_json``.
    """
    report: dict[str, Any] = read_json(path)
    schema = report.get("schema") if isinstance(report, dict) else None
    if isinstance(schema, int) and not 1 <= schema <= REPORT_SCHEMA:
        raise RunError(
            f"{path} has schema {schema}, expected at most {REPORT_SCHEMA}: another version of "
            "neatfool wrote it; use that one"
        )
    _checked(Report, report)
    return report


def _checked(kind: Any, content: Any) -> Any:
    """Check a JSON value, and say in one line what is wrong."""
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise ValueError(f"{where:.80}: {first['msg']:.200}, got {first['input']!r:.60}") from None
