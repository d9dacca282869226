import json
from pathlib import Path
from typing import Any

import pydantic
import pytest
import safetensors.torch
import torch

from neatfool.classifiers import (
    MODELS,
    CaffeNet,
    Classifier,
    ClassifierSettings,
    LeNet5,
    LeNetCaffe,
    build,
    gpus_of,
    has_weights,
    resolve_device,
)
from neatfool.classifiers.asked import NAMED
from neatfool.classifiers.named.models import Model
from neatfool.classifiers.named.training import initialise, save
from neatfool.errors import ClassifierError, DeviceError, ShapeError
from tests.caffe_files import caffemodel, layers_of, seeded, shaped

CPU = torch.device("cpu")


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Weights of an untrained LeNet-5, with their card."""
    classifier = Classifier(
        "lenet5",
        initialise(MODELS["lenet5"], seed=0),
        (1, 28, 28),
        tuple("abcdefghij"),
        mean=(0.5,),
        std=(0.25,),
    )
    save(classifier, tmp_path, {})
    return tmp_path / "lenet5.safetensors"


def _build(weights: Path | None, model: str = "lenet5") -> Classifier:
    return build(ClassifierSettings(model=model, weights=weights), CPU)


def _edit_card(weights: Path, **changes: Any) -> None:
    card = weights.with_suffix(".json")
    card.write_text(json.dumps({**json.loads(card.read_text()), **changes}))


def _edit_weights(weights: Path, **changes: torch.Tensor | None) -> None:
    tensors: dict[str, Any] = {**safetensors.torch.load_file(weights), **changes}
    kept = {name: tensor for name, tensor in tensors.items() if tensor is not None}
    safetensors.torch.save_file(kept, weights)
    weights.with_suffix(".json").unlink()


def test_what_was_saved_is_loaded(weights: Path) -> None:
    classifier = _build(weights)

    assert classifier.name == "lenet5"
    assert classifier.labels == tuple("abcdefghij")
    assert (classifier.mean, classifier.std) == ((0.5,), (0.25,))
    assert classifier.sha256 == json.loads(weights.with_suffix(".json").read_text())["sha256"]
    expected = initialise(MODELS["lenet5"], seed=0).state_dict()
    assert all(torch.equal(expected[k], v) for k, v in classifier.module.state_dict().items())


def test_weights_without_a_card_get_the_facts_of_the_model(weights: Path) -> None:
    weights.with_suffix(".json").unlink()

    classifier = _build(weights)

    assert classifier.labels == tuple("0123456789")
    assert classifier.mean == MODELS["lenet5"].mean


def test_a_card_can_have_another_number_of_classes(tmp_path: Path) -> None:
    labels = (*"0123456789", "fooling")
    save(Classifier("lenet5", LeNet5(11), (1, 28, 28), labels), tmp_path, {})

    classifier = _build(tmp_path / "lenet5.safetensors")

    assert classifier(torch.zeros(2, 1, 28, 28)).shape == (2, 11)


@pytest.mark.parametrize("name", list(filter(has_weights, MODELS)))
def test_the_package_has_weights(name: str) -> None:
    model = MODELS[name]

    classifier = _build(None, name)

    confidences = classifier(torch.zeros(1, *model.shape))
    assert confidences.shape == (1, len(model.labels))
    assert classifier.sha256


def test_every_model_has_a_name_that_is_known_before_it_is_loaded() -> None:
    assert {name: model.labels for name, model in MODELS.items()} == {
        name: labels() for name, labels in NAMED.items()
    }


def test_a_model_without_weights_in_the_package_wants_some(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(NAMED, "bare", lambda: ("a",))
    monkeypatch.setitem(MODELS, "bare", Model(LeNet5, (1, 28, 28), (0.0,), (1.0,), ("a",)))

    with pytest.raises(ClassifierError, match="no weights of bare are in the package"):
        _build(None, "bare")


@pytest.mark.parametrize(
    ("name", "hint"),
    [("lenet", "did you mean 'lenet"), ("LeNet-5", "'lenet5'"), ("mobile", "choose one")],
)
def test_an_unknown_model_is_named_with_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(ClassifierError) as caught:
        _build(None, name)

    assert f"expected a model of {', '.join(MODELS)}, got '{name}'" in str(caught.value)
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"0.bias": None}, r"expected 0\.bias \(6,\), got nothing"),
        ({"0.bias": torch.zeros(7)}, r"expected 0\.bias \(6,\), got \(7,\)"),
        ({"extra": torch.zeros(7)}, r"expected extra not to be there, got \(7,\)"),
        ({"0.bias": torch.full((6,), torch.nan)}, r"got NaN or infinity in 0\.bias"),
        ({"0.bias": torch.full((6,), torch.inf)}, r"got NaN or infinity in 0\.bias"),
    ],
)
def test_weights_that_do_not_fit_are_named(
    weights: Path, changes: dict[str, torch.Tensor | None], message: str
) -> None:
    _edit_weights(weights, **changes)

    with pytest.raises(ClassifierError, match=message):
        _build(weights)


def test_weights_of_another_model_are_named(weights: Path) -> None:
    weights.with_suffix(".json").unlink()

    with pytest.raises(ClassifierError, match="are these weights of another model"):
        _build(weights, "lenet-caffe")


@pytest.mark.parametrize("keep", [0, 5, 100, 20_000])
def test_half_a_file_is_named(weights: Path, keep: int) -> None:
    weights.write_bytes(weights.read_bytes()[:keep])
    weights.with_suffix(".json").unlink()

    with pytest.raises(ClassifierError, match="expected a whole safetensors file"):
        _build(weights)


def test_weights_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(ClassifierError, match=r"none\.safetensors: expected a readable"):
        _build(tmp_path / "none.safetensors")


@pytest.mark.parametrize("path", ["/", "..", "/proc/nope", "/" + 300 * "a"])
def test_paths_that_hold_no_weights_are_named(path: str) -> None:
    with pytest.raises(ClassifierError, match=r"expected a readable .*; check the path"):
        _build(Path(path))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "lenet-caffe"}, "expected a card of model lenet5, got lenet-caffe"),
        ({"shape": [1, 32, 32]}, r"expected a card of shape \(1, 28, 28\), got \(1, 32, 32\)"),
        ({"sha256": "0"}, "expected a card of sha256 .*, got 0"),
        ({"std": [0.0]}, "expected a card with model, shape, mean, std and labels, got"),
        ({"labels": "abc"}, "expected a card with"),
        ({"mean": [0.0, 0.0]}, "expected one mean, .* got 2"),
    ],
)
def test_a_card_that_does_not_fit_is_named(
    weights: Path, changes: dict[str, Any], message: str
) -> None:
    _edit_card(weights, **changes)

    with pytest.raises((ClassifierError, ShapeError), match=message):
        _build(weights)


def test_a_card_that_is_no_json_is_named(weights: Path) -> None:
    weights.with_suffix(".json").write_text("{")

    with pytest.raises(ClassifierError, match="expected a card with"):
        _build(weights)


def test_settings_refuse_unknown_keys() -> None:
    with pytest.raises(pydantic.ValidationError):
        ClassifierSettings.model_validate({"modell": "lenet5"})


@pytest.mark.parametrize("there", [True, False])
def test_auto_takes_the_gpu_if_there_is_one(monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)

    assert resolve_device("auto").type == ("cuda" if there else "cpu")
    assert resolve_device("cpu").type == "cpu"


def test_cuda_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)

    with pytest.raises(DeviceError, match="expected a CUDA device"):
        resolve_device("cuda")


def test_cuda_is_taken_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)

    assert resolve_device("cuda").type == "cuda"


def test_gpus_are_chosen_by_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)

    assert resolve_device("cuda:1,0") == torch.device("cuda", 1)
    assert gpus_of("cuda:1,0") == (1, 0)
    with pytest.raises(DeviceError, match="expected GPUs 0 to 1, got cuda:0,2"):
        resolve_device("cuda:0,2")
    for odd in ("cuda:", "cuda:0,0", "cuda:0,", "cuda:-1", "cuda:a", "cuda:1000"):
        assert gpus_of(odd) == ()
        with pytest.raises(DeviceError, match="expected device auto, cpu or cuda"):
            resolve_device(odd)


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(DeviceError, match="expected device auto, cpu or cuda, got 'gpu'"):
        resolve_device("gpu")


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_weights_of_caffe_are_those_of_safetensors(version, tmp_path: Path) -> None:
    module = seeded(LeNetCaffe)
    file = tmp_path / "lenet.caffemodel"
    file.write_bytes(caffemodel(layers_of(module), version, shaped))
    images = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(1))

    found = _build(file, "lenet-caffe")(images)

    expected = module(images / MODELS["lenet-caffe"].std[0]).softmax(1)
    torch.testing.assert_close(found, expected)


def test_caffenet_sees_blue_first_and_levels_less_their_mean(tmp_path: Path) -> None:
    module = seeded(CaffeNet)
    safetensors.torch.save_file(module.state_dict(), tmp_path / "caffenet.safetensors")
    images = torch.rand(1, 3, 256, 256, generator=torch.Generator().manual_seed(1))

    classifier = _build(tmp_path / "caffenet.safetensors", "caffenet")

    mean = torch.tensor([104.00698793, 116.66876762, 122.67891434])[:, None, None]
    seen = (images.flip(1) * 255 - mean)[:, :, 14:241, 14:241]
    torch.testing.assert_close(classifier(images), module(seen).softmax(1))
    assert classifier.labels[14] == "indigo bunting, indigo finch, indigo bird, Passerina cyanea"


def test_wrong_weights_of_caffe_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "half.caffemodel"
    content = caffemodel(layers_of(seeded(LeNetCaffe)), "v2", shaped)
    file.write_bytes(content[: len(content) // 2])

    with pytest.raises(ClassifierError, match=r"half\.caffemodel: expected a whole binary"):
        _build(file, "lenet-caffe")
    file.write_bytes(content)
    with pytest.raises(ClassifierError, match="expected layers conv1, conv2, conv3"):
        _build(file, "caffenet")
    with pytest.raises(ClassifierError, match="for weights of Caffe, got LeNet5"):
        _build(file, "lenet5")
