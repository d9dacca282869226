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
from neatfool.past.folder import is_run
from neatfool.reporting import Announcing, Reporter, log
from neatfool.runs.folder import is_foreign, occupied, writing
from neatfool.runs.trust import demand, remember
from neatfool.sections.run import parsed
from neatfool.studies.jobs import Job, jobs_of
from neatfool.studies.measuring import evolve, own_measure
from neatfool.studies.records import (
    RunRecord,
    add_record,
    read_records,
    write_records,
    write_tables,
)
from neatfool.studies.settings import StudySettings, load_study, make_study
from neatfool.studies.together import TogetherReporter
from neatfool.tracking import require_installed
from neatfool.workers.choice import with_ray
from neatfool.workers.machine import cores

STUDY, RUNS = "study.toml", "runs"
_ONE_OF_MANY = functools.partial(evolve, is_one_of_many=True)


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


def consent(study: StudySettings) -> None:
    """Note that the user named the programs of a study, so that they are run without asking.

    Raises:
        ConfigError: A setting is wrong.
    """
    remember(study)
    for job in _one_of_each(study):
        remember(job.load(running=False))


def conduct(
    study: StudySettings,
    folder: Path,
    runs: Path | None = None,
    on: str = "processes",
    retry: bool = False,
    reporter: Reporter | None = None,
    trusted: bool = True,
) -> StudyResults:
    """Make all runs of a study that were not made before, and keep what they come to.

    Args:
        study: What to compare. It may have more methods, seeds and values than one that the
            folder holds already, which it is joined with.
        folder: Gets ``study.toml``, ``records.jsonl``, ``runs.csv`` and ``times.csv``. Runs whose
            record is there are not made again, wherever their folders went.
        runs: Folder of the run folders, from now on; none: the one that the folder was begun with,
            or ``runs`` in it.
        on: ``processes``, as many as cores, each with a run of its own; ``processes:4``;
            ``threads``, one run after the other, each on all cores; or ``ray``, ``ray:8``,
            ``ray://HOST:PORT``: a cluster whose machines share the folder.
        retry: Runs that failed are made again.
        reporter: Hears of progress.
        trusted: The user consents to running programs that the study, or the folder, names; else
            only those are run that were run here before.

    Returns:
        The study, and all records. Some may be of runs that failed.

    Raises:
        ConfigError: A setting is wrong, or contradicts what the folder was begun with.
        DataError: What it holds is damaged.
        RunError: The folder is in use, or cannot be written; there is no cluster.
        Interrupted: Ctrl-C or SIGTERM came; call it again to go on.
    """
    reporter, place = reporter or Reporter(), _placed(on)
    if runs is not None:
        study = make_study(study.model_dump() | {"runs": _seen_from(folder, runs)})
    with writing(folder, "make room, mend the permissions or choose another folder"):
        _check(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with occupied(folder):
            study = joined(begun(folder), study, folder)
            demand(study, folder, trusted)
            for job in _one_of_each(study):
                demand(config := job.load(running=False), folder, trusted)
                _reach(study, job.group, config.run.generations)
            own_measure(study.program)
            place_of_runs = runs or folder / (study.runs or RUNS)
            jobs, records = jobs_of(study, place_of_runs), read_records(folder)
            if study.runs is not None and records and not place_of_runs.is_dir():
                log.warning("there is no folder %s: say --runs if it was moved", place_of_runs)
            left = {j.digest: j for j in jobs if _is_missing(records.get(j.digest), retry)}
            for names in {job.load().run.track for job in left.values()}:
                require_installed(names)
            write_whole(folder / STUDY, study.dump())
            write_records(folder, records.values())

            def note(record: RunRecord) -> None:
                records[record.digest] = record
                add_record(folder, record)

            place([*left.values()], note, reporter)
            write_records(folder, records.values())
            write_tables(folder, jobs, records)
    return StudyResults(study, jobs, records)


Note = Callable[[RunRecord], None]


def _placed(on: str) -> Callable[[Sequence[Job], Note, Reporter], None]:
    """Find who makes the runs.

    Raises:
        ConfigError: There is nobody of that name.
        RunError: There is no cluster there.
    """
    try:
        kind, count, address = parsed(on)
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
        with_ray().reach(address)
        return functools.partial(_on_ray, on)
    return functools.partial(_in_processes, count)


def _one_by_one(missing: Sequence[Job], note: Note, reporter: Reporter) -> None:
    for place, job in enumerate(missing, start=1):
        said = Announcing(f"{place} of {len(missing)}, {job.name}", reporter)
        note(evolve(job, said))


def _in_processes(
    count: int | None, missing: Sequence[Job], note: Note, reporter: Reporter
) -> None:
    tally, left = TogetherReporter(missing, note, reporter), {job.digest: job for job in missing}

    def hear(_: int, record: RunRecord) -> None:
        del left[record.digest]
        tally.hear(record)

    while left:
        try:
            workers.in_processes(_ONE_OF_MANY, [*left.values()], tally, count, hear)
        except BrokenProcessPool:  # one of those that were under way ends its process
            for job in [*left.values()][: count or cores()]:
                hear(0, _alone(job))


def _alone(job: Job) -> RunRecord:
    """Make a run that may have ended its process."""
    try:
        return workers.in_processes(_ONE_OF_MANY, [job], Reporter(), 1)[0]
    except BrokenProcessPool:
        return RunRecord.failed(
            job, "its process was killed: if memory ran out, make fewer runs at once (processes:1)"
        )


def _on_ray(name: str, missing: Sequence[Job], note: Note, reporter: Reporter) -> None:
    tally = TogetherReporter(missing, note, reporter)

    def hear(_: int, record: RunRecord) -> None:
        tally.hear(record)

    workers.in_ray(_ONE_OF_MANY, missing, tally, name, hear, RunRecord.failed)


def _seen_from(folder: Path, runs: Path) -> Path:
    """Say where the run folders are, such that they may be moved with the study if both are here.

    They are where that is below the folder of the study, or where both are below the current one.
    """
    study, full, here = folder.resolve(), runs.expanduser().resolve(), Path.cwd().resolve()
    are_near = study.is_relative_to(here) and full.is_relative_to(here)
    is_near = are_near or full.is_relative_to(study)
    return Path(os.path.relpath(full, study)) if is_near else full


def _one_of_each(study: StudySettings) -> list[Job]:
    """List runs whose settings differ in more than the seed."""
    first = study.model_copy(update={"seeds": study.seeds[:1]})
    return jobs_of(first, Path())


def _reach(study: StudySettings, name: str, generations: int) -> None:
    """Refuse to compare after more generations than runs have."""
    if max(study.at, default=0) > generations:
        raise ConfigError(
            f"at: expected generations up to {generations}, the run.generations of {name}, got "
            f"{max(study.at)}; compare earlier, or let runs be longer"
        )


def _is_missing(record: RunRecord | None, retry: bool) -> bool:
    return record is None or (retry and bool(record.error))


def _check(folder: Path) -> None:
    """Refuse a folder that holds something else."""
    if folder.exists() and not folder.is_dir():
        raise RunError(f"{folder} is no folder: choose another")
    if is_run(folder):
        raise RunError(f"{folder} holds a run, not a study: choose another folder")
    if folder.exists() and not (folder / STUDY).exists():
        foreign = [path.name for path in folder.iterdir() if is_foreign(path)]
        if foreign and foreign != [RUNS]:
            raise RunError(
                f"{folder} is not an empty folder, and holds no study: expected {STUDY} in it, got "
                f"{sorted(foreign)[0]:.80}; choose another"
            )


def joined(before: StudySettings | None, now: StudySettings, folder: Path) -> StudySettings:
    """Join what is asked for with what was begun: more seeds, values and methods are welcome.

    Raises:
        ConfigError: They contradict one another.
    """
    if before is None:
        return now
    _same(folder, "changes", before.changes, now.changes)
    _same(folder, "vary", list(before.vary), list(now.vary))
    methods = {method.name: method for method in before.methods}
    for method in now.methods:
        there = methods.setdefault(method.name, method)
        for key in ("config", "changes"):
            _same(folder, f"{key} of {method.name}", getattr(there, key), getattr(method, key))
        methods[method.name] = method
    vary = {
        key: (*before.vary[key], *(each for each in values if each not in before.vary[key]))
        for key, values in now.vary.items()
    }
    seeds = sorted({*before.seeds, *now.seeds})
    whole = now.model_copy(
        update={
            "methods": tuple(methods.values()),
            "seeds": tuple(seeds),
            "vary": vary,
            "runs": now.runs or before.runs,
        }
    )
    return whole.model_copy(update={"commands": _commands(before, now, whole)})


def _commands(before: StudySettings, now: StudySettings, whole: StudySettings) -> tuple[str, ...]:
    """Choose the commands that ask for the whole: the new ones, those before, or both."""
    new, old, all_of_it = (
        each.model_dump(exclude={"runs", "commands"}) for each in (now, before, whole)
    )
    if all_of_it == new:
        return now.commands
    kept = before.commands if all_of_it == old else (*before.commands, *now.commands)
    return tuple(dict.fromkeys(kept))


def _same(folder: Path, name: str, before: object, now: object) -> None:
    if before != now:
        raise ConfigError(
            f"{folder}: expected the {name} that it was begun with, {before!s:.200}, got "
            f"{now!s:.200}; put it back, or choose another folder"
        )
