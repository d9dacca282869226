"""What a network gives and takes is found out, and what was guessed is said."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from neatfool.classifiers import BlackBox, Classifier, ClassifierSettings, describe_view
from neatfool.classifiers.adapt import adapt
from neatfool.classifiers.load import build
from neatfool.classifiers.loaded import Loaded
from neatfool.errors import ClassifierError
from tests.model_files import (
    tiny,
    write_exported,
    write_factory,
    write_onnx,
    write_torchscript,
)
from tests.odd_networks import CLASSES, SIDE, Giving, seeded

CPU = torch.device("cpu")
IMAGES = torch.rand(5, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
TYPES = [torch.float64, torch.float16, torch.bfloat16]


def _adapted(network: nn.Module, loaded: dict[str, Any] | None = None, **given: Any) -> Classifier:
    settings = ClassifierSettings.model_validate({"size": SIDE, **given})
    return adapt("odd", Loaded(network, **loaded or {}), settings, CPU)


def _built(path: Path | str, **given: Any) -> Classifier:
    facts = {"model": str(path), "size": SIDE, **given}
    return build(ClassifierSettings.model_validate(facts), CPU)


def _both(network: nn.Module) -> tuple[torch.Tensor, torch.Tensor]:
    with torch.inference_mode():
        features, logits = network.both(IMAGES)
    return features, logits


@pytest.mark.parametrize(
    "wrap",
    [
        lambda features, logits: logits[:, :, None, None],
        lambda features, logits: [logits],
        lambda features, logits: (features, logits),
        lambda features, logits: (logits.argmax(1), logits, features),
        lambda features, logits: {"features": features, "out": logits},
        lambda features, logits: SimpleNamespace(loss=None, logits=logits, hidden=(features,)),
    ],
)
@pytest.mark.parametrize("crops", [None, "centre", "ten", "resize"])
def test_scores_are_found_in_any_wrapping(
    wrap: Callable[[torch.Tensor, torch.Tensor], Any], crops: str | None
) -> None:
    plain = seeded(Giving(lambda features, logits: logits))
    canvas = SIDE + 4 if crops else None

    found = _adapted(seeded(Giving(wrap)), canvas=canvas, crops=crops)

    images = torch.rand(3, *found.shape)
    expected = _adapted(plain, canvas=canvas, crops=crops)(images)
    torch.testing.assert_close(found(images), expected)


def test_a_classifier_of_python_finds_them_too() -> None:
    network = seeded(Giving(lambda features, logits: {"embedding": features, "y": logits}))

    classifier = Classifier("odd", network, (3, SIDE, SIDE), tuple("abcde"))

    torch.testing.assert_close(classifier(IMAGES), _both(network)[1].softmax(1))


@pytest.mark.parametrize("form", ["script", "exported", "exported, batches of 3"])
def test_scores_are_found_in_files(form: str, tmp_path: Path) -> None:
    network = seeded(_Dictionary())
    batch = 3 if form.endswith("3") else None
    path = (
        write_torchscript(tmp_path / "net.pt", network)
        if form == "script"
        else write_exported(tmp_path / "net.pt2", batch, network)
    )

    classifier = _built(path)

    with torch.inference_mode():
        torch.testing.assert_close(classifier(IMAGES), network(IMAGES)["logits"].softmax(1))


class _Dictionary(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.network = tiny()

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        return {
            "pixels": x.flatten(1),
            "logits": self.network(x),
            "kind": self.network(x).argmax(1),
        }


def test_one_of_several_outputs_is_taken_and_said(caplog: pytest.LogCaptureFixture) -> None:
    network = seeded(Giving(lambda features, logits: {"features": features, "out": logits}))

    _adapted(network)

    assert "output out (of features out)" in caplog.text


def test_what_loading_guessed_is_said(caplog: pytest.LogCaptureFixture) -> None:
    _adapted(tiny(), {"guesses": ("output 1 (of a b)",)})

    assert "guessed: output 1 (of a b), channels rgb" in caplog.text


def test_where_one_output_fits_nothing_is_said(caplog: pytest.LogCaptureFixture) -> None:
    _adapted(seeded(Giving(lambda features, logits: (logits, logits.argmax(1), None))))

    assert "output 0" not in caplog.text


@pytest.mark.parametrize("wanted", ["features", "0"])
def test_an_output_can_be_named(wanted: str, caplog: pytest.LogCaptureFixture) -> None:
    network = seeded(Giving(lambda features, logits: {"features": features, "out": logits}))

    classifier = _adapted(network, output=wanted)

    torch.testing.assert_close(classifier(IMAGES), _both(network)[0].softmax(1))
    assert "output features" not in caplog.text


def test_an_output_that_is_not_there_is_refused() -> None:
    network = seeded(Giving(lambda features, logits: {"features": features, "out": logits}))

    with pytest.raises(ClassifierError, match="odd: expected an output logits, got features"):
        _adapted(network, output="logits")


def test_names_of_classes_choose_the_output(tmp_path: Path) -> None:
    network = seeded(Giving(lambda features, logits: (features, logits)))
    del network.full
    network.full = nn.Identity()
    network.wrap = lambda features, _: (features, torch.cat([features, features[:, :1]], dim=1))
    (tmp_path / "names.txt").write_text("a\nb\nc\nd\ne\n")

    assert _adapted(network).labels == tuple("0123")
    assert _adapted(network, labels=tmp_path / "names.txt").labels == tuple("abcde")
    assert _adapted(network, {"labels": tuple("vwxyz")}).labels == tuple("vwxyz")


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("crops", [None, "resize", "ten"])
def test_weights_of_any_type_get_images_of_theirs(dtype: torch.dtype, crops: str | None) -> None:
    canvas = SIDE + 4 if crops else None
    images = torch.rand(5, 3, canvas or SIDE, canvas or SIDE)

    classifier = _adapted(tiny().to(dtype), canvas=canvas, crops=crops)

    confidences = classifier(images)
    assert confidences.dtype == torch.float32
    expected = _adapted(tiny(), canvas=canvas, crops=crops)(images)
    assert (confidences - expected).abs().max() < 20 * torch.finfo(dtype).eps + 1e-6


@pytest.mark.parametrize("form", ["script", "frozen", "trace", "exported"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float16])
def test_files_of_any_type(form: str, dtype: torch.dtype, tmp_path: Path) -> None:
    network = tiny().to(dtype)
    path = (
        write_exported(tmp_path / "net.pt2", network=network, dtype=dtype)
        if form == "exported"
        else write_torchscript(tmp_path / "net.pt", network, form, dtype)
    )

    confidences = _built(path)(IMAGES)

    assert confidences.dtype == torch.float32
    assert (confidences - _adapted(tiny())(IMAGES)).abs().max() < 20 * torch.finfo(dtype).eps + 1e-6


def test_a_program_of_whole_numbers_is_refused(tmp_path: Path) -> None:
    class Levels(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.float().mean((2, 3))

    path = write_exported(tmp_path / "net.pt2", network=Levels(), dtype=torch.uint8)

    with pytest.raises(ClassifierError, match=r"got torch\.uint8; export it for float32"):
        _built(path)


class _Fixed(nn.Module):
    """Takes batches of one size alone, as a trace may."""

    def __init__(self, batch: int) -> None:
        super().__init__()
        self.network = tiny()
        self._batch = batch

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.network(x.view(self._batch, 3, SIDE, SIDE))


@pytest.mark.parametrize("batch", [2, 4, 8, 16])
def test_a_network_of_one_size_of_batch_is_refused_before_it_is_used(batch: int) -> None:
    with pytest.raises(ClassifierError, match="expected a network that takes images"):
        _adapted(_Fixed(batch))


def test_a_network_of_one_image_at_a_time(caplog: pytest.LogCaptureFixture) -> None:
    classifier = _adapted(_Fixed(1))

    assert "batches of 1, as larger ones fail" in caplog.text
    torch.testing.assert_close(classifier(IMAGES), _adapted(tiny())(IMAGES))


def _scores(change: Callable[[torch.Tensor], torch.Tensor]) -> nn.Module:
    return seeded(Giving(lambda features, logits: change(logits)))


@pytest.mark.parametrize(
    ("change", "outputs", "confidences"),
    [
        (torch.sigmoid, "sigmoid", torch.sigmoid),
        (lambda z: 100 * z.softmax(1), "percent", lambda z: z.softmax(1)),
        (lambda z: 100 * z.sigmoid(), "percent", torch.sigmoid),
        (lambda z: z.softmax(1), "probabilities", lambda z: z.softmax(1)),
        (lambda z: 0.5 + 0.001 * z, "logits", lambda z: (0.5 + 0.001 * z).softmax(1)),
        (lambda z: 50 + z, "logits", lambda z: (50 + z).softmax(1)),
    ],
)
def test_what_numbers_mean_is_guessed_and_said(
    change: Callable[[torch.Tensor], torch.Tensor],
    outputs: str,
    confidences: Callable[[torch.Tensor], torch.Tensor],
    caplog: pytest.LogCaptureFixture,
) -> None:
    network = _scores(change)

    classifier = _adapted(network)

    assert classifier.outputs == outputs
    assert f"outputs {outputs}" in caplog.text
    torch.testing.assert_close(classifier(IMAGES), confidences(_both(network)[1]))


@pytest.mark.parametrize(
    "change",
    [
        torch.tanh,  # what comes of an LSTM or of cosines
        lambda z: 8 + torch.tanh(z),
        lambda z: nn.functional.layer_norm(z, [CLASSES]).clamp_min(-0.9),
        nn.functional.relu6,
        lambda z: 0.004 * torch.tanh(z),
    ],
)
def test_logits_that_stay_bounded_are_no_confidences(
    change: Callable[[torch.Tensor], torch.Tensor],
) -> None:
    classifier = _adapted(_scores(change))

    assert classifier.outputs == "logits"
    torch.testing.assert_close(classifier(IMAGES), change(_both(_scores(change))[1]).softmax(1))


@pytest.mark.parametrize("outputs", [None, "sigmoid"])
@pytest.mark.parametrize("crops", [None, "centre"])
def test_sigmoids_are_the_networks_own_numbers(outputs: str | None, crops: str | None) -> None:
    network = _scores(torch.sigmoid)
    canvas = SIDE + 4 if crops else None

    classifier = _adapted(network, outputs=outputs, canvas=canvas, crops=crops)

    images = torch.rand(16, *classifier.shape)
    seen = images[:, :, 2:-2, 2:-2] if crops else images
    with torch.inference_mode():
        assert torch.equal(classifier(images), network(seen))


def test_log_odds_are_those_of_sigmoids() -> None:
    classifier = _adapted(_scores(lambda z: z), outputs="log-odds")

    torch.testing.assert_close(classifier(IMAGES), _adapted(_scores(torch.sigmoid))(IMAGES))


@pytest.mark.parametrize("outputs", [None, "log-odds"])
def test_ten_crops_of_sigmoids_are_averaged(outputs: str | None) -> None:
    network = _scores((lambda z: z) if outputs else torch.sigmoid)
    classifier = _adapted(network, canvas=SIDE + 2, crops="ten", outputs=outputs)
    one = _adapted(_scores(torch.sigmoid))
    images = torch.rand(3, 3, SIDE + 2, SIDE + 2)

    corners = [(0, 0), (0, 2), (2, 0), (2, 2), (1, 1)]
    crops = [images[:, :, y : y + SIDE, x : x + SIDE] for y, x in corners]
    expected = torch.stack([one(crop) for crop in crops] + [one(c.flip(3)) for c in crops]).mean(0)
    torch.testing.assert_close(classifier(images), expected)


@pytest.mark.parametrize("shape", [lambda z: z[:, :1], lambda z: z[:, 0]])
@pytest.mark.parametrize(
    ("change", "outputs"),
    [
        (lambda z: 3 * z, "logits"),
        (lambda z: (3 * z).sigmoid(), "sigmoid"),
        (lambda z: 100 * (3 * z).sigmoid(), "percent"),
    ],
)
@pytest.mark.parametrize("crops", [None, "ten"])
def test_one_number_makes_two_classes(
    change: Callable[[torch.Tensor], torch.Tensor],
    outputs: str,
    shape: Callable[[torch.Tensor], torch.Tensor],
    crops: str | None,
) -> None:
    network = _scores(lambda z: shape(change(z)))

    classifier = _adapted(network, canvas=SIDE + 2 if crops else None, crops=crops)

    assert (classifier.labels, classifier.outputs) == (
        ("0", "1"),
        outputs if crops is None else "log-probabilities" if outputs == "logits" else "sigmoid",
    )
    if crops is None:
        there = (3 * _both(network)[1][:, 0]).sigmoid()
        torch.testing.assert_close(classifier(IMAGES), torch.stack([1 - there, there], dim=1))
    else:
        assert classifier(torch.rand(4, *classifier.shape)).sum(1).allclose(torch.ones(4))


@pytest.mark.parametrize(
    ("change", "outputs", "message"),
    [
        (torch.sigmoid, "logits", "look like sigmoid, and that are taken as logits"),
        (torch.sigmoid, "percent", "look like sigmoid, and that are taken as percent"),
        (lambda z: 100 * z.softmax(1), "logits", "look like percent"),
    ],
)
def test_numbers_that_look_like_others_are_doubted(
    change: Callable[[torch.Tensor], torch.Tensor],
    outputs: str,
    message: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    _adapted(_scores(change), outputs=outputs)

    assert message in caplog.text


def test_probabilities_may_be_called_sigmoids(caplog: pytest.LogCaptureFixture) -> None:
    network = _scores(lambda z: z.softmax(1))

    classifier = _adapted(network, outputs="sigmoid")

    torch.testing.assert_close(classifier(IMAGES), _both(network)[1].softmax(1))
    assert "look like" not in caplog.text


@pytest.mark.parametrize("outputs", ["sigmoid", "percent", "probabilities"])
def test_logits_called_otherwise_are_refused(outputs: str) -> None:
    with pytest.raises(ClassifierError, match=f"odd: expected {outputs} .* set outputs to what"):
        _adapted(_scores(lambda z: 1000 * z), outputs=outputs)


def test_a_black_box_is_not_asked_about_what_is_no_picture() -> None:
    asked: list[torch.Tensor] = []

    def ask(images: torch.Tensor) -> torch.Tensor:
        asked.append(images)
        return images.mean((2, 3))

    classifier = _adapted(BlackBox(ask))

    assert classifier.outputs == "sigmoid"
    assert [len(images) for images in asked] == [6]
    assert all(images.min() >= 0 and images.max() <= 1 for images in asked)


NAMES = ("ant", "bee", "crane", "dog", "elk")
NAMING = """
from types import SimpleNamespace as namespace
from tests.model_files import tiny
def build():
    network = tiny()
    network.{key} = {names}
    return network
