import contextlib
import json
import random
import shutil
import signal
from pathlib import Path

import pytest

from neatfool.runs.folder import occupied
from tests.command import (
    assert_refused,
    assert_same_run,
    assert_whole,
    digests,
    generation_saved,
    neatfool,
    started,
    wait_for,
)

ENCODINGS = ("cppn", "pixels", "offset", "switch")
GENERATIONS = 60
SIZE = ("--generations", GENERATIONS, "--batch", 50, "--quiet", "--set", "run.checkpoint_every=5")


def kind(encoding: str) -> tuple[str, ...]:
    """Choose an encoding; a switch happens half-way."""
    switch = ("--set", f"encoding.at={GENERATIONS // 2}") if encoding == "switch" else ()
    return ("--encoding", encoding, *switch)


def run(folder: Path, encoding: str, *more: object) -> Path:
    outcome = neatfool("fool", *kind(encoding), "--out", folder, *SIZE, *more)
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


class Changes:
    """How often a folder was seen to hold something new."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._states: set[tuple[object, ...]] = set()

    def seen(self) -> int:
        with contextlib.suppress(FileNotFoundError):  # it was renamed this moment
            files = sorted(self._folder.rglob("*"))
            self._states.add(tuple((file.name, file.stat().st_size) for file in files))
        return len(self._states)


def kill_and_resume(folder: Path, encoding: str, shares: tuple[float, ...], seed: int) -> None:
    """Kill a run after the given shares of it, resume it each time, and let it end at last."""
    draw = random.Random(seed)
    arguments: tuple[object, ...] = ("fool", *kind(encoding), "--out", folder, *SIZE)
    for share in shares:
        with started(*arguments) as process:
            after = int(share * GENERATIONS)
            wait_for(process, lambda after=after: generation_saved(folder) >= after)  # type: ignore[misc]
            changes, wanted = Changes(folder), draw.randint(1, 6)
            wait_for(process, lambda c=changes, w=wanted: c.seen() >= w)  # type: ignore[misc]
        assert process.returncode == -signal.SIGKILL, "it had ended before it was killed"
        arguments = ("resume", folder, "--quiet")
    resume(folder)


@pytest.mark.parametrize(
    ("encoding", "shares"),
    [
        ("offset", (0.4,)),
        pytest.param("pixels", (0.1, 1.0), marks=pytest.mark.proof),
        pytest.param("cppn", (0.1, 1.0), marks=pytest.mark.proof),
        pytest.param("switch", (0.1, 1.0), marks=pytest.mark.proof),
    ],
)
def test_a_killed_run_resumes_to_the_same_end(
    uninterrupted: dict[str, Path], tmp_path: Path, encoding: str, shares: tuple[float, ...]
) -> None:
    folder = tmp_path / "run"
    kill_and_resume(folder, encoding, shares, seed=len(shares))

    assert_same_run(folder, uninterrupted[encoding])
    assert_whole(folder)


def test_a_run_killed_before_its_first_checkpoint_starts_over(
    finished: Path, uninterrupted: dict[str, Path]
) -> None:
    shutil.rmtree(finished / "checkpoints")
    shutil.rmtree(finished / "elites")
    (finished / "elites.safetensors").unlink()

    assert_same_run(resume(finished), uninterrupted["cppn"])


def test_a_damaged_checkpoint_is_passed_over_and_said_so(
    finished: Path, uninterrupted: dict[str, Path]
) -> None:
    newest = finished / "checkpoints" / f"{GENERATIONS:08d}.safetensors"
    newest.write_bytes(newest.read_bytes()[:-7])

    outcome = neatfool("resume", finished, "--quiet")

    assert outcome.code == 0
    log = (finished / "log.txt").read_text()
    for told in (outcome.err, log):
        assert f"{newest} cannot be read" in told
        assert "going back to the checkpoint before it" in told
    assert f"going on after generation {GENERATIONS - 5}" in log
    assert_same_run(finished, uninterrupted["cppn"])


def test_with_every_checkpoint_damaged_the_run_starts_over(
    finished: Path, uninterrupted: dict[str, Path]
) -> None:
    damaged = list((finished / "checkpoints").iterdir())
    assert len(damaged) == 3
    for path in damaged:
        path.write_bytes(b"")

    outcome = neatfool("resume", finished, "--quiet")

    assert outcome.code == 0
    assert "starting over" in outcome.err
    assert_same_run(finished, uninterrupted["cppn"])


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_more_generations_equal_a_run_of_so_many_from_the_start(
    tmp_path: Path, uninterrupted: dict[str, Path], encoding: str
) -> None:
    folder = run(tmp_path / "run", encoding, "--generations", 17)

    resume(folder, "--generations", GENERATIONS)

    assert_same_run(folder, uninterrupted[encoding])
    assert (folder / "resolved.toml").read_text() == (
        uninterrupted[encoding] / "resolved.toml"
    ).read_text()


def test_resuming_a_finished_run_publishes_it_again(
    finished: Path, uninterrupted: dict[str, Path]
) -> None:
    before = digests(finished)
    for name in ("gallery.png", "report.json", "elites.safetensors"):
        (finished / name).unlink()

    resume(finished)

    assert_same_run(finished, uninterrupted["cppn"])
    after = digests(finished)
    changing = {"log.txt", "report.json", "report.html"}  # which say how long it took
    changing.add(f"checkpoints/{GENERATIONS:08d}.safetensors")
    assert {k: v for k, v in after.items() if k not in changing} == {
        k: v for k, v in before.items() if k not in changing
    }


@pytest.mark.parametrize(
    ("workers", "description"),
    [
        ("threads:3", "3 threads"),
        pytest.param("processes:1", "1 process", marks=pytest.mark.proof),
    ],
)
def test_a_run_goes_on_with_other_workers(
    workers: str, description: str, finished: Path, uninterrupted: dict[str, Path]
) -> None:
    shutil.rmtree(finished / "checkpoints")
    resolved = finished / "resolved.toml"
    settings = resolved.read_text()
    assert settings.count('workers = "threads"') == 1
    resolved.write_text(settings.replace('workers = "threads"', f'workers = "{workers}"'))

    resume(finished)

    report = json.loads((finished / "report.json").read_text())
    assert report["environment"]["workers"] == description
    assert_same_run(finished, uninterrupted["cppn"])


def test_lines_that_were_cut_or_come_later_are_written_again(
    finished: Path, uninterrupted: dict[str, Path]
) -> None:
    (finished / "checkpoints" / f"{GENERATIONS:08d}.safetensors").unlink()
    for name in ("metrics.jsonl", "lineage.jsonl"):
        content = (finished / name).read_bytes()
        (finished / name).write_bytes(content[:-20])

    assert_same_run(resume(finished), uninterrupted["cppn"])


def test_damaged_records_are_mended_and_kept(
    finished: Path, uninterrupted: dict[str, Path]
) -> None:
    lineage, pinned = finished / "lineage.jsonl", finished / "pinned.json"
    lines = lineage.read_bytes().splitlines(keepends=True)
    damaged = b"".join([*lines[:2], b"\x80" + lines[2][1:], *lines[3:]])
    lineage.write_bytes(damaged)
    (finished / "metrics.jsonl").unlink()
    pinned.write_bytes(pinned.read_bytes().replace(b"50", b"51"))
    refused = neatfool("plot", finished)
    assert refused.code == 2
    assert f"`neatfool resume {finished}` mends them" in refused.err
    before = digests(finished)
    reported = neatfool("report", finished, "--quiet")
    assert reported.code == 0
    assert f"{lineage} is damaged" in reported.err
    assert all(digests(finished)[name] == before[name] for name in before if name.endswith("jsonl"))

    outcome = neatfool("resume", finished, "--quiet")

    assert outcome.code == 0, outcome.err
    assert f"{lineage} is whole again; as it was it is kept as lineage.jsonl.kept" in outcome.err
    assert_same_run(finished, uninterrupted["cppn"])
    assert (finished / "lineage.jsonl.kept").read_bytes() == damaged
    assert (finished / "pinned.json.kept").exists()


def test_files_of_others_are_left_alone(finished: Path, tmp_path: Path) -> None:
    checkpoints = finished / "checkpoints"
    (checkpoints / "backup.safetensors").write_text("mine")
    (finished / ".mine.part").write_text("mine")
    resume(finished, "--generations", GENERATIONS + 10)
    assert (checkpoints / "backup.safetensors").read_text() == "mine"
    assert (finished / ".mine.part").read_text() == "mine"

    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "model.safetensors").write_text("mine")
    shutil.rmtree(checkpoints)
    checkpoints.symlink_to(weights, target_is_directory=True)
    outcome = neatfool("resume", finished, "--quiet")
    assert outcome.code == 2
    assert "checkpoints is a link" in outcome.err
    assert [path.name for path in weights.iterdir()] == ["model.safetensors"]


@pytest.mark.parametrize(
    "other", [("--seed", 1), ("--encoding", "pixels"), ("--search", "neat"), ("--classes", "0-4")]
)
def test_checkpoints_of_another_run_are_told(
    finished: Path, tmp_path: Path, other: tuple[object, ...]
) -> None:
    small = ("--generations", 3, "--batch", 20, "--quiet")
    assert neatfool("fool", "--out", tmp_path / "other", *small, *other).code == 0
    shutil.rmtree(finished / "checkpoints")
    shutil.copytree(tmp_path / "other" / "checkpoints", finished / "checkpoints")
    before = digests(finished)

    assert_refused(neatfool("resume", finished), "checkpoints is of another run", "put back")
    if other[0] != "--seed":  # of which one cannot see it
        assert_refused(neatfool("show", finished), "checkpoints is not of this run")

    del before["log.txt"]
    assert {name: digests(finished)[name] for name in before} == before


def test_a_folder_is_used_by_one_process_at_a_time(finished: Path) -> None:
    with occupied(finished):
        before = digests(finished)
        outcome = neatfool("resume", finished)

        assert outcome.code == 2
        assert "another process is working in" in outcome.err
        assert digests(finished) == before
