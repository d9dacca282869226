import math
import platform
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from neatfool.reporting import Reporter
from neatfool.workers import in_processes


def test_jobs_are_heard_as_they_are_done_and_returned_in_their_order() -> None:
    heard: dict[int, int] = {}

    def hear(index: int, result: int) -> None:
        heard[index] = result

    results = in_processes(math.factorial, [3, 1, 4], Reporter(), 1, hear)

    assert results == [6, 1, 24]
    assert heard == dict(enumerate(results))
    assert in_processes(math.factorial, [], Reporter(), 1, hear) == []


def _faults(size: int) -> list[int]:
    """Count the pages that threads, one after the other, fetch for memory that they had before."""
    import resource  # not on Windows

    def fetched() -> int:
        np.ones(size, np.uint8)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(10):
            np.ones(size, np.uint8)
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

    return [ThreadPoolExecutor(1).submit(fetched).result() for _ in range(4)]


@pytest.mark.proof
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives memory back so")
def test_threads_of_jobs_keep_their_memory() -> None:
    assert max(in_processes(_faults, [100 << 20], Reporter(), 1)[0]) < 50


@pytest.mark.proof
def test_who_hears_may_end_it_all() -> None:
    def refuse(index: int, result: int) -> None:
        raise ValueError(f"job {index} gave {result}")

    before = threading.active_count()
    with pytest.raises(ValueError, match="job 0 gave 6"):
        in_processes(math.factorial, [3], Reporter(), 1, refuse)
    assert threading.active_count() == before, "a thread of the pool may fail at the end of Python"
