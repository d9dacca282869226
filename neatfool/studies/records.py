"""What is kept of finished runs: their numbers, and the curve of their score."""

import dataclasses
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from neatfool.bounded import MOST_LINE, opened, parse_json
from neatfool.errors import DataError
from neatfool.files import csv_line, write_whole
from neatfool.reporting import Unit
from neatfool.settings import located
from neatfool.studies.jobs import Job, plain
from neatfool.types import Floats, Json

RECORDS, TABLE, TIMES = "records.jsonl", "runs.csv", "times.csv"
_SAME = ("unit", "numbers", "evaluations", "scores")
_LARGEST = 3.4028235e38  # the largest of float32, rounded up as numbers of nine digits may be


class _RecordLine(BaseModel):
    """A record as JSON holds it; anybody may have written it."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
    name: str
    digest: str
    unit: Annotated[Unit, BeforeValidator(TypeAdapter(Unit).validate_python)]
    numbers: dict[str, float | None]
    evaluations: list[Annotated[float, Field(ge=0, le=_LARGEST)]]
    scores: list[Annotated[float, Field(ge=-_LARGEST, le=_LARGEST)] | None]
    seconds: Annotated[float, Field(ge=0)]
    error: str
    warnings: list[str] = []

    @model_validator(mode="after")
    def _fits(self) -> "_RecordLine":
        if len(self.scores) != len(self.evaluations):
            raise ValueError("expected as many scores as evaluations")
        if not self.unit.noun:
            raise ValueError("expected a unit with a name")
        if self.evaluations != sorted(self.evaluations):
            raise ValueError("expected evaluations that ascend")
        if not (self.scores or self.error):
            raise ValueError("expected a score at least, of a run that did not fail")
        return self


@dataclass(frozen=True, eq=False)
class RunRecord:
    """What one run came to.

    Attributes:
        name: Of the run.
        digest: Of all that its numbers depend on.
        unit: Of the score.
        numbers: By measure; none: the run has no such number.
        evaluations: ``(G,)`` after each generation.
        scores: ``(G,)`` the score after each generation; minus infinity: there is none yet.
        seconds: Spent evolving.
        error: Why the run failed; empty: it did not.
        warnings: What it warned of, each once.
    """

    name: str
    digest: str
    unit: Unit
    numbers: Mapping[str, float | None]
    evaluations: Floats
    scores: Floats
    seconds: float
    error: str = ""
    warnings: Sequence[str] = ()

    @classmethod
    def failed(cls, job: Job, error: str) -> "RunRecord":
        """Note that a run failed."""
        none = np.empty(0, np.float32)
        return cls(job.name, job.digest, Unit(), {}, none, none, 0.0, error)

    @classmethod
    def read(cls, written: object) -> "RunRecord":
        """Undo ``written``.

        Raises:
            pydantic.ValidationError: It is something else.
        """
        line = _RecordLine.model_validate(written)
        scores = [-np.inf if each is None else each for each in line.scores]
        arrays = {"scores": np.array(scores, np.float32)}
        arrays["evaluations"] = np.array(line.evaluations, np.float32)
        return cls(**{**dict(line), **arrays})

    def written(self) -> Json:
        """Return it as JSON holds it."""
        scores = [float(f"{each:.9g}") if np.isfinite(each) else None for each in self.scores]
        arrays = {"scores": scores, "evaluations": self.evaluations.tolist()}
        return dataclasses.asdict(self) | arrays

    def at(self, generation: int) -> float | None:
        """Return the score after a generation; a run that stopped earlier stays where it was."""
        if not len(self.scores):
            return None
        score = float(self.scores[:generation][-1])
        return score if np.isfinite(score) else None


def read_records(folder: Path) -> dict[str, RunRecord]:
    """Read what is kept of runs, by digest; nothing is, before the first is done.

    A line that was cut as the process was killed is left out. Of a run that failed and was done
    another time, that stands.

    Raises:
        DataError: The file is damaged, or no plain file, or two records of a run disagree.
    """
    path, found, places = folder / RECORDS, dict[str, RunRecord](), dict[str, int]()
    if not path.exists():
        return found
    with opened(path) as file:
        lines = iter(lambda: file.readline(MOST_LINE), b"")
        for number, line in enumerate(lines, start=1):
            if not line.endswith(b"\n") and len(line) < MOST_LINE:
                break
            if not line.strip():
                continue
            try:
                record = RunRecord.read(parse_json(line))
            except ValueError as error:
                raise DataError(
                    f"{path}, line {number}: expected the record of a run, got what is damaged "
                    f"({_said(error)}); take the line away: what it held is read again from the "
                    "run folder, if that is still there"
                ) from None
            before = found.get(record.digest)
            if before is not None and not (before.error or record.error):
                _check_equal(before, record, f"{path}, lines {places[record.digest]} and {number}")
            if before is None or before.error or not record.error:
                found[record.digest], places[record.digest] = record, number
    return found


def _check_equal(first: RunRecord, second: RunRecord, where: str) -> None:
    """Refuse two records of one run, which comes to the same whenever it is made, that differ."""
    one, other = first.written(), second.written()
    if differ := [key for key in _SAME if one[key] != other[key]]:
        raise DataError(
            f"{where}: expected two records of the run {second.name} to agree, since its settings "
            f"and seed are the same, got other {' and '.join(differ)}; find out which is right, "
            "as of this version and machine, and take the other line away"
        )


def add_record(folder: Path, record: RunRecord) -> None:
    """Keep one more record, on the disk before this returns."""
    with open(folder / RECORDS, "ab") as file:
        file.write(_line(record))
        file.flush()
        os.fsync(file.fileno())


def write_records(folder: Path, records: Iterable[RunRecord]) -> None:
    """Keep records anew, in the order of their names."""
    ordered = sorted(records, key=lambda record: (record.name, record.digest))
    write_whole(folder / RECORDS, b"".join(map(_line, ordered)))


def write_tables(folder: Path, jobs: Iterable[Job], records: Mapping[str, RunRecord]) -> None:
    """Write a row for each run that is done: what was varied, and its numbers; times apart.

    Everything but the times is equal whenever the same study is made again.
    """
    done = [(job, records[job.digest]) for job in jobs if job.digest in records]
    varied = list(dict.fromkeys(key for job, _ in done for key in job.varied))
    measures = list(dict.fromkeys(name for _, record in done for name in record.numbers))
    rows = [csv_line(["run", "method", *varied, "seed", *measures, "error"])]
    times = [csv_line(["run", "seconds"])]
    for job, record in done:
        values = [plain(job.varied[key]) for key in varied]
        numbers = [_shown(record.numbers.get(name)) for name in measures]
        named = [job.name, job.contender.method.name, *values, job.seed]
        rows.append(csv_line([*named, *numbers, record.error]))
        times.append(csv_line([job.name, f"{record.seconds:.3f}"]))
    write_whole(folder / TABLE, "".join(rows))
    write_whole(folder / TIMES, "".join(times))


def _line(record: RunRecord) -> bytes:
    return json.dumps(record.written()).encode() + b"\n"


def _said(error: ValueError) -> str:
    """Say in one line what is wrong with a record."""
    if not isinstance(error, ValidationError):
        return f"{error!s:.100}"
    return f"{located(error.errors(include_url=False)[0]):.200}"


def _shown(number: float | None) -> float | str:
    if number is None:
        return ""
    return int(number) if float(number).is_integer() else float(f"{number:.9g}")
