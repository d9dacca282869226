import math

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


@pytest.mark.proof
def test_who_hears_may_end_it_all() -> None:
    def refuse(index: int, result: int) -> None:
        raise ValueError(f"job {index} gave {result}")

    with pytest.raises(ValueError, match="job 0 gave 6"):
        in_processes(math.factorial, [3], Reporter(), 1, refuse)
