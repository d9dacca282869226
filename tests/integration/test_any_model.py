"""The main job against every form of model."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PIL import Image

from neatfool import classifiers, runs
from neatfool.resolved import RESOLVED
from tests.command import assert_same_run, neatfool
from tests.model_files import write_exported, write_factory, write_onnx, write_torchscript

OPTIONS = ["--size", "8", "--batch", "40", "--generations", "4", "--encoding", "pixels", "--quiet"]
MODELS: dict[str, Callable[[Path], object]] = {
    "onnx": lambda folder: write_onnx(folder / "net.onnx"),
    "onnx, one at a time": lambda folder: write_onnx(folder / "net.onnx", (1, 3, 8, 8)),
    "factory": lambda folder: f"{write_factory(folder / 'net.py', FIXED)}:build",
    "torchscript": lambda folder: write_torchscript(folder / "net.pt"),
    "exported": lambda folder: write_exported(folder / "net.pt2"),
}
FIXED = "from tests.model_files import tiny as build"


def _fool(folder: Path, model: object, *options: object) -> None:
    outcome = neatfool("fool", "--model", model, "--out", folder, *OPTIONS, *options)
    assert outcome.code == 0, outcome.err


@pytest.mark.parametrize("form", MODELS)
def test_saved_images_have_the_confidence_of_the_report(form: str, tmp_path: Path) -> None:
    _fool(tmp_path / "run", MODELS[form](tmp_path), "--canvas", 10, "--crops", "ten")

    settings = runs.load_config(tmp_path / "run" / RESOLVED).task.classifier
    classifier = classifiers.build(settings, torch.device("cpu"))
    entries = json.loads((tmp_path / "run" / "report.json").read_text())["niches"]
    assert len(entries) == 5
    for entry in entries:
        levels = np.array(Image.open(tmp_path / "run" / entry["image"]))
        image = torch.from_numpy(levels.transpose(2, 0, 1).astype(np.float32) / 255)
        confidence = classifier(image[None])[0, entry["index"]]
        assert float(confidence) == pytest.approx(entry["score"], abs=1e-6)


@pytest.mark.parametrize("form", MODELS)
def test_threads_change_nothing(form: str, tmp_path: Path) -> None:
    model = MODELS[form](tmp_path)
    for threads in (1, 3):
        _fool(
            tmp_path / f"run{threads}",
            model,
            "--set",
            f"run.workers=threads:{threads}",
            "--batch",
            200,
        )

    assert_same_run(tmp_path / "run3", tmp_path / "run1")


def test_independent_confidences_are_reported_as_onnx_runtime_has_them(tmp_path: Path) -> None:
    model = write_onnx(tmp_path / "net.onnx", last="Sigmoid")
    _fool(tmp_path / "run", model)

    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    entries = json.loads((tmp_path / "run" / "report.json").read_text())["niches"]
    for entry in entries:
        levels = np.array(Image.open(tmp_path / "run" / entry["image"]))
        image = levels.transpose(2, 0, 1)[None].astype(np.float32) / 255
        (scores,) = session.run(None, {"x0": image})
        assert entry["score"] == pytest.approx(float(scores[0, entry["index"]]), abs=1e-6)

    gate = neatfool("report", tmp_path / "run", "--fail-above", "0.5:0.0", "--quiet")
    assert max(entry["score"] for entry in entries) > 0.5
    assert gate.code == 1


WIDE = """
from torch import nn
from tests.odd_networks import ViewAfterConvolution, seeded
def build():
    network = ViewAfterConvolution()
    network.full = nn.Linear(4 * 6 * 20, 5)
    return seeded(network)
"""


def test_a_run_of_images_that_are_not_square_goes_on_as_it_began(tmp_path: Path) -> None:
    model = f"{write_factory(tmp_path / 'net.py', WIDE)}:build"
    wide = ("--size", "6,20", "--encoding", "cppn")
    _fool(tmp_path / "whole", model, *wide, "--generations", 6)
    _fool(tmp_path / "run", model, *wide)

    outcome = neatfool("resume", tmp_path / "run", "--generations", 6, "--quiet")

    assert outcome.code == 0, outcome.err
    assert_same_run(tmp_path / "run", tmp_path / "whole")
    with Image.open(tmp_path / "run" / "elites" / "0_0.png") as picture:
        assert picture.size == (20, 6)


def test_a_run_goes_on_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_onnx(tmp_path / "net.onnx")
    _fool(tmp_path / "whole", "net.onnx", "--generations", 6)
    _fool(tmp_path / "run", os.path.join(".", "net.onnx"))
    monkeypatch.chdir("/")

    outcome = neatfool("resume", tmp_path / "run", "--generations", 6, "--quiet")

    assert outcome.code == 0, outcome.err
    assert_same_run(tmp_path / "run", tmp_path / "whole")


def test_a_run_does_not_go_on_with_other_weights_beside_a_model(tmp_path: Path) -> None:
    model = write_onnx(tmp_path / "net.onnx")
    onnx.save(
        onnx.load(model), model, save_as_external_data=True, location="ext.bin", size_threshold=0
    )
    _fool(tmp_path / "run", model)
    (tmp_path / "ext.bin").write_bytes((tmp_path / "ext.bin").read_bytes()[::-1])

    outcome = neatfool("resume", tmp_path / "run", "--generations", 6, "--quiet")

    assert outcome.code == 2
    assert "expected the weights that it was begun with, ext.bin:" in outcome.err


@pytest.mark.parametrize("change", ["mean = [0.5]", "crops = 'ten'\ncanvas = 10", "other weights"])
def test_a_run_does_not_go_on_with_another_network(change: str, tmp_path: Path) -> None:
    model = write_onnx(tmp_path / "net.onnx")
    _fool(tmp_path / "run", model)
    if change == "other weights":
        write_onnx(model, bias=1.0)
    else:
        path = tmp_path / "run" / RESOLVED
        path.write_text(
            path.read_text().replace("[task.classifier]\n", f"[task.classifier]\n{change}\n")
        )

    outcome = neatfool("resume", tmp_path / "run", "--generations", 6, "--quiet")

    assert outcome.code == 2
    assert "that it was begun with" in outcome.err


def test_the_folder_is_named_after_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for model, name in (
        ("a/net.onnx", "net"),
        ("net.py:build", "net"),
        ("timm:resnet18.a1_in1k", "timm-resnet18"),
        ("hf:google/vit", "vit"),
    ):
        config = runs.load_config(None, [f'task.classifier.model="{model}"'])
        assert f"-{name}-cppn-seed0" in runs.default_folder(config).name
