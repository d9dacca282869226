"""Runs that tell trackers: what these hold, and that the run is the same without them."""

import itertools
import json
import signal
import struct
from pathlib import Path
from typing import Any

import pytest

from neatfool import reports
from neatfool.tracking import FOLDERS
from tests.command import (
    assert_refused,
    generation_saved,
    neatfool,
    read_metrics,
    started,
    wait_for,
)
from tests.integration.test_runs import configured, cut, lasting
from tests.unit.tracking.test_tensorboard import events, scalars

TRACKED = ('run.track=["tensorboard"]', "task.kind=xor")
SPECIES = ("search.kind=neat", "run.checkpoint_every=2")


def others(folder: Path) -> dict[str, str]:
    """Digest what a run leaves that is not its trackers', and does not name them."""
    found = lasting(folder)
    named = ("resolved.toml", *FOLDERS)
    return {name: each for name, each in found.items() if not name.startswith(named)}


def assert_told(folder: Path) -> None:
    """TensorBoard has what the records of the run have, each generation once."""
    lines = read_metrics(folder)
    found = events(folder)
    names = {name for line in lines for name, value in line.items() if value is not None}
    for name in names - {"generation"}:
        expected = [(e["generation"], pytest.approx(e[name], rel=1e-6)) for e in lines if name in e]
        assert [(each.step, each.value) for each in found.Scalars(name)] == expected, name
    spent = [
        (line["seconds"], line["evaluations"])
        for line in [{"seconds": 0, "evaluations": 0}, *lines]
    ]
    rates = [
        (number, pytest.approx((after[1] - before[1]) / (after[0] - before[0]), rel=1e-6))
        for number, (before, after) in enumerate(itertools.pairwise(spent), start=1)
        if after[0] > before[0]
    ]
    assert scalars(folder, "evaluations_per_second") == rates
    report = json.loads((folder / "report.json").read_text())
    assert scalars(folder, "results/generations")[-1] == (len(lines), len(lines))
    for name in ("gallery", "curve"):
        [image] = [each for each in found.Images(name) if each.step == report["generations"]]
        assert image.encoded_image_string == (folder / f"{name}.png").read_bytes()


def test_a_run_that_was_cut_is_told_once_and_is_the_run_that_tells_nobody(tmp_path: Path) -> None:
    whole, told = tmp_path / "whole", tmp_path / "told"
    reports.run(configured([*SPECIES, "task.kind=xor"]), whole)
    config = configured([*SPECIES, *TRACKED])
    cut(config, told)
    assert scalars(told, "best")[-1][0] > generation_saved(told) > 0, "steps that are void"
    reports.run(config, told, resume=True)

    assert_told(told)
    assert len(scalars(told, "species")) == len(read_metrics(told))
    assert others(told) == others(whole)


def test_a_tracker_that_is_not_installed_is_refused_before_anything_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neatfool.tracking.choice.find_spec", lambda name: None)
    outcome = neatfool("run", "xor", "--track", "mlflow", "--out", tmp_path / "run")

    assert_refused(outcome, "run.track: expected the package mlflow, which is not installed; leave")
    assert not (tmp_path / "run").exists()


@pytest.mark.proof
def test_a_run_may_be_told_from_any_generation_on(tmp_path: Path) -> None:
    size = ("--generations", 4, "--quiet", "--set", "search.batch=10")
    assert neatfool("run", "xor", "--out", tmp_path, *size).code == 0
    for generations in (5, 5):
        again = ("--generations", generations, "--track", "tensorboard", "--quiet")
        assert neatfool("resume", tmp_path, *again).code == 0

    assert_told(tmp_path)


@pytest.mark.proof
def test_a_run_that_is_killed_is_told_once(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    size = ("--set", "search.batch=20", "--set", "run.checkpoint_every=20", "--quiet")
    begin = ("run", "xor", "--generations", 100_000, "--track", "tensorboard", "--out", folder)
    with started(*begin, *size) as process:
        wait_for(process, lambda: generation_saved(folder) >= 60)
        process.send_signal(signal.SIGKILL)
    for more in (7, 40):
        with started("resume", folder, "--quiet") as process:
            until = generation_saved(folder) + more
            wait_for(process, lambda until=until: generation_saved(folder) >= until)
            process.send_signal(signal.SIGKILL)
    last = generation_saved(folder) + 33
    assert neatfool("resume", folder, "--generations", last, "--quiet").code == 0

    assert_told(folder)


@pytest.mark.proof
@pytest.mark.filterwarnings("ignore")  # of SQLAlchemy
def test_mlflow_holds_each_generation_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = pytest.importorskip("mlflow").MlflowClient
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///tracked.db")
    config = configured([*SPECIES, "task.kind=xor", 'run.track=["mlflow"]'])
    cut(config, tmp_path / "run")
    reports.run(config, tmp_path / "run", resume=True)

    there = client("sqlite:///tracked.db")
    [run] = there.search_runs([there.get_experiment_by_name("neatfool").experiment_id])
    assert (run.info.run_name, run.info.status) == ("run", "FINISHED")
    assert run.data.params["search.kind"] == "neat"
    lines = read_metrics(tmp_path / "run")
    for name in ("best", "species", "evaluations"):
        history = there.get_metric_history(run.info.run_id, name)
        found = sorted((each.step, each.value) for each in history)
        assert found == [(line["generation"], line[name]) for line in lines], name
    pictures = {each.path for each in there.list_artifacts(run.info.run_id)}
    assert pictures == {"gallery.png", "curve.png"}


@pytest.mark.proof
def test_wandb_holds_each_generation_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb")
    monkeypatch.setenv("WANDB_MODE", "offline")
    config = configured([*SPECIES, "task.kind=xor", 'run.track=["wandb"]'])
    cut(config, tmp_path / "run")
    reports.run(config, tmp_path / "run", resume=True)

    records = [record for file in sorted(tmp_path.glob("run/wandb/offline-*/*.wandb"))
               for record in wandb_records(file)]  # fmt: skip
    assert len({record.run.run_id for record in records if record.run.run_id}) == 1
    rows = [
        {(item.nested_key or [item.key])[0]: json.loads(item.value_json) for item in items}
        for items in (record.history.item for record in records)
        if items
    ]
    lines = read_metrics(tmp_path / "run")
    found = [(row["_step"], row["best"], row["species"]) for row in rows if "best" in row]
    assert found == [(line["generation"], line["best"], line["species"]) for line in lines]
    assert {"gallery", "curve"} <= rows[-1].keys()


def wandb_records(file: Path) -> list[Any]:
    """Read what was logged offline: blocks of 32 KiB, in which no head of a chunk is cut."""
    from wandb.proto.wandb_internal_pb2 import Record

    content, place, whole, found = file.read_bytes(), 7, b"", []
    while place + 7 <= len(content):
        left = 32768 - place % 32768
        if left < 7:
            place += left
            continue
        length, kind = struct.unpack("<HB", content[place + 4 : place + 7])  # after a checksum
        whole += content[place + 7 : place + 7 + length]
        place += 7 + length
        if kind in (1, 4):  # whole, or the last chunk of one
            found.append(Record.FromString(whole))
            whole = b""
    return found
