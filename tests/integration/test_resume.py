import random
import shutil
import signal
from pathlib import Path

import pytest

from tests.command import (
    assert_same_run,
    assert_whole,
    digests,
    generation_saved,
    neatfool,
    read_metrics,
    start,
    wait_for,
)

ENCODINGS = ("cppn", "pixels")
GENERATIONS = 60
SIZE = ("--generations", GENERATIONS, "--batch", 50, "--quiet", "--set", "run.checkpoint_every=5")


def run(folder: Path, encoding: str, *more: object) -> Path:
    outcome = neatfool("fool", "--encoding", encoding, "--out", folder, *SIZE, *more)
    assert outcome.code == 0, outcome.err
    return folder


def resume(folder: Path, *more: object) -> Path:
    outcome = neatfool("resume", folder, "--quiet", *more)
    assert outcome.code == 0, outcome.err
    return folder


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("uninterrupted")
    return {encoding: run(folder / encoding, encoding) for encoding in ENCODINGS}


@pytest.fixture
def finished(uninterrupted: dict[str, Path], tmp_path: Path) -> Path:
    """A copy of a finished run, to be damaged."""
    return shutil.copytree(uninterrupted["cppn"], tmp_path / "run")


def kill_and_resume(folder: Path, encoding: str, after: list[float], seed: int) -> None:
    """Kill a run after the given shares of it, resume it each time, and let it end at last."""
    draw = random.Random(seed)
    arguments: tuple[object, ...] = ("fool", "--encoding", encoding, "--out", folder, *SIZE)
    for share in after:
        process = start(*arguments)
        wait_for(process, (folder / "resolved.toml").exists)
        wait_for(process, lambda share=share: generation_saved(folder) >= share * GENERATIONS)  # type: ignore[misc]
        with pytest.MonkeyPatch.context():
            wait_for(process, lambda: draw.random() < 0.05)
        process.kill()
        process.communicate()
        assert process.returncode in (0, -signal.SIGKILL)
        arguments = ("resume", folder, "--quiet")
    resume(folder)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("after", [[-1.0], [0.1, 0.5, 0.8]], ids=["once", "three times"])
def test_a_killed_run_resumes_to_the_same_end(
    uninterrupted: dict[str, Path], tmp_path: Path, encoding: str, after: list[float]
) -> None:
    kill_and_resume(tmp_path / "run", encoding, after, seed=len(after))

    assert_same_run(tmp_path / "run", uninterrupted[encoding])
    assert_whole(tmp_path / "run")
