"""Retraining from the command line: rounds that resume, and what is refused."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from neatfool.defence import retraining
from neatfool.defence.retraining import RetrainSettings, conduct, evolved
from neatfool.reporting import CONFIDENCE, Reporter, Unit
from tests.command import Outcome, assert_refused, assert_whole, neatfool
from tests.idx_files import write_mnist

SMALL = ("--rounds", 2, "--runs", 1, "--generations", 3, "--first", 30, "--epochs", 1)
SMALL = (*SMALL, "--later", 5, "--controls", 1, "--set", "search.batch=10")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mnist(tmp_path_factory.mktemp("mnist"), count=30)


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two rounds that were not interrupted."""
    folder = tmp_path_factory.mktemp("whole") / "out"
    outcome = neatfool("defend", "retrain", "--data", data, "--out", folder, *SMALL, "--quiet")
    assert outcome == Outcome(0, "", "")
    return folder


def _result(folder: Path) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((folder / "retraining.json").read_text())
    return result


def test_what_two_rounds_leave(whole: Path) -> None:
    result = _result(whole)
    first, second = result["rounds"]

    assert_whole(whole)
    assert (first["learned_from"], second["learned_from"]) == (0, 30)
    assert (first["flagged"], first["clean_flagged"]) == (None, None)
    assert 0 <= second["flagged"] <= 1
    assert set(second["controls"]) == {"bred", "noise", "cppn", "pixels"}
    page = (whole / "retraining.md").read_text()
    assert "| DNN 2 | 30 |" in page
    for name in ("medians.png", "gallery.png"):
        assert (whole / name).read_bytes().startswith(b"\x89PNG")


def test_a_class_is_added(whole: Path) -> None:
    for number, classes in ((1, 10), (2, 11)):
        network = whole / f"round-{number:02d}" / "network" / "lenet5"
        card = json.loads(network.with_suffix(".json").read_text())
        weights = safetensors.numpy.load_file(network.with_suffix(".safetensors"))

        assert len(card["labels"]) == classes
        assert card["fooling_images"] == (0 if number == 1 else 30)
        assert weights["11.weight"].shape == (classes, 84)
    assert card["labels"][-1] == "fooling"


