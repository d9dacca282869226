"""What is read of any network, and how one that takes a fixed number of images is asked."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

from neatfool.classifiers.adapt import adapt
from neatfool.classifiers.loaded import Loaded, first_channels, in_batches
from neatfool.sections.classifier import ClassifierSettings

IMAGES = torch.rand(5, 3, 2, 2, generator=torch.Generator().manual_seed(0))


def _weights(*shapes: tuple[int, ...]) -> list[torch.Tensor]:
    return [torch.ones(shape) for shape in shapes]


@pytest.mark.parametrize(
    ("weights", "channels"),
    [
        (list(weight_norm(nn.Conv2d(3, 4, 3)).parameters()), 3),
        (list(weight_norm(nn.Conv2d(1, 4, 3)).parameters()), 1),
        (_weights((1, 1, 1, 1), (8, 3, 3, 3)), 3),  # a temperature
        (_weights((3, 1, 1, 1), (64, 3, 7, 7)), 1),  # grey images in three maps
        (_weights((8, 1, 1, 1), (8, 8, 3, 3)), 1),
        (_weights((8, 1, 1, 1)), 1),
        (_weights((8, 16, 1, 1), (8, 3, 1, 1)), None),
        (_weights((8, 3), (8,)), None),
    ],
)
def test_channels_of_the_first_convolution(
    weights: list[torch.Tensor], channels: int | None
) -> None:
    assert first_channels(weights) == channels


@pytest.mark.parametrize("batch", [1, 2, 4])
def test_a_fixed_number_at_a_time(batch: int) -> None:
    def ask(images: torch.Tensor) -> torch.Tensor:
        assert len(images) == batch
        return images.flatten(1)

    assert torch.equal(in_batches(ask, IMAGES, batch), IMAGES.flatten(1))


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.squeeze(),
        lambda rows: {"scores": rows.squeeze(0)},
        lambda rows: (rows.argmax(), rows[0]),
    ],
)
def test_one_image_may_have_a_row_without_an_axis(
    change: Callable[[torch.Tensor], Any],
) -> None:
    answer = in_batches(lambda images: change(images.flatten(1)), IMAGES, 1)

    scores = answer if isinstance(answer, torch.Tensor) else [*answer.values()][-1]
    assert torch.equal(scores, IMAGES.flatten(1))


@pytest.mark.parametrize("classes", [1, 4])
def test_one_image_at_a_time_without_an_axis(classes: int) -> None:
    class One(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.full = nn.Linear(12, classes)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.full(x.reshape(12)).squeeze()

    network = One()

    classifier = adapt("one", Loaded(network), ClassifierSettings(size=(2, 2)), IMAGES.device)

    logits = torch.stack([network(image).reshape(classes) for image in IMAGES])
    wanted = logits if classes > 1 else torch.cat([torch.zeros_like(logits), logits], 1)
    torch.testing.assert_close(classifier(IMAGES), wanted.softmax(1), atol=1e-6, rtol=0)


def test_numbers_that_are_no_rows_are_not_cut_to_look_like_some() -> None:
    answer = in_batches(lambda images: images.flatten(), IMAGES, 2)

    assert len(answer) not in (len(IMAGES), 6)
