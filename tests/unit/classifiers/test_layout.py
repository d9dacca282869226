"""Weights lie as is fastest where the network gives the same so, and as they were elsewhere."""

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional

from neatfool.classifiers import Classifier, ClassifierSettings, build
from tests.model_files import write_exported, write_torchscript
from tests.odd_networks import (
    CLASSES,
    EITHER,
    FIRST,
    SIDE,
    Flattened,
    Shuffled,
    Strided,
    ViewAfterConvolution,
    ViewAfterPooling,
    ViewOfRows,
    Volume,
    seeded,
)

CPU = torch.device("cpu")
IMAGES = torch.rand(5, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))


def _expected(network: nn.Module) -> torch.Tensor:
    with torch.inference_mode():
        return copy.deepcopy(network)(IMAGES).softmax(1)


def _classifier(network: nn.Module, **changes: object) -> Classifier:
    facts = {"name": "odd", "module": network, "shape": (3, SIDE, SIDE), "labels": tuple("abcde")}
    return Classifier(**{**facts, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", FIRST + EITHER)
def test_whatever_a_network_does_with_memory_it_gives_its_own_answer(
    kind: Callable[[], nn.Module],
) -> None:
    network = seeded(kind())
    expected = _expected(network)

    classifier = _classifier(network)

    torch.testing.assert_close(classifier(IMAGES), expected)
    assert classifier.layout == ("channels first" if kind in FIRST else "channels last")


@pytest.mark.parametrize("kind", FIRST + EITHER)
def test_how_images_lie_in_memory_does_not_matter(kind: Callable[[], nn.Module]) -> None:
    classifier = _classifier(seeded(kind()))

    expected = classifier(IMAGES)

    for images in (IMAGES, torch.cat([IMAGES] * 4)[:16]):
        turned = images.contiguous(memory_format=torch.channels_last)
        assert torch.equal(classifier(turned)[:5], expected)


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        *[("script", kind) for kind in (ViewAfterConvolution, ViewAfterPooling, Flattened, Volume)],
        *[("trace", kind) for kind in (ViewAfterConvolution, ViewOfRows, Strided, Shuffled)],
        *[("frozen", kind) for kind in (ViewAfterConvolution, Flattened, Volume)],
        *[("exported", kind) for kind in (ViewAfterConvolution, Strided, Volume)],
    ],
)
def test_in_files_too(form: str, kind: Callable[[], nn.Module], tmp_path: Path) -> None:
    network = seeded(kind())
    expected = _expected(network)
    if form == "exported":
        path = write_exported(tmp_path / "net.pt2", network=network)
    else:
        path = write_torchscript(tmp_path / "net.pt", network, form)

    classifier = build(ClassifierSettings(model=str(path), size=SIDE), CPU)

    torch.testing.assert_close(classifier(IMAGES), expected)


def test_a_network_that_does_not_mind_gets_the_bits_of_channels_last() -> None:
    network = seeded(Flattened())
    turned = copy.deepcopy(network).to(memory_format=torch.channels_last)
    filled = functional.pad(IMAGES, (0, 0, 0, 0, 0, 0, 0, 11))

    classifier = _classifier(network)

    with torch.inference_mode():
        assert torch.equal(classifier(IMAGES), turned(filled)[:5].softmax(1))
    assert classifier.module.conv.weight.stride() == turned.conv.weight.stride()


@pytest.mark.parametrize("kind", [ViewAfterConvolution, Strided])
def test_a_network_that_minds_keeps_its_weights_as_they_were(
    kind: Callable[[], nn.Module],
) -> None:
    network = seeded(kind())
    before = copy.deepcopy(network).state_dict()

    _classifier(network)

    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name])
        assert tensor.stride() == before[name].stride()


def test_weights_that_came_channels_last_are_put_right() -> None:
    network = seeded(ViewAfterConvolution())
    expected = _expected(network)

    classifier = _classifier(network.to(memory_format=torch.channels_last))

    torch.testing.assert_close(classifier(IMAGES), expected)


@pytest.mark.parametrize("kind", FIRST + EITHER)
def test_the_layout_is_kept(kind: Callable[[], nn.Module]) -> None:
    classifier = _classifier(seeded(kind()))

    again = _classifier(seeded(kind()))
    changed = replace(classifier, mean=(0.5,))

    assert again.layout == changed.layout == classifier.layout
    assert torch.equal(again(IMAGES), classifier(IMAGES))


def test_a_layout_can_be_said() -> None:
    network = seeded(Flattened())
    seen: list[torch.Tensor] = []
    network.register_forward_pre_hook(lambda _, images: seen.append(*images))

    classifier = _classifier(network, layout="channels first")

    assert not seen
    assert network.conv.weight.is_contiguous()
    torch.testing.assert_close(classifier(IMAGES), _expected(network))


class _Drawing(nn.Module):
    """Draws numbers while it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, CLASSES, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        scores = self.conv(x).mean((2, 3))
        return scores + torch.rand(scores.shape)


def test_trying_draws_nothing_from_the_global_generator() -> None:
    network = seeded(_Drawing())
    before = torch.get_rng_state()

    classifier = _classifier(network)

    assert torch.equal(torch.get_rng_state(), before)
    assert classifier.layout == "channels last"


class _Remembering(nn.Module):
    """Makes a table when it is first asked, and keeps it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, CLASSES, 3)
        self.table: torch.Tensor | None = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.table is None:
            self.table = torch.ones(CLASSES)
        return self.conv(x).mean((2, 3)) * self.table


def test_trying_leaves_nothing_that_has_no_gradients() -> None:
    images = IMAGES.clone().requires_grad_()

    _classifier(seeded(_Remembering())).logits(images).sum().backward()

    assert images.grad is not None


def test_a_program_that_fails_in_one_layout_writes_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write_exported(tmp_path / "net.pt2", network=seeded(ViewAfterConvolution()))

    build(ClassifierSettings(model=str(path)), CPU)

    assert capfd.readouterr() == ("", "")


class _Asking(nn.Module):
    """Fails unless images are of its size."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.full = nn.Conv2d(3, 2, 3), nn.Linear(2 * (SIDE - 2) ** 2, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.full(self.conv(x).flatten(1))


def test_scripts_say_why_they_fail(tmp_path: Path) -> None:
    path = write_torchscript(tmp_path / "net.pt", seeded(_Asking()))

    with pytest.raises(Exception, match=r"RuntimeError: mat1 and mat2 shapes cannot be multiplied"):
        build(ClassifierSettings(model=str(path), size=SIDE + 1), CPU)
