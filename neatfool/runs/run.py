"""One run: a folder, a pool, and the loop that records, checkpoints, stops and resumes."""

import contextlib
import functools
import signal
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from types import TracebackType

import numpy as np
import torch

from neatfool.classifiers import gpus_of, resolve_device
from neatfool.encodings import Genomes
from neatfool.encodings.encoding import unprefixed
from neatfool.errors import Interrupted, RunError, is_out_of_memory
from neatfool.files import write_whole
from neatfool.reporting import Reporter, log
from neatfool.resolved import RESOLVED
from neatfool.runs.build import Parts, scoring, write_about
from neatfool.runs.checkpoint import fitting, newest_checkpoint, save_checkpoint
from neatfool.runs.folder import (
    check_free,
    check_links,
    make_folder,
    occupied,
    open_folder,
    pin,
    take_folder,
    writing,
)
from neatfool.runs.mending import Mending, damaged_records, keep_tails
from neatfool.runs.record import Record, each_line, ends_of, with_rate
from neatfool.runs.signals import Signals
from neatfool.runs.stopping import Progress
from neatfool.search import Search
from neatfool.sections.config import dump_config
from neatfool.stored.layout import CHECKPOINTS, METRICS
from neatfool.tasks import Trial
from neatfool.tracking import Tracking
from neatfool.types import Arrays, Json, Scores
from neatfool.version import __version__
from neatfool.workers import open_workers
from neatfool.workers.chunks import chunk_size