class _Cutting(Reporter):
    """Cut at the first task of a name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.task = ""

    def start(self, task: str, total: int, done: int = 0, unit: Unit = CONFIDENCE) -> None:
        self.task = task

    def step(self, done: int, **numbers: float | None) -> None:
        if self.name in self.task and done > 1:
            raise KeyboardInterrupt


def test_cut_twice_and_gone_on_with_in_small_pieces(
    data: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evolved, "at_once", lambda shape: 3)
    settings = RetrainSettings.model_validate(
        {
            **{"data": data, "rounds": 2, "runs": 1, "generations": 3, "first": 30, "later": 5},
            **{"controls": 1, "changes": ["search.batch=10"], "train": {"epochs": 1}},
        }
    )
    for where in ("round-01, control-pixels", "round-02, runs"):
        with pytest.raises(KeyboardInterrupt):
            conduct(settings, tmp_path, _Cutting(where))

    conduct(settings, tmp_path)

    for name in ("retraining.json", "retraining.md", "medians.png", "gallery.png"):
        assert (tmp_path / name).read_bytes() == (whole / name).read_bytes(), name
    for name in ("lenet5.json", "lenet5.safetensors"):
        path = Path("round-02") / "network" / name
        assert (tmp_path / path).read_bytes() == (whole / path).read_bytes()


def test_a_network_that_begins_as_the_one_before(data: Path, whole: Path, tmp_path: Path) -> None:
    options = ("--start", "previous", "--learning-rate", 1e-9, "--quiet")
    call = ("defend", "retrain", "--data", data, "--out", tmp_path, *SMALL, *options)

    assert neatfool(*call) == Outcome(0, "", "")

    first, second = (
        safetensors.numpy.load_file(tmp_path / f"round-0{n}" / "network" / "lenet5.safetensors")
        for n in (1, 2)
    )
    for name, kept in first.items():
        assert np.allclose(second[name][: len(kept)], kept, atol=1e-6), name
    new = [second[name][10:] for name in first if len(second[name]) == 11]
    assert new
    assert all(np.any(each) for each in new)
    began = json.loads((tmp_path / "round-02" / "network" / "lenet5.json").read_text())
    weights = (tmp_path / "round-01" / "network" / "lenet5.safetensors").read_bytes()
    assert began["start_sha256"] == hashlib.sha256(weights).hexdigest()
    assert_refused(
        neatfool(*call, "--start", "new"), "expected the train.start that it was begun with"
    )


def test_another_configuration_is_refused(data: Path, whole: Path, tmp_path: Path) -> None:
    call = ("defend", "retrain", "--data", data, "--out", whole, *SMALL, "--quiet")
    before = (whole / "retraining.json").read_bytes()

    assert_refused(
        neatfool(*call, "--seed", 1), "expected the seed that it was begun with, 0, got 1"
    )
    other = write_mnist(tmp_path / "other", count=30, seed=1)
    assert_refused(neatfool(*call, "--data", other), "expected the data_sha256")
    (tmp_path / "note.txt").write_text("mine")
    assert_refused(neatfool(*call, "--out", tmp_path), f"{tmp_path} is not an empty folder")
    assert (whole / "retraining.json").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "message", "advice"),
    [
        (("--rounds", 0), "rounds: expected a number of at least 1", ""),
        (("--data", "nowhere"), "expected train-images-idx3-ubyte", ""),
        (("--model", "lenet6"), "did you mean 'lenet5'?", ""),
        (("--form", "luck"), "form: expected", ""),
        (("--start", "luck"), "train.start: expected 'new' or 'previous'", ""),
        (("--set", "search.batsh=3"), "unknown key search.batsh", ""),
        (("--set", "run.generations=3"), "run.generations: expected 200, got 3", "--generations"),
        (("--set", "run.seed=4"), "run.seed: expected 0, got 4", "give --seed"),
        (("--set", "encoding.kind=offset"), "encoding.kind: expected cppn", "give --encoding"),
        (("--set", "task.classes=[1]"), "task.classes: expected (0, 1, 2,", "leave it out"),
        (("--set", "task.ensemble=['mlp']"), "task.ensemble: expected ()", "leave it out"),
        (("--set", "task.classifier={model='mlp'}"), "task.classifier: expected", "give --model"),
    ],
)
def test_bad_input(
    data: Path, tmp_path: Path, options: tuple[object, ...], message: str, advice: str
) -> None:
    folder = tmp_path / "out"
    call = ("defend", "retrain", "--data", data, "--out", folder, "--quiet", *options)

    assert_refused(neatfool(*call), message, advice)
    assert not folder.exists()


@pytest.mark.parametrize(("command", "does"), [("retrain", "conduct"), ("compare", "compare")])
def test_who_stops_it_hears_how_it_goes_on(
    command: str, does: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(retraining, does, stopped)
    outcome = neatfool("defend", command, "--data", tmp_path, "--out", tmp_path / "out")

    assert outcome.code not in (0, 1)
    assert "stopped; the same command goes on" in outcome.err


def test_no_data_are_named(tmp_path: Path) -> None:
    outcome = neatfool("defend", "retrain", "--out", tmp_path / "out", "--quiet")

    assert_refused(outcome, "data: expected a folder of real images", "--data")


@pytest.mark.proof
def test_four_forms_are_compared(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    call = ("defend", "compare", "--data", data, "--out", folder, "--seeds", 1, "--epochs", 1)
    size = ("--runs", 1, "--generations", 2, "--first", 20, "--controls", 0, "--quiet")
    size = (*size, "--set", "search.batch=10")

    assert neatfool(*call, *size) == Outcome(0, "", "")

    rows = json.loads((folder / "comparison.json").read_text())["rows"]
    assert [row["form"] for row in rows] == ["none", "class", "exposure", "adversarial"]
    assert [row["flagged"] is None for row in rows] == [True, False, True, True]
    assert len({row["network"] for row in rows}) == 4
    page = (folder / "comparison.md").read_text()
    assert "| outlier exposure |" in page
    before = (folder / "comparison.json").read_bytes()
    assert neatfool(*call, *size) == Outcome(0, "", "")
    assert (folder / "comparison.json").read_bytes() == before
    retrain = neatfool("defend", "retrain", "--data", data, "--out", folder, "--quiet")
    assert_refused(retrain, f"{folder}: expected the")
