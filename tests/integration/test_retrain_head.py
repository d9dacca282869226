"""The last layer of a network of the user is retrained, and nothing before it."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from neatfool.defence.retraining import RetrainSettings
from neatfool.defence.retraining.head import HeadPupil
from neatfool.defence.retraining.networks import load
from tests.command import assert_refused, neatfool

PROGRAM = """
import torch
from torch import nn


class Net(nn.Sequential):
    def __init__(self, last, side=1):
        layers = [nn.Conv2d(3, 6, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(side)]
        super().__init__(*layers, *last)


def convolution():
    torch.manual_seed(0)
    return Net([nn.Conv2d(6, 4, 2), nn.Flatten()], 2)


def linear():
    torch.manual_seed(0)
    return Net([nn.Flatten(), nn.Linear(6, 4)])


def curved():
    torch.manual_seed(0)
    return Net([nn.Flatten(), nn.Linear(6, 4), nn.Tanh()])
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    random = np.random.default_rng(0)
    for place in range(12):
        levels = random.integers(0, 256, (9, 9, 3), np.uint8)
        Image.fromarray(levels).save(folder / f"{place % 4}_{place}.png")
    (folder / "net.py").write_text(PROGRAM)
    return folder


def test_a_linear_last_layer_is_found(data: Path) -> None:
    changes = ("task.classifier.size=9", "task.classes=[0,2]")
    settings = RetrainSettings(model=f"{data / 'net.py'}:linear", changes=changes)

    pupil = HeadPupil(settings, data)

    assert (pupil.classes, pupil.niches, pupil.shape) == (4, 2, (3, 9, 9))


def test_the_digest_is_that_of_what_pictures_show(data: Path, tmp_path: Path) -> None:
    settings = RetrainSettings(
        model=f"{data / 'net.py'}:linear", changes=("task.classifier.size=9",)
    )
    digests = []
    for folder, level in (("black", 0), ("again", 0), ("grey", 127)):
        for place in range(4):
            file = tmp_path / folder / f"{place}_x.png"
            file.parent.mkdir(exist_ok=True)
            Image.new("L", (9, 9), level).save(file, compress_level=0)  # files of one length
        digests.append(HeadPupil(settings, tmp_path / folder).facts["data_sha256"])

    assert digests[0] == digests[1] != digests[2]


def test_a_class_is_added_to_the_last_layer(data: Path, tmp_path: Path) -> None:
    folder, model = tmp_path / "out", f"{data / 'net.py'}:convolution"
    network = ("--model", model, "--size", "9", "--mean", "0.5", "--outputs", "logits")
    size = ("--rounds", 2, "--runs", 1, "--generations", 2, "--first", 10, "--controls", 0)
    call = ("defend", "retrain", "--data", data, "--out", folder, *network, *size, "--quiet")

    outcome = neatfool(*call, "--set", "search.batch=8")
    assert (outcome.code, outcome.out) == (0, "")

    first, second = json.loads((folder / "retraining.json").read_text())["rounds"]
    assert first["flagged"] is None
    assert second["flagged"] is not None
    settings = (f"model={json.dumps(model)}", "size=9", "mean=[0.5]", "outputs='logits'")
    whole = load([f"task.classifier.{each}" for each in settings])
    images = torch.rand(3, 3, 9, 9)
    retrained = []
    for number in (1, 2):
        where = folder / f"round-{number:02d}" / "network"
        more = ("size=9", "mean=[0.5]", "outputs='logits'")
        more = (*more, f"labels={json.dumps(str(where / 'labels.txt'))}")
        named = (f"model={json.dumps(str(where / 'network.pt2'))}", *more)
        retrained.append(load([f"task.classifier.{each}" for each in named]))
    assert torch.allclose(retrained[0](images), whole(images), atol=1e-5)
    assert retrained[1].labels[4:] == ("fooling",)
    assert retrained[1](images).shape == (3, 5)


def test_what_has_no_linear_last_layer(data: Path, tmp_path: Path) -> None:
    network = ("--model", f"{data / 'net.py'}:curved", "--size", "9", "--outputs", "logits")
    call = ("defend", "retrain", "--data", data, "--out", tmp_path / "out", *network, "--quiet")

    assert_refused(neatfool(*call), "whose last layer is linear")
    linear = (*call, "--model", f"{data / 'net.py'}:linear")
    adversarial = neatfool(*linear, "--form", "adversarial")
    assert_refused(adversarial, "form adversarial: expected none, class, exposure")
    assert_refused(neatfool(*linear, "--start", "previous"), "begins as it came each time")


def test_a_trained_network_takes_no_weights(data: Path, tmp_path: Path) -> None:
    call = ("defend", "retrain", "--data", data, "--out", tmp_path / "out", "--mean", "0.5")

    assert_refused(neatfool(*call, "--quiet"), "expected no more of a network that is trained")
