"""Attacks that know a detector, and the table of detectors under attack."""

import json
import re
from pathlib import Path

import pytest

from neatfool.runs.folder import occupied
from tests.command import assert_refused, assert_same_run, neatfool
from tests.idx_files import write_mnist

SIZE = ("--generations", 6, "--batch", 32)
TABLE = ("--generations", 4, "--batch", 24, "--attack", "pixels", "--seeds", 1)


@pytest.fixture(scope="module")
def mnist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mnist(tmp_path_factory.mktemp("mnist"), 64)


def knowing(mnist: Path, kind: str = "energy") -> tuple[str, ...]:
    return ("--set", f"task.detector.kind={kind}", "--set", f"task.detector.data={mnist}")


def test_an_attack_that_knows_a_detector_resumes_and_reports(mnist: Path, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    given = (*knowing(mnist), "--encoding", "pixels", "--set", "run.checkpoint_every=2", "-q")
    assert neatfool("fool", *SIZE, *given, "--out", whole).code == 0
    assert neatfool("fool", *SIZE, *given, "--generations", 3, "--out", cut).code == 0
    assert neatfool("resume", cut, "--generations", 6, "-q").code == 0
    assert_same_run(cut, whole)

    report = json.loads((whole / "report.json").read_text())
    threshold = report["detector"]["threshold"]
    for entry in report["niches"]:
        said = entry["remarks"]
        assert said["accepted"] == (said["suspicion"] <= threshold) >= (entry["score"] >= 0)
    assert (whole / "niches.csv").read_text().splitlines()[0].endswith("suspicion,accepted")
    page = (whole / "report.html").read_text(encoding="utf-8")
    assert "energy" in page
    assert neatfool("report", whole, "-q").code == 0
    again = json.loads((whole / "report.json").read_text())
    assert again["niches"] == report["niches"]


OWN = """
import neatfool


class Grey(neatfool.Detector):
    def judge(self, asked):
        return (asked.images.double().mean(dim=(1, 2, 3)) - 0.5).abs()
"""


def test_refused_elites_of_an_own_detector_can_be_looked_at(mnist: Path, tmp_path: Path) -> None:
    (tmp_path / "grey.py").write_text(OWN)
    own = knowing(mnist, f"{tmp_path / 'grey.py'}:Grey")
    never = (*own, "--set", "task.detector.accepted=0.01")
    run = tmp_path / "run"
    outcome = neatfool("fool", *SIZE, *never, "--encoding", "cppn", "--out", run)
    assert outcome.code == 0, outcome.err
    assert "refused" in outcome.out
    report = json.loads((run / "report.json").read_text())
    assert all(-1 < entry["score"] < 0 for entry in report["niches"])
    assert (run / "report.html").read_text(encoding="utf-8").count("refused") > 10
    assert report["detector"]["kind"] == "Grey"
    assert neatfool("report", run, "--fail-above", "0.5:0", "-q").code == 0
    assert neatfool("plot", run, "-q").code == 0
    assert neatfool("show", run, "--out", tmp_path / "show.png", "-q").code == 0


def test_other_real_images_are_refused(mnist: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert neatfool("fool", *SIZE, *knowing(mnist), "--out", run, "-q").code == 0
    text = (run / "resolved.toml").read_text()
    other = write_mnist(tmp_path / "other", 64, seed=1)
    (run / "resolved.toml").write_text(text.replace(str(mnist), str(other)))
    outcome = neatfool("resume", run, "--generations", 7)
    assert outcome.code == 2
    assert "the weights that it was begun with" in outcome.err
    moved = tmp_path / "moved"
    moved.symlink_to(mnist)
    (run / "resolved.toml").write_text(text.replace(str(mnist), str(moved)))
    assert neatfool("resume", run, "--generations", 7, "-q").code == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--set", "task.detector.kind=energi"), "did you mean energy"),
        (("--set", "task.detector.accepted=0.5"), "task.detector.kind is missing"),
        (("--set", "task.detector.kind=vim"), "task.detector.data: expected a folder"),
    ],
)
def test_bad_settings_are_told(given: tuple[str, ...], said: str, tmp_path: Path) -> None:
    outcome = neatfool("fool", *given, "--out", tmp_path / "run")
    assert outcome.code == 2
    assert said in " ".join(outcome.err.split())
    assert not (tmp_path / "run").exists()


