import time

import numpy as np
import pytest
import torch
from torch import nn

from neatfool.classifiers import Classifier, ClassifierSettings, build
from neatfool.tasks.probes import judge_confidences, measure_stability, probe_images, quick_check
from neatfool.types import CPU
from tests.fakes import Linear, fake_classifier

SHAPE = (3, 6, 5)


class Forgetful(Linear):
    """Drop pixels, even in evaluation mode."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return super().forward(nn.functional.dropout(images, training=True))


class Sociable(Linear):
    """Compare every image with the others of its batch."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return super().forward(images - images.mean(dim=0))


class Broken(Linear):
    """Give no numbers."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return super().forward(images) * torch.nan


class Blind(Linear):
    """See nothing."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return super().forward(torch.zeros_like(images))


def _classifier(kind: type[Linear]) -> Classifier:
    return Classifier("fake", kind(SHAPE, 4, 0), SHAPE, tuple("abcd"))


def test_nothing_is_off_with_a_good_classifier() -> None:
    assert quick_check(fake_classifier(SHAPE)) == []


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (Forgetful, "other confidences the second time"),
        (Sociable, "with the size of the batch"),
        (Broken, "no numbers (NaN)"),
        (Blind, "does the network see the image"),
    ],
)
def test_what_is_off_is_said(kind: type[Linear], reason: str) -> None:
    (said,) = quick_check(_classifier(kind))

    assert reason in said


@pytest.mark.parametrize("model", ["lenet5", "lenet-caffe"])
def test_nothing_is_off_with_the_networks_of_the_package(model: str) -> None:
    classifier = build(ClassifierSettings(model=model), CPU)
    quick_check(classifier)  # warms up
    begun = time.perf_counter()

    assert quick_check(classifier) == []

    assert time.perf_counter() - begun < 0.2


def test_stability_tells_by_how_much() -> None:
    images = torch.cat(list(probe_images(SHAPE, 2).values()))

    steady, confidences = measure_stability(fake_classifier(SHAPE), images, 3)
    sociable, _ = measure_stability(_classifier(Sociable), images, 3)

    assert (steady.finite, steady.deterministic, steady.batch_effect) == (True, True, 0)
    assert sociable.batch_effect > 0.001
    assert torch.equal(confidences, fake_classifier(SHAPE)(images))


def test_probes_are_images_and_equal_every_time() -> None:
    first, second = probe_images(SHAPE, 3), probe_images(SHAPE, 3)

    for name, images in first.items():
        assert torch.equal(images, second[name])
        assert images.shape[1:] == SHAPE
        assert images.dtype == torch.float32
        torch.testing.assert_close(images * 255, (images * 255).round(), rtol=0, atol=1e-4)
    assert [len(images) for images in first.values()] == [1, 1, 1, 3, 3]


@pytest.mark.parametrize(
    ("name", "confidence", "classes", "off"),
    [
        ("uniform noise", 0.91, 1000, True),
        ("uniform noise", 0.89, 1000, False),
        ("uniform noise", 0.98, 100, False),
        ("uniform noise", 0.995, 100, True),
        ("uniform noise", 0.96, 10, False),
        ("gaussian noise", 0.9995, 10, True),
        ("gaussian noise", 1.0, 9, False),
        ("gaussian noise", 0.9995, 2, False),
        ("black", 0.995, 1000, True),
        ("black", 1.0, 10, False),
    ],
)
def test_certainty_about_nothing_is_suspicious(
    name: str, confidence: float, classes: int, off: bool
) -> None:
    assert bool(judge_confidences({name: confidence}, classes)) == off


@pytest.mark.parametrize(
    ("right", "off"),
    [
        ([0.97] * 50, False),
        ([0.5] * 50, True),
        ([0.97] * 9, True),
        ([0.3] * 80 + [0.99] * 20, False),
    ],
)
def test_pictures_say_how_sure_a_network_is(right: list[float], off: bool) -> None:
    found = judge_confidences({"uniform noise": 0.95}, 1000, np.array(right, np.float32))

    assert bool(found) == off
