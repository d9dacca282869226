from dataclasses import replace

import numpy as np
import pytest
import torch

from neatfool.encodings import Birth, Cppn, CppnSettings
from neatfool.images import Canvas, Coordinates, to_grid
from neatfool.images.colour import paint_smoothly, tinted
from neatfool.networks import compile_graphs, execute

CPU = torch.device("cpu")


def rows(canvas: Canvas) -> np.ndarray:
    """Return ``(4, H, W)``."""
    return canvas.points(CPU).numpy().reshape(4, *canvas.shape[1:])


def test_corners_and_centre() -> None:
    x, y, d, bias = rows(Canvas((1, 3, 5)))

    assert [(x[r, c], y[r, c]) for r, c in [(0, 0), (0, 4), (2, 0), (2, 4), (1, 2)]] == [
        (-1, -1),
        (1, -1),
        (-1, 1),
        (1, 1),
        (0, 0),
    ]
    assert d[1, 2] == 0
    assert d[[0, 0, 2, 2], [0, 4, 0, 4]] == pytest.approx(2**0.5)
    assert (bias == 1).all()


def test_x_points_right_and_y_down_in_even_steps() -> None:
    x, y, d, _ = rows(Canvas((3, 5, 9)))

    assert x[2].tolist() == pytest.approx([k / 4 for k in range(-4, 5)])
    assert y[:, 3].tolist() == pytest.approx([k / 2 for k in range(-2, 3)])
    assert (x == x[:1]).all()
    assert (y == y[:, :1]).all()
    assert d == pytest.approx(np.hypot(x, y))


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 256, 256), (1, 7, 13)])
def test_pixel_coordinates_are_indices_and_distance_stays_normalised(shape) -> None:
    x, y, d, bias = rows(Canvas(shape, coordinates="pixels"))

    assert x[0].tolist() == list(range(shape[2]))
    assert y[:, 0].tolist() == list(range(shape[1]))
    assert np.array_equal(d, rows(Canvas(shape))[2])
    assert (bias == 1).all()


def test_points_are_float32_in_the_order_of_pixels() -> None:
    points = Canvas((3, 2, 3)).points(CPU)

    assert points.shape == (4, 6)
    assert points.dtype == torch.float32
    assert points[0].tolist() == [-1, 0, 1, -1, 0, 1]
    assert points[1].tolist() == [-1, -1, -1, 1, 1, 1]


@pytest.mark.parametrize("coordinates", ["normalised", "pixels"])
def test_an_enlarged_canvas_has_points_between_those_there_were(coordinates) -> None:
    canvas = Canvas((3, 5, 9), coordinates)
    large = canvas.enlarged(33)

    assert large.shape == (3, 18, 33)
    for each in (large, large.enlarged(9).enlarged(33)):
        assert rows(each)[0, 0, ::4] == pytest.approx(rows(canvas)[0, 0])
        assert rows(each)[:, -1, -1] == pytest.approx(rows(canvas)[:, -1, -1])
    assert (rows(canvas.enlarged(9)) == rows(canvas)).all()


@pytest.mark.parametrize("coordinates", ["normalised", "pixels"])
@pytest.mark.parametrize("tiles", [1, 2, 3, 4])
def test_tiles_mirror_their_neighbours(tiles: int, coordinates: Coordinates) -> None:
    side = 4 * tiles + 1  # neighbours share the points between them
    tiled, whole = (
        Canvas((1, side, side), coordinates, tiles=count).points(CPU).reshape(4, side, side)
        for count in (tiles, 1)
    )

    x, y = tiled[:2]
    assert x[0, ::4].tolist() == [whole[0, 0, -1 if place % 2 else 0] for place in range(tiles + 1)]
    for line in range(4, side - 1, 4):
        before, after = x[0, line - 4 : line + 1], x[0, line : line + 5]
        assert before.tolist() == pytest.approx(after.flip(0).tolist(), abs=1e-5)
    assert torch.equal(y, x.T)
    assert torch.equal(tiled[2:], whole[2:])


@pytest.mark.parametrize(
    "canvas",
    [
        Canvas((1, 6, 8)),
        Canvas((3, 8, 8)),
        Canvas((3, 8, 6), colours="hls"),
        Canvas((3, 8, 8), hues=(0.4, 0.7), saturation=0.5),
        Canvas((3, 16, 12), tiles=2),
        Canvas((1, 12, 12), "pixels", tiles=3),
    ],
)
def test_gradients_in_weights_are_slopes_of_what_is_painted(canvas: Canvas) -> None:
    settings = CppnSettings(structure={"start": "dense", "start_nodes": 4}, start_range=0.3)
    genomes = Cppn(settings, canvas).new(2, Birth(1, np.random.default_rng(1)))
    networks = compile_graphs(genomes)
    random = torch.Generator().manual_seed(0)
    wanted = torch.randn(2, *canvas.shape, generator=random, dtype=torch.float64)
    found = canvas.pull(networks, wanted).numpy()
    points, step = canvas.points(CPU).double(), 1e-6
    directions = np.random.default_rng(2).normal(size=len(found))

    def painted(sign: int) -> float:
        weights = networks.weights + sign * step * directions
        values = execute(replace(networks, weights=weights), points, "exact")
        if canvas.shape[0] == 3:
            values = tinted(values, canvas.colours, canvas.hues, canvas.saturation)
        return float((paint_smoothly(values, canvas.colours) * wanted.flatten(2)).sum())

    slope = (painted(1) - painted(-1)) / (2 * step)
    assert found @ directions == pytest.approx(slope, rel=1e-3)
    levels = to_grid(paint_smoothly(execute(networks, points.float()), canvas.colours))
    if canvas.saturation == 1 and canvas.colours == "hsv":
        painted_as_ever = canvas.express(networks, CPU).flatten(2)
        assert (levels - painted_as_ever).abs().max() < 1.01 / 255
