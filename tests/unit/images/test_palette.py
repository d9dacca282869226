"""Hues and saturation that fit a palette."""

import colorsys
from dataclasses import replace

import pytest
import torch

from neatfool import encodings
from neatfool.images import Canvas
from neatfool.types import CPU
from tests.unit.images.test_render import painter

SQUARE = Canvas((3, 2, 2))


def painted(canvas: Canvas, *outputs: float) -> list[float]:
    values = torch.tensor(outputs).reshape(1, 3, 1)
    return (canvas.paint(values) * 255).round().flatten().tolist()


@pytest.mark.parametrize("hue", [0.0, 0.25, -0.5, 1.0, 7.0])
@pytest.mark.parametrize("hues", [(0.5, 0.7), (0.7, 0.5), (0.9, 1.2), (0.3, 0.3)])
def test_hues_run_from_one_to_the_other(hue: float, hues: tuple[float, float]) -> None:
    found = painted(replace(SQUARE, hues=hues, saturation=0.5), hue, 0.8, -0.9)

    part = min(abs(hue), 1)
    expected = colorsys.hsv_to_rgb((hues[0] + (hues[1] - hues[0]) * part) % 1, 0.4, 0.9)
    assert found == pytest.approx([255 * each for each in expected], abs=0.51)


def test_lightness_stays_where_colours_are_hls() -> None:
    found = painted(replace(SQUARE, colours="hls", hues=(0.5, 0.7), saturation=0.5), 0.5, 0.4, 0.8)

    expected = colorsys.hls_to_rgb(0.6, 0.4, 0.4)
    assert found == pytest.approx([255 * each for each in expected], abs=4)  # of 8 bits twice


def test_greys_have_no_palette() -> None:
    grey = torch.full((1, 1, 4), 0.3)
    assert torch.equal(
        Canvas((1, 2, 2), saturation=0.0).paint(grey.clone()), Canvas((1, 2, 2)).paint(grey)
    )


def test_what_is_no_number_is_black_in_any_palette() -> None:
    found = painted(replace(SQUARE, saturation=0.5), torch.nan, torch.inf, torch.nan)
    assert found == [0, 0, 0]


def test_networks_paint_with_the_palette_of_their_canvas() -> None:
    networks = painter([0, 0, 0, 0.5], [0, 0, 0, 1], [0, 0, 0, 1])
    image = replace(SQUARE, hues=(0, 2 / 3)).express(networks, CPU)
    assert image[0, :, 0, 0].tolist() == [0, 1, 0]


def test_runs_can_be_asked_for_a_palette() -> None:
    settings = encodings.CppnSettings(canvas={"hues": (0.5, 0.6), "saturation": 0.25})
    medium = encodings.build(settings, SQUARE).medium
    assert medium == replace(SQUARE, hues=(0.5, 0.6), saturation=0.25)
