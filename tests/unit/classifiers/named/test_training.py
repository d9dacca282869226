import json
import random
from pathlib import Path

import numpy as np
import pydantic
import pytest
import torch

from neatfool import files
from neatfool.classifiers import MODELS, ClassifierSettings, TrainSettings, build, train
from neatfool.classifiers.named import training as training_module
from neatfool.classifiers.named.training import THREADS, accuracy, fit, initialise
from neatfool.data import mnist
from neatfool.data.mnist import LABELS, mnist_checksums, set_of
from neatfool.errors import ClassifierError, DataError
from neatfool.reporting import Reporter
from tests.idx_files import write_mnist

SETTINGS = TrainSettings(epochs=1, batch=16)


class _Heard(Reporter):
    def __init__(self) -> None:
        self.total = 0
        self.steps: list[tuple[int, dict[str, float]]] = []

    def start(self, task: str, total: int, done: int = 0) -> None:
        self.total = total

    def step(self, done: int, **numbers: float) -> None:
        self.steps.append((done, numbers))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mnist(tmp_path_factory.mktemp("mnist"), count=40)


def _train(data: Path, out: Path, settings: TrainSettings = SETTINGS) -> dict[str, bytes]:
    train("lenet5", data, out, settings, Reporter())
    return {file.name: file.read_bytes() for file in out.iterdir()}


def test_the_same_seed_gives_the_same_bytes(data: Path, tmp_path: Path) -> None:
    first = _train(data, tmp_path / "first")

    assert set(first) == {"lenet5.safetensors", "lenet5.json"}
    assert first == _train(data, tmp_path / "second")


def test_the_number_of_threads_changes_nothing(data: Path, tmp_path: Path) -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        first = _train(data, tmp_path / "first")
        assert torch.get_num_threads() == 1
        torch.set_num_threads(THREADS + 1)
        assert first == _train(data, tmp_path / "second")
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("change", [{"seed": 1}, {"shift": 0}, {"epochs": 2}, {"momentum": 0.5}])
def test_every_setting_changes_the_weights(
    data: Path, tmp_path: Path, change: dict[str, int]
) -> None:
    first = _train(data, tmp_path / "first")
    second = _train(data, tmp_path / "second", SETTINGS.model_copy(update=change))

    assert first["lenet5.safetensors"] != second["lenet5.safetensors"]


def _global_state() -> tuple[object, ...]:
    numpy_state = np.random.get_state(legacy=False)  # noqa: NPY002
    return torch.get_rng_state().tolist(), random.getstate(), repr(numpy_state)


def test_global_random_state_is_untouched(data: Path, tmp_path: Path) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(12345)
        before = _global_state()

        _train(data, tmp_path)

        assert _global_state() == before


def test_the_card_says_what_was_done(data: Path, tmp_path: Path) -> None:
    card = train("lenet-caffe", data, tmp_path, SETTINGS, Reporter())

    assert card == json.loads((tmp_path / "lenet-caffe.json").read_text())
    assert card["parameters"] == 431_080
    assert 0 <= card["test_accuracy"] <= 1
    assert card["settings"] == SETTINGS.model_dump()
    assert card["command"] == "neatfool train lenet-caffe --data DIR --seed 0 --epochs 1"
    assert len(card["data_sha256"]) == 4
    assert set(card["versions"]) == {"neatfool", "torch", "python"}
    assert str(tmp_path) not in json.dumps(card)


def test_what_was_trained_can_be_built(data: Path, tmp_path: Path) -> None:
    card = train("lenet5", data, tmp_path, SETTINGS, Reporter())

    settings = ClassifierSettings(weights=tmp_path / "lenet5.safetensors")
    classifier = build(settings, torch.device("cpu"))

    assert classifier.sha256 == card["sha256"]


def test_nets_of_several_seeds_stand_side_by_side(data: Path, tmp_path: Path) -> None:
    for seed in 0, 1:
        settings = SETTINGS.model_copy(update={"seed": seed})
        card = train("lenet-rbf", data, tmp_path, settings, Reporter(), f"rbf-{seed}")
        assert card["command"].endswith(f"--seed {seed} --name rbf-{seed} --epochs 1")
        assert (card["model"], card["data"]) == ("lenet-rbf", "another set")

    assert len(list(tmp_path.iterdir())) == 4
    path = tmp_path / "rbf-1.safetensors"
    found = build(ClassifierSettings(model="lenet-rbf", weights=path), torch.device("cpu"))
    assert (found.sha256, found.outputs) == (card["sha256"], "log-odds")
    for name in ("a/b", "", "..", ".hidden"):
        with pytest.raises(ClassifierError, match="expected a name of files"):
            train("mlp", data, tmp_path, SETTINGS, Reporter(), name)


