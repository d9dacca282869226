"""What people name as a model, and what they are told that it is."""

import io
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from neatfool.classifiers import Classifier, ClassifierSettings, build
from neatfool.errors import ClassifierError
from tests.model_files import (
    FACTORY,
    tiny,
    write_exported,
    write_factory,
    write_onnx,
    write_torchscript,
)

Write = Callable[[Path], object]


def _bytes(content: bytes) -> Write:
    return lambda path: path.write_bytes(content)


def _zip(*names: str) -> Write:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, b"{}")

    return write


def _state_dict(path: Path) -> None:
    torch.save(tiny().state_dict(), path)


def _old_state_dict(path: Path) -> None:
    torch.save(tiny().state_dict(), path, _use_new_zipfile_serialization=False)


def _module(path: Path) -> None:
    torch.save(tiny(), path)


def _safetensors(path: Path) -> None:
    safetensors.torch.save_file(tiny().state_dict(), path)


def _pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps({"coefficients": [1, 2]}))


def _arrays(path: Path) -> None:
    file = io.BytesIO()
    np.savez(file, weights=np.ones(3))
    path.write_bytes(file.getvalue())


def _folder(*names: str) -> Write:
    def make(path: Path) -> None:
        path.mkdir()
        for name in names:
            (path / name).touch()

    return make


WEIGHTS = "for a state dict give net.py:factory as model and it as --weights"
KINDS: dict[str, tuple[str, Write, str]] = {
    "state dict": ("net.pth", _state_dict, WEIGHTS),
    "state dict in pt": ("net.pt", _state_dict, WEIGHTS),
    "state dict in pt2": ("net.pt2", _state_dict, WEIGHTS),
    "state dict in onnx": ("net.onnx", _state_dict, WEIGHTS),
    "state dict in bin": ("pytorch_model.bin", _state_dict, WEIGHTS),
    "state dict in ckpt": ("last.ckpt", _state_dict, WEIGHTS),
    "state dict in tar": ("model_best.pth.tar", _state_dict, WEIGHTS),
    "state dict without ending": ("weights", _state_dict, WEIGHTS),
    "old state dict": ("net.pth", _old_state_dict, WEIGHTS),
    "old state dict in pt": ("net.pt", _old_state_dict, WEIGHTS),
    "pickled module": ("net.pth", _module, "a pickled module of PyTorch"),
    "pickled module in pt": ("net.pt", _module, "a pickled module of PyTorch"),
    "torchscript in pth": ("net.pth", write_torchscript, "got TorchScript; name it net.pt"),
    "torchscript in pt2": ("net.pt2", write_torchscript, "got TorchScript; name it net.pt"),
    "torchscript in onnx": ("net.onnx", write_torchscript, "got TorchScript; name it net.pt"),
    "exported in pt": ("net.pt", _zip("net/archive_format", "net/models/m.json"), "net.pt2"),
    "safetensors": ("model.safetensors", _safetensors, "or hf:FOLDER if config.json is beside it"),
    "safetensors in pt": ("model.pt", _safetensors, "got weights without their network"),
    "keras h5": ("net.h5", _bytes(b"\x89HDF\r\n\x1a\n"), "got a model of Keras; convert it"),
    "keras hdf5": ("net.hdf5", _bytes(b"\x89HDF\r\n\x1a\n"), "got a model of Keras; convert it"),
    "keras": ("net.keras", _zip("config.json", "model.weights.h5"), "got a model of Keras"),
    "keras in onnx": (
        "net.onnx",
        _bytes(b"\x89HDF\r\n\x1a\n"),
        "expected a whole ONNX file, got a",
    ),
    "tflite": ("net.tflite", _bytes(b"\x1c\0\0\0TFL3\0"), "tf2onnx.convert --tflite"),
    "tflite without ending": ("net", _bytes(b"\x1c\0\0\0TFL3\0"), "TensorFlow Lite"),
    "frozen graph": ("graph.pb", _bytes(b"\n\x05abcde"), "tf2onnx.convert --saved-model FOLDER"),
    "saved model": ("saved", _folder("saved_model.pb"), "tf2onnx.convert --saved-model FOLDER"),
    "core ml": ("net.mlmodel", _bytes(b"\x08\x05"), "got a model of Core ML; export"),
    "core ml package": ("net.mlpackage", _folder("Manifest.json"), "got a model of Core ML"),
    "tensorrt": ("net.engine", _bytes(b"ftrt\0"), "take the ONNX file that it was built of"),
    "tensorrt plan": ("net.plan", _bytes(b"????"), "an engine of TensorRT"),
    "caffe": (
        "bvlc.caffemodel",
        _bytes(b"\n\x08CaffeNet"),
        "give caffenet or lenet-caffe as model",
    ),
    "caffe description": ("deploy.prototxt", _bytes(b"name: 'x'"), "without weights"),
    "pickle": ("clf.pkl", _pickle, "pickled Python objects, which could run code"),
    "pickle in pt": ("clf.pt", _pickle, "pickled Python objects, which could run code"),
    "joblib": ("clf.joblib", _pickle, "skl2onnx"),
    "npz": ("weights.npz", _arrays, "arrays without their network"),
    "npy": ("weights.npy", _bytes(b"\x93NUMPY\1"), "arrays without their network"),
    "paddle": ("net.pdparams", _bytes(b"?"), "a model for another runtime"),
    "openvino": ("net.xml", _bytes(b"<?xml"), "a model for another runtime"),
    "ort": ("net.ort", _bytes(b"\0\0\0\0ORTM"), "a model for another runtime"),
    "external data": ("net.onnx.data", _bytes(b"?"), "name the .onnx file"),
    "notebook": ("train.ipynb", _bytes(b"{}"), "into a file: give net.py:factory"),
    "zip": ("net.zip", _zip("net/net.onnx"), "unpack it"),
    "tar": ("net.tar.gz", _bytes(b"\x1f\x8b\x08"), "unpack it"),
    "empty": ("net.onnx", _bytes(b""), "got an empty file; export or fetch it again"),
    "git lfs": (
        "net.onnx",
        _bytes(b"version https://git-lfs.github.com/spec/v1\n"),
        "git lfs pull",
    ),
    "web page": ("net.onnx", _bytes(b"\n<!DOCTYPE html><html>404"), "got a web page"),
    "text": ("notes.md", _bytes(b"hello"), "got a file of an unknown kind; export it to ONNX"),
    "pipe": ("net.onnx", os.mkfifo, "got a pipe, a socket or a device"),
    "folder": ("nets", _folder(), "got a folder; name the file of the model in it"),
    "folder named onnx": ("net.onnx", _folder(), "got a folder; name the file of the model in it"),
    "folder of transformers": ("vit", _folder("config.json"), "give it as hf:FOLDER"),
    "folder of a run": ("run", _folder("resolved.toml"), "give the model that the run fooled"),
}


