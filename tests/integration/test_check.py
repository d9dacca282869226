"""`neatfool check`, from the command line."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from neatfool.classifiers import ClassifierSettings, build
from tests.command import assert_refused, neatfool

SHARED = Path(__file__).parents[2] / ".." / "shared"
MODEL, DATA = SHARED / "models" / "mobilenet_v2_224.onnx", SHARED / "data" / "imagenet-sample"
needs_shared = pytest.mark.skipif(
    not (MODEL.exists() and DATA.is_dir()), reason=f"no model and pictures are at {SHARED}"
)


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Blots in folders of the digit that LeNet-5 takes them for."""
    folder = tmp_path_factory.mktemp("digits")
    classifier = build(ClassifierSettings(model="lenet5"), torch.device("cpu"))
    coarse = np.random.default_rng(0).integers(0, 256, (60, 7, 7), dtype=np.uint8)
    levels = coarse.repeat(4, axis=1).repeat(4, axis=2)
    classes = classifier(torch.from_numpy(levels)[:, None].float() / 255).argmax(dim=1).tolist()
    for number, (pixels, index) in enumerate(zip(levels, classes, strict=True)):
        (folder / str(index)).mkdir(exist_ok=True)
        Image.fromarray(pixels).save(folder / str(index) / f"{number}.png")
    return folder


def test_a_network_of_the_package_passes(digits: Path, tmp_path: Path) -> None:
    outcome = neatfool("check", "--data", digits, "--json", tmp_path / "check.json")

    assert outcome.code == 0, outcome.err
    for text in ("28×28", "61,706", "uniform noise", "100 %", "nothing is off"):
        assert text in outcome.out
    assert "classifying" in outcome.err
    result = json.loads((tmp_path / "check.json").read_text())
    assert result["model"]["labels"] == list("0123456789")
    assert result["schema"] == 1
    assert result["data"]["top1"] == 1
    assert result["reasons"] == []


def test_a_wrong_normalisation_ends_with_1(digits: Path) -> None:
    outcome = neatfool("check", "--mean", "3", "--std", "1", "--data", digits, "--quiet")

    assert outcome.code == 1
    assert outcome.out == ""
    assert "off: " in outcome.err
    assert "--mean 0.1307 --std 0.3081" in outcome.err


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("notes.txt", b"", "got none"),
        ("3_broken.png", b"\x89PNG\r\n", "3_broken.png: expected a PNG or JPEG picture"),
        ("10_a.png", b"", "expected the index of a class, 0 to 9, got 10"),
        ("a.png", b"", "expected the index of its class"),
    ],
)
def test_bad_data_end_with_2(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)

    assert_refused(neatfool("check", "--data", tmp_path, "--quiet"), message)


def test_fool_warns_of_what_is_off(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "import torch\n\n\ndef build():\n    return Sociable()\n\n\n"
        "class Sociable(torch.nn.Module):\n    def forward(self, images):\n"
        "        return (images - images.mean(0)).flatten(1)[:, :3] * 10\n"
    )
    outcome = neatfool(
        *("fool", "--model", f"{tmp_path / 'net.py'}:build", "--size", 8, "--channels", "grey"),
        *("--generations", 2, "--batch", 4, "--quiet", "--out", tmp_path / "run"),
    )

    assert outcome.code == 0, outcome.err
    assert "warning: net.py:build: a confidence changes by" in outcome.err
    assert "with the size of the batch" in (tmp_path / "run" / "log.txt").read_text()


@needs_shared
@pytest.mark.proof
def test_a_network_of_imagenet_passes(tmp_path: Path) -> None:
    outcome = neatfool(
        *("check", "--model", MODEL, "--mean", 0.5, "--std", 0.5, "--size", 224),
        *("--data", DATA, "--quiet", "--json", tmp_path / "check.json"),
    )

    assert outcome.code == 0, outcome.err
    result = json.loads((tmp_path / "check.json").read_text())
    assert 0.84 <= result["data"]["top1"] <= 0.86
    assert result["data"]["top5"] > 0.95


@needs_shared
@pytest.mark.proof
def test_a_network_of_imagenet_with_a_wrong_normalisation_does_not(tmp_path: Path) -> None:
    fewer = tmp_path / "fewer"
    fewer.mkdir()
    for file in sorted(DATA.resolve().iterdir())[::4]:
        (fewer / file.name).symlink_to(file)

    outcome = neatfool(
        *("check", "--model", MODEL, "--size", 224, "--data", fewer, "--quiet"),
        *("--json", tmp_path / "check.json"),
    )

    assert outcome.code == 1
    assert "with --mean 0.5 --std 0.5" in outcome.err
    result = json.loads((tmp_path / "check.json").read_text())
    assert result["data"]["top1"] < 0.8
    better = result["data"]["better"]
    assert better["noise_set"] > better["noise_there"]
