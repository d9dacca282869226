import contextlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import (
    assert_same_run,
    assert_whole,
    generation_saved,
    neatfool,
    read_metrics,
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


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.proof)]
)
def test_a_signal_saves_and_says_how_to_go_on(
    uninterrupted: Path, tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "run"
    with started("fool", "--out", folder, *SIZE, *LONGER, "--json", "-") as process:
        wait_for(process, lambda: generation_saved(folder) >= 10)
        process.send_signal(number)
        out, err = process.communicate()

    assert (process.returncode, out) == (128 + number, ""), err
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


@pytest.mark.parametrize("module", ["typer.models", "neatfool.cli.console", "numpy", "torch.nn"])
def test_ctrl_c_during_start_up_prints_no_traceback(tmp_path: Path, module: str) -> None:
    """It is pressed as soon as a module was imported, with the larger ones still to come."""
    command = [sys.executable, "-X", "importtime", "-m", "neatfool", "fool"]
    with subprocess.Popen(
        [*command, "--out", tmp_path / "run"], stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.rstrip().endswith(f" {module}"):
                process.send_signal(signal.SIGINT)
                break
        err = process.stderr.read()

    assert process.returncode == 128 + signal.SIGINT, err
    assert "Traceback" not in err
    assert not (tmp_path / "run").exists()


NETWORK = """
import pathlib, threading, torch
from torch import nn

class Slow(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.layer = nn.Linear(784, 5)

    def forward(self, images):
        folder = pathlib.Path(__file__).parent
        if (folder / "slowly").exists():
            (folder / "reached").touch()
            threading.Event().wait()
        return self.layer(images.flatten(1))
"""


def test_a_second_ctrl_c_does_not_wait_for_a_slow_network(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NETWORK)
    folder, model = tmp_path / "run", f"{tmp_path / 'net.py'}:Slow"
    network = ("--model", model, "--size", 28, "--channels", "grey")
    size = ("--batch", 20, "--set", "run.checkpoint_every=2", "--quiet", *LONGER)
    with started("fool", *network, "--out", folder, *size) as process:
        assert process.stderr is not None
        wait_for(process, lambda: generation_saved(folder) >= 4)
        (tmp_path / "slowly").touch()
        wait_for(process, (tmp_path / "reached").exists)
        process.send_signal(signal.SIGINT)
        for line in process.stderr:
            if said := re.search(r"finishing generation (\d+), then saving; press Ctrl-C", line):
                break
        process.send_signal(signal.SIGINT)
        err = process.stderr.read()
        process.wait(60)

    assert process.returncode == 128 + signal.SIGINT, err
    assert f"stopped by a signal after generation {int(said[1]) - 1}; go on with" in err
    assert "Traceback" not in err
    assert generation_saved(folder) == int(said[1]) - 1 == len(read_metrics(folder))


@pytest.mark.proof
def test_nobody_who_reads_is_needed(tmp_path: Path) -> None:
    line = '"$0" -m neatfool fool --generations 2 --batch 20 --out "$1" 2>&1 | true'
    command = ["bash", "-c", f"set -o pipefail; {line}", sys.executable, tmp_path / "run"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "run" / "report.json").exists()


@pytest.mark.proof
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_ctrl_c_while_processes_begin_prints_no_traceback(tmp_path: Path) -> None:
    def is_importing() -> bool:
        """Say whether a child of the study is in the midst of its imports."""
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        begun = [Path("/proc", each) for each in children]
        begun = [each for each in begun if "spawn_main" in (each / "cmdline").read_text()]
        return any("libtorch" in (each / "maps").read_text() for each in begun)

    longer = ("--set", "run.generations=100000")
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "neatfool",
            "study",
            "xor",
            "--seeds",
            "2",
            *longer,
            "--out",
            tmp_path / "out",
        ],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            wait_for(process, is_importing)
            os.killpg(process.pid, signal.SIGINT)
            _, err = process.communicate(timeout=120)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 128 + signal.SIGINT
    assert err == "stopped; the same command goes on\n"
