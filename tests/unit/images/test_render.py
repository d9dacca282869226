import math

import numpy as np
import pytest
import torch

from neatfool.errors import ShapeError
from neatfool.images import Canvas, render
from neatfool.networks import ACTIVATIONS, Networks, compile_graphs
from tests.strategies import join

CPU = torch.device("cpu")
NAMES = [activation.name for activation in ACTIVATIONS]


def painter(*outputs: list[float], function: str = "identity") -> Networks:
    """Make a network of one output for each list of weights of x, y, d and bias."""
    count = len(outputs)
    ends = [(source, 4 + output) for output in range(count) for source in range(4)]
    part = {
        "node_ids": np.arange(4 + count),
        "activations": [0] * 4 + [NAMES.index(function)] * count,
        "biases": np.zeros(4 + count),
        "sources": [source for source, _ in ends],
        "targets": [target for _, target in ends],
        "weights": np.ravel(outputs),
        "enabled": np.ones(len(ends), bool),
        "innovations": np.arange(len(ends)),
    }
    return compile_graphs(join([part, part], 4, count))


def test_a_grey_level_is_the_output_without_its_sign() -> None:
    images = render(painter([1, 0, 0, 0]), Canvas((1, 2, 5)), CPU)

    assert images.shape == (2, 1, 2, 5)
    assert images.dtype == torch.float32
    half = pytest.approx(128 / 255)
    assert images[0, 0].tolist() == [[1, half, 0, half, 1]] * 2
    assert torch.equal(images[0], images[1])


def test_rows_are_y_and_columns_are_x() -> None:
    image = render(painter([0, 0.5, 0, 0.5]), Canvas((1, 3, 2)), CPU)[0, 0]

    assert image.tolist() == [[0, 0], [pytest.approx(128 / 255)] * 2, [1, 1]]


@pytest.mark.parametrize("value", [-1.0, -0.7, -0.1, 0.0, 0.3, 0.999, 1.0])
def test_rounding_down_is_that_of_the_released_code(value: float) -> None:
    image = render(painter([0, 0, 0, value]), Canvas((1, 1, 2), rounding="down"), CPU)

    assert image[0, 0, 0, 0] * 255 == pytest.approx(abs(int(value * 255)))


def test_three_outputs_are_hue_saturation_and_value() -> None:
    networks = painter([0, 0, 0, -2 / 3], [0, 0, 0, 0.5], [0, 0, 0, 0.8])

    image = render(networks, Canvas((3, 2, 2)), CPU)[1]

    assert image[:, 1, 1].tolist() == pytest.approx([102 / 255, 102 / 255, 204 / 255])
    assert image.shape == (3, 2, 2)


def test_what_cannot_be_painted_is_clipped() -> None:
    grey = render(painter([0, 0, 0, 7.0]), Canvas((1, 1, 2)), CPU)
    pink = painter([0, 0, 0, 1.5], [0, 0, 0, -0.5], [0, 0, 0, 3.0])

    assert grey[0, 0, 0].tolist() == [1, 1]
    image = render(pink, Canvas((3, 1, 2)), CPU)[0, :, 0, 0]
    assert image.tolist() == pytest.approx([1, 128 / 255, 128 / 255])


def test_not_a_number_is_zero() -> None:
    black = painter([0, 0, 0, math.nan])
    red = painter([0, 0, 0, math.nan], [0, 0, 0, 1.0], [0, 0, 0, 0.6])

    assert render(black, Canvas((1, 2, 2)), CPU).abs().sum() == 0
    image = render(red, Canvas((3, 1, 2)), CPU)[0, :, 0, 0]
    assert image.tolist() == pytest.approx([153 / 255, 0, 0])


@pytest.mark.parametrize(("outputs", "channels"), [(1, 3), (3, 1), (2, 2), (2, 1), (4, 4)])
def test_outputs_that_do_not_fit_the_canvas_are_an_error(outputs, channels) -> None:
    with pytest.raises(ShapeError, match=rf"canvas of {channels} channels.*got {outputs}"):
        render(painter(*[[0, 0, 0, 1]] * outputs), Canvas((channels, 2, 2)), CPU)
