"""Broken files of models, weights and labels end in one clear message; no code in them runs."""

import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import nn

from neatfool.version import installing
from tests.command import Outcome, assert_refused, neatfool
from tests.model_files import (
    FACTORY,
    tiny,
    write_exported,
    write_exported_malware,
    write_factory,
    write_malware,
    write_onnx,
    write_torchscript,
)

SIZE = ("--generations", 1, "--batch", 5, "--quiet", "--encoding", "pixels", "--size", 8)


def _cut(write: Callable[[Path], Path], keep: float = 0.5) -> Callable[[Path], object]:
    def write_half(path: Path) -> None:
        content = write(path).read_bytes()
        path.write_bytes(content[: int(len(content) * keep)])

    return write_half


def _bytes(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def _source(text: str) -> Callable[[Path], object]:
    return lambda path: write_factory(path, text)


def _onnx(**changes: object) -> Callable[[Path], object]:
    return lambda path: write_onnx(path, **changes)  # type: ignore[arg-type]


def _nothing(path: Path) -> None:
    pass


def _nan() -> nn.Module:
    network = tiny()
    next(network.parameters()).data.fill_(float("nan"))
    return network


def _pickled(path: Path) -> None:
    torch.save(tiny(), path)


def _compiled(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/data/aotinductor/model/code.so", b"\x7fELF")


MODELS: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "onnx missing": ("net.onnx", _nothing, "no such file or directory; check the path"),
    "onnx empty": ("net.onnx", _bytes(b""), "expected a whole ONNX file"),
    "onnx truncated": ("net.onnx", _cut(write_onnx), "expected a whole ONNX file"),
    "onnx renamed": ("net.onnx", write_torchscript, "expected a whole ONNX file"),
    "onnx a folder": (
        "net.onnx",
        lambda path: path.mkdir(),
        "got a folder; name the file of the model in it",
    ),
    "onnx NaN": ("net.onnx", _onnx(bias=float("nan")), "got NaN or infinity for an image"),
    "onnx two inputs": ("net.onnx", _onnx(inputs=2), "expected one input, of images as"),
    "onnx four channels": ("net.onnx", _onnx(shape=(1, 4, 8, 8)), "images of 1 or 3 channels"),
    "onnx other size": ("net.onnx", _onnx(shape=(1, 3, 9, 9)), "set size and channels"),
    "py missing": ("net.py:build", _nothing, "no such file or directory"),
    "py without a name": ("net.py", _source(FACTORY), "write it as net.py:factory"),
    "py broken": ("net.py:build", _source("def build(:"), "SyntaxError"),
    "py raises": ("net.py:build", _source("1 / 0"), "ZeroDivisionError: division by zero"),
    "py exits": ("net.py:build", _source("raise SystemExit('bye')"), "SystemExit: bye"),
    "py other name": ("net.py:make", _source(FACTORY), "expected a function make in the file"),
    "py no function": ("net.py:build", _source("build = 3"), "got int; check the name"),
    "py wants more": ("net.py:build", _source("def build(depth): pass"), "depth"),
    "py returns nothing": ("net.py:build", _source("def build(): pass"), "got NoneType"),
    "py returns a pair": (
        "net.py:build",
        _source("def build(): return lambda images: (images, images)"),
        "expected a network that takes images",
    ),
    "py half the images": (
        "net.py:build",
        _source("def build(): return lambda images: images[:1, 0, 0]"),
        "got 0 (1, 8) float32 for P = 6",
    ),
    "pt missing": ("net.pt", _nothing, "no such file or directory"),
    "pt empty": ("net.pt", _bytes(b""), "expected a whole TorchScript file"),
    "pt truncated": ("net.pt", _cut(write_torchscript), "expected a whole TorchScript file"),
    "pt NaN": ("net.pt", lambda path: write_torchscript(path, _nan()), "got NaN or infinity"),
    "pt pickled module": ("net.pt", _pickled, "for a state dict give net.py:factory as model"),
    "pt malware": ("net.pt", write_malware, "expected a whole TorchScript file"),
    "pt2 missing": ("net.pt2", _nothing, "no such file or directory"),
    "pt2 empty": ("net.pt2", _bytes(b""), "expected a whole file of torch.export"),
    "pt2 truncated": ("net.pt2", _cut(write_exported), "expected a whole file of torch.export"),
    "pt2 renamed": ("net.pt2", write_torchscript, "expected a whole file of torch.export"),
    "pt2 malware": ("net.pt2", write_exported_malware, "which could run code"),
    "pt2 compiled": ("net.pt2", _compiled, "got compiled code, which is not run"),
    "unknown ending": ("net.h5", _bytes(b"h5"), "got a model of Keras; convert it"),
}


def _fool(tmp_path: Path, *options: object) -> Outcome:
    outcome = neatfool("fool", "--out", tmp_path / "run", *options, *SIZE)
    assert not (tmp_path / "ran").exists(), "code in a file was run"
    assert not (tmp_path / "run").exists()
    return outcome


@pytest.mark.parametrize("case", MODELS)
def test_broken_models(case: str, tmp_path: Path) -> None:
    name, write, message = MODELS[case]
    write(tmp_path / name.partition(":")[0])

    outcome = _fool(tmp_path, "--model", tmp_path / name)

    assert_refused(outcome, message, name.partition(":")[0])


def _save(**changes: torch.Tensor) -> Callable[[Path], object]:
    def save(path: Path) -> None:
        tensors = {**tiny().state_dict(), **changes}
        if path.suffix == ".safetensors":
            safetensors.torch.save_file(tensors, path)
        else:
            torch.save(tensors, path)

    return save


WEIGHTS: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "missing": ("w.safetensors", _nothing, "no such file or directory; check the path"),
    "empty": ("w.safetensors", _bytes(b""), "expected a whole safetensors file"),
    "truncated": ("w.safetensors", lambda path: _cut(_written)(path), "a whole safetensors file"),
    "renamed": ("w.safetensors", write_malware, "expected a whole safetensors file"),
    "pickled malware": ("w.pt", write_malware, "which could run code; save module.state_dict()"),
    "pickled module": ("w.pth", _pickled, "which could run code; save module.state_dict()"),
    "empty state dict file": ("w.pt", _bytes(b""), "expected a whole state dict, got EOFError"),
    "renamed text": ("w.bin", _bytes(b"hello"), "expected a whole state dict"),
    "a list": ("w.pt", lambda path: torch.save([1, 2], path), "a state dict, got list"),
    "another network": ("w.pt", _save(other=torch.ones(1)), "weights of another model?"),
    "other classes": ("w.pt", _save(**{"4.bias": torch.ones(7)}), "expected 4.bias (5,)"),
    "NaN": ("w.safetensors", _save(**{"4.bias": torch.full((5,), torch.nan)}), "in 4.bias"),
}


