"""Pictures come back as they were, whatever they are written as."""

import io

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from neatfool.encodings.interchange import Picture, read_picture, to_json, to_png, to_text
from neatfool.encodings.interchange.picture import MOST_EDGES, MOST_NODES, MOST_PIXELS
from neatfool.errors import DataError, ShapeError
from neatfool.images import Canvas, render, to_levels
from neatfool.networks import compile_graphs
from neatfool.types import CPU
from tests.strategies import assert_same_arrays, graphs, join, of_neat_python, random_graph

ENDS = ((4, 1), (4, 3))
CANVASES = st.builds(
    Canvas,
    st.tuples(st.just(0), st.integers(1, 9), st.integers(1, 9)),
    st.sampled_from(["normalised", "pixels"]),
    st.sampled_from(["nearest", "down"]),
    st.sampled_from(["hsv", "hls"]),
)


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    one = draw(
        st.one_of(
            graphs(1, ends=ENDS, reaches=(1.0, 10.0, 3e38)), of_neat_python(max_graphs=1, ends=ENDS)
        )
    )
    canvas = draw(CANVASES)
    shape = (one.outputs, *canvas.shape[1:])
    return Picture(one, Canvas(shape, canvas.coordinates, canvas.rounding, canvas.colours))


def small(
    channels: int = 3, hidden: int = 6, edges: int = 20, shape: tuple[int, ...] = ()
) -> Picture:
    part = random_graph(np.random.default_rng(5), 4, channels, hidden, edges)
    return Picture(join([part], 4, channels), Canvas(shape or (channels, 8, 6), "pixels"))


@settings(max_examples=60)
@given(pictures())
def test_pictures_come_back_as_they_were(picture: Picture) -> None:
    text, png = to_text(picture), to_png(picture)
    painted = render(compile_graphs(picture.graphs), picture.canvas, CPU)

    for back in (read_picture(text.encode()), read_picture(png)):
        assert back.canvas == picture.canvas
        for name, array in back.graphs.arrays().items():
            assert np.array_equal(array, picture.graphs.arrays()[name]), name
        assert (to_text(back), to_png(back)) == (text, png)
    with Image.open(io.BytesIO(png)) as opened:
        levels = np.asarray(opened).reshape(*picture.canvas.shape[1:], -1).transpose(2, 0, 1)
    assert np.array_equal(levels, to_levels(painted)[0])


@pytest.mark.parametrize("channels", [1, 3])
def test_a_bare_network_paints_on_a_canvas_of_128_by_128(channels: int) -> None:
    picture = small(channels)

    back = read_picture(b"\xef\xbb\xbf \n" + to_json(picture.graphs).encode())

    assert back.canvas == Canvas((channels, 128, 128))
    assert_same_arrays(back.graphs, picture.graphs)


def test_an_image_that_is_known_is_not_painted_again() -> None:
    image = torch.zeros(3, 8, 6)

    with Image.open(io.BytesIO(to_png(small(), image))) as opened:
        assert not np.asarray(opened).any()
    with pytest.raises(ShapeError, match=r"shape \(3, 8, 6\), got \(1, 8, 6\)"):
        to_png(small(), image[:1])


def test_the_network_stands_before_the_pixels() -> None:
    noise = torch.from_numpy(np.random.default_rng(1).integers(0, 256, (3, 256, 256)) / 255)
    picture = small(shape=(3, 256, 256))
    png = to_png(picture, noise.float())

    assert len(png) > 150_000
    assert to_text(read_picture(png[:4096])) == to_text(picture)


def test_the_largest_pictures_are_written_and_read() -> None:
    hidden = MOST_NODES - 7
    picture = small(hidden=hidden, edges=0, shape=(3, MOST_PIXELS, 1))
    first, count = 1 << 61, MOST_EDGES
    long = {
        "node_ids": np.append(np.arange(7), first + np.arange(hidden)),
        "biases": np.append(np.zeros(7), np.full(hidden, -1.2345678901234567e-100)),
        "edge_offsets": np.array([0, count]),
        "sources": np.full(count, 7),
        "targets": np.full(count, 4),
        "weights": np.full(count, -1.2345678901234567e-100),
        "enabled": np.zeros(count, np.bool_),
        "innovations": first + np.arange(count),
        "responses": np.full(MOST_NODES, -1.2345678901234567e-100),
        "time_constants": np.full(MOST_NODES, -1.2345678901234567e-100),
        "aggregations": np.full(MOST_NODES, 4, np.int16),
    }
    largest = Picture(picture.graphs.changed(**long), picture.canvas)

    assert to_text(read_picture(to_text(largest).encode())) == to_text(largest)


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (small(hidden=MOST_NODES - 6), "at most 4,096 nodes and 16,384 edges, got 4,097 and 20"),
        (small(edges=MOST_EDGES + 1), r"got 13 and 16,385"),
        (small(shape=(3, 0, 5)), "sides of 1 to 4096 pixels, got 0 x 5"),
        (small(shape=(3, 5, MOST_PIXELS + 1)), "got 5 x 4097"),
        (small(shape=(1, 8, 6)), "1 output for a grey .* got 4 and 3 for 1 channels"),
        (small(2), "got 4 and 2 for 2 channels"),
    ],
)
def test_what_would_not_be_read_is_not_written(picture: Picture, message: str) -> None:
    for write in (to_text, to_png):
        with pytest.raises(DataError, match=message):
            write(picture)
