"""Slips in Python are told in our words: texts for paths and devices, shapes, names of settings."""

from pathlib import Path

import pytest
import torch
from torch import nn

import neatfool
from neatfool import Canvas, Classifier, past, runs
from neatfool.encodings import Cppn, CppnSettings, Pixels, PixelSettings
from neatfool.errors import NeatfoolError, RunError, ShapeError


def test_texts_are_paths(tmp_path: Path) -> None:
    config = runs.load_config(None, ["task.kind=xor", "run.generations=1", "search.batch=8"])
    folder = str(tmp_path / "run")
    neatfool.run(config, folder)

    assert past.is_run(folder)
    assert past.read_config(folder) == past.read_config(Path(folder))
    assert past.read_about(folder).name == past.read_overview(folder).about.name
    assert past.read_report(folder) == past.read_report(Path(folder))
    assert (
        past.archive_at(folder).scores.tolist()
        == past.read_standing(folder).archive.scores.tolist()
    )
    with pytest.raises(RunError, match="holds no run"):
        past.read_config(str(tmp_path))


def test_names_are_devices() -> None:
    classifier = Classifier("net", nn.Flatten(), (1, 2, 2), list("abcd"), device="cpu")  # type: ignore[arg-type]

    assert classifier.device == torch.device("cpu")
    assert classifier(torch.rand(3, 1, 2, 2)).shape == (3, 4)
    for encoding in (
        Cppn(CppnSettings(), Canvas((1, 4, 4)), "cpu"),  # type: ignore[arg-type]
        Pixels(PixelSettings(), (1, 4, 4), "cpu"),  # type: ignore[arg-type]
    ):
        assert encoding.device == torch.device("cpu")


@pytest.mark.parametrize("shape", [(28, 28), (784,), (2, 1, 28, 28)])
def test_shapes_are_those_of_images(shape: tuple[int, ...]) -> None:
    message = r"expected the shape of an image, \(C, H, W\)"
    with pytest.raises(ShapeError, match=message):
        Canvas(shape)  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match=message):
        Classifier("net", nn.Flatten(), shape, ("a",))  # type: ignore[arg-type]


def test_levels_are_no_images() -> None:
    classifier = Classifier("net", nn.Flatten(), (1, 2, 2), tuple("abcd"))

    with pytest.raises(ShapeError, match=r"expected images in \[0, 1\], got values up to 255"):
        classifier(torch.full((3, 1, 2, 2), 255.0))
    with pytest.raises(ShapeError, match=r"float32 in .* got .* torch\.uint8"):
        classifier(torch.full((3, 1, 2, 2), 255, dtype=torch.uint8))


def test_packages_are_there_without_being_imported() -> None:
    assert neatfool.classifiers.build
    assert {"classifiers", "past", "reports", "fool", "evolve"} <= {*dir(neatfool)}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CppnSettings(weight_rnage=3), "did you mean weight_range"),  # type: ignore[call-arg]
        (lambda: PixelSettings(strength="much"), "strength: expected a number"),  # type: ignore[arg-type]
        (
            lambda: CppnSettings(structure={"start": "dirct"}),  # type: ignore[arg-type]
            "structure.start: expected 'direct'",
        ),
    ],
)
def test_settings_are_told_like_those_of_files(make, message: str) -> None:
    with pytest.raises(NeatfoolError, match=message):
        make()