def test_the_table_goes_on_and_refuses_another(mnist: Path, tmp_path: Path) -> None:
    out = tmp_path / "table"
    out.mkdir()
    (out / ".plan.json.12.part").touch()  # as a killed process leaves it
    given = ("--data", mnist, "--out", out, "--detector", "energy")
    outcome = neatfool("defend", "detectors", *given, *TABLE, "--other", mnist)
    assert outcome.code == 0, outcome.err
    assert str(mnist.parent) not in (out / "detectors.json").read_text()
    result = json.loads((out / "detectors.json").read_text())
    for numbers in result["detectors"].values():
        real = numbers["real"]
        assert real["accuracy_kept"]["mean"] <= real["accepted"]["mean"] <= 1
        for found in (*numbers["static"].values(), *numbers["adaptive"].values()):
            assert found["success"]["mean"] <= found["accepted"]["mean"]
            low, high = found["auroc"]["interval"]
            assert low <= found["auroc"]["mean"] <= high
        assert len(numbers["adaptive"]["pixels"]["curves"][0]) == 4
        assert {"textures", mnist.name} <= set(numbers["static"])
    page = (out / "detectors.md").read_text(encoding="utf-8")
    assert "| energy |" in page
    for picture in re.findall(r"\]\(([^)]+\.png)\)", page):
        assert (out / picture).exists(), picture

    with occupied(out):
        held = neatfool("defend", "detectors", *given, *TABLE)
    assert_refused(held, "another process is working in")
    changed = neatfool("defend", "detectors", *given, *TABLE, "--batch", 25)
    assert changed.code == 2
    assert "expected the batch that it was begun with" in " ".join(changed.err.split())


def test_all_networks_of_an_ensemble_are_attacked(
    mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neatfool.defence.detection.table.save_pictures", lambda *given: None)
    (tmp_path / "box.py").write_text(
        "def one():\n    return lambda images: images.flatten(1)[:, 380:390].numpy() * 9\n\n\n"
        "def other():\n    return lambda images: images.flatten(1)[:, 390:400].numpy() * 9\n"
    )
    out, other = tmp_path / "table", f"{tmp_path / 'box.py'}:other"
    outcome = neatfool(
        *("defend", "detectors", "--model", f"{tmp_path / 'box.py'}:one", "--size", 28),
        *("--channels", "grey", "--data", mnist, "--detector", "softmax", *TABLE, "--out", out),
        *("--generations", 1, "-q", "--set"),
        f"task.ensemble=[{{model='{other}', size=28, channels='grey'}}]",
    )
    assert outcome.code == 0, outcome.err
    model = json.loads((out / "detectors.json").read_text())["model"]
    assert model["name"] == "box.py:one + box.py:other"
    for run in (out / "bare" / "pixels-0", out / "softmax" / "pixels-0"):
        assert json.loads((run / "about.json").read_text())["name"] == model["name"]


@pytest.mark.proof
def test_a_table_that_was_stopped_ends_as_one_that_was_not(mnist: Path, tmp_path: Path) -> None:
    results = []
    for name, parts in (("whole", (4,)), ("cut", (2, 4))):
        given = ("--data", mnist, "--out", tmp_path / name, "--detector", "energy", "-q")
        for generations in parts:
            table = ("defend", "detectors", *given, *TABLE, "--generations", generations)
            assert neatfool(*table).code == 0
        results.append(json.loads((tmp_path / name / "detectors.json").read_text()))
    assert results[0]["detectors"] == results[1]["detectors"]


@pytest.mark.proof
def test_what_a_network_cannot_have_is_left_out(mnist: Path, tmp_path: Path) -> None:
    (tmp_path / "box.py").write_text(
        "def build():\n    return lambda images: images.flatten(1)[:, 380:390].numpy() * 9\n"
    )
    given = ("--model", tmp_path / "box.py:build", "--size", "28", "--channels", "grey")
    table = ("defend", "detectors", *given, "--data", mnist, *TABLE)
    outcome = neatfool(*table, "--out", tmp_path / "all", "--set", "openmax.tail=3")
    assert outcome.code == 0, outcome.err
    result = json.loads((tmp_path / "all" / "detectors.json").read_text())
    assert {"odin", "mahalanobis", "neighbours", "vim"} <= set(result["left_out"])
    assert {"softmax", "energy", "squeezing", "regularity"} <= set(result["detectors"])
    outcome = neatfool(*table, "--out", tmp_path / "odin", "--detector", "odin")
    assert outcome.code == 2
    assert "odin follows" in " ".join(outcome.err.split())
    assert not (tmp_path / "odin").exists()
