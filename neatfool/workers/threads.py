"""Threads: evaluate genomes in chunks, on all cores; the result depends on neither."""

import contextlib
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Any, TypeVar

import numpy as np
import torch

from neatfool.classifiers import Classifier, ending_runs
from neatfool.encodings import Encoding
from neatfool.errors import Interrupted, RunError
from neatfool.process import keep_memory
from neatfool.reporting import log
from neatfool.search import Ascents
from neatfool.tasks import Task, Trial
from neatfool.types import Floats, Images, Scores
from neatfool.workers.chunks import chunk_size
from neatfool.workers.machine import cores
from neatfool.workers.scoring import Scoring

T = TypeVar("T")
R = TypeVar("R")
W = TypeVar("W", bound="Threads")

_AWAKE = 0.2  # seconds


class Threads:
    """Workers that are threads of this process.

    On the CPU each chunk runs on one thread, and torch itself on one, so that the arithmetic is
    the same for every number of threads.

    Args:
        device: Where phenotypes are made.
        count: How many on the CPU; none: as many as cores. On a GPU there is one.

    Attributes:
        chunk: How many genomes to score at once; none: as ``chunk_size`` says.
    """

    chunk: int | None = None

    def __init__(self, device: torch.device, count: int | None = None) -> None:
        self.device = device
        self.count = (count or cores()) if device.type == "cpu" else 1
        self._before = torch.get_num_threads()
        self._scoring = Scoring()
        self._is_warned = False

    @property
    def description(self) -> str:  # noqa: D102 - here and below: see ``Workers``
        return "1 thread" if self.count == 1 else f"{self.count} threads"

    def __enter__(self: W) -> W:
        if self.device.type == "cpu":
            keep_memory()
            torch.set_num_threads(1)
        self._executor = ThreadPoolExecutor(
            self.count, "neatfool", initializer=torch.set_num_threads, initargs=(1,)
        )
        self._scorers: Executor = self._executor
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        is_hurried = hurries(error)
        with ending_runs() if is_hurried else contextlib.nullcontext():
            self._executor.shutdown(wait=not is_hurried, cancel_futures=True)
        torch.set_num_threads(self._before)

    def evaluate(  # noqa: D102
        self, genomes: Any, encoding: Encoding[Any], task: Task, trial: Trial | None = None
    ) -> Scores:
        whole = trial or Trial(np.arange(len(genomes)))

        def score(first: int) -> Scores:
            end = min(first + size, len(genomes))
            return self._score(genomes.part(first, end), encoding, task, whole.part(first, end))

        size = self._at_once(len(genomes), encoding.shape)
        scores = np.concatenate(mapped(self._scorers, score, range(0, len(genomes), size)))
        return self._numbers(scores)

    def gradients(  # noqa: D102
        self, ascents: Ascents, encoding: Encoding[Any], task: Task, trial: Trial
    ) -> torch.Tensor:
        def slopes(first: int) -> torch.Tensor:
            end = min(first + size, count)
            part = ascents.part(first, end)
            return self._scoring.gradients(part, encoding, task, trial.part(first, end))

        count = len(ascents.genomes)
        size = self._at_once(count, encoding.shape)
        return torch.cat(self.map(slopes, range(0, count, size)))

    def _at_once(self, count: int, shape: tuple[int, ...]) -> int:
        return min(self._scoring.fits, chunk_size(count, shape, self.device, self.chunk))

    def _score(self, genomes: Any, encoding: Encoding[Any], task: Task, trial: Trial) -> Scores:
        """Score one chunk, on the thread that calls; other workers do so elsewhere."""
        return self._scoring.score(genomes, encoding, task, trial)

    def _numbers(self, scores: Scores) -> Scores:
        """Let what has no numbers count as the worst there is, and say so once."""
        wrong = (np.isnan(scores) | np.isposinf(scores)).any(axis=1, keepdims=True)
        count, of = int(wrong.sum()), len(scores)
        if not count:
            return scores
        if 2 * count > of:
            raise RunError(
                f"{count} of {of} genomes have scores that are no numbers (NaN or infinite): "
                "expected few at most; mend what scores them, such as the weights of a network"
            )
        if not self._is_warned:
            self._is_warned = True
            log.warning(
                "%d of %d genomes have scores that are no numbers (NaN or infinite): such count as "
                "the worst there are, now and later",
                count,
                of,
            )
        return np.where(wrong, np.float32(-np.inf), scores)

    def ask(self, classifier: Classifier, images: Images) -> Floats:
        """Ask a classifier about ``P`` images, in chunks: confidences ``(P, K)``."""
        size = chunk_size(len(images), classifier.shape, self.device)
        chunks = torch.split(images, size)
        return np.concatenate(self.map(lambda chunk: classifier(chunk).cpu().numpy(), chunks))

    def map(self, call: Callable[[T], R], items: Iterable[T]) -> list[R]:  # noqa: D102
        return mapped(self._executor, call, items)


def mapped(executor: Executor, call: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Call on each item; results in the order of the items."""
    futures = [executor.submit(call, item) for item in items]
    try:
        return [_result(future) for future in futures]
    finally:
        for future in futures:
            future.cancel()


def hurries(error: BaseException | None) -> bool:
    """Tell whether someone is in a hurry, who does not wait for what is being computed."""
    is_at_once = isinstance(error, Interrupted) and error.at_once
    return is_at_once or isinstance(error, KeyboardInterrupt)


def _result(future: Future[R]) -> R:
    """Wait for a result; a signal is heard meanwhile, though it may have woken another thread."""
    while not wait([future], _AWAKE).done:
        pass
    return future.result()
