import io

import pytest
import torch
from PIL import Image

from neatfool.images import to_png
from neatfool.reports.pages.thumbnails import address, thumbnails


def noise(count, channels, side):
    random = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (count, channels, side, side), generator=random) / 255


def test_small_images_stay_as_they_are():
    images = noise(5, 1, 28)
    pngs = [to_png(image) for image in images]
    assert thumbnails(pngs) == pngs
    assert address(pngs[0]).startswith("data:image/png;base64,iVBOR")


@pytest.mark.parametrize("channels", [1, 3])
def test_large_ones_become_smaller_until_they_fit(channels):
    images = noise(3, channels, 200)
    pngs = [to_png(image) for image in images]
    sides = []
    for most in (10**6, 8000 * channels, 1):
        files = thumbnails(pngs, 1000, most)
        assert sum(map(len, files)) <= most or most == 1
        assert all(address(file).startswith("data:image/jpeg;base64,") for file in files)
        pictures = [Image.open(io.BytesIO(file)) for file in files]
        assert {picture.mode for picture in pictures} == {"L" if channels == 1 else "RGB"}
        sides.append({picture.size for picture in pictures}.pop()[0])
    assert sides[0] == 160 > sides[1] > sides[2] == 48
