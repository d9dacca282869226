import contextlib
import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from torch import nn

from neatfool.classifiers import BlackBox, Classifier, views
from neatfool.errors import ClassifierError, DeviceError, ShapeError

SHAPE = (2, 3, 3)


class _Averages(nn.Module):
    """Gives the average of each channel as the logits, and remembers what it saw."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))
        self.dropout = nn.Dropout(0.5)
        self.saw = torch.empty(0)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.saw = images
        return self.dropout(images.mean((2, 3)) * self.scale)


def _classifier(**changes: object) -> Classifier:
    facts = {"name": "averages", "module": _Averages(), "shape": SHAPE, "labels": ("a", "b")}
    return Classifier(**{**facts, **changes})  # type: ignore[arg-type]


def _images(population: int = 5) -> torch.Tensor:
    return torch.rand(population, *SHAPE, generator=torch.Generator().manual_seed(0))


def test_confidences_are_the_softmax_of_the_logits() -> None:
    images = _images()

    confidences = _classifier()(images)

    assert confidences.dtype == torch.float32
    torch.testing.assert_close(confidences, images.mean((2, 3)).softmax(1))
    torch.testing.assert_close(confidences.sum(1), torch.ones(5))


@pytest.mark.parametrize("population", [0, 1])
def test_small_populations(population: int) -> None:
    assert _classifier()(_images(population)).shape == (population, 2)


@pytest.mark.parametrize(
    ("mean", "std"), [((0.5,), (0.25,)), ((0.1, 0.9), (0.25,)), ((0.1, 0.9), (0.5, 2.0))]
)
def test_images_are_normalised_inside(mean: tuple[float, ...], std: tuple[float, ...]) -> None:
    classifier = _classifier(mean=mean, std=std)
    images = _images(16)
    before = images.clone()

    classifier(images)

    expected = (images - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]
    torch.testing.assert_close(classifier.module.saw, expected)
    assert torch.equal(images, before)


def test_the_module_evaluates_and_learns_nothing() -> None:
    classifier = _classifier()

    confidences = classifier(_images().requires_grad_())

    assert not classifier.module.training
    assert not confidences.requires_grad
    assert torch.equal(confidences, classifier(_images()))
    assert not any(parameter.requires_grad for parameter in classifier.module.parameters())


def test_many_images_are_asked_about_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    levels = (_images(40) * 255).to(torch.uint8)
    heard: list[int] = []

    def ask(shown: torch.Tensor) -> torch.Tensor:
        heard.append(len(shown))
        return shown.mean((2, 3))

    classifier = _classifier(module=BlackBox(ask))
    heard.clear()
    monkeypatch.setattr(views, "_VALUES", 18 * levels[0].numel())

    told = views.asked(classifier, levels.numpy())

    assert heard == [18, 18, 4]
    assert np.array_equal(told, classifier(levels / 255).numpy())
    assert views.asked(classifier, levels[:0].numpy()).shape == (0, 2)


def test_logits_have_gradients_in_the_images() -> None:
    images = _images().requires_grad_()

    _classifier().logits(images).sum().backward()

    assert images.grad is not None
    torch.testing.assert_close(images.grad, torch.full_like(images, 1 / 9))


@pytest.mark.parametrize(
    "images",
    [
        torch.zeros(4, 2, 3, 2),
        torch.zeros(4, 1, 3, 3),
        torch.zeros(2, 3, 3),
        torch.zeros(4, 2, 3, 3, dtype=torch.float64),
        torch.zeros(4, 2, 3, 3, dtype=torch.uint8),
    ],
)
def test_other_images_are_refused(images: torch.Tensor) -> None:
    with pytest.raises(ShapeError) as caught:
        _classifier()(images)

    assert "expected images (P, 2, 3, 3) float32 in [0, 1]" in str(caught.value)
    assert f"got {tuple(images.shape)} {images.dtype}" in str(caught.value)


def test_a_label_too_many_is_refused() -> None:
    too_many = ("a", "b", "c")
    with pytest.raises(ClassifierError, match=r"averages: expected logits \(P, 3\).*got \(2, 2\)"):
        _classifier(labels=too_many)
    with pytest.raises(ClassifierError, match=r"averages: expected logits \(P, 3\).*got \(5, 2\)"):
        _classifier(module=BlackBox(lambda images: images.mean((2, 3))), labels=too_many)(_images())


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_cudnn_is_exact_on_cuda_alone(monkeypatch: pytest.MonkeyPatch, device: str) -> None:
    asked: list[dict[str, bool]] = []

    def flags(**chosen: bool) -> contextlib.AbstractContextManager[None]:
        asked.append(chosen)
        return contextlib.nullcontext()

    classifier = _classifier()
    object.__setattr__(classifier, "device", torch.device(device))
    monkeypatch.setattr(torch.Tensor, "to", lambda images, *_, **__: images)
    monkeypatch.setattr(torch.backends.cudnn, "flags", flags)

    classifier.logits(_images())

    exact = {"enabled": True, "benchmark": False, "deterministic": True, "allow_tf32": False}
    assert asked == ([exact] if device == "cuda" else [])


def test_gradients_are_computed_as_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    now: list[dict[str, bool]] = []
    heard: list[dict[str, bool]] = []

    @contextlib.contextmanager
    def flags(**chosen: bool) -> Iterator[None]:
        now.append(chosen)
        yield
        now.pop()

    def rising(logits: torch.Tensor) -> torch.Tensor:
        logits.register_hook(lambda _: heard.extend(now))  # called on the way back
        return logits[:, 1]

    classifier = _classifier()
    object.__setattr__(classifier, "device", torch.device("cuda"))
    monkeypatch.setattr(torch.Tensor, "to", lambda images, *_, **__: images)
    monkeypatch.setattr(torch.backends.cudnn, "flags", flags)

    found = classifier.gradient(_images(), rising)

    exact = {"enabled": True, "benchmark": False, "deterministic": True, "allow_tf32": False}
    assert heard == [exact]
    torch.testing.assert_close(found[:, 1], torch.full((5, 3, 3), 1 / 9))
    assert not found[:, 0].any()


@pytest.mark.parametrize("name", ["mean", "std"])
def test_a_value_per_channel_or_one(name: str) -> None:
    with pytest.raises(
        ShapeError, match=f"expected one {name}, or one for each of 2 channels, got 3"
    ):
        _classifier(**{name: (1.0, 1.0, 1.0)})


@pytest.mark.parametrize(("precision", "largest"), [("bf16", 0.02), ("fp16", 0.002)])
def test_lower_precision_changes_confidences_a_little(precision, largest) -> None:
    module = nn.Sequential(nn.Flatten(), nn.Linear(18, 2))

    exact = _classifier(module=module)(_images())
    found = _classifier(module=module, precision=precision)(_images())

    assert found.dtype == torch.float32
    assert 0 < (found - exact).abs().max() < largest
    torch.testing.assert_close(found.sum(1), torch.ones(5))


def test_a_precision_that_the_device_has_not_is_an_error() -> None:
    with pytest.raises(DeviceError, match="expected a CUDA device for precision tf32, got cpu"):
        _classifier(precision="tf32")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
@pytest.mark.parametrize("precision", ["fp32", "tf32", "fp16", "bf16"])
def test_on_a_gpu_every_precision_is_near_the_cpu(precision) -> None:
    module = nn.Sequential(nn.Conv2d(2, 64, 3, padding=1), nn.Flatten(), nn.Linear(576, 2))

    exact = _classifier(module=module)(_images())
    found = _classifier(module=module, precision=precision, device=torch.device("cuda"))(_images())

    assert not torch.backends.cuda.matmul.allow_tf32
    largest = 1e-5 if precision == "fp32" else 0.03
    assert (found.cpu() - exact).abs().max() < largest


@pytest.mark.parametrize(
    ("outputs", "say"),
    [
        ("logits", lambda scores: scores),
        ("probabilities", lambda scores: scores.softmax(1)),
        ("log-probabilities", lambda scores: scores.log_softmax(1)),
    ],
)
def test_confidences_are_the_same_whatever_the_network_gives(
    outputs: str, say: Callable[[torch.Tensor], torch.Tensor]
) -> None:
    def ask(images: torch.Tensor) -> torch.Tensor:
        return say(images.mean((2, 3)) * 30)

    confidences = _classifier(module=BlackBox(ask), outputs=outputs)(_images())

    torch.testing.assert_close(confidences, (_images().mean((2, 3)) * 30).softmax(1))


def test_certainty_survives_probabilities() -> None:
    certain = BlackBox(lambda images: torch.tensor([[1.0, 0.0]]).expand(len(images), 2))

    confidences = _classifier(module=certain, outputs="probabilities")(_images())

    assert (confidences[:, 0] == 1).all()
    assert (confidences[:, 1] < 1e-37).all()


@pytest.mark.parametrize("outputs", ["probabilities", "log-probabilities"])
@pytest.mark.parametrize("wrong", [(0.5, 0.6), (1.5, -0.5)])
def test_what_are_no_probabilities_is_refused(outputs: str, wrong: tuple[float, float]) -> None:
    box = BlackBox(lambda images: torch.tensor([wrong]).expand(len(images), 2))

    with pytest.raises(ClassifierError, match=f"classifier averages: expected {outputs} that sum"):
        _classifier(module=box, outputs=outputs)(_images())


@pytest.mark.parametrize("outputs", ["logits", "probabilities", "log-probabilities"])
@pytest.mark.parametrize("odd", [float("nan"), float("inf")])
def test_an_image_without_numbers_does_not_spoil_the_others(outputs: str, odd: float) -> None:
    halves = {"logits": 1.0, "probabilities": 0.5, "log-probabilities": math.log(0.5)}[outputs]
    box = BlackBox(lambda images: torch.tensor([[halves, halves]] * 4 + [[odd, halves]]))

    confidences = _classifier(module=box, outputs=outputs)(_images())

    torch.testing.assert_close(confidences[:4], torch.full((4, 2), 0.5))
    assert confidences[4].isnan().all()


def test_a_black_box_is_asked_about_the_images_alone() -> None:
    asked: list[torch.Tensor] = []

    def ask(images: torch.Tensor) -> list[list[float]]:
        asked.append(images)
        return [[0.25, 0.75]] * len(images)

    confidences = _classifier(module=BlackBox(ask), outputs="probabilities")(_images())

    assert [tuple(each.shape) for each in asked] == [(5, *SHAPE)]
    assert torch.equal(asked[0], _images())
    torch.testing.assert_close(confidences, torch.tensor([[0.25, 0.75]]).expand(5, 2))


@pytest.mark.parametrize(
    ("layer", "warns"),
    [(nn.Dropout(), True), (nn.BatchNorm2d(2), True), (nn.ReLU(), False), (None, False)],
)
def test_training_mode_is_told_where_it_matters(
    layer: nn.Module | None, warns: bool, caplog: pytest.LogCaptureFixture
) -> None:
    module = nn.Sequential(nn.Dropout() if layer is None else layer, nn.Flatten())
    if layer is None:
        module.eval()

    count = len(module.eval()(_images())[0])
    module.train(layer is not None)
    classifier = _classifier(module=module, labels=tuple(map(str, range(count))))

    assert ("averages is in training mode" in caplog.text) == warns
    assert not classifier.module.training


def test_grey_images_become_three_channels() -> None:
    labels, mean = ("a", "b", "c"), (0.1, 0.2, 0.3)
    classifier = _classifier(shape=(1, 3, 3), mean=mean, std=(1.0, 1.0, 1.0), labels=labels)
    images = _images()[:, :1]
    classifier(images)

    expected = images - torch.tensor([0.1, 0.2, 0.3])[:, None, None]
    torch.testing.assert_close(classifier.module.saw[:5], expected)