def test_classes_of_known_sets_have_their_names(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (set_of(mnist.SHA256), set_of({})) == ("MNIST", None)
    monkeypatch.setattr(mnist, "_FASHION", mnist_checksums(data))

    card = train("mlp", data, tmp_path, SETTINGS, Reporter())

    assert (card["data"], card["labels"][9]) == ("Fashion-MNIST", "ankle boot")
    path = tmp_path / "mlp.safetensors"
    found = build(ClassifierSettings(model="mlp", weights=path), torch.device("cpu"))
    assert found.labels == LABELS["Fashion-MNIST"]


def test_progress_counts_batches(data: Path, tmp_path: Path) -> None:
    heard = _Heard()

    train("lenet5", data, tmp_path, TrainSettings(epochs=2, batch=16), heard)

    assert heard.total == 6
    assert [done for done, _ in heard.steps] == [1, 2, 3, 4, 5, 6]
    assert all(set(numbers) == {"loss", "accuracy"} for _, numbers in heard.steps)


def test_an_interrupt_leaves_nothing(data: Path, tmp_path: Path) -> None:
    class Interrupting(Reporter):
        def step(self, done: int, **numbers: float) -> None:
            raise KeyboardInterrupt

    threads = torch.get_num_threads()
    with pytest.raises(KeyboardInterrupt):
        train("lenet5", data, tmp_path, SETTINGS, Interrupting())

    assert not list(tmp_path.iterdir())
    assert torch.get_num_threads() == threads


def test_training_that_diverges_is_told_and_leaves_nothing(data: Path, tmp_path: Path) -> None:
    with pytest.raises(ClassifierError, match=r"finite loss, got (nan|inf) .*--learning-rate"):
        train("lenet-caffe", data, tmp_path, TrainSettings(learning_rate=1e9, batch=16), Reporter())

    assert not list(tmp_path.iterdir())


def test_fit_learns_what_can_be_learnt() -> None:
    labels = torch.arange(64) % 10
    images = torch.zeros(64, 1, 28, 28, dtype=torch.uint8)
    for image, label in zip(images, labels, strict=True):
        image[:, :, 2 * int(label) + 4 : 2 * int(label) + 6] = 255
    heard = _Heard()
    module = initialise(MODELS["lenet5"], seed=0)

    fit(module, MODELS["lenet5"], images, labels, TrainSettings(epochs=6, batch=16, shift=0), heard)

    assert heard.steps[-1][1]["accuracy"] == 1
    assert heard.steps[-1][1]["loss"] < heard.steps[0][1]["loss"] / 2


def test_shifted_images_are_the_same_images_elsewhere() -> None:
    images = torch.zeros(200, 2, 9, 7, dtype=torch.uint8)
    images[:, 0, 4, 3] = 100
    images[:, 1, 4, 3] = 200

    shifted = training_module._shift(images, 2, torch.Generator().manual_seed(0))

    assert shifted.shape == images.shape
    assert torch.equal(shifted[:, 1], shifted[:, 0] * 2)
    found = (shifted[:, 0] == 100).nonzero()
    assert len(found) == 200
    moves = {(int(row) - 4, int(column) - 3) for _, row, column in found}
    assert moves == {(down, right) for down in range(-2, 3) for right in range(-2, 3)}


def test_accuracy_is_the_share_of_right_answers() -> None:
    class First(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return images[:, 0, 0, :10]

    classifier = training_module.Classifier("first", First(), (1, 28, 28), tuple("0123456789"))
    labels = torch.arange(2500) % 10
    images = torch.zeros(2500, 1, 28, 28, dtype=torch.uint8)
    images[torch.arange(2500), 0, 0, labels] = 255

    assert accuracy(classifier, images, labels) == 1
    assert accuracy(classifier, images, labels.clamp(max=8)) == 0.9


def test_first_weights_belong_to_the_seed() -> None:
    weights = [initialise(MODELS["lenet5"], seed).state_dict()["0.bias"] for seed in (0, 0, 1)]

    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_an_unknown_model_is_refused_first(tmp_path: Path) -> None:
    with pytest.raises(ClassifierError, match="did you mean 'lenet5'"):
        train("lenet6", tmp_path / "no data", tmp_path, SETTINGS, Reporter())


def test_missing_data_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="neatfool data mnist"):
        train("lenet5", tmp_path, tmp_path / "out", SETTINGS, Reporter())

    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made_is_named_first(data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    heard = _Heard()

    with pytest.raises(DataError, match=r"cannot write .*file: File exists; make room or choose"):
        train("lenet5", data, tmp_path / "file", SETTINGS, heard)

    assert not heard.steps


@pytest.mark.parametrize("folder", ["/proc", "/proc/self", "/proc/nope"])
def test_a_folder_that_cannot_be_written_is_named_first(data: Path, folder: str) -> None:
    heard = _Heard()

    with pytest.raises(DataError, match=f"cannot write {folder}: .*; make room or choose another"):
        train("lenet5", data, Path(folder), SETTINGS, heard)

    assert not heard.steps


def test_a_disk_that_fills_up_while_training_is_named(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", fail)

    with pytest.raises(DataError, match=r"lenet5\.safetensors: No space left on device; make room"):
        train("lenet5", data, tmp_path, SETTINGS, Reporter())

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "wrong", [{"epochs": 0}, {"momentum": 1.0}, {"learning_rate": -1}, {"seed": -1}, {"lr": 0.1}]
)
def test_settings_are_checked(wrong: dict[str, float]) -> None:
    with pytest.raises(pydantic.ValidationError):
        TrainSettings.model_validate(wrong)
