import numpy as np
import pytest
import torch

from neatfool.errors import ShapeError
from neatfool.images import measures, to_png
from neatfool.images.colour import to_grid
from neatfool.images.measures import (
    compressed_size,
    distance,
    measure,
    spectral_slope,
    symmetry,
)

SHAPES = [(1, 1, 1), (3, 1, 1), (1, 1, 7), (3, 2, 3), (1, 5, 5), (1, 28, 28), (3, 16, 9)]


def _noise(*shape: int, seed: int = 0) -> torch.Tensor:
    levels = np.random.default_rng(seed).integers(0, 256, shape)
    return to_grid(torch.from_numpy(levels).float() / 255)


def _coloured_noise(slope: float, side: int = 128, count: int = 12) -> torch.Tensor:
    """Noise whose power falls by a slope, over the whole range of levels."""
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side))
    frequency[0, 0] = np.inf
    white = np.random.default_rng(0).normal(size=(count, 1, side, side))
    values = np.fft.ifft2(np.fft.fft2(white) * frequency ** (slope / 2)).real
    return to_grid(torch.from_numpy(0.5 + values / values.std() / 8).float())


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("level", [0.0, 51 / 255, 1.0])
def test_one_colour_is_symmetric_flat_and_finite(shape: tuple[int, int, int], level: float) -> None:
    images = torch.full((2, *shape), level)

    measured = measure(images, images)

    assert all(each.isfinite().all() for each in measured.values())
    assert (symmetry(images) == 1).all()
    assert spectral_slope(images).abs().max() < 1e-9
    assert (distance(images, images) == 0).all()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("count", [0, 1, 3])
def test_every_measure_gives_one_finite_number_per_image(
    shape: tuple[int, int, int], count: int
) -> None:
    measured = measure(_noise(count, *shape), _noise(5, *shape, seed=1))

    assert len(measured) == 6
    for name, each in measured.items():
        assert (each.shape, each.dtype) == ((count,), torch.float64), name
        assert each.isfinite().all(), name


def test_there_is_no_distance_without_data() -> None:
    assert "distance_to_data" not in measure(_noise(1, 1, 4, 4))


def test_symmetries_go_by_their_names() -> None:
    images = _noise(1, 1, 6, 6)
    symmetries = ("symmetry_left_right", "symmetry_top_bottom", "symmetry_half_turn")

    measured = measure(images)

    assert [measured[name] for name in symmetries] == symmetry(images)[0].tolist()


def test_what_an_image_gets_does_not_depend_on_the_others() -> None:
    images, data = _noise(5, 3, 12, 10), _noise(4, 3, 12, 10, seed=1)
    together = measure(images, data)

    for index in range(len(images)):
        for name, value in measure(images[index : index + 1], data).items():
            assert value[0] == pytest.approx(float(together[name][index]), abs=1e-12), name


def test_regular_images_are_smaller_than_noise() -> None:
    stripes = torch.zeros(1, 3, 64, 64)
    stripes[:, :, ::4] = 1

    flat, striped, noisy = compressed_size(
        torch.cat([torch.zeros_like(stripes), stripes, _noise(1, 3, 64, 64)])
    )

    assert flat < striped < noisy / 10
    assert 3 < noisy < 3.2


def test_png_files_that_are_there_are_not_made_again() -> None:
    images = _noise(2, 3, 16, 16)

    assert (compressed_size(images) == compressed_size(images, list(map(to_png, images)))).all()
    assert measure(images, pngs=[b"1234", b""])["png_bytes_per_pixel"].tolist() == [1 / 64, 0]


def test_only_grey_and_colour_are_compressed() -> None:
    with pytest.raises(ShapeError, match=r"1 \(grey\) or 3 \(RGB\) channels, got \(1, 2, 4, 4\)"):
        compressed_size(torch.zeros(1, 2, 4, 4))


