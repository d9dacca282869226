"""The two commands that make weights: `neatfool data mnist` and `neatfool train`."""

import json
from pathlib import Path

import pytest

from neatfool.classifiers.named import training
from neatfool.data import mnist
from tests.command import Outcome, assert_refused, assert_whole, neatfool
from tests.idx_files import write_mnist
from tests.mirror import Mirror, closed_address

NAMES = sorted(f"{name}.gz" for name in mnist.SHA256)
UNWRITABLE = ["/proc", "/proc/nope"]
"""Not even root can make files there."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mnist(tmp_path_factory.mktemp("mnist"))


@pytest.mark.usefixtures("small_mnist")
def test_mnist_comes_from_a_mirror(mirror: Mirror, tmp_path: Path) -> None:
    outcome = neatfool("data", "mnist", "--to", tmp_path / "to")

    assert (outcome.code, outcome.out) == (0, f"MNIST is in {tmp_path / 'to'}\n")
    assert f"fetching {mirror.address}/{NAMES[0]}" in outcome.err
    assert sorted(file.name for file in (tmp_path / "to").iterdir()) == NAMES


@pytest.mark.usefixtures("small_mnist")
def test_quiet_is_quiet_though_a_mirror_is_dead(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist, "MIRRORS", (f"{closed_address()}/", f"{mirror.address}/"))

    assert neatfool("data", "mnist", "--to", tmp_path / "to", "--quiet") == Outcome(0, "", "")

    assert sorted(file.name for file in (tmp_path / "to").iterdir()) == NAMES


def test_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mirrors = (f"{closed_address()}/mnist/", f"{closed_address()}/other/")
    monkeypatch.setattr(mnist, "MIRRORS", mirrors)
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    outcome = neatfool("data", "mnist", "--to", tmp_path)

    assert_refused(outcome, "Connection refused", *NAMES, *mirrors, f"put them in {tmp_path}")
    assert len(outcome.err) - len(str(tmp_path)) < 400
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("small_mnist")
@pytest.mark.parametrize("folder", UNWRITABLE)
def test_data_for_a_folder_that_cannot_be_written(mirror: Mirror, folder: str) -> None:
    outcome = neatfool("data", "mnist", "--to", folder)

    assert_refused(outcome, f"cannot write {folder}/", "make room or choose another folder")
    assert mirror.asked == []


def test_weights_that_were_trained_can_be_fooled(data: Path, tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    trained = neatfool("train", "lenet5", "--data", data, "--out", weights, "--epochs", 1)

    assert trained.code == 0
    assert trained.out.splitlines()[1:] == [
        f"weights  {weights / 'lenet5.safetensors'}",
        f"card     {weights / 'lenet5.json'}",
    ]
    assert_whole(weights)

    run = tmp_path / "run"
    use = ("--set", f"task.classifier.weights={weights / 'lenet5.safetensors'}")
    size = ("--generations", 2, "--batch", 10, "--quiet")
    assert neatfool("fool", "--out", run, *use, *size) == Outcome(0, "", "")

    sha256 = json.loads((weights / "lenet5.json").read_text())["sha256"]
    assert json.loads((run / "pinned.json").read_text())["weights"] == sha256


@pytest.mark.parametrize("folder", UNWRITABLE)
def test_training_into_a_folder_that_cannot_be_written(
    data: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    def fit(*_: object) -> None:
        raise AssertionError("it trained")

    monkeypatch.setattr(training, "fit", fit)

    outcome = neatfool("train", "lenet5", "--data", data, "--out", folder, "--quiet")

    assert_refused(outcome, f"cannot write {folder}: ", "make room or choose another folder")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/", "/: expected a readable safetensors file"),
        ("~nosuchuser/x", "task.classifier.weights: expected a path of a known user"),
        (r'"a\u0000b"', "task.classifier.weights: expected a path that is text"),
    ],
)
def test_weights_at_paths_that_cannot_be(tmp_path: Path, path: str, message: str) -> None:
    run = tmp_path / "run"
    outcome = neatfool("fool", "--out", run, "--set", f"task.classifier.weights={path}", "--quiet")
    assert_refused(outcome, message)
    assert not run.exists()
