"""Networks that are rewritten paint the same pictures."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neatfool.encodings import Birth, CanvasSettings, Cppn, CppnSettings, StructureSettings
from neatfool.encodings.interchange import Picture
from neatfool.errors import DataError
from neatfool.images import Canvas, render
from neatfool.networks import Graphs, compile_graphs
from neatfool.types import CPU
from neatfool.web.breed.recolour import on_square, to_colour, to_grey
from tests.strategies import assert_valid


def grown(canvas: Canvas, seed: int, steps: int = 12) -> Graphs:
    """Make six networks of many changes."""
    settings = CppnSettings(
        canvas=CanvasSettings(coordinates=canvas.coordinates),
        structure=StructureSettings(split="disable"),
        weight_range=2.0,
    )
    cppn, birth = Cppn(settings, canvas), Birth(1, np.random.default_rng(seed))
    graphs = cppn.new(6, birth)
    for _ in range(steps):
        graphs = cppn.vary(graphs, birth)
    return graphs


def painted(graphs: Graphs, canvas: Canvas) -> torch.Tensor:
    return render(compile_graphs(graphs), canvas, CPU)


@given(st.integers(0, 50))
def test_grey_pictures_look_the_same_in_colour(seed) -> None:
    canvas = Canvas((1, 9, 7))
    graphs = grown(canvas, seed)

    coloured = to_colour(graphs, int(graphs.innovations.max()) + 1)

    assert_valid(coloured)
    after = painted(coloured, replace(canvas, shape=(3, 9, 7)))
    assert torch.equal(after, painted(graphs, canvas).expand(-1, 3, -1, -1))


@given(st.integers(0, 50), st.sampled_from([1, 2]))
def test_the_brightness_of_colours_becomes_grey(seed, brightness) -> None:
    canvas = Canvas((3, 9, 7))
    graphs = grown(canvas, seed)

    grey = to_grey(graphs, brightness, int(graphs.node_ids.max()) + 1)

    assert_valid(grey)
    assert grey.outputs == 1
    shape = (1, 9, 7)
    alone = replace(canvas, shape=shape)
    if brightness == 2:  # of hsv: the largest of red, green and blue
        assert torch.equal(painted(grey, alone)[:, 0], painted(graphs, canvas).amax(1))
    again = to_colour(grey, int(grey.innovations.max()) + 1)
    assert torch.equal(painted(again, canvas), painted(grey, alone).expand(-1, 3, -1, -1))


@given(st.integers(0, 50))
def test_raw_pixel_coordinates_become_normalised_ones(seed) -> None:
    canvas = Canvas((1, 12, 9), coordinates="pixels")
    graphs = grown(canvas, seed, steps=3).select([0])
    graphs = graphs.changed(weights=graphs.weights * np.float32(0.1))  # so that rounding is small

    square = on_square(Picture(graphs, canvas), 64)

    assert square.canvas == Canvas((1, 64, 64))
    there = replace(square.canvas, shape=canvas.shape)
    apart = (painted(square.graphs, there) - painted(graphs, canvas)).abs()
    assert apart.max() <= 2 / 255


def test_numbers_that_leave_no_room_are_given_anew() -> None:
    canvas = Canvas((1, 8, 8))
    graphs = grown(canvas, 0).select([1])
    ids = np.where(graphs.node_ids > 4, graphs.node_ids + (1 << 61), graphs.node_ids)

    square = on_square(Picture(graphs.changed(node_ids=ids), canvas), 8)

    assert_valid(square.graphs)
    assert square.graphs.node_ids.max() < 100
    assert torch.equal(painted(square.graphs, canvas), painted(graphs, canvas))


def test_products_of_raw_pixel_coordinates_are_refused() -> None:
    canvas = Canvas((1, 8, 8), coordinates="pixels")
    graphs = grown(canvas, 0).select([0])
    products = np.ones(len(graphs.node_ids), np.int16)
    with pytest.raises(DataError, match="choose another picture"):
        on_square(Picture(graphs.changed(aggregations=products), canvas), 8)