@pytest.mark.parametrize(("index", "axes"), [(0, (3,)), (1, (2,)), (2, (2, 3))])
def test_an_image_beside_its_mirror_image_is_symmetric(index: int, axes: tuple[int, ...]) -> None:
    half = _noise(2, 3, 8, 6)
    whole = torch.cat([half, half.flip(axes)], dim=axes[-1])

    found = symmetry(whole)

    assert found[:, index] == pytest.approx(np.ones(2))
    assert (np.delete(found.numpy(), index, axis=1) < 0.5).all()


def test_an_image_that_mirrors_to_its_negative_has_minus_one() -> None:
    half = _noise(1, 1, 8, 6)

    assert symmetry(torch.cat([half, 1 - half.flip(3)], dim=3))[0, 0] == pytest.approx(-1)


def test_noise_has_no_symmetry_whatever_its_colour() -> None:
    images = _noise(3, 3, 64, 64) * torch.tensor([0.2, 0.6, 1.0]).view(3, 1, 1)

    assert symmetry(to_grid(images)).abs().max() < 0.1


def test_symmetry_is_a_correlation() -> None:
    image = _noise(1, 1, 5, 7)
    levels = image[0, 0].double().numpy()

    expected = np.corrcoef(levels.ravel(), levels[:, ::-1].ravel())[0, 1]

    assert symmetry(image)[0, 0] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("slope", [0.0, -1.0, -2.0, -3.0])
def test_the_slope_of_noise_is_found_again(slope: float) -> None:
    found = spectral_slope(_coloured_noise(slope))

    assert float(found.mean()) == pytest.approx(slope, abs=0.1)
    assert float(found.std()) < 0.1


def test_the_slope_does_not_depend_on_contrast_or_brightness() -> None:
    images = _coloured_noise(-1.0)

    dimmed = to_grid(images * 0.5 + 0.1)

    assert spectral_slope(dimmed) == pytest.approx(spectral_slope(images).numpy(), abs=0.02)


@pytest.mark.parametrize(("height", "width"), [(128, 64), (64, 128)])
def test_the_slope_does_not_depend_on_the_form(height: int, width: int) -> None:
    images = _coloured_noise(-2.0, side=128)[:, :, :height, :width]

    assert float(spectral_slope(images).mean()) == pytest.approx(-2, abs=0.1)


def test_distance_is_to_the_nearest() -> None:
    data = torch.stack([torch.full((1, 4, 4), level / 255) for level in (0, 100, 200)])
    images = torch.stack([torch.full((1, 4, 4), level / 255) for level in (255, 90, 200)])

    assert distance(images, data) == pytest.approx(np.array([55, 10, 0]) / 255)


def test_distance_is_the_root_of_the_mean_square() -> None:
    image = torch.tensor([[[[3.0, 0.0], [4.0, 0.0]]]]) / 255

    assert float(distance(image, torch.zeros(1, 1, 2, 2))) == pytest.approx(2.5 / 255)


def test_measures_are_the_same_in_any_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    images, data = _noise(7, 3, 8, 9), _noise(11, 3, 8, 9, seed=1)
    whole = measure(images, data)

    for values in ("_VALUES", "_COMPARED"):
        monkeypatch.setattr(measures, values, 3 * 8 * 9 * 2)

    for name, values in measure(images, data).items():
        torch.testing.assert_close(values, whole[name], rtol=1e-12, atol=1e-12)


def test_distance_is_that_of_torch() -> None:
    images, data = _noise(7, 3, 5, 4), _noise(11, 3, 5, 4, seed=1)

    nearest = torch.cdist(images.double().flatten(1), data.double().flatten(1)).amin(1)

    assert distance(images, data) == pytest.approx(nearest.numpy() / 60**0.5, rel=1e-5)


def test_an_image_of_the_data_is_at_no_distance() -> None:
    data = _noise(6, 3, 32, 32)

    assert (distance(data[2:4], data) == 0).all()


@pytest.mark.parametrize("data", [torch.zeros(2, 3, 4, 4), torch.zeros(0, 1, 4, 4)])
def test_data_that_do_not_fit_are_refused(data: torch.Tensor) -> None:
    with pytest.raises(ShapeError, match=r"expected data \(N, 1, 4, 4\)"):
        distance(torch.zeros(1, 1, 4, 4), data)