"""


@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("classes", list(NAMES)),
        ("class_names", NAMES),
        ("names", dict(enumerate(NAMES))),
        ("names", {str(index): name for index, name in reversed([*enumerate(NAMES)])}),
        ("class_to_idx", {name: index for index, name in enumerate(NAMES)}),
        ("config", SimpleNamespace(id2label=dict(enumerate(NAMES)))),
        ("meta", {"categories": NAMES}),
    ],
)
def test_names_of_classes_that_a_network_has(key: str, names: object, tmp_path: Path) -> None:
    model = f"{write_factory(tmp_path / 'net.py', NAMING.format(key=key, names=names))}:build"

    assert _built(model).labels == NAMES


@pytest.mark.parametrize("names", [["a", "b"], "abcde", [1, 2, 3, 4, 5], {"a": 3}, ["", *"abcd"]])
def test_what_are_no_names_of_these_classes_is_passed_over(
    names: object, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = NAMING.format(key="classes", names=repr(names))

    classifier = _built(f"{write_factory(tmp_path / 'net.py', source)}:build")

    assert classifier.labels == tuple("01234")
    assert "labels 0 to 4" in caplog.text


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("labels.txt", "\n".join(NAMES) + "\n"),
        ("config.json", json.dumps({"names": dict(enumerate(NAMES)), "stride": 32})),
        ("class_to_idx", json.dumps({name: index for index, name in enumerate(NAMES)})),
    ],
)
@pytest.mark.parametrize("form", ["script", "exported"])
def test_names_of_classes_in_extra_files(form: str, file: str, text: str, tmp_path: Path) -> None:
    extra = {"readme.md": "a\nb\nc\nd\ne", file: text}
    path = (
        write_exported(tmp_path / "net.pt2", extra=extra)
        if form == "exported"
        else write_torchscript(tmp_path / "net.pt", extra=extra)
    )

    assert _built(path).labels == NAMES


@pytest.mark.parametrize("size", [(6, 10), [10, 6]])
@pytest.mark.parametrize("form", ["factory", "script", "onnx"])
def test_sizes_that_are_not_square(form: str, size: Any, tmp_path: Path) -> None:
    models: dict[str, Callable[[], object]] = {
        "factory": lambda: f"{write_factory(tmp_path / 'net.py')}:build",
        "script": lambda: write_torchscript(tmp_path / "net.pt"),
        "onnx": lambda: write_onnx(tmp_path / "net.onnx", ("batch", 3, "height", "width")),
    }
    model = str(models[form]())

    classifier = _built(model, size=size)

    assert classifier.shape == (3, *size)
    assert classifier(torch.rand(3, *classifier.shape)).shape == (3, CLASSES)


@pytest.mark.parametrize("crops", ["resize", "centre", "ten"])
def test_a_canvas_that_is_not_square(crops: str) -> None:
    network = nn.Sequential(nn.Flatten(), seeded(nn.Linear(3 * 4 * 10, CLASSES)))

    classifier = _adapted(copy.deepcopy(network), size=(4, 10), canvas=(6, 16), crops=crops)

    assert (classifier.shape, describe_view(classifier)) == ((3, 6, 16), (4, 10))
    images = torch.rand(5, 3, 6, 16)
    if crops == "centre":
        expected = network(images[:, :, 1:5, 3:13]).softmax(1)
        torch.testing.assert_close(classifier(images), expected)
    assert classifier(images).shape == (5, CLASSES)


class _ViewFirst(nn.Module):
    """Puts the values of images in a row, as they lie in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.full = nn.Linear(3 * SIDE * SIDE, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.full(x.view(x.size(0), -1))


@pytest.mark.parametrize("crops", ["resize", "centre", "ten"])
@pytest.mark.parametrize("channels", ["rgb", "bgr", "grey"])
def test_what_a_network_sees_lies_in_order(crops: str, channels: str) -> None:
    stds = {"channels": channels, "mean": (0.1, 0.2, 0.3)}

    classifier = _adapted(seeded(_ViewFirst()), {"channels": 3}, canvas=12, crops=crops, **stds)

    assert classifier(torch.rand(16, *classifier.shape)).shape == (16, CLASSES)


def test_a_crop_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ClassifierError, match="to crop it, got 8×6 for 4×10"):
        _adapted(nn.Flatten(), size=(4, 10), canvas=(8, 6), crops="centre")


class _Standardised(nn.Module):
    """Divide by the contrast of each image, which is 0 for one of a single grey."""

    def __init__(self, *last: nn.Module) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(3 * SIDE * SIDE, CLASSES), *last)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        flat = images.flatten(1)
        return self.net((flat - flat.mean(1, keepdim=True)) / flat.std(1, keepdim=True))


@pytest.mark.parametrize(
    ("last", "outputs"), [((), "logits"), ((nn.Softmax(1),), "probabilities")], ids=str
)
def test_an_image_without_numbers_does_not_refuse_the_network(
    last: tuple[nn.Module, ...], outputs: str
) -> None:
    torch.manual_seed(0)
    classifier = _adapted(_Standardised(*last))

    assert classifier.outputs == outputs
    confidences = classifier(torch.cat([IMAGES, torch.full((1, 3, SIDE, SIDE), 0.5)]))
    assert confidences[:-1].isfinite().all()
    assert confidences[-1].isnan().all()
