"""Every form of a model becomes the same classifier."""

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from neatfool.classifiers import BlackBox, Classifier, ClassifierSettings, build
from neatfool.errors import ClassifierError
from tests.model_files import (
    CLASSES,
    FACTORY,
    SIDE,
    tiny,
    write_exported,
    write_factory,
    write_onnx,
    write_torchscript,
)

CPU = torch.device("cpu")


def _build(model: object, **settings: object) -> Classifier:
    facts = {"model": str(model), "size": SIDE, **settings}
    return build(ClassifierSettings.model_validate(facts), CPU)


def _images(count: int = 5, channels: int = 3, side: int = SIDE) -> torch.Tensor:
    return torch.rand(count, channels, side, side, generator=torch.Generator().manual_seed(1))


def _factory(folder: Path) -> tuple[str, dict[str, object]]:
    safetensors.torch.save_file(tiny().state_dict(), folder / "w.safetensors")
    return f"{write_factory(folder / 'net.py')}:build", {"weights": folder / "w.safetensors"}


FORMS: dict[str, Callable[[Path], tuple[object, dict[str, object]]]] = {
    "factory": _factory,
    "torchscript": lambda folder: (write_torchscript(folder / "net.pt"), {}),
    "exported": lambda folder: (write_exported(folder / "net.pt2"), {}),
    "exported, batches of 3": lambda folder: (write_exported(folder / "net.pt2", batch=3), {}),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_the_same_network(form: str, tmp_path: Path) -> None:
    model, settings = FORMS[form](tmp_path)

    classifier = _build(model, mean=(0.5,), std=(0.25,), **settings)

    assert classifier.shape == (3, SIDE, SIDE)
    assert classifier.labels == tuple("01234")
    assert len(classifier.sha256) == 64
    expected = tiny()((_images() - 0.5) / 0.25).softmax(1)
    torch.testing.assert_close(classifier(_images()), expected)


@pytest.mark.parametrize("shape", [("batch", 3, SIDE, SIDE), (1, 3, SIDE, SIDE), (4, 3, 6, 9)])
def test_onnx_says_what_it_takes(tmp_path: Path, shape: tuple[object, ...]) -> None:
    classifier = _build(write_onnx(tmp_path / "net.onnx", shape), size=None, outputs="logits")

    images = torch.rand(5, *classifier.shape)
    assert classifier.shape == shape[1:]
    weight = torch.randn(3, CLASSES, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(classifier(images), (images.mean((2, 3)) @ weight).softmax(1))


def test_onnx_of_grey_images_is_grey(tmp_path: Path) -> None:
    model = write_onnx(tmp_path / "net.onnx", (1, 1, SIDE, SIDE))

    assert _build(model).shape == (1, SIDE, SIDE)


def test_an_image_gets_the_same_from_onnx_whatever_comes_with_it(tmp_path: Path) -> None:
    classifier = _build(write_onnx(tmp_path / "net.onnx"))
    images = _images(37)

    assert torch.equal(classifier(images), torch.cat([classifier(each[None]) for each in images]))


def test_another_file_has_another_digest(tmp_path: Path) -> None:
    first, same = write_onnx(tmp_path / "a.onnx"), write_onnx(tmp_path / "b.onnx")
    other = write_onnx(tmp_path / "c.onnx", bias=1.0)

    assert _build(first).sha256 == _build(same).sha256 != _build(other).sha256


def test_the_digest_of_a_factory_is_that_of_its_weights(tmp_path: Path) -> None:
    model, settings = _factory(tmp_path)
    loaded = _build(model, **settings).sha256

    torch.save(tiny().state_dict(), tmp_path / "w.pt")
    assert _build(model, weights=tmp_path / "w.pt").sha256 == loaded

    torch.save({**tiny().state_dict(), "4.bias": torch.zeros(5)}, tmp_path / "w.pt")
    assert _build(model, weights=tmp_path / "w.pt").sha256 != loaded


@pytest.mark.parametrize(
    "wrap",
    [
        lambda tensors: tensors,
        lambda tensors: {"state_dict": tensors, "epoch": 3},
        lambda tensors: {f"module.{name}": tensor for name, tensor in tensors.items()},
    ],
    ids=["plain", "a checkpoint", "of several devices"],
)
def test_state_dicts_as_training_leaves_them(
    wrap: Callable[[dict[str, torch.Tensor]], object], tmp_path: Path
) -> None:
    torch.save(wrap(tiny().state_dict()), tmp_path / "w.pth")
    model = f"{write_factory(tmp_path / 'net.py')}:build"

    classifier = _build(model, weights=tmp_path / "w.pth")

    torch.testing.assert_close(classifier(_images()), tiny()(_images()).softmax(1))


def test_weights_by_other_names_are_told(tmp_path: Path) -> None:
    torch.save({f"net.{k}": v for k, v in tiny().state_dict().items()}, tmp_path / "w.pt")
    said = r"expected 0\.weight \(4, 3, 3, 3\), got none of that name, but net\.0\.weight, net"
    with pytest.raises(ClassifierError, match=said):
        _build(f"{write_factory(tmp_path / 'net.py')}:build", weights=tmp_path / "w.pt")


def test_a_factory_may_load_its_weights_itself(tmp_path: Path) -> None:
    source = FACTORY.replace("build()", "build(weights)").replace(
        "return nn.Sequential(*layers)",
        "n = nn.Sequential(*layers); n.load_state_dict(torch.load(weights)['mine']); return n",
    )
    torch.save({"mine": tiny().state_dict()}, tmp_path / "w.odd")

    classifier = _build(
        f"{write_factory(tmp_path / 'net.py', source)}:build", weights=tmp_path / "w.odd"
    )

    torch.testing.assert_close(classifier(_images()), tiny()(_images()).softmax(1))


@pytest.mark.parametrize("change", ["", "layers[0].weight.data.fill_(1); "], ids=["all", "some"])
def test_a_factory_without_trained_weights_is_refused(change: str, tmp_path: Path) -> None:
    source = FACTORY.replace("torch.manual_seed(0)", "").replace("return", f"{change}return")
    model = f"{write_factory(tmp_path / 'net.py', source)}:build"
    with pytest.raises(ClassifierError, match="got random ones: they differ"):
        _build(model)

    torch.save(tiny().state_dict(), tmp_path / "w.pt")
    assert _build(model, weights=tmp_path / "w.pt").sha256


def test_a_factory_imports_what_is_beside_it(tmp_path: Path) -> None:
    write_factory(tmp_path / "layers_of_mine.py")
    model = write_factory(tmp_path / "net.py", "from layers_of_mine import build")

    assert _build(f"{model}:build").shape == (3, SIDE, SIDE)


def test_a_factory_may_give_a_black_box(tmp_path: Path) -> None:
    source = "def build(): return lambda images: images.mean((2, 3)).softmax(1).numpy()"
    model = write_factory(tmp_path / "net.py", source)

    classifier = _build(f"{model}:build")

    assert (classifier.sha256, classifier.outputs) == ("", "probabilities")
    torch.testing.assert_close(classifier(_images()), _images().mean((2, 3)).softmax(1))


TRAINING = """
import torch
from torch import nn
def build():
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Dropout(), nn.LazyLinear(3))
"""


@pytest.mark.parametrize("suffix", [".py:build", ".pt"])
def test_a_network_in_training_mode_is_put_in_evaluation_mode(
    suffix: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    if suffix == ".pt":
        network = nn.Sequential(nn.Flatten(), nn.Dropout(), nn.Linear(3 * SIDE**2, 3))
        write_torchscript(tmp_path / "net.pt", network.train())
    else:
        write_factory(
            tmp_path / "net.py", TRAINING.replace("LazyLinear(", f"Linear({3 * SIDE**2},")
        )

    classifier = _build(f"{tmp_path / 'net'}{suffix}")

    assert caplog.text.count("is in training mode; it is asked in evaluation mode") == 1
    assert torch.equal(classifier(_images()), classifier(_images()))


def test_what_is_guessed_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    build(ClassifierSettings(model=f"{write_factory(tmp_path / 'net.py')}:build"), CPU)

    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    for guess in ("size 224", "mean 0.0", "std 1.0", "outputs logits", "labels 0 to 4"):
        assert guess in record.getMessage()
    assert "channels" not in record.getMessage()  # the first convolution says so


def test_what_is_known_is_not_guessed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "names.txt").write_text("ant\nbee\ncrane\ncrane\ndog\n")
    known = {"mean": (0.5,), "std": (0.5,), "outputs": "logits", "labels": tmp_path / "names.txt"}

    classifier = _build(write_onnx(tmp_path / "net.onnx"), **known)

    assert classifier.labels == ("ant", "bee", "crane", "crane", "dog")
    assert not caplog.records


@pytest.mark.parametrize("outputs", [None, "probabilities"])
def test_probabilities_are_taken_as_such(tmp_path: Path, outputs: str | None) -> None:
    soft, plain = (
        _build(write_onnx(tmp_path / f"{last}.onnx", last=last), outputs=choice)
        for last, choice in (("Softmax", outputs), ("Identity", "logits"))
    )

    assert soft.outputs == "probabilities"
    torch.testing.assert_close(soft(_images()), plain(_images()))


def test_log_probabilities_are_taken_as_such(tmp_path: Path) -> None:
    model = write_onnx(tmp_path / "net.onnx", last="LogSoftmax")

    classifier = _build(model, outputs="log-probabilities")

    torch.testing.assert_close(classifier(_images()), _build(model)(_images()))


def test_probabilities_called_logits_are_doubted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _build(write_onnx(tmp_path / "net.onnx", last="Softmax"), outputs="logits")

    assert "look like probabilities, and that are taken as logits" in caplog.text


def test_blue_first(tmp_path: Path) -> None:
    model = write_torchscript(tmp_path / "net.pt")

    classifier = _build(model, channels="bgr", mean=(0.1, 0.2, 0.3), std=(1.0, 2.0, 3.0))

    seen = _images().flip(1) - torch.tensor([0.1, 0.2, 0.3])[:, None, None]
    expected = tiny()(seen / torch.tensor([1.0, 2.0, 3.0])[:, None, None]).softmax(1)
    torch.testing.assert_close(classifier(_images()), expected)


def test_bounds_come_before_mean_and_std(tmp_path: Path) -> None:
    model = write_torchscript(tmp_path / "net.pt")

    classifier = _build(model, bounds=(-10, 255), mean=(104.0, 117.0, 123.0), std=(50.0,))

    seen = _images() * 265 - 10 - torch.tensor([104.0, 117.0, 123.0])[:, None, None]
    torch.testing.assert_close(classifier(_images()), tiny()(seen / 50).softmax(1))


@pytest.mark.parametrize("mean", [(0.5,), (0.1, 0.2, 0.3)])
def test_grey_images_for_a_network_of_colours(tmp_path: Path, mean: tuple[float, ...]) -> None:
    model = write_torchscript(tmp_path / "net.pt")

    classifier = _build(model, channels="grey", mean=mean, std=(0.5,))

    assert classifier.shape == (1, SIDE, SIDE)
    grey = _images(channels=1)
    expected = _build(model, mean=mean, std=(0.5,))(grey.expand(-1, 3, -1, -1))
    torch.testing.assert_close(classifier(grey), expected)


def test_a_larger_canvas_is_resized(tmp_path: Path) -> None:
    model = write_torchscript(tmp_path / "net.pt")

    classifier = _build(model, canvas=16)

    assert classifier.shape == (3, 16, 16)
    confidences = classifier(_waves(16))
    assert (confidences - _build(model)(_waves(8))).abs().max() < 0.03
    assert (confidences[0] - confidences[1]).abs().max() > 0.08


def test_the_centre_of_a_larger_canvas(tmp_path: Path) -> None:
    model = write_onnx(tmp_path / "net.onnx")
    images = _images(side=14)

    classifier = _build(model, canvas=14, crops="centre")

    assert classifier.shape == (3, 14, 14)
    torch.testing.assert_close(classifier(images), _build(model)(images[:, :, 3:11, 3:11]))


def _waves(side: int) -> torch.Tensor:
    """Draw one wave from left to right and one from top to bottom, at any size."""
    wave = (torch.linspace(0, 1, side + 1)[:-1] + 0.5 / side).mul(3).sin().square()
    return torch.stack([wave.expand(3, side, side), wave[:, None].expand(3, side, side)])


@pytest.mark.parametrize("soft", [True, False])
def test_ten_crops_are_averaged(tmp_path: Path, soft: bool) -> None:
    network = nn.Sequential(tiny(), nn.Softmax(1)) if soft else tiny()
    model = write_torchscript(tmp_path / "net.pt", network)
    images = _images(side=10)

    confidences = _build(model, canvas=10, crops="ten")(images)

    one = _build(model)
    corners = [(0, 0), (0, 2), (2, 0), (2, 2), (1, 1)]
    crops = [images[:, :, y : y + 8, x : x + 8] for y, x in corners]
    expected = torch.stack([one(crop) for crop in crops] + [one(c.flip(3)) for c in crops]).mean(0)
    torch.testing.assert_close(confidences, expected)


def test_a_named_network_listens_to_settings() -> None:
    classifier = build(ClassifierSettings(mean=(0.5,), canvas=32, crops="centre"), CPU)

    assert (classifier.shape, classifier.mean, classifier.std) == ((1, 32, 32), (0.5,), (0.3081,))
    assert classifier(torch.rand(2, 1, 32, 32)).shape == (2, 10)


def test_numpy_is_what_a_black_box_may_give() -> None:
    box = BlackBox(lambda images: np.ones((len(images), 2)))

    assert box(_images()).dtype == torch.float32