def _written(path: Path) -> Path:
    _save()(path)
    return path


@pytest.mark.parametrize("case", WEIGHTS)
def test_broken_weights(case: str, tmp_path: Path) -> None:
    name, write, message = WEIGHTS[case]
    write_factory(tmp_path / "net.py")
    write(tmp_path / name)

    outcome = _fool(
        tmp_path, "--model", f"{tmp_path / 'net.py'}:build", "--weights", tmp_path / name
    )

    assert_refused(outcome, str(tmp_path / name), message)


LABELS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (_nothing, "no such file or directory"),
    "empty": (_bytes(b""), "expected a name for class 0, got ''"),
    "not text": (_bytes(b"\xff\xfe\x00"), "expected labels in UTF-8"),
    "an empty line": (_bytes(b"a\nb\n\nd\ne\n"), "expected a name for class 2, got ''"),
    "too few": (_bytes(b"a\nb\nc\n"), "expected 5 labels, one per output of the network, got 3"),
}


@pytest.mark.parametrize("case", LABELS)
def test_broken_labels(case: str, tmp_path: Path) -> None:
    write, message = LABELS[case]
    write(tmp_path / "names.txt")

    outcome = _fool(
        tmp_path,
        "--model",
        write_onnx(tmp_path / "net.onnx"),
        "--labels",
        tmp_path / "names.txt",
    )

    assert_refused(outcome, str(tmp_path / "names.txt"), message)


OPTIONS: dict[str, str] = {
    "--outputs probabilities": "expected probabilities that sum up to 1",
    "--outputs log-probabilities": "expected log-probabilities that sum up to 1",
    "--outputs softmax": "expected 'logits', 'probabilities', 'log-probabilities', 'sig",
    "--crops ten": "expected a canvas larger than what the network takes",
    "--crops centre --canvas 4": "expected a canvas larger than what the network takes",
    "--crops five": "expected 'resize', 'centre' or 'ten'",
    "--channels hsv": "expected 'rgb', 'bgr' or 'grey'",
    "--mean much": "--mean: expected a number, or several with commas between them",
    "--mean 0.5,0.5": "expected one mean, or one for each of 3 channels, got 2",
    "--mean 0.5,0.5 --std 1,1,1": "expected one mean, or one for each of 3 channels, got 2",
    "--std 0": "task.classifier.std.0: expected a number above 0",
    "--bounds 1,0": "expected bounds of a lower and a higher value",
    "--canvas 0": "task.classifier.canvas: expected a side from 1 to 4096 pixels",
    "--weights w.pt": "expected a model that comes with its weights",
}


@pytest.mark.parametrize("options", OPTIONS)
def test_options_that_do_not_fit(options: str, tmp_path: Path) -> None:
    model = write_onnx(tmp_path / "net.onnx")

    outcome = _fool(tmp_path, "--model", model, *options.split())

    assert_refused(outcome, OPTIONS[options])


@pytest.mark.parametrize(
    ("spec", "library", "extra"),
    [
        ("timm:resnet18", "timm", "timm"),
        ("torchvision:alexnet", "torchvision", "torchvision"),
        ("hf:some/one", "transformers", "hf"),
        ("net.onnx", "onnxruntime", "onnx"),
    ],
)
def test_a_library_that_is_not_there(
    spec: str, library: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")  # and nobody is asked
    monkeypatch.chdir(tmp_path)
    write_onnx(tmp_path / "net.onnx")

    outcome = _fool(tmp_path, "--model", spec)

    assert_refused(outcome, f"expected the library {library}", installing(extra))
