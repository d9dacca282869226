"""Pictures of strangers come out as what they say they are, or not at all."""

import io

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from neatfool.web.browse.frames import checked_png, media_type


def png(picture: Image.Image) -> bytes:
    file, more = io.BytesIO(), PngInfo()
    more.add_text("secret", "text")
    picture.save(file, format="PNG", pnginfo=more)
    return file.getvalue()


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_pixels_stay_and_nothing_else(mode: str) -> None:
    random = np.random.default_rng(0)
    levels = random.integers(0, 256, (9, 7) if mode == "L" else (9, 7, 3), np.uint8)
    written = Image.open(io.BytesIO(checked_png(png(Image.fromarray(levels)), 96)))
    assert np.array_equal(np.asarray(written), levels)
    assert written.info == {}


def test_drawings_are_put_on_white() -> None:
    drawn = Image.new("RGBA", (3, 2), (200, 0, 0, 0))
    drawn.putpixel((1, 1), (10, 20, 30, 255))
    written = Image.open(io.BytesIO(checked_png(png(drawn))))
    assert (written.mode, written.getpixel((0, 0))) == ("RGB", (255, 255, 255))
    assert written.getpixel((1, 1)) == (10, 20, 30)


@pytest.mark.parametrize("side", [96, 320])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_large_ones_are_made_small(mode: str, side: int) -> None:
    content = checked_png(png(Image.new(mode, (800, 400))), side)
    assert media_type(content) == "image/jpeg"
    assert Image.open(io.BytesIO(content)).size == (side, side // 2)


@pytest.mark.parametrize(
    "content",
    [png(Image.new("P", (3, 3))), png(Image.new("L", (5000, 5000))), png(Image.new("1", (3, 3)))],
    ids=["a palette", "very large", "black and white"],
)
def test_others_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="a picture of"):
        checked_png(content)
