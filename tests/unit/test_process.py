"""Streams that nobody reads, Ctrl-C while there is nothing to be lost, memory that is kept."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
from neatfool.process import lasting_streams
with lasting_streams():
    for _ in range(3):
        print("x" * 100_000)
        print("y" * 100_000, file=sys.stderr)
    open(sys.argv[1], "w").close()
"""


def run(
    streams: str, *arguments: object, buffered: bool = True
) -> "subprocess.CompletedProcess[str]":
    """Run a program, with its streams redirected by the shell, which fails if the program does."""
    line = f'set -o pipefail; "$0" -c "$@" {streams}'
    command = ["bash", "-c", line, sys.executable, *map(str, arguments)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "" if buffered else "1"}
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", timeout=60, env=environment
    )


@pytest.mark.parametrize(
    "streams",
    [
        *("2>&1 | true", "2>&1 | head -c 1", "| true", "2>/dev/full"),
        *("2>&-", ">&-", ">&- 2>&-", "<&- >&- 2>&-"),
    ],
)
@pytest.mark.parametrize("buffered", [True, False])
def test_work_goes_on_where_nobody_reads(streams: str, buffered: bool, tmp_path: Path) -> None:
    done = run(streams, PROGRAM, tmp_path / "done", buffered=buffered)

    assert (tmp_path / "done").exists(), done.stderr
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_a_full_disk_is_told_of_results(tmp_path: Path) -> None:
    done = run(">/dev/full", PROGRAM, tmp_path / "done")
    assert done.returncode == 1
    assert "No space left on device" in done.stderr


def test_what_is_read_is_whole_and_as_it_was(tmp_path: Path) -> None:
    done = run("", PROGRAM.replace('"x"', '"ä"'), tmp_path / "done")
    assert done.stdout == ("ä" * 100_000 + "\n") * 3
    assert done.stderr == ("y" * 100_000 + "\n") * 3


FAULTS = """
import resource
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from neatfool.process import keep_memory

def faults():
    np.ones(SIZE)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        np.ones(SIZE)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

before = faults()
keep_memory()
print(before, faults(), ThreadPoolExecutor().submit(faults).result())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives memory back so")
@pytest.mark.parametrize("mebibytes", [16, 100])
def test_kept_memory_is_not_fetched_again(mebibytes: int) -> None:
    program = FAULTS.replace("SIZE", str(mebibytes << 17))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    before, after, in_thread = map(int, done.stdout.split())
    assert max(after, in_thread) < before / 10
