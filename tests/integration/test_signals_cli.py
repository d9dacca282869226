import re
import signal
import time
from pathlib import Path

import pytest

from tests.command import (
    assert_same_run,
    assert_whole,
    generation_saved,
    neatfool,
    started,
    wait_for,
)

GENERATIONS = 60
SIZE = ("--generations", GENERATIONS, "--batch", 50, "--set", "run.checkpoint_every=5")
LONGER = ("--generations", 100_000)  # so that a signal always comes before the end


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("uninterrupted") / "run"
    assert neatfool("fool", "--out", folder, "--quiet", *SIZE).code == 0
    return folder


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_says_how_to_go_on(
    uninterrupted: Path, tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "run"
    with started("fool", "--out", folder, *SIZE, *LONGER) as process:
        wait_for(process, lambda: generation_saved(folder) >= 10)
        process.send_signal(number)
        _, err = process.communicate()

    assert process.returncode == 128 + number, err
    told = re.search(r"stopped by a signal after generation (\d+); go on with: (.*)", err)
    assert told is not None
    assert told[2] == f"neatfool resume {folder}"
    assert generation_saved(folder) == int(told[1])
    assert "Traceback" not in err
    generations = max(GENERATIONS, int(told[1]))
    if generations > GENERATIONS:  # the machine was quick: compare with a run of that length
        outcome = neatfool("resume", uninterrupted, "--quiet", "--generations", generations)
        assert outcome.code == 0, outcome.err
    outcome = neatfool("resume", folder, "--quiet", "--generations", generations)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert_same_run(folder, uninterrupted)
    assert_whole(folder)


@pytest.mark.parametrize("delay", [0.5, 0.9, 1.3])
def test_ctrl_c_during_start_up_prints_no_traceback(tmp_path: Path, delay: float) -> None:
    with started("fool", "--out", tmp_path / "run", *SIZE, *LONGER) as process:
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()

    assert process.returncode == 128 + signal.SIGINT, err
    assert "Traceback" not in err
