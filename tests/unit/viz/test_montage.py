"""PNG files put together."""

import io

import numpy as np
import pytest
from PIL import Image

from neatfool import viz
from neatfool.errors import DataError, ShapeError
from neatfool.images import levels_to_png


def levels(channels: int, height: int, width: int) -> np.ndarray:
    drawn = np.random.default_rng(height).integers(0, 255, (channels, height, width))
    return drawn.astype(np.uint8)


def png_of(mode: str, colour: object, size: tuple[int, int] = (4, 2)) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, format="PNG")
    return file.getvalue()


def decoded(png: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(png)) as picture:
        assert (picture.mode, picture.info) == ("RGB", {})
        return np.asarray(picture)


@pytest.mark.parametrize("first", [(1, 3, 6), (3, 5, 4), (3, 1, 1)])
@pytest.mark.parametrize("second", [(1, 7, 2), (3, 2, 9)])
def test_pictures_stand_one_below_the_other_in_the_middle(first, second) -> None:
    images = [levels(*first), levels(*second)]
    sheet = decoded(viz.stacked([levels_to_png(each) for each in images]))

    width = max(first[2], second[2])
    assert sheet.shape == (first[1] + second[1], width, 3)
    y, inside = 0, np.zeros(sheet.shape, bool)
    for each in images:
        _, tall, wide = each.shape
        left = (width - wide) // 2
        part = sheet[y : y + tall, left : left + wide]
        assert (part == each.transpose(1, 2, 0)).all()
        inside[y : y + tall, left : left + wide] = True
        y += tall
    assert (sheet[~inside] == 255).all()


def test_equal_pictures_give_equal_files_without_metadata() -> None:
    figure = viz.to_png(viz.image_grid(levels(3, 4, 4)[None], ["a"]))
    elite = levels_to_png(levels(1, 4, 4), {"neatfool": "a network"})
    plain = levels_to_png(levels(1, 4, 4))
    assert viz.stacked([figure, elite]) == viz.stacked([figure, plain])


@pytest.mark.parametrize("shapes", [[(1, 3, 6), (1, 7, 2)], [(1, 3, 6), (3, 5, 5)], [(3, 2, 2)]])
def test_pictures_of_different_sizes_fit_one_gallery(shapes) -> None:
    images = [levels(*shape) for shape in shapes]
    made = viz.padded([levels_to_png(each) for each in images])

    channels, height, width = np.max(shapes, axis=0)
    assert (made.shape, made.dtype) == ((len(shapes), channels, height, width), np.uint8)
    for each, image in zip(made, images, strict=True):
        _, tall, wide = image.shape
        y, x = (height - tall) // 2, (width - wide) // 2
        assert (each[:, y : y + tall, x : x + wide] == image).all()
        assert (each == 255).sum() == channels * (height * width - tall * wide)
    assert viz.to_png(viz.image_grid(made, ["x"] * len(shapes)))


@pytest.mark.parametrize(
    ("mode", "colour", "shown"),
    [
        ("1", 0, [0]),
        ("L", 7, [7]),
        ("LA", (0, 0), [255]),
        ("RGB", (1, 2, 3), [1, 2, 3]),
        ("RGBA", (9, 9, 9, 0), [255, 255, 255]),
        ("P", 0, [0, 0, 0]),
    ],
)
def test_every_kind_of_png_is_taken(mode, colour, shown) -> None:
    made = viz.padded([png_of(mode, colour)])
    assert made.shape == (1, len(shown), 2, 4)
    assert made[0, :, 0, 0].tolist() == shown


@pytest.mark.parametrize("put", [viz.stacked, viz.padded])
def test_what_is_no_picture_is_refused(put) -> None:
    whole = png_of("L", 7, (99, 99))
    with pytest.raises(ShapeError, match="at least one picture, got none"):
        put([])
    for damaged in (b"", b"GIF89a", whole[:-20], png_of("I;16", 7)):
        with pytest.raises(DataError, match="of 8 bits, got something else as picture 2 of 2"):
            put([whole, damaged])
