"""One run: a folder, a pool, and the loop that records, checkpoints, stops and resumes."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import torch

from neatfool.classifiers import resolve_device
from neatfool.encodings import Encoding
from neatfool.errors import Interrupted, RunError
from neatfool.files import write_whole
from neatfool.reporting import Reporter, log
from neatfool.runs.checkpoint import newest_checkpoint, save_checkpoint
from neatfool.runs.config import Config, dump_config
from neatfool.runs.folder import (
    CHECKPOINTS,
    RESOLVED,
    make_folder,
    occupied,
    open_folder,
    pin,
    take_folder,
    writing,
)
from neatfool.runs.pool import Pool
from neatfool.runs.record import Record
from neatfool.runs.signals import Signals
from neatfool.runs.stopping import Progress
from neatfool.search import Search
from neatfool.tasks import Task, Trial
from neatfool.types import Arrays, Scores
from neatfool.version import __version__


class Run:
    """One folder on disk, and the loop that fills it.

    Enter it, then iterate ``generations``: what was cut goes on where its newest checkpoint
    stands, and ends as if it had never been cut.

    Args:
        config: All settings.
        folder: Where the run lives; made, unless it resumes.
        weights: Digest of the weights evolved against; a run goes on against the same only.
        reporter: Hears of progress.
        resume: Go on with the run in ``folder``, rather than refuse to touch it.

    Raises:
        DeviceError: The device of the configuration is not there.
        RunError: ``folder`` holds something else, is in use, or cannot be written; the run was
            begun with other settings or weights; or memory ran out.
    """

    def __init__(
        self,
        config: Config,
        folder: Path,
        weights: str,
        reporter: Reporter | None = None,
        resume: bool = False,
    ) -> None:
        self.device = resolve_device(config.run.device)
        """Where the run computes; written into the folder, so that it goes on there."""
        settings = config.run.model_copy(update={"device": self.device.type})
        self.config = config.model_copy(update={"run": settings})
        self.folder = folder
        self.pool = Pool(self.device, config.run.threads)
        self.progress = Progress()
        self.stopped_because: str | None = None
        self._begun = time.perf_counter()
        self._reporter = reporter or Reporter()
        self._resume = resume
        self._weights = weights
        self._search: Search | None = None
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> "Run":
        with contextlib.ExitStack() as stack:
            stack.enter_context(writing(self.folder))
            if self._resume:
                open_folder(self.folder)
            else:
                take_folder(self.folder)
            stack.enter_context(occupied(self.folder))
            if not self._resume:  # only now can nobody else come in between
                make_folder(self.folder, self.config)
            pin(self.folder, self.config, self._weights)
            stack.enter_context(self.pool)
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
        self._reporter.finish()
        self._stack.__exit__(kind, error, trace)
        if isinstance(error, MemoryError | torch.OutOfMemoryError):
            raise RunError(
                "memory ran out: choose a smaller search.batch, or a machine with more"
            ) from error

    def evaluate(self, genomes: Any, encoding: Encoding[Any], task: Task) -> Scores:
        """Express and score the genomes that the search asks for on all cores: ``(P, K)`` float32.

        Call it while ``generations`` is iterated: the trial is the one of that generation.
        """
        assert self._search is not None
        search, seed = self._search, self.config.run.seed
        trial = Trial(search.asked, search.generation + 1, seed)
        return self.pool.evaluate(genomes, encoding, task, trial)

    @property
    def wall_seconds(self) -> float:
        """Seconds since the folder was opened, without the pauses of a run that was resumed."""
        return self.progress.wall_seconds + time.perf_counter() - self._begun

    def generations(self, search: Search) -> Iterator[int]:
        """Yield the number of each generation to come; ask, evaluate and tell in between.

        Raises:
            Interrupted: Ctrl-C or SIGTERM came; the checkpoint is written.
        """
        self._search = search
        self.restore(search)
        settings, checkpoints = self.config.run, self.folder / CHECKPOINTS
        write_whole(self.folder / RESOLVED, dump_config(self.config))
        evolved_before, clock = self.progress.evolve_seconds, time.perf_counter()
        first = saved = search.generation
        self._reporter.start("evolving", settings.generations, done=first)
        bests = search.REPLAYED_FROM == "bests"
        with Record(self.folder, first, bests) as record, Signals() as signals:
            while not self._finished(search):
                if search.generation - saved >= settings.checkpoint_every or signals.received:
                    record.flush()
                    save_checkpoint(checkpoints, search.generation, self._state(search))
                    saved = search.generation
                if signals.received:
                    raise Interrupted(signals.received, search.generation)
                yield search.generation + 1
                assert search.latest is not None
                assert search.archive is not None
                spent = time.perf_counter() - clock
                self.progress.evolve_seconds = evolved_before + spent
                numbers = record.write(search.latest, search.archive, evolved_before + spent)
                batch = len(search.latest.keys)
                self._reporter.step(
                    search.generation,
                    evaluations_per_second=(search.generation - first) * batch / spent,
                    median=numbers["median"],
                    worst=numbers["worst"],
                )
            record.flush()
            save_checkpoint(checkpoints, search.generation, self._state(search))
            if signals.received:
                raise Interrupted(signals.received, search.generation)
        self._reporter.finish()
        log.info("stopped after generation %d: %s", search.generation, self.stopped_because)

    def restore(self, search: Search) -> None:
        """Put a search where the newest checkpoint of a resumed run stands, if there is one."""
        state = newest_checkpoint(self.folder / CHECKPOINTS) if self._resume else None
        if state is None:
            if self._resume:
                where = self.folder / CHECKPOINTS
                log.warning("there is no whole checkpoint in %s; starting over", where)
            return
        parts: dict[str, Arrays] = {"search": {}, "progress": {}}
        for name, array in state.items():
            part, _, rest = name.partition(".")
            parts[part][rest] = array
        search.restore(parts["search"])
        self.progress = Progress.restore(parts["progress"])
        if search.generation > self.config.run.generations:
            raise RunError(
                f"{self.folder} has {search.generation} generations behind it: expected at least "
                f"as many to stop after, came {self.config.run.generations}"
            )
        log.info("going on after generation %d", search.generation)

    def _finished(self, search: Search) -> bool:
        """Ask whether the run is over, and remember why."""
        if search.archive is None:
            return False
        scores, settings = search.archive.scores, self.config.run
        self.progress.note(search.generation, scores, settings.tolerance)
        self.stopped_because = self.progress.reason(settings, search.generation, scores)
        return self.stopped_because is not None

    def _state(self, search: Search) -> Arrays:
        progress = self.progress.state()
        progress["wall_seconds"][...] = self.wall_seconds
        named = {"search": search.state(), "progress": progress}
        return {f"{part}.{name}": a for part, state in named.items() for name, a in state.items()}
