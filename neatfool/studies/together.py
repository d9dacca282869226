"""How far many runs are, those that are under way included."""

from collections.abc import Callable, Sequence

from neatfool.past.folder import is_run
from neatfool.past.records import read_latest
from neatfool.reporting import CONFIDENCE, Reporter, Unit, log
from neatfool.studies.jobs import Job
from neatfool.studies.records import RunRecord


class TogetherReporter(Reporter):
    """Tell of the generations of all runs together; note those that are done.

    Args:
        jobs: Runs that are to be made.
        note: Is given what each came to.
        reporter: Hears of progress.
    """

    def __init__(
        self, jobs: Sequence[Job], note: Callable[[RunRecord], None], reporter: Reporter
    ) -> None:
        self._jobs, self._note, self._reporter = jobs, note, reporter
        self._lengths = {job.digest: job.load().run.generations for job in jobs}
        self._done: set[str] = set()
        self._failed = 0

    def hear(self, record: RunRecord) -> None:
        """Note what a run came to."""
        self._note(record)
        self._done.add(record.digest)
        self._failed += bool(record.error)
        for text in record.warnings:  # which was said in a process that nobody hears
            log.warning("%s", text)

    def start(self, task: str, total: int, done: int = 0, unit: Unit = CONFIDENCE) -> None:
        """Begin: steps are generations; what is done before the runs has none."""
        if total:
            task, total = f"{len(self._jobs)} runs", sum(self._lengths.values())
        self._reporter.start(task, total)

    def step(self, done: int, **numbers: float | None) -> None:
        """Look how far the runs are that are under way; a run that ended early counts whole."""
        under_way = [
            newest.generation
            for job in self._jobs
            if job.digest not in self._done
            and is_run(job.folder)
            and (newest := read_latest(job.folder))
        ]
        generations = sum(self._lengths[digest] for digest in self._done) + sum(under_way)
        counts = {"finished": len(self._done), "begun": len(under_way), "failed": self._failed}
        self._reporter.step(generations, **{name: n for name, n in counts.items() if n})

    def finish(self) -> None:
        """End."""
        self._reporter.finish()
