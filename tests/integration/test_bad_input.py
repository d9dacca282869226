"""Whatever the user can mend ends in a short message, exit code 2, and nothing lost."""

import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import safetensors.torch
import torch

from neatfool import exams
from neatfool.classifiers import LeNet5, LeNetCaffe
from tests.command import assert_refused, neatfool
from tests.idx_files import write_mnist

SIZE = ("--generations", 3, "--batch", 20, "--quiet")


OPTIONS: dict[str, tuple[str, ...]] = {
    "--model lenet": ("expected a model of lenet5, lenet-caffe", "did you mean 'lenet5'?"),
    "--model vgg": ("expected a model of lenet5, lenet-caffe", "choose one of them"),
    "--encoding cpnn": ("unknown encoding cpnn: did you mean cppn?",),
    "--encoding=": ("unknown encoding : choose from cppn, pixels",),
    "--generations -1": ("run.generations: expected a number of at least 1, got -1",),
    "--generations 0": ("run.generations",),
    "--generations 999999999999": ("run.generations: expected a number of at most",),
    "--generations many": ("--generations: ", "expected a whole number", "neatfool fool --help"),
    "--batch -5": ("search.batch: expected a number of at least 1, got -5",),
    "--batch 999999999999": ("search.batch: expected a number of at most",),
    "--seed -1": ("run.seed: expected a number of at least 0, got -1",),
    "--seed 99999999999999999999": ("run.seed: expected a number ",),
    "--classes 10": ("expected indices 0 … 9", "got '10'"),
    "--classes 0,-1": ("expected indices 0 … 9", "got '-1'"),
    "--classes 99999999999999999999": ("expected indices 0 … 9",),
    "--classes 5-3": ("expected indices 0 … 9 as first-last", "got '5-3'"),
    "--classes 0,three": ("expected the name of a class or an index 0 … 9, got 'three'",),
    "--classes=": ("task.classes",),
    "--set task.classes=[3,3]": ("a class is named twice",),
    "--set task.classes=[10]": ("class 10 does not exist: lenet5 has the classes 0 to 9",),
    "--device gpu": ("run.device: expected auto, cpu, cuda, or GPUs by their numbers", "got 'gpu'"),
    "--set encoding.structure.ad_node_rate=1": ("did you mean encoding.structure.add_node_rate?",),
    "--set serach.batch=3": ("unknown key serach: did you mean search?",),
    "--set run.target=nan": ("run.target",),
    "--set run.seconds=-1": ("run.seconds: expected a number above 0",),
    "--set run.workers=4": ("run.workers: expected threads, processes, ray, or 1 to 4096", "got 4"),
    "--set run.workers=thread:2": ("ray://HOST:PORT, got 'thread:2'",),
    "--track neptune": (
        "run.track: expected a list of some of tensorboard, wandb, mlflow, each once",
        "got ['neptune']",
    ),
    "--set search.crossover=2": ("search.crossover: expected a number of at most 1",),
    "--set encoding.weight_range=1e300": ("encoding.weight_range: expected a number ",),
    "--set run.seed": ("expected section.key=value, such as run.seed=3",),
    "--nonsense": ("No such option", "neatfool fool --help"),
    "none.toml": ("cannot read the config none.toml: No such file or directory",),
}


@pytest.mark.parametrize("options", OPTIONS)
def test_wrong_options(options: str, tmp_path: Path) -> None:
    outcome = neatfool("fool", "--out", tmp_path / "run", *options.split())

    assert_refused(outcome, *OPTIONS[options])
    assert not (tmp_path / "run").exists()


def test_cuda_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    outcome = neatfool("fool", "--out", tmp_path / "run", "--device", "cuda")
    assert_refused(outcome, "expected a CUDA device", "choose device cpu or auto")
    assert not (tmp_path / "run").exists()


def test_a_config_that_is_not_toml(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('{"run": {"seed": 3}}')
    assert_refused(neatfool("fool", path, *SIZE), f"{path} is not TOML", "expected lines such as")
    assert_refused(neatfool("fool", tmp_path, *SIZE), "cannot read the config", "directory")


def _tensors() -> dict[str, torch.Tensor]:
    return LeNet5(10).state_dict()


def _write(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def _write_nan(path: Path) -> None:
    tensors = _tensors()
    next(iter(tensors.values())).view(-1)[3] = float("nan")
    safetensors.torch.save_file(tensors, path)


WEIGHTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: None, "check the path"),
    "empty": (_write(b""), "expected a whole safetensors file"),
    "truncated": (
        lambda path: path.write_bytes(safetensors.torch.save(_tensors())[:-1000]),
        "expected a whole safetensors file",
    ),
    "not safetensors": (_write(b"PK\x03\x04" * 100), "expected a whole safetensors file"),
    "pickle": (_write(pickle.dumps({"weight": [1.0]})), "expected a whole safetensors file"),
    "of another model": (
        lambda path: safetensors.torch.save_file(LeNetCaffe(10).state_dict(), path),
        "are these weights of another model?",
    ),
    "NaN": (_write_nan, "expected finite weights, got NaN or infinity"),
    "a folder": (lambda path: path.mkdir(), "Is a directory"),
}


