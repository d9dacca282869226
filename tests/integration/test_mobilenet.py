"""A real network of ImageNet, in two forms."""

from pathlib import Path

import pytest
import torch

from neatfool.classifiers import Classifier, ClassifierSettings, build
from tests.command import neatfool

MODELS = Path(__file__).parents[2] / ".." / "shared" / "models"
NAME = "mobilenet_v2_224"

pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason=f"no models are at {MODELS}")


def _build(suffix: str, **settings: object) -> Classifier:
    facts = {"model": f"{MODELS / NAME}{suffix}", "mean": (0.5,), "std": (0.5,), "size": 224}
    return build(ClassifierSettings.model_validate(facts | settings), torch.device("cpu"))


def test_onnx_and_torch_agree() -> None:
    original = _build(".onnx")
    network = _build(".py:build", weights=MODELS / f"{NAME}.safetensors")
    noise = torch.Generator().manual_seed(0)
    images = torch.randint(256, (16, *original.shape), generator=noise) / 255

    confidences = original(images)

    assert confidences.shape == (16, 1000)
    assert (confidences - network(images)).abs().max() < 1e-4
    assert torch.equal(confidences[3:6], original(images[3:6]))


def test_the_command_line_fools_it(tmp_path: Path) -> None:
    options = "--mean 0.5 --std 0.5 --size 224 --classes 0,500 --batch 8 --generations 2 --quiet"

    outcome = neatfool(
        "fool", "--model", MODELS / f"{NAME}.onnx", "--out", tmp_path / "run", *options.split()
    )

    assert outcome.code == 0
    assert "guessed: outputs logits, labels of ImageNet" in outcome.err
    assert (tmp_path / "run" / "report.html").exists()