class Run:
    """One folder on disk, and the loop that fills it.

    Enter it, then iterate ``generations``: what was cut goes on where its newest checkpoint
    stands, and ends as if it had never been cut.

    Args:
        parts: What runs, and its settings.
        folder: Where the run lives; made, unless it resumes.
        reporter: Hears of progress.
        resume: Go on with the run in ``folder``, rather than refuse to touch it.

    Raises:
        DeviceError: The device of the configuration is not there.
        RunError: ``folder`` holds something else, is in use, or cannot be written; the run was
            begun with other settings or weights; or memory ran out.
    """

    def __init__(
        self,
        parts: Parts,
        folder: Path | str,
        reporter: Reporter | None = None,
        resume: bool = False,
    ) -> None:
        folder = Path(folder)
        config = parts.config
        self.device = resolve_device(config.run.device)
        """Where the run computes; written into the folder, so that it goes on there."""
        one = config.run.model_copy(update={"device": self.device.type})
        of_one = config.model_copy(update={"run": one})
        gpus = gpus_of(config.run.device)
        self.config = config if gpus else of_one
        self.parts = parts
        self.folder = folder
        again = functools.partial(scoring, dump_config(of_one), of_one.binding())
        seconds = config.run.chunk_seconds
        self.pool = open_workers(config.run.workers, self.device, again, seconds, gpus, reporter)
        self.pool.chunk = config.run.chunk
        self.progress = Progress()
        self.stopped_because: str | None = None
        self.tracking = Tracking(config.run.track)
        """Told of the run, from its first generation here on."""
        self._begun = time.perf_counter()
        self.reporter = reporter or Reporter()
        """Hears of progress."""
        self._resume = resume
        self._stack = contextlib.ExitStack()
        self._signals = Signals(self._answer)
        self._record: Record | None = None
        self._stamps: Arrays = {}  # of the records, as the checkpoint knows them
        self._saved = 0  # the generation of the checkpoint
        self._checkpoint: Arrays | None = None  # until it is restored
        self._pinned = b""

    def __enter__(self) -> "Run":
        with contextlib.ExitStack() as stack:
            stack.enter_context(writing(self.folder))
            if self._resume:
                open_folder(self.folder)
                check_links(self.folder)
                stack.enter_context(occupied(self.folder))
                stack.enter_context(self.pool)
                self._checkpoint = newest_checkpoint(self.folder / CHECKPOINTS, keep=True)
            else:
                check_free(self.folder)
                stack.enter_context(self.pool)  # without a cluster, no folder is made
                take_folder(self.folder)
                stack.enter_context(occupied(self.folder))
                make_folder(self.folder, self.config)  # nobody else can come in between now
            known = (self._checkpoint or {}).get("pinned.digest", np.empty(0)).tobytes() or None
            self._pinned = pin(self.folder, self.config, self.parts.task.digest, known)
            write_about(self.folder, self.parts)
            stack.enter_context(self.tracking)
            self._stack = stack.pop_all()
        log.info("neatfool %s, torch %s, %s", __version__, torch.__version__, self.device)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            log.info("left: %s", error)
        self.reporter.finish()
        self._stack.__exit__(kind, error, trace)
        if error is not None and is_out_of_memory(error):
            raise RunError(
                "memory ran out: choose a smaller search.batch, or a machine with more"
            ) from error

    def evaluate(self, genomes: Genomes) -> Scores:
        """Express and score the genomes that the search asks for on all cores: ``(P, K)`` float32.

        A search that wants gradients hears them here.

        Call it while ``generations`` is iterated: the trial is the one of that generation.

        Raises:
            Interrupted: Ctrl-C came a second time; the generation before is saved.
            RunError: Most of the scores are no numbers.
        """
        search, task, encoding = self.parts.search, self.parts.task, self.parts.encoding
        trial = Trial(search.asked, search.generation + 1, self.config.run.seed)
        try:
            with self._signals.interruptible():
                scores = self.pool.evaluate(genomes, encoding, task, trial)
                if (ascents := search.ascents) is not None:
                    search.hear(self.pool.gradients(ascents, encoding, task, trial))
                is_solved = self.config.run.until_solved and self._is_solved(genomes, scores)
        except KeyboardInterrupt:
            if self._signals.received is None:
                raise
            if self._record is not None:
                self._save(search, self._record)
            raise Interrupted(self._signals.received, self._saved, at_once=True) from None
        self.progress.is_solved = is_solved  # only now is this generation the one that is saved
        return scores

    def _is_solved(self, genomes: Genomes, scores: Scores) -> bool:
        """Ask the task whether any of the genomes solves it, a chunk at a time."""
        encoding, task = self.parts.encoding, self.parts.task
        size = chunk_size(len(genomes), encoding.shape, self.device)
        asked = task.contenders(scores, self.parts.search.leading(scores))

        def solves(first: int) -> bool:
            some = asked[first : first + size]
            return bool(task.solved(encoding.express(genomes.select(some)), scores[some]).any())

        return any(self.pool.map(solves, range(0, len(asked), size)))

    @property
    def wall_seconds(self) -> float:
        """Seconds since the folder was opened, without the pauses of a run that was resumed."""
        return self.progress.wall_seconds + time.perf_counter() - self._begun

    def generations(self) -> Iterator[int]:
        """Yield the number of each generation to come; ask, evaluate and tell in between.

        Records that were damaged come first: then generations are made again.

        Raises:
            Interrupted: Ctrl-C, SIGTERM or SIGHUP came; the checkpoint is written.
        """
        search = self.parts.search
        fresh = search.state()
        self.restore()
        write_whole(self.folder / RESOLVED, dump_config(self.config))
        with self._signals:
            ends = yield from self._mended(search, fresh)
            with Record(self.folder, ends, search.REPLAYED_FROM) as record:
                self._record = record
                yield from self._evolved(search, record)
        self.reporter.finish()
        log.info("stopped after generation %d: %s", search.generation, self.stopped_because)

    def _evolved(self, search: Search, record: Record) -> Iterator[int]:
        """Yield the generations to come, and record them."""
        settings, signals = self.config.run, self._signals
        evolved_before, clock = self.progress.evolve_seconds, time.perf_counter()
        first, before = search.generation, self._track(search.generation)
        unit = self.parts.task.unit
        self.reporter.start("evolving", settings.generations, first, unit)
        while not self._finished(search):
            if search.generation - self._saved >= settings.checkpoint_every or signals.received:
                self._save(search, record)
            if signals.received:
                raise Interrupted(signals.received, self._saved)
            yield search.generation + 1
            assert search.latest is not None
            assert search.archive is not None
            spent = time.perf_counter() - clock
            self.progress.evolve_seconds = evolved_before + spent
            lasted = evolved_before + spent
            numbers = record.write(
                search.latest, search.archive, lasted, search.front, search.species
            )
            self.tracking.numbers(with_rate(numbers, before))
            batch, before = len(search.latest.keys), numbers
            self.reporter.step(
                search.generation,
                evaluations_per_second=(search.generation - first) * batch / spent,
                **self._shown(numbers),
                coverage=numbers["coverage"] if numbers["coverage"] < 1 else None,
            )
        self._save(search, record)
        if signals.received:
            raise Interrupted(signals.received, self._saved)

    def _track(self, generation: int) -> Json | None:
        """Begin to tell trackers of the run, and return the numbers of its last generation."""
        told = self.tracking.begin(self.folder, self.config.named(), generation)
        before = None
        if self.tracking.is_told:
            for numbers in each_line(self.folder / METRICS):
                if numbers["generation"] > told:
                    self.tracking.numbers(with_rate(numbers, before))
                before = numbers
        return before

    def _shown(self, numbers: Json) -> dict[str, float | None]:
        """Choose the scores that are shown beside the bar: of one niche there is but one."""
        if len(self.parts.task.niches) == 1:
            return {"best": numbers["median"]}
        return {"median": numbers["median"], "worst": numbers["worst"]}

    def _mended(self, search: Search, fresh: Arrays) -> Generator[int, None, dict[str, int]]:
        """Yield generations whose records were damaged, to be evaluated again.

        Args:
            search: As its checkpoint has it; it is so again in the end.
            fresh: Its state before any generation.

        Returns:
            How many bytes of each record stand.
        """
        ends, until = ends_of(self._stamps), search.generation
        if damaged_records(self.folder, self._stamps):
            assert search.archive is not None
            saved, niches = search.state(), len(search.archive.scores)
            is_solved = self.progress.is_solved
            mending = Mending(self.folder, self._stamps, until, niches)
            for trusting in (True, False):
                search.restore(fresh)
                mending.begin(trusting)
                self.reporter.start("mending records", until)
                while search.generation < until:
                    search.ask()
                    scores = mending.scores(search)
                    if scores is None:
                        yield search.generation + 1
                    else:
                        search.tell(scores)
                    mending.note(search)
                    self.reporter.step(search.generation)
                    if self._signals.received:
                        raise Interrupted(self._signals.received, until)
                if mending.fits:
                    break
            self.progress.is_solved = is_solved
            ends = mending.finish()
            search.restore(saved)
        recorded = sum(1 for _ in each_line(self.folder / METRICS))
        lost = not until and recorded > self.config.run.checkpoint_every
        keep_tails(self.folder, ends, until, doubtful=lost)
        return ends

    def restore(self) -> None:
        """Put the search where the newest checkpoint of a resumed run stands, if there is one."""
        search = self.parts.search
        if not self._resume:
            return
        state, self._checkpoint = self._checkpoint, None
        if state is None:
            where = self.folder / CHECKPOINTS
            log.warning("there is no whole checkpoint in %s; starting over", where)
            return
        with fitting(self.folder / CHECKPOINTS):
            search.restore(unprefixed("search.", state))
            self.progress = Progress.restore(unprefixed("progress.", state))
        self._stamps, self._saved = unprefixed("records.", state), search.generation
        if search.generation > self.config.run.generations:
            raise RunError(
                f"{self.folder} has already evolved {search.generation} generations: expected "
                f"run.generations of at least as many, got {self.config.run.generations}; raise it"
            )
        log.info("going on after generation %d", search.generation)

    def _save(self, search: Search, record: Record) -> None:
        """Put the records, then a checkpoint on the disk."""
        record.flush()
        progress = self.progress.state()
        progress["wall_seconds"][...] = self.wall_seconds
        pinned = {"digest": np.frombuffer(self._pinned, np.uint8)}
        parts = {
            "search": search.state(),
            "progress": progress,
            "records": record.stamps(),
            "pinned": pinned,
        }
        state = {f"{part}.{name}": a for part, named in parts.items() for name, a in named.items()}
        save_checkpoint(self.folder / CHECKPOINTS, search.generation, state)
        self._saved = search.generation
        self.tracking.saved(self._saved)

    def _finished(self, search: Search) -> bool:
        """Ask whether the run is over, and remember why."""
        if search.archive is None:
            return False
        scores, settings = search.archive.scores, self.config.run
        self.progress.note(search.generation, scores, settings.tolerance)
        self.stopped_because = self.progress.reason(settings, search.generation, scores)
        return self.stopped_because is not None

    def _answer(self, received: int) -> None:
        """Say what the first signal does."""
        again = "; press Ctrl-C again to stop at once" if received == signal.SIGINT else ""
        log.warning(
            "finishing generation %d, then saving%s", self.parts.search.generation + 1, again
        )
