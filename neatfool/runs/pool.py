"""Evaluate genomes in chunks, on all cores; the result depends on neither."""

import math
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch

from neatfool.encodings import Encoding
from neatfool.tasks import Task
from neatfool.types import Scores

_IMAGES_PER_CHUNK = 100
_VALUES_PER_CHUNK = 1 << 22  # 16 MiB of float32


class Pool:
    """A ``map`` over chunks of genomes: expressed and scored together, chunk by chunk.

    On the CPU each chunk runs on one thread, and torch itself on one, so that the arithmetic is
    the same for every number of threads. On other devices a whole generation is one chunk.
    """

    def __init__(self, device: torch.device, threads: int | None = None) -> None:
        self.device = device
        self.threads = (threads or _cores()) if device.type == "cpu" else 1
        self._before = torch.get_num_threads()

    def __enter__(self) -> "Pool":
        if self.device.type == "cpu":
            torch.set_num_threads(1)
        self._executor = ThreadPoolExecutor(
            self.threads, "neatfool", initializer=torch.set_num_threads, initargs=(1,)
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown(cancel_futures=True)
        torch.set_num_threads(self._before)

    def evaluate(self, genomes: Any, encoding: Encoding[Any], task: Task) -> Scores:
        """Express and score ``P`` genomes: ``(P, K)`` float32."""

        def score(chunk: Any) -> Scores:
            return task.score(encoding.express(chunk, self.device))

        size = len(genomes)
        if self.device.type == "cpu":
            size = max(1, min(_IMAGES_PER_CHUNK, _VALUES_PER_CHUNK // math.prod(encoding.shape)))
        starts = range(0, len(genomes), size)
        chunks = [genomes.select(range(s, min(s + size, len(genomes)))) for s in starts]
        return np.concatenate(list(self._executor.map(score, chunks)))


def _cores() -> int:
    """Count the cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
