import numpy as np
import pytest
import torch

from neatfool.errors import ConfigError, ShapeError
from neatfool.images.colour import to_grid
from neatfool.images.disturbances import DISTURBANCES, blur, jpeg, noise, resize
from neatfool.types import Images

SHAPES = [(1, 1, 1), (3, 1, 5), (1, 28, 28), (3, 17, 12)]
EVERY = pytest.mark.parametrize("name", DISTURBANCES)


def _images(*shape: int, seed: int = 0) -> Images:
    levels = np.random.default_rng(seed).integers(0, 256, shape)
    return to_grid(torch.from_numpy(levels).float() / 255)


def _smooth(side: int = 64) -> Images:
    """One image of soft stripes."""
    wave = torch.linspace(0, 12, side).sin() / 2 + 0.5
    return to_grid(wave.expand(1, 3, side, side).clone())


def _change(images: Images, disturbed: Images) -> float:
    return float((images - disturbed).square().mean().sqrt())


@EVERY
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("count", [0, 1, 3])
def test_shape_grid_and_the_images_themselves_are_kept(
    name: str, shape: tuple[int, int, int], count: int
) -> None:
    images = _images(count, *shape)
    before = images.clone()

    disturbed = DISTURBANCES[name](images)

    assert (disturbed.shape, disturbed.dtype) == (images.shape, torch.float32)
    assert torch.equal(disturbed, to_grid(disturbed.clone()))
    assert torch.equal(images, before)
    assert disturbed.data_ptr() != images.data_ptr() or count == 0


@EVERY
def test_what_becomes_of_an_image_does_not_depend_on_the_others(name: str) -> None:
    images = _images(4, 3, 16, 16)

    together = DISTURBANCES[name](images)

    assert torch.equal(together[2:3], DISTURBANCES[name](images[2:3]))
    assert torch.equal(together, DISTURBANCES[name](images))


@EVERY
def test_images_are_disturbed_but_can_be_recognised(name: str) -> None:
    assert 0 < _change(_smooth(), DISTURBANCES[name](_smooth())) < 0.15


@pytest.mark.parametrize("name", [name for name in DISTURBANCES if not name.startswith("noise")])
@pytest.mark.parametrize("channels", [1, 3])
def test_one_colour_stays_as_it_is(name: str, channels: int) -> None:
    images = torch.full((1, channels, 24, 24), 128 / 255)

    assert torch.equal(DISTURBANCES[name](images), images)


def test_every_kind_grows_with_its_strength() -> None:
    images = _images(1, 3, 32, 32)

    for kind, strengths in (
        (jpeg, (95, 50, 10)),
        (resize, (1.5, 2, 4)),
        (blur, (0.5, 1, 2)),
        (noise, (0.02, 0.1, 0.3)),
    ):
        changes = [_change(images, kind(images, each)) for each in strengths]
        assert changes == sorted(set(changes)), kind.__name__


def test_the_weakest_change_nothing() -> None:
    images = _images(2, 3, 9, 8)

    for weakest in (resize(images, 1), blur(images, 0), noise(images, 0)):
        assert torch.equal(weakest, images)
        assert weakest.data_ptr() != images.data_ptr()


def test_resizing_takes_the_finest_stripes_away() -> None:
    stripes = torch.zeros(1, 1, 32, 32)
    stripes[:, :, :, ::4] = 1

    middle = resize(stripes, 4)[:, :, :, 8:-8]

    assert (middle - 0.25).abs().max() < 0.05


def test_blur_spreads_a_point_as_a_gaussian() -> None:
    image = torch.zeros(1, 1, 15, 15)
    image[0, 0, 7, 7] = 1

    row = blur(image, 1.0)[0, 0, 7] * 255

    density = np.exp(-(np.arange(-7, 8) ** 2) / 2) / (2 * np.pi) * 255
    assert row.numpy() == pytest.approx(density, abs=1)
    assert torch.equal(row, row.flip(0))


def test_noise_has_its_strength_and_no_mean() -> None:
    grey = torch.full((1, 3, 128, 128), 128 / 255)

    added = noise(grey, 0.1) - grey

    assert float(added.std()) == pytest.approx(0.1, rel=0.02)
    assert abs(float(added.mean())) < 0.002


def test_noise_follows_its_seed_and_differs_between_images() -> None:
    images = torch.stack([torch.full((1, 8, 8), level / 255) for level in (100, 101)])

    added = noise(images, 0.1) - images

    assert (added[0] - added[1]).abs().max() > 0.05
    assert not torch.equal(noise(images, 0.1, seed=1), noise(images, 0.1, seed=2))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (jpeg, 0),
        (jpeg, 101),
        (resize, 0.5),
        (resize, float("inf")),
        (blur, -1),
        (blur, float("nan")),
        (noise, -0.1),
        (noise, float("inf")),
    ],
)
def test_strengths_out_of_range_are_refused(kind, value: float) -> None:
    with pytest.raises(ConfigError, match=rf"expected .* from .*, got {value}"):
        kind(_images(1, 1, 4, 4), value)


def test_jpeg_takes_grey_and_colour_only() -> None:
    with pytest.raises(ShapeError, match=r"got .1, 4, 8, 8."):
        jpeg(_images(1, 4, 8, 8), 90)
