import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from neatfool.classifiers import BlackBox, Classifier
from neatfool.errors import DataError
from neatfool.exams import check
from neatfool.exams.check import judge_accuracy
from neatfool.reporting import Reporter
from neatfool.workers.chunks import at_once
from tests.fakes import Linear, fake_classifier

SHAPE, CLASSES = (3, 6, 5), 12


class Heard(Reporter):
    """Keep what was said."""

    def __init__(self) -> None:
        self.tasks: list[tuple[str, int]] = []
        self.steps: list[int] = []

    def start(self, task: str, total: int, done: int = 0) -> None:
        self.tasks.append((task, total))

    def step(self, done: int, **numbers: float) -> None:
        self.steps.append(done)


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    """A network that is right about images in [-1, 1]."""
    return replace(fake_classifier(SHAPE, CLASSES), mean=(0.5,), std=(0.5,))


@pytest.fixture(scope="module")
def data(classifier: Classifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise, each picture named by the class it is in."""
    folder = tmp_path_factory.mktemp("data")
    levels = np.random.default_rng(0).integers(0, 256, (130, *SHAPE), dtype=np.uint8)
    classes = classifier(torch.from_numpy(levels).float() / 255).argmax(dim=1).tolist()
    for number, (pixels, index) in enumerate(zip(levels, classes, strict=True)):
        Image.fromarray(pixels.transpose(1, 2, 0)).save(folder / f"{index}_{number}.png")
    return folder


def test_a_good_classifier_passes(classifier: Classifier, data: Path) -> None:
    reporter = Heard()

    result = check(classifier, data, reporter)

    assert result["reasons"] == []
    assert result["data"]["top1"] == result["data"]["top5"] == 1
    assert result["data"]["pictures"] == 130
    assert result["model"]["canvas"] == list(SHAPE)
    assert result["model"]["size"] == [6, 5]
    assert result["model"]["parameters"] == 90 * CLASSES
    assert result["images_per_second"] > 0
    assert list(result["confidences"]) == [
        *("black", "grey", "white", "uniform noise", "gaussian noise")
    ]
    assert (result["deterministic"], result["batch_effect"]) == (True, 0)
    assert reporter.tasks == [("asking about noise", 284), ("classifying", 130)]
    assert {67, 134, 135, 150, 284} <= set(reporter.steps)
    json.dumps(result, allow_nan=False)


class _Detector(torch.nn.Module):
    """See a thing where an image is bright, and be very sure of nothing elsewhere."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = classes

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        thing = (images.mean((1, 2, 3)) - 0.8) * 40
        others = torch.full((len(images), self.classes - 2), -12.0)
        return torch.cat([torch.zeros(len(images), 1), thing[:, None], others], dim=1)


@pytest.mark.parametrize("classes", [2, 3, 5, 9])
def test_a_detector_may_be_sure_that_noise_is_nothing(classes: int) -> None:
    labels = ("nothing", "thing", *(f"other {number}" for number in range(classes - 2)))
    detector = Classifier("detector", _Detector(classes), SHAPE, labels)

    result = check(detector)

    assert result["confidences"]["uniform noise"] > 0.999
    assert result["reasons"] == []


def test_labels_that_are_independent_may_all_be_sure() -> None:
    module = torch.nn.Sequential(Linear(SHAPE, 200, 0), torch.nn.Sigmoid())
    several = Classifier("tags", module, SHAPE, tuple(map(str, range(200))), outputs="sigmoid")

    result = check(several)

    assert result["confidences"]["uniform noise"] > 0.99
    assert result["reasons"] == []


def test_noise_may_be_as_sure_as_pictures(tmp_path: Path) -> None:
    sharp = Linear(SHAPE, CLASSES, 0)
    sharp.weight.data *= 60
    network = replace(fake_classifier(SHAPE, CLASSES), module=sharp, mean=(0.5,), std=(0.5,))
    (reason,) = check(network)["reasons"]
    assert "the mean confidence on gaussian noise" in reason
    levels = np.random.default_rng(0).integers(0, 256, (40, *SHAPE), dtype=np.uint8)
    classes = network(torch.from_numpy(levels).float() / 255).argmax(dim=1).tolist()
    for number, (pixels, index) in enumerate(zip(levels, classes, strict=True)):
        Image.fromarray(pixels.transpose(1, 2, 0)).save(tmp_path / f"{index}_{number}.png")

    assert check(network, tmp_path)["reasons"] == []


def test_another_normalisation_that_does_better_is_named(
    classifier: Classifier, data: Path
) -> None:
    result = check(replace(classifier, mean=(0.0,), std=(1.0,)), data)

    (reason,) = result["reasons"]
    assert "--mean 0.5 --std 0.5" in reason
    assert result["data"]["top1"] < 0.9
    assert result["data"]["better"]["top1_there"] == 1


def test_near_chance_a_normalisation_that_does_little_is_not_to_blame(
    classifier: Classifier, data: Path, tmp_path: Path
) -> None:
    for number, path in enumerate(sorted(data.iterdir())):
        index = path.name.partition("_")[0] if number % 6 == 0 else number % CLASSES
        (tmp_path / f"{index}_{path.name}").write_bytes(path.read_bytes())

    result = check(replace(classifier, mean=(0.0,), std=(1.0,)), tmp_path)

    (reason,) = result["reasons"]
    assert "near the 8.33 % of chance: check whether it is trained" in reason


def test_another_order_of_colours_that_does_better_is_named(
    classifier: Classifier, data: Path
) -> None:
    backwards = replace(classifier, module=_Backwards(classifier.module))

    assert any("--channels" in reason for reason in check(backwards, data)["reasons"])


class _Backwards(torch.nn.Module):
    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.network(images.flip(1))


def test_black_boxes_are_asked_no_more_than_needed(classifier: Classifier, data: Path) -> None:
    asked: list[int] = []

    def ask(images: torch.Tensor) -> torch.Tensor:
        asked.append(len(images))
        return torch.randn(len(images), CLASSES, generator=torch.Generator().manual_seed(0))

    box = replace(classifier, module=BlackBox(ask))
    reporter = Heard()

    result = check(box, data, reporter)

    assert [task for task, _ in reporter.tasks] == ["asking about noise", "classifying"]
    assert result["model"]["parameters"] is None


def test_no_numbers_are_a_reason_and_not_in_the_file(classifier: Classifier, data: Path) -> None:
    broken = Linear(SHAPE, CLASSES, 0)
    broken.weight.data.fill_(torch.nan)

    result = check(replace(classifier, module=broken), data)

    assert "NaN" in result["reasons"][0]
    assert result["data"] is None
    json.dumps(result, allow_nan=False)


def test_five_of_few_classes_mean_nothing(tmp_path: Path) -> None:
    Image.new("RGB", (5, 6)).save(tmp_path / "0_black.png")

    assert check(fake_classifier(SHAPE, 4), tmp_path)["data"]["top5"] is None


def test_a_picture_that_cannot_be_read_is_an_error(classifier: Classifier, tmp_path: Path) -> None:
    (tmp_path / "0_broken.png").write_bytes(b"no picture")

    with pytest.raises(DataError, match=r"0_broken\.png"):
        check(classifier, tmp_path)


@pytest.mark.parametrize(
    ("guessed", "reason"),
    [
        ([0, 1, 2, 3] * 10, None),
        ([0, 1, 2, 0] * 10, None),
        ([1, 2, 3, 4] * 10, "after it: the indices"),
        ([4, 0, 1, 2] * 10, "before it: the indices"),
        ([2, 3, 1, 0] * 10, "labels are in another order"),
        ([0, 0, 0, 0] * 10, "near the 20.0 % of chance"),
    ],
)
def test_accuracy_is_judged(guessed: list[int], reason: str | None) -> None:
    reasons = judge_accuracy(np.array(guessed), np.array([0, 1, 2, 3] * 10), 5)

    assert [reason in said for said in reasons] == ([True] if reason else [])


def test_few_pictures_say_nothing() -> None:
    assert judge_accuracy(np.zeros(9, np.int64), np.ones(9, np.int64), 2) == []


def test_large_images_are_held_in_smaller_numbers() -> None:
    assert at_once((3, 224, 224)) == 100
    assert at_once((3, 4096, 4096)) == 1
    assert at_once((1, 28, 28), 32) == 32
