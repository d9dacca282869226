"""Evaluate genomes in chunks, on all cores; the result depends on neither."""

import contextlib
import math
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

import numpy as np
import torch

from neatfool.classifiers import Classifier, ending_runs
from neatfool.encodings import Encoding
from neatfool.errors import Interrupted, RunError, is_out_of_memory
from neatfool.reporting import log
from neatfool.tasks import Task, Trial
from neatfool.types import Floats, Images, Scores, Shape
from neatfool.workers.machine import cores, keep_memory

T = TypeVar("T")
R = TypeVar("R")

_IMAGES_PER_CHUNK = 96
_AWAKE = 0.2  # seconds
_STEP = 16  # to which classifiers fill their batches
_VALUES_HELD = 1 << 25  # 128 MiB of float32
_VALUES_PER_CHUNK = {"cpu": 1 << 23, "cuda": 1 << 28}  # 32 MiB and 1 GiB of float32


class Pool:
    """A ``map`` over chunks of genomes: expressed and scored together, chunk by chunk.

    On the CPU each chunk runs on one thread, and torch itself on one, so that the arithmetic is
    the same for every number of threads.
    """

    def __init__(self, device: torch.device, threads: int | None = None) -> None:
        self.device = device
        self.threads = (threads or cores()) if device.type == "cpu" else 1
        self._before = torch.get_num_threads()
        self._fits = sys.maxsize  # images at once, as far as is known
        self._is_warned = False

    def __enter__(self) -> "Pool":
        if self.device.type == "cpu":
            keep_memory()
            torch.set_num_threads(1)
        self._executor = ThreadPoolExecutor(
            self.threads, "neatfool", initializer=torch.set_num_threads, initargs=(1,)
        )
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        # Who is in a hurry does not wait for what is being computed.
        is_hurried = isinstance(error, KeyboardInterrupt | Interrupted)
        with ending_runs() if is_hurried else contextlib.nullcontext():
            self._executor.shutdown(wait=not is_hurried, cancel_futures=True)
        torch.set_num_threads(self._before)

    def evaluate(
        self, genomes: Any, encoding: Encoding[Any], task: Task, trial: Trial | None = None
    ) -> Scores:
        """Express and score ``P`` genomes: ``(P, K)`` float32.

        A genome with a score that is no number, or infinitely good, has minus infinity for all
        scores.

        Args:
            genomes: Of the encoding.
            encoding: Expresses them.
            task: Scores what was expressed.
            trial: What the task draws on; none: the first generation, of seed 0.

        Raises:
            RunError: Most of the genomes have.
        """
        whole = trial or Trial(np.arange(len(genomes)))

        def score(first: int) -> Scores:
            end = min(first + size, len(genomes))
            return self._score(genomes.part(first, end), encoding, task, whole.part(first, end))

        size = min(self._fits, chunk_size(len(genomes), encoding.shape, self.device))
        scores = np.concatenate(self.map(score, range(0, len(genomes), size)))
        return self._numbers(scores)

    def _numbers(self, scores: Scores) -> Scores:
        """Let what has no numbers count as the worst there is, and say so once."""
        wrong = (np.isnan(scores) | np.isposinf(scores)).any(axis=1, keepdims=True)
        count, of = int(wrong.sum()), len(scores)
        if not count:
            return scores
        if 2 * count > of:
            raise RunError(
                f"{count} of {of} scores are no numbers (NaN or infinite): expected that of few "
                "images at most; are the weights of the network right?"
            )
        if not self._is_warned:
            self._is_warned = True
            log.warning(
                "%d of %d scores are no numbers (NaN or infinite): such images count as the worst "
                "there are, now and later",
                count,
                of,
            )
        return np.where(wrong, np.float32(-np.inf), scores)

    def _score(self, genomes: Any, encoding: Encoding[Any], task: Task, trial: Trial) -> Scores:
        """Score one chunk; where the memory of the device does not suffice, in smaller parts."""
        count = len(genomes)
        if count <= self._fits:
            try:
                return task.score(encoding.express(genomes), trial)
            except Exception as error:
                if count == 1 or not is_out_of_memory(error):
                    raise
            # Only here is free what the failure held on to.
            self._fits = min(self._fits, _smaller(count))
            log.warning(
                "%d images at once do not fit into the memory of the device: going on with %d",
                count,
                self._fits,
            )
        scores: list[Scores] = []
        done = 0
        while done < count:
            end = min(done + self._fits, count)
            part = genomes.part(done, end)
            scores.append(self._score(part, encoding, task, trial.part(done, end)))
            done += len(part)
        return np.concatenate(scores)

    def ask(self, classifier: Classifier, images: Images) -> Floats:
        """Ask a classifier about ``P`` images, in chunks: confidences ``(P, K)``."""
        size = chunk_size(len(images), classifier.shape, self.device)
        chunks = torch.split(images, size)
        return np.concatenate(self.map(lambda chunk: classifier(chunk).cpu().numpy(), chunks))

    def map(self, call: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Call on each item, on all threads; results in the order of the items."""
        futures = [self._executor.submit(call, item) for item in items]
        try:
            return [_result(future) for future in futures]
        finally:
            for future in futures:
                future.cancel()


def _result(future: Future[R]) -> R:
    """Wait for a result; a signal is heard meanwhile, though it may have woken another thread."""
    while not wait([future], _AWAKE).done:
        pass
    return future.result()


def _smaller(count: int) -> int:
    """Halve a chunk, to a multiple of sixteen where it can be."""
    half = (count + 1) // 2
    return half if half <= _STEP else -(-half // _STEP) * _STEP


def at_once(shape: Shape, most: int = 100) -> int:
    """Return how many images to hold in memory: ``most``, or fewer if they are large."""
    return max(1, min(most, _VALUES_HELD // math.prod(shape)))


def chunk_size(count: int, shape: tuple[int, ...], device: torch.device) -> int:
    """Return how many of so many phenotypes are expressed and scored at once.

    The last may be fewer.

    On the CPU there is an even number of chunks of about equal size. It does not depend on the
    number of threads, so that they change no result; it is a multiple of sixteen where it can be,
    to which classifiers fill their batches.
    """
    fits = max(1, _VALUES_PER_CHUNK.get(device.type, 1 << 23) // math.prod(shape))
    teams = 1
    if device.type == "cpu":
        fits, teams = min(fits, _IMAGES_PER_CHUNK), 2
    chunks = teams * max(1, round(count / (teams * fits)))
    step = _STEP if fits >= _STEP else 1
    return max(1, -(-count // (chunks * step)) * step)
