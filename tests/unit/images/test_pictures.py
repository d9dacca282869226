import numpy as np
import pytest
import torch

from neatfool.errors import ShapeError
from neatfool.images.pictures import to_images, to_pictures


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB")])
@pytest.mark.parametrize("count", [0, 2])
def test_every_level_comes_back(channels: int, mode: str, count: int) -> None:
    levels = np.arange(count * channels * 16 * 32).reshape(count, channels, 16, 32) % 256
    images = torch.from_numpy(levels).float() / 255

    pictures = to_pictures(images)

    assert [(picture.mode, picture.size) for picture in pictures] == [(mode, (32, 16))] * count
    back = to_images(pictures, images)
    assert (back.dtype, back.is_contiguous()) == (torch.float32, True)
    assert torch.equal(back, images)


def test_channels_are_red_green_blue() -> None:
    red = torch.tensor([1.0, 0.0, 0.0]).view(1, 3, 1, 1)

    assert to_pictures(red)[0].getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize("shape", [(1, 2, 4, 4), (1, 4, 4, 4), (4, 3, 4)])
def test_other_channels_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"1 \(grey\) or 3 \(RGB\) channels, got"):
        to_pictures(torch.zeros(shape))
