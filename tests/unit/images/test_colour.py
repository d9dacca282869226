import colorsys
import itertools
import math

import pytest
import torch

from neatfool.images import paint, to_grid
from neatfool.images.colour import hls_to_rgb, hsv_to_rgb

LEVELS = torch.arange(256) / 255


def levels(values: list[float], rounding: str = "nearest") -> list[float]:
    """Return which of the 256 levels values go to."""
    return (to_grid(torch.tensor(values), rounding) * 255).tolist()  # type: ignore[arg-type]


def test_hsv_is_that_of_the_standard_library() -> None:
    steps = [k / 24 for k in range(25)]
    grid = list(itertools.product(steps, steps[::4], steps[::4]))

    images = hsv_to_rgb(torch.tensor(grid, dtype=torch.float64).T[None])

    assert images.shape == (1, 3, len(grid))
    expected = torch.tensor([colorsys.hsv_to_rgb(*hsv) for hsv in grid], dtype=torch.float64)
    assert (images[0].T - expected).abs().max() < 1e-12


@pytest.mark.parametrize(
    ("hue", "rgb"),
    [(0, (1, 0, 0)), (1 / 3, (0, 1, 0)), (2 / 3, (0, 0, 1)), (1, (1, 0, 0)), (0.5, (0, 1, 1))],
)
def test_pure_hues(hue, rgb) -> None:
    image = hsv_to_rgb(torch.tensor([[[hue], [1.0], [1.0]]]))

    assert image.flatten().tolist() == pytest.approx(rgb, abs=1e-6)


def test_every_image_of_a_batch_has_its_own_colours() -> None:
    batch = torch.rand(5, 3, 7, generator=torch.Generator().manual_seed(0))

    together = hsv_to_rgb(batch)

    assert torch.equal(together[3:4], hsv_to_rgb(batch[3:4]))


@pytest.mark.parametrize("rounding", ["nearest", "down"])
def test_what_no_image_can_hold_is_clipped_or_black(rounding) -> None:
    values = [math.nan, math.inf, -math.inf, -0.3, 1.7, 0.0, 1.0]

    assert levels(values, rounding) == [0, 255, 0, 0, 255, 0, 255]


def test_values_go_to_the_nearest_level_or_the_one_below() -> None:
    values = [10.1 / 255, 10.4 / 255, 10.6 / 255, 10.9 / 255, 254.9 / 255]

    assert levels(values) == pytest.approx([10, 10, 11, 11, 255])
    assert levels(values, "down") == pytest.approx([10, 10, 10, 10, 254])


@pytest.mark.parametrize("rounding", ["nearest", "down"])
def test_a_level_stays_what_it_is(rounding) -> None:
    assert torch.equal(to_grid(LEVELS.clone(), rounding), LEVELS)


@pytest.mark.parametrize("rounding", ["nearest", "down"])
def test_rounding_twice_is_rounding_once(rounding) -> None:
    values = torch.rand(10_000, generator=torch.Generator().manual_seed(0)) * 1.2 - 0.1

    once = to_grid(values, rounding).clone()

    assert torch.equal(to_grid(once.clone(), rounding), once)
    assert torch.isin(once, LEVELS).all()


def test_values_are_replaced_in_place() -> None:
    values = torch.tensor([0.5, 2.0])

    assert to_grid(values) is values
    assert values[1] == 1


def test_hls_is_that_of_the_standard_library_where_hue_goes_round_at_180() -> None:
    steps = [k / 24 for k in range(25)]
    grid = list(itertools.product(steps, steps[::4], steps[::4]))

    images = hls_to_rgb(torch.tensor(grid, dtype=torch.float64).T[None])

    expected = [colorsys.hls_to_rgb(h * 255 / 180 % 1, *rest) for h, *rest in grid]
    assert (images[0].T - torch.tensor(expected, dtype=torch.float64)).abs().max() < 1e-12


def test_hls_is_painted_from_levels_of_8_bits() -> None:
    values = torch.tensor([0.501, -0.302, 0.703])

    painted = paint(values.reshape(1, 3, 1).clone(), "down", "hls").flatten() * 255

    hue, lightness, saturation = (math.floor(abs(v) * 255) / 255 for v in values.tolist())
    rgb = colorsys.hls_to_rgb(hue * 255 / 180 % 1, lightness, saturation)
    assert painted.tolist() == pytest.approx([round(255 * each) for each in rgb], abs=1e-4)
