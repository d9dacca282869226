import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource
import numpy as np
from neatfool.workers.machine import keep_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        np.ones(1 << 21)  # 16 MiB
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

np.ones(1 << 21)
before = faults()
keep_memory()
np.ones(1 << 21)
print(before, faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives memory back so")
def test_kept_memory_is_not_fetched_again() -> None:
    done = subprocess.run([sys.executable, "-c", FAULTS], capture_output=True, check=True)
    before, after = map(int, done.stdout.split())
    assert after < before / 10
