"""A study from its settings to its records, in a folder that is gone on with when called again."""

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from neatfool import workers
from neatfool.errors import ConfigError, RunError
from neatfool.files import write_whole
from neatfool.reporting import Announcing, Reporter
from neatfool.runs.folder import occupied, writing
from neatfool.studies.jobs import Job, jobs_of
from neatfool.studies.measuring import evolve, own_measure
from neatfool.studies.records import RunRecord, read_records, write_records, write_tables
from neatfool.studies.settings import StudySettings, load_study
from neatfool.studies.tally import Tally
from neatfool.tracking import require_installed
from neatfool.workers.choice import parsed, with_ray

STUDY, RUNS = "study.toml", "runs"


@dataclass(frozen=True)
class StudyResults:
    """A study, and what is known of its runs.

    Attributes:
        study: With what was in its folder before.
        jobs: All runs.
        records: Of those that are done or failed, by digest.
    """

    study: StudySettings
    jobs: Sequence[Job]
    records: Mapping[str, RunRecord]

    @property
    def done(self) -> list[tuple[Job, RunRecord]]:
        """Runs that came to their end."""
        found = ((job, self.records.get(job.digest)) for job in self.jobs)
        return [(job, record) for job, record in found if record and not record.error]

    @property
    def failed(self) -> list[RunRecord]:
        """Those that failed."""
        found = (self.records.get(job.digest) for job in self.jobs)
        return [record for record in found if record and record.error]


def begun(folder: Path) -> StudySettings | None:
    """Read the study that a folder holds; none: it holds none.

    Raises:
        ConfigError: The file is damaged.
    """
    path = folder / STUDY
    return load_study(path, {}) if path.is_file() else None


def conduct(
    study: StudySettings,
    folder: Path,
    runs: Path | None = None,
    on: str = "processes",
    retry: bool = False,
    reporter: Reporter | None = None,
) -> StudyResults:
    """Make all runs of a study that were not made before, and keep what they come to.

    Args:
        study: What to compare. It may have more methods, seeds and values than one that the
            folder holds already, which it is joined with.
        folder: Gets ``study.toml``, ``records.json``, ``runs.csv`` and ``times.csv``. Runs whose
            record is there are not made again, wherever their folders went.
        runs: Folder of the run folders; none: ``runs`` in the folder.
        on: ``processes``, as many as cores, each with a run of its own; ``processes:4``;
            ``threads``, one run after the other, each on all cores; or ``ray``, ``ray:8``,
            ``ray://HOST:PORT``: a cluster whose machines share the folder.
        retry: Runs that failed are made again.
        reporter: Hears of progress.

    Returns:
        The study, and all records. Some may be of runs that failed.

    Raises:
        ConfigError: A setting is wrong, or contradicts what the folder was begun with.
        RunError: The folder is in use, or cannot be written; there is no cluster.
        Interrupted: Ctrl-C or SIGTERM came; call it again to go on.
    """
    reporter = reporter or Reporter()
    where = runs or folder / RUNS
    place = _placed(on)
    with writing(folder, "make room, mend the permissions or choose another folder"):
        _check(folder)
        where.mkdir(parents=True, exist_ok=True)
        with occupied(where):
            study = joined(begun(folder), study, folder)
            own_measure(study.program)
            jobs = jobs_of(study, where)
            records = read_records(folder)
            missing = [job for job in jobs if _is_missing(records.get(job.digest), retry)]
            for names in {job.load().run.track for job in missing}:
                require_installed(names)
            write_whole(folder / STUDY, study.dump())

            def note(record: RunRecord) -> None:
                records[record.digest] = record
                write_records(folder, records.values())

            place(study, missing, note, reporter)
            write_records(folder, records.values())
            write_tables(folder, jobs, records)
    return StudyResults(study, jobs, records)


Placed = Callable[[StudySettings, Sequence[Job], Callable[[RunRecord], None], Reporter], None]


