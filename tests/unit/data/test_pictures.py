from pathlib import Path

import numpy as np
import pytest
from PIL import EpsImagePlugin, Image

from neatfool.data import load_pictures, read_picture
from neatfool.errors import DataError
from tests.idx_files import write_idx

GREY = (1, 4, 6)
COLOUR = (3, 4, 6)


def _save(path: Path, pixels: np.ndarray, mode: str = "RGB") -> None:
    Image.fromarray(pixels).convert(mode).save(path)


def _colour(seed: int = 0, height: int = 4, width: int = 6) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_colour_pictures_keep_their_pixels(tmp_path: Path) -> None:
    pixels = _colour()
    _save(tmp_path / "one.png", pixels)

    images = load_pictures(tmp_path, COLOUR)

    assert (images.shape, images.dtype) == ((1, 3, 4, 6), np.float32)
    np.testing.assert_array_equal(images[0], pixels.transpose(2, 0, 1) / np.float32(255))


def test_pictures_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name, value in (("b.png", 100), ("c.PNG", 200), ("a.jpeg", 0)):
        _save(tmp_path / name, np.full((4, 6, 3), value, np.uint8))
    (tmp_path / "notes.txt").write_text("not a picture")

    images = load_pictures(tmp_path, GREY)

    np.testing.assert_allclose(images[:, 0, 0, 0] * 255, [0, 100, 200], atol=1)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "CMYK"])
@pytest.mark.parametrize("shape", [GREY, COLOUR])
def test_every_kind_of_picture_is_converted(
    tmp_path: Path, mode: str, shape: tuple[int, int, int]
) -> None:
    white = np.full((4, 6, 3), 255, np.uint8)
    _save(tmp_path / ("white.jpg" if mode == "CMYK" else "white.png"), white, mode)

    np.testing.assert_allclose(load_pictures(tmp_path, shape), np.ones((1, *shape)), atol=0.01)


def test_sixteen_bits_are_refused(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 6), 1000, np.uint16)).save(tmp_path / "deep.png")

    with pytest.raises(DataError, match=r"deep\.png: .*8 bits per channel, got more"):
        load_pictures(tmp_path, GREY)


def test_pictures_are_resized(tmp_path: Path) -> None:
    halves = np.zeros((40, 60, 3), np.uint8)
    halves[:, 30:] = 255
    _save(tmp_path / "big.png", halves)

    image = load_pictures(tmp_path, GREY)[0, 0]

    assert image.shape == (4, 6)
    assert image[:, :2].max() < 0.1
    assert image[:, 4:].min() > 0.9


def test_images_of_an_idx_file(tmp_path: Path) -> None:
    pixels = np.arange(48, dtype=np.uint8).reshape(2, 4, 6)

    images = load_pictures(write_idx(tmp_path / "images.gz", pixels), GREY)

    assert images.dtype == np.float32
    np.testing.assert_array_equal(images[:, 0], pixels / np.float32(255))


@pytest.mark.parametrize(
    ("values", "shape"),
    [((2, 6, 4), GREY), ((2, 4, 6), COLOUR), ((24,), GREY), ((0, 4, 6), GREY)],
)
def test_an_idx_file_that_does_not_fit_is_named(
    tmp_path: Path, values: tuple[int, ...], shape: tuple[int, int, int]
) -> None:
    path = write_idx(tmp_path / "images", np.zeros(values, np.uint8))

    with pytest.raises(DataError, match=r"expected images for shape .*, got an IDX file of"):
        load_pictures(path, shape)


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"expected files ending in \.png, \.jpg, \.jpeg, got non"):
        load_pictures(tmp_path, GREY)


@pytest.mark.parametrize("keep", [0, 20, 60])
def test_a_damaged_picture_is_named(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "half.png"
    _save(path, _colour())
    path.write_bytes(path.read_bytes()[:keep])

    with pytest.raises(DataError, match=r"half\.png: expected a PNG or JPEG picture"):
        load_pictures(tmp_path, COLOUR)


def test_nothing_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected a readable file"):
        load_pictures(tmp_path / "nothing", GREY)


def test_two_channels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"expected 1 channel \(grey\) or 3 \(RGB\), got 2"):
        load_pictures(tmp_path, (2, 4, 6))


def test_a_picture_can_keep_its_proportions(tmp_path: Path) -> None:
    pixels = np.zeros((4, 12, 3), np.uint8)
    pixels[:, 3:9] = 255  # the middle
    _save(tmp_path / "wide.png", pixels)

    assert (read_picture(tmp_path / "wide.png", COLOUR, crop=True) == 255).all()
    assert not (read_picture(tmp_path / "wide.png", COLOUR) == 255).all()


@pytest.mark.parametrize(
    "content",
    [b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 6 4\n%%EndComments\n", b"%!PS\n", b"GIF89a"],
)
@pytest.mark.parametrize("name", ["0_a.png", "0_a.jpg"])
def test_other_formats_are_not_even_begun(
    content: bytes, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pillow starts Ghostscript for PostScript, whatever the name of the file."""
    ghostscript = tmp_path / "bin" / "gs"
    ghostscript.parent.mkdir()
    ghostscript.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n")
    ghostscript.chmod(0o755)
    monkeypatch.setenv("PATH", str(ghostscript.parent), prepend=":")
    monkeypatch.setattr(EpsImagePlugin, "gs_binary", None)  # it is looked for once
    (tmp_path / name).write_bytes(content)

    with pytest.raises(DataError, match="expected a PNG or JPEG picture"):
        read_picture(tmp_path / name, COLOUR)

    assert not (tmp_path / "ran").exists()