def _build(model: object, **settings: object) -> Classifier:
    given = {"model": str(model), "size": 8, **settings}
    return build(ClassifierSettings.model_validate(given), torch.device("cpu"))


@pytest.mark.parametrize("case", KINDS)
def test_everybody_is_told_what_it_is(case: str, tmp_path: Path) -> None:
    name, write, message = KINDS[case]
    write(tmp_path / name)

    with pytest.raises(ClassifierError) as caught:
        _build(tmp_path / name)

    told = str(caught.value)
    assert message in told
    assert told.startswith(f"{tmp_path / name}: expected ")
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize("ending", ["h5", "pth", "onnx", "pt", "pt2", "safetensors", "xyz"])
def test_files_that_are_missing(ending: str, tmp_path: Path) -> None:
    (tmp_path / f"network.{ending}").touch()

    with pytest.raises(
        ClassifierError, match="got no such file or directory; check the path"
    ) as it:
        _build(tmp_path / f"netwrok.{ending}")

    assert f"did you mean 'network.{ending}'?" in str(it.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("lenet", "did you mean 'lenet5'"),
        ("LENET5", "did you mean 'lenet5'"),
        ("AlexNet", "did you mean 'alexnet'"),
        ("cafenet", "did you mean 'caffenet'"),
        ("resnet18", "torchvision:resnet18 or timm:resnet18"),
        ("google/vit-base-patch16-224", "hf:google/vit-base-patch16-224"),
        ("nets.pth", r"no such file or directory"),
        ("", "choose one of them"),
        ("a" * 5000, "choose one of them"),
        ("a" * 5000 + ".onnx", "no such file or directory"),
    ],
)
def test_typing_errors(name: str, message: str) -> None:
    with pytest.raises(ClassifierError, match=message):
        _build(name)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("NET.ONNX", write_onnx),
        ("Net.Onnx", write_onnx),
        ("NET.PT", write_torchscript),
        ("NET.PY:build", lambda path: write_factory(path, FACTORY)),
    ],
)
def test_the_case_of_endings_does_not_matter(name: str, write: Write, tmp_path: Path) -> None:
    write(tmp_path / name.partition(":")[0])

    classifier = _build(tmp_path / name)

    assert classifier.name == name
    assert classifier(torch.rand(2, 3, 8, 8)).shape == (2, 5)


def test_a_name_of_the_package_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lenet5").mkdir()
    monkeypatch.chdir(tmp_path)

    assert build(ClassifierSettings(model="lenet5"), torch.device("cpu")).name == "lenet5"


def test_exported_programs_are_known(tmp_path: Path) -> None:
    model = write_exported(tmp_path / "net.pt2")
    assert _build(model).name == "net.pt2"

    with pytest.raises(ClassifierError, match=r"a program of torch\.export; name it net\.pt2"):
        _build(model.rename(tmp_path / "net.pt"))
