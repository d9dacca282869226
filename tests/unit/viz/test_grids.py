import io

import matplotlib.image
import numpy as np
import pytest
import torch

from neatfool import viz
from neatfool.errors import ShapeError


def pixels_of(figure):
    """Return what the figure's PNG shows, (H, W, 3) uint8."""
    image = matplotlib.image.imread(io.BytesIO(viz.to_png(figure)))
    return np.rint(image[..., :3] * 255).astype(np.uint8)


def texts_of(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def assert_inside(picture, block):
    """Assert that a block of pixels occurs in a picture exactly as it is."""
    windows = np.lib.stride_tricks.sliding_window_view(picture, block.shape[:2], axis=(0, 1))
    corners = np.argwhere((windows[..., 0, 0] == block[0, 0]).all(-1))
    assert any((windows[y, x].transpose(1, 2, 0) == block).all() for y, x in corners)


@pytest.mark.parametrize("count", [1, 2, 7, 10, 101])
def test_shows_every_image_under_its_title(count):
    titles = [f"{k} · 99.9987 %" for k in range(count)]
    figure = viz.image_grid(np.full((count, 1, 4, 4), 0.5), titles)
    assert len(figure.axes) == 1
    assert len(figure.axes[0].images) == count
    assert texts_of(figure) == titles


def test_ten_images_are_two_rows_of_five():
    figure = viz.image_grid(np.zeros((10, 1, 28, 28)), [str(k) for k in range(10)])
    lefts = {image.get_extent()[0] for image in figure.axes[0].images}
    tops = {image.get_extent()[3] for image in figure.axes[0].images}
    assert (len(lefts), len(tops)) == (5, 2)


def test_columns_can_be_chosen():
    figure = viz.image_grid(np.zeros((6, 1, 8, 8)), list("abcdef"), columns=2)
    assert len({image.get_extent()[0] for image in figure.axes[0].images}) == 2


@pytest.mark.parametrize("channels", [1, 3])
def test_every_pixel_is_a_square_of_its_exact_colour(channels):
    image = np.random.default_rng(0).integers(0, 256, (2, channels, 28, 28))
    figure = viz.image_grid(torch.tensor(image / 255, dtype=torch.float32), ["a", "b"])
    colours = np.broadcast_to(image[1].transpose(1, 2, 0), (28, 28, 3))
    assert_inside(pixels_of(figure), np.kron(colours, np.ones((10, 10, 1))))


def test_images_do_not_overlap():
    figure = viz.image_grid(np.zeros((5, 3, 300, 40)), list("abcde"), columns=2)
    boxes = [image.get_extent() for image in figure.axes[0].images]
    for k, (left, right, bottom, top) in enumerate(boxes):
        for l2, r2, b2, t2 in boxes[:k]:
            assert right < l2 or r2 < left or bottom < t2 or b2 < top


def test_images_larger_than_their_cell_are_shrunk():
    figure = viz.image_grid(np.zeros((1, 1, 1000, 2000)), ["a"])
    left, right, bottom, top = figure.axes[0].images[0].get_extent()
    assert right - left < 1000
    assert (right - left) / (bottom - top) == pytest.approx(2)


def test_a_long_title_keeps_its_confidence():
    figure = viz.image_grid(np.zeros((1, 1, 28, 28)), ["a very long name of a class · 99.9987 %"])
    confidence, name = texts_of(figure)
    assert confidence == "99.9987 %"
    assert name.startswith("a very long")
    assert name.endswith("…")


def test_titles_are_shown_as_they_are():
    figure = viz.image_grid(np.zeros((1, 1, 4, 4)), ["$\\frac$"], heading="_$^$")
    assert texts_of(figure) == ["$\\frac$", "_$^$"]
    assert viz.to_png(figure)


def test_the_heading_fits():
    figure = viz.image_grid(
        np.zeros((1, 1, 4, 4)), ["a"], heading="What lenet-caffe believes in · CPPN, SEED 0"
    )
    figure.draw_without_rendering()
    assert figure.axes[0].texts[-1].get_window_extent().x1 <= figure.bbox.x1


def test_equal_images_give_equal_bytes():
    first, second = (
        viz.to_png(viz.image_grid(np.full((3, 1, 5, 5), 0.25), list("abc"), heading="h"))
        for _ in range(2)
    )
    assert first == second
    assert b"Software" not in first


@pytest.mark.parametrize("channels", [1, 3])
def test_levels_are_drawn_as_the_images_that_they_are_of(channels):
    levels = np.random.default_rng(0).integers(0, 256, (3, channels, 5, 7), np.uint8)

    drawn, expected = (
        viz.to_png(viz.image_grid(images, list("abc"))) for images in (levels, levels / 255)
    )

    assert drawn == expected


@pytest.mark.parametrize(
    ("images", "came"),
    [
        (np.zeros((2, 28, 28)), r"got \(2, 28, 28\)"),
        (np.zeros((2, 2, 28, 28)), r"got \(2, 2, 28, 28\)"),
        (np.zeros((0, 1, 28, 28)), r"got \(0, 1, 28, 28\)"),
        (np.zeros((2, 1, 4, 4), np.int64), "got int64"),
        (np.full((2, 1, 4, 4), 1.5), r"got \[1.5, 1.5\]"),
        (np.full((2, 1, 4, 4), np.nan), r"got \[nan, nan\]"),
        (np.zeros((3, 1, 4, 4)), "expected one title per image, 3; got 2"),
    ],
)
def test_refuses_what_is_no_gallery(images, came):
    with pytest.raises(ShapeError, match=came):
        viz.image_grid(images, ["a", "b"])


def test_refuses_no_columns():
    with pytest.raises(ShapeError, match="at least 1 column, got 0"):
        viz.image_grid(np.zeros((1, 1, 4, 4)), ["a"], columns=0)


def test_saves_whole_or_not_at_all(tmp_path):
    figure = viz.image_grid(np.zeros((1, 1, 4, 4)), ["a"])
    viz.save(figure, tmp_path / "gallery.png")
    assert [path.name for path in tmp_path.iterdir()] == ["gallery.png"]
    assert (tmp_path / "gallery.png").read_bytes() == viz.to_png(figure)


def test_a_failed_save_leaves_nothing_behind(tmp_path):
    (tmp_path / "gallery.png").mkdir()
    with pytest.raises(OSError, match=r"gallery\.png"):
        viz.save(viz.image_grid(np.zeros((1, 1, 4, 4)), ["a"]), tmp_path / "gallery.png")
    assert [path.name for path in tmp_path.iterdir()] == ["gallery.png"]