@pytest.mark.parametrize("case", WEIGHTS)
def test_wrong_weights(case: str, tmp_path: Path) -> None:
    write, message = WEIGHTS[case]
    path = tmp_path / "some.safetensors"
    write(path)

    outcome = neatfool(
        "fool", "--out", tmp_path / "run", "--set", f"task.classifier.weights={path}", *SIZE
    )

    assert_refused(outcome, str(path), message)
    assert not (tmp_path / "run").exists()


MNIST: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "no folder": (lambda folder: shutil.rmtree(folder), ("neatfool data mnist --to",)),
    "missing": (
        lambda folder: (folder / "t10k-labels-idx1-ubyte").unlink(),
        ("expected t10k-labels-idx1-ubyte", "neatfool data mnist --to"),
    ),
    "truncated": (
        lambda folder: (folder / "train-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01\0\0"),
        ("train-labels-idx1-ubyte: expected",),
    ),
    "truncated gzip": (
        lambda folder: (folder / "train-images-idx3-ubyte.gz").write_bytes(b"\x1f\x8b\x08"),
        ("train-images-idx3-ubyte.gz: expected a whole gzip file", "fetch it again"),
    ),
    "no IDX": (
        lambda folder: (folder / "train-labels-idx1-ubyte").write_bytes(b"<html></html>"),
        ("train-labels-idx1-ubyte: expected",),
    ),
    "exchanged": (
        lambda folder: (folder / "train-images-idx3-ubyte.gz").rename(
            folder / "train-labels-idx1-ubyte"
        ),
        ("train-images-idx3-ubyte",),
    ),
}


@pytest.mark.parametrize("case", MNIST)
def test_wrong_mnist_files(case: str, tmp_path: Path) -> None:
    damage, messages = MNIST[case]
    damage(write_mnist(tmp_path / "mnist"))

    outcome = neatfool(
        "train", "lenet5", "--data", tmp_path / "mnist", "--out", tmp_path / "out", "--quiet"
    )

    assert_refused(outcome, *messages)
    assert not (tmp_path / "out").exists()


TRAIN: dict[str, tuple[str, ...]] = {
    "lenet6": ("expected a model of lenet5, lenet-caffe", "did you mean 'lenet5'?"),
    "lenet5 --epochs 0": ("--epochs: ", "expected a number of at least 1", "neatfool train --help"),
    "lenet5 --seed -1": ("--seed: ", "expected a number of at least 0", "neatfool train --help"),
    "lenet5 --epochs 999999999999": ("--epochs: ", "expected a number of at most 100,000, got"),
    "lenet5 --seed 99999999999999999999": ("--seed: ", "expected a number of at most 9,223,372"),
    "lenet5 --epochs x": ("--epochs: ", "expected a whole number", "neatfool train --help"),
}


@pytest.mark.parametrize("options", TRAIN)
def test_wrong_options_of_training(options: str, tmp_path: Path) -> None:
    data = write_mnist(tmp_path / "mnist")
    outcome = neatfool("train", *options.split(), "--data", data, "--out", tmp_path / "out")
    assert_refused(outcome, *TRAIN[options])
    assert not (tmp_path / "out").exists()


def test_training_into_what_is_no_folder(tmp_path: Path) -> None:
    data = write_mnist(tmp_path / "mnist")
    (tmp_path / "file").write_text("mine")
    outcome = neatfool(
        "train", "lenet5", "--data", data, "--out", tmp_path / "file", "--epochs", 1, "--quiet"
    )
    assert_refused(outcome, str(tmp_path / "file"))
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried")]
)
def test_memory_that_runs_out(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def check(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(exams, "check", check)
    assert_refused(neatfool("check"), "memory ran out: ask for less at once")


def test_what_is_refused_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert_refused(neatfool("fool", "--model", "none.onnx"), "none.onnx")
    assert list(tmp_path.iterdir()) == []
