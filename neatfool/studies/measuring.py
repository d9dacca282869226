"""One run of a study: evolved to its end, or gone on with, and measured."""

import contextlib
import gc
import logging
import math
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from neatfool import past, reports, viz
from neatfool.errors import ConfigError, Interrupted, NeatfoolError, RunError
from neatfool.programs import run_program, split_program
from neatfool.reporting import Reporter, Unit, log
from neatfool.studies.jobs import Job
from neatfool.studies.records import RunRecord
from neatfool.types import Doubles, Floats, Json

SOLVED = ("solved", "target")
"""Why a run stops that came to what it was to come to."""
_ENDS = ("target", "until_solved", "patience", "tolerance", "seconds")
"""Settings that say when a run ends; more generations than before go on."""
_MOST = 20  # different warnings of a run that are kept


def evolve(job: Job, reporter: Reporter | None = None, is_one_of_many: bool = False) -> RunRecord:
    """Bring a run to its end, publish it and measure it; what fails is recorded.

    Args:
        job: What runs.
        reporter: Hears of progress.
        is_one_of_many: Other cores have other runs: it takes one thread, whatever its settings say.

    Raises:
        Interrupted: Ctrl-C or SIGTERM came; what was evolved is saved.
    """
    with _warnings() as warned:
        record = _evolved(job, reporter, is_one_of_many)
    return replace(record, warnings=[*warned])


@contextlib.contextmanager
def _warnings() -> Iterator[dict[str, None]]:
    """Keep what is warned of within, each text once; its process shows it nowhere else."""
    found: dict[str, None] = {}

    class _Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if len(found) < _MOST:
                found[" ".join(record.getMessage().split())] = None

    handler = _Keeping(logging.WARNING)
    log.addHandler(handler)
    try:
        yield found
    finally:
        log.removeHandler(handler)


def _evolved(job: Job, reporter: Reporter | None, is_one_of_many: bool) -> RunRecord:
    try:
        report = _completed(job, reporter, is_one_of_many)
        evaluations, scores = past.scores_over_time(job.folder, len(report["niches"]))
        curve = _curve(job.folder, report, scores, job.niche)
        numbers, own = _numbers(report, scores[-1], curve), _own(job)
        if taken := sorted({*own} & {*numbers, "run", "method", "seed", "error"}):
            raise ConfigError(f"{job.program}: expected names of its own, got {taken[0]!r}")
    except (Interrupted, KeyboardInterrupt):
        raise
    except (Exception, SystemExit) as error:
        return RunRecord.failed(job, _told(error))
    finally:
        gc.collect()  # runs hold themselves in circles, and with them networks of a gigabyte
    unit, seconds = Unit(**report["task"]["unit"]), report["evolve_seconds"]
    return RunRecord(job.name, job.digest, unit, numbers | own, evaluations, curve, seconds)


def _told(error: BaseException) -> str:
    """Say in one line what went wrong, and where."""
    said = f"{type(error).__name__}: {error}"
    if not isinstance(error, NeatfoolError) and (
        frames := traceback.extract_tb(error.__traceback__)
    ):
        said += f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})"
    return " ".join(said.split()).encode(errors="backslashreplace").decode()


def _completed(job: Job, reporter: Reporter | None, is_one_of_many: bool) -> Json:
    """Return the report of the run, finished if it is not.

    One that is finished is looked at again all the same: its settings or weights may be others now.
    """
    config, is_begun = job.load(), past.is_run(job.folder)
    if is_one_of_many:
        config = config.model_copy(
            update={"run": config.run.model_copy(update={"workers": "threads:1"})}
        )
    before = past.read_config(job.folder).run if is_begun else config.run
    for key in _ENDS:
        was, now = getattr(before, key), getattr(config.run, key)
        if was != now:
            raise RunError(
                f"{job.folder}: expected the run.{key} that it was begun with, {was}, got {now}; "
                "put it back, take the folder away, or give the study another --out"
            )
    return reports.run(config, job.folder, reporter, resume=is_begun, trusted=True)


def _curve(folder: Path, report: Json, scores: Floats, niche: str) -> Floats:
    """Return the score over time ``(G,)``."""
    if niche:
        return scores[:, past.read_about(folder).niche(niche)]
    if report.get("front"):
        return scores[:, 0]
    middle = viz.medians(scores.T)
    return np.where(np.isfinite(middle), middle, -np.inf).astype(np.float32)


def _numbers(report: Json, last: Floats, curve: Floats) -> dict[str, float | None]:
    """Measure what can be measured of every run."""
    known: Doubles = last[np.isfinite(last)].astype(np.float64)
    score = float(curve[-1])
    numbers = {
        "score": score if math.isfinite(score) else None,
        "mean": float(known.mean()) if known.size else None,
        "worst": float(known.min()) if known.size else None,
        "coverage": report["coverage"],
        "generations": report["generations"],
        "evaluations": report["evaluations"],
        "solved": float(report["stopped_because"] in SOLVED),
    }
    numbers["solved_after"] = numbers["evaluations"] if numbers["solved"] else None
    numbers |= {f"reached_{level}": share for level, share in report["reached"].items()}
    tests = report["niches"][0].get("tests", {})
    numbers |= {f"test_{name}": test["mean"] for name, test in tests.items()}
    for name in ("png_bytes_per_pixel", "spectral_slope"):
        found = [m[name] for each in report["niches"] if name in (m := each["measures"])]
        numbers |= {name: float(np.median(found))} if found else {}
    return numbers


def own_measure(program: str) -> Callable[[Path], Mapping[str, float]] | None:
    """Find the function that a study names; none: it names none.

    Raises:
        ConfigError: There is no such function.
    """
    if not program:
        return None
    parts = split_program(program)
    try:
        found = getattr(run_program(Path(parts[0]).absolute()), parts[1]) if parts else None
    except Exception as error:
        raise ConfigError(f"program {program!r} cannot be used: {error!s:.300}") from error
    if not callable(found):
        raise ConfigError(f"program: expected a function, path/file.py:name, got {program!r:.80}")
    return found


def _own(job: Job) -> dict[str, float | None]:
    """Measure a run by the function of the study."""
    measure = own_measure(job.program)
    if measure is None:
        return {}
    found = measure(job.folder)
    try:
        numbers = {
            str(name): math.nan if n is None else float(n) for name, n in dict(found).items()
        }
    except (TypeError, ValueError) as error:
        raise NeatfoolError(
            f"{job.program}: expected numbers by name, got {found!r:.200}"
        ) from error
    return {name: number if math.isfinite(number) else None for name, number in numbers.items()}
