import json
from importlib import resources
from pathlib import Path

import pytest
import torch

from neatfool.classifiers import MODELS, ClassifierSettings, build, has_weights
from neatfool.classifiers.named.training import accuracy
from neatfool.data import load_mnist
from neatfool.data.mnist import SHA256

MNIST = Path(__file__).parents[2] / ".." / "shared" / "data" / "mnist"
LEAST = {"mlp": 0.98}
"""Accuracy of networks that are not as good as others."""


@pytest.mark.skipif(not MNIST.is_dir(), reason=f"the MNIST files are not at {MNIST}")
@pytest.mark.parametrize("name", list(filter(has_weights, MODELS)))
def test_shipped_networks_know_the_digits(name: str) -> None:
    images, labels = (torch.from_numpy(array) for array in load_mnist(MNIST, "test"))
    classifier = build(ClassifierSettings(model=name), torch.device("cpu"))

    measured = accuracy(classifier, images[:, None], labels.long())

    assert len(labels) == 10_000
    assert measured >= LEAST.get(name, 0.99)
    assert measured == pytest.approx(_card(name)["test_accuracy"], abs=2e-4)


@pytest.mark.parametrize("name", list(filter(has_weights, MODELS)))
def test_cards_are_whole(name: str) -> None:
    card = _card(name)

    assert card["data_sha256"] == SHA256
    assert card["test_accuracy"] >= LEAST.get(name, 0.99)
    assert card["command"] == f"neatfool train {name} --data DIR --seed 0"
    assert card["settings"]["seed"] == 0


def _card(name: str) -> dict[str, object]:
    card = resources.files("neatfool.classifiers") / "weights" / f"{name}.json"
    return json.loads(card.read_text("utf-8"))