def _placed(on: str) -> Placed:
    """Find who makes the runs.

    Raises:
        ConfigError: There is nobody of that name.
    """
    try:
        kind, count, _ = parsed(on)
    except ValueError as error:
        raise ConfigError(f"on: {error}, got {on!r:.80}") from None
    if kind == "threads":
        if count:
            raise ConfigError(
                f"on: expected threads, one run at a time on all cores, got {on!r:.80}; take "
                f"processes:{count} for {count} at a time"
            )
        return _one_by_one
    if kind == "ray":
        with_ray()
        return functools.partial(_on_ray, on)
    return functools.partial(_in_processes, count)


def _one_by_one(
    study: StudySettings,
    missing: Sequence[Job],
    note: Callable[[RunRecord], None],
    reporter: Reporter,
) -> None:
    for place, job in enumerate(missing, start=1):
        said = Announcing(f"{place} of {len(missing)}, {job.name}", reporter)
        note(evolve(job, study.niche, said))


def _in_processes(
    count: int | None,
    study: StudySettings,
    missing: Sequence[Job],
    note: Callable[[RunRecord], None],
    reporter: Reporter,
) -> None:
    call, tally = (
        functools.partial(evolve, niche=study.niche, is_one_of_many=True),
        Tally(missing, note, reporter),
    )
    try:
        workers.in_processes(call, missing, tally, count, tally.hear)
    except BrokenProcessPool:
        raise RunError(
            "a process that made a run was killed: if memory ran out, take fewer at once, such as "
            "processes:1; the same command goes on"
        ) from None


def _on_ray(
    name: str,
    study: StudySettings,
    missing: Sequence[Job],
    note: Callable[[RunRecord], None],
    reporter: Reporter,
) -> None:
    call = functools.partial(_elsewhere, Path.cwd(), study.niche)
    tally = Tally(missing, note, reporter)
    workers.in_ray(call, missing, tally, name, tally.hear)


def _elsewhere(here: Path, niche: str, job: Job) -> RunRecord:
    """Make a run on another machine, where paths mean the same as here."""
    os.chdir(here)
    return evolve(job, niche, is_one_of_many=True)


def _is_missing(record: RunRecord | None, retry: bool) -> bool:
    return record is None or (retry and bool(record.error))


def _check(folder: Path) -> None:
    """Refuse a folder that holds something else."""
    if folder.exists() and not folder.is_dir():
        raise RunError(f"{folder} is no folder: choose another")
    if (folder / "config.toml").exists():
        raise RunError(f"{folder} holds a run, not a study: choose another folder")


def joined(before: StudySettings | None, now: StudySettings, folder: Path) -> StudySettings:
    """Join what is asked for with what was begun: more seeds, values and methods are welcome.

    Raises:
        ConfigError: They contradict one another.
    """
    if before is None:
        return now
    for key in ("changes", "program", "niche"):
        _same(folder, key, getattr(before, key), getattr(now, key))
    _same(folder, "vary", list(before.vary), list(now.vary))
    methods = {method.name: method for method in before.methods}
    for method in now.methods:
        there = methods.setdefault(method.name, method)
        for key in ("config", "changes"):
            _same(folder, f"{key} of {method.name}", getattr(there, key), getattr(method, key))
        methods[method.name] = method
    vary = {key: [*dict.fromkeys((*before.vary[key], *now.vary[key]))] for key in now.vary}
    seeds = sorted({*before.seeds, *now.seeds})
    return now.model_copy(
        update={
            "methods": tuple(methods.values()),
            "seeds": tuple(seeds),
            "vary": {key: tuple(values) for key, values in vary.items()},
        }
    )


def _same(folder: Path, name: str, before: object, now: object) -> None:
    if before != now:
        raise ConfigError(
            f"{folder} was begun with another {name}: expected {before!s:.200}, got {now!s:.200}; "
            "put it back, or choose another folder"
        )
