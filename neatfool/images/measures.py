"""How regular images are, and how far from pictures that people know.

Confidence says what a network sees in an image; these say what kind of image it is. Every measure
takes images ``(P, C, H, W)`` float32 in [0, 1] on the 8-bit grid, gives float64 on the CPU, never
NaN, and what an image gets does not depend on the others.
"""

import math
from collections.abc import Sequence

import torch

from neatfool.errors import ShapeError
from neatfool.images.pictures import to_png
from neatfool.types import Images

_VALUES = 2**18
"""Values that are measured at once: in double precision about what a processor's cache holds."""
_COMPARED = 2**23
"""Values that are compared with data at once: 64 MiB in double precision."""
_ROUNDING = 1 / (12 * 255**2)
"""Power of what is lost by rounding to 256 levels, per pixel."""
_LOWEST = 2
"""Cycles per side from which power is fitted; the window smears what is lower."""
_FLIPS = ((3,), (2,), (2, 3))


def measure(
    images: Images, data: Images | None = None, pngs: Sequence[bytes] | None = None
) -> dict[str, torch.Tensor]:
    """Measure images in every way there is; memory is bounded, whatever ``P`` and ``N``.

    Args:
        images: ``(P, C, H, W)``, ``C`` 1 or 3.
        data: ``(N, C, H, W)`` pictures to compare with, or none.
        pngs: ``P`` PNG files of the images, where they are there already.

    Returns:
        Name → ``(P,)``: ``png_bytes_per_pixel``, ``symmetry_left_right``, ``symmetry_top_bottom``,
        ``symmetry_half_turn``, ``spectral_slope``; with data also ``distance_to_data``.

    Raises:
        ShapeError: The images are neither grey nor RGB, or the data do not fit them.
    """
    chunks = torch.split(images, _rows(images, _VALUES))
    symmetries = torch.cat([symmetry(some) for some in chunks])
    measured = {
        "png_bytes_per_pixel": compressed_size(images, pngs),
        "symmetry_left_right": symmetries[:, 0],
        "symmetry_top_bottom": symmetries[:, 1],
        "symmetry_half_turn": symmetries[:, 2],
        "spectral_slope": torch.cat([spectral_slope(some) for some in chunks]),
    }
    return measured if data is None else measured | {"distance_to_data": distance(images, data)}


def compressed_size(images: Images, pngs: Sequence[bytes] | None = None) -> torch.Tensor:
    """Say how many bytes per pixel an image takes as a PNG.

    The more regular an image, the fewer: a cheap stand-in for its Kolmogorov complexity, as in
    Lehman and Stanley 2010, "Revising the evolutionary computation abstraction". Noise takes a
    little more than ``C`` bytes. About 70 bytes are the file's own, which show in small images;
    the rest depends a little on the version of Pillow.

    Args:
        images: ``(P, C, H, W)``, ``C`` 1 or 3.
        pngs: ``P`` PNG files of the images, where they are there already.

    Returns:
        ``(P,)``, positive.

    Raises:
        ShapeError: The images are neither grey nor RGB.
    """
    pixels = images.shape[-2] * images.shape[-1]
    files = map(to_png, images) if pngs is None else pngs
    return torch.tensor([len(file) / pixels for file in files], dtype=torch.float64)


def symmetry(images: Images) -> torch.Tensor:
    """Correlate every image with its mirror images.

    This is Pearson's correlation over all pixels and channels, each channel less its mean: 1 for
    an image that is its own mirror image, -1 for one that becomes its negative, about 0 for noise.
    An image of one colour is symmetric.

    Args:
        images: ``(P, C, H, W)``.

    Returns:
        ``(P, 3)`` in [-1, 1]: left and right exchanged, top and bottom exchanged, both exchanged
        (a rotation by half a turn).
    """
    levels = _levels(images)
    centred = levels - levels.mean(dim=(2, 3), keepdim=True)
    power = centred.square().sum(dim=(1, 2, 3))
    shared = torch.stack(
        [(centred * centred.flip(axes)).sum(dim=(1, 2, 3)) for axes in _FLIPS], dim=1
    )
    correlation = (shared / power[:, None]).clamp(-1, 1)
    return torch.where(power[:, None] == 0, 1, correlation)


def spectral_slope(images: Images) -> torch.Tensor:
    """Fit how fast an image's power falls with spatial frequency: ``power ~ frequency ** slope``.

    Natural images have about -2 (Field 1987, "Relations between the statistics of natural images
    and the response properties of cortical cells"), white noise has 0, smooth images have less.
    The mean of the channels, less its mean and under a Hann window, is transformed; power is
    averaged over rings of equal frequency, from two cycles per shorter side to one in two pixels,
    and a line is fitted to the logarithms by least squares. The power of rounding to 8 bits is
    added, as what is less cannot be told from it: an image of one colour has 0.

    Args:
        images: ``(P, C, H, W)``.

    Returns:
        ``(P,)``; 0 for images of fewer than six pixels on a side, which have no two rings.
    """
    height, width = images.shape[-2:]
    side = min(height, width)
    if side // 2 <= _LOWEST or len(images) == 0:  # the transform refuses no images
        return torch.zeros(len(images), dtype=torch.float64)
    grey = torch.stack(_levels(images).unbind(dim=1)).mean(dim=0) / 255
    window = torch.outer(_hann(height), _hann(width))
    centred = (grey - grey.mean(dim=(1, 2), keepdim=True)) * window
    waves = torch.fft.fft2(centred)
    power = (waves.real.square() + waves.imag.square()) / window.square().sum()

    rows, columns = (torch.fft.fftfreq(n, dtype=torch.float64) for n in (height, width))
    rings = (torch.hypot(rows[:, None], columns) * side).round().long().flatten()
    sizes = rings.bincount()
    sums = torch.zeros(len(images), len(sizes), dtype=torch.float64)
    sums.index_add_(1, rings, power.flatten(1))
    fitted = torch.arange(_LOWEST, side // 2 + 1)
    logarithms = (sums / sizes + _ROUNDING)[:, fitted].log()
    x = fitted.double().log()
    x -= x.mean()
    return logarithms @ x / x.square().sum()


def distance(images: Images, data: Images) -> torch.Tensor:
    """Measure how far every image is from the nearest picture of a data set.

    Args:
        images: ``(P, C, H, W)``.
        data: ``(N, C, H, W)``, at least one, on the 8-bit grid.

    Returns:
        ``(P,)`` in [0, 1]: the root of the mean squared difference over pixels and channels, 0 if
        the image is in the data. Memory is bounded, whatever ``P`` and ``N``.

    Raises:
        ShapeError: There are no data, or they are of another shape than the images.
    """
    if images.shape[1:] != data.shape[1:] or len(data) == 0:
        raise ShapeError(
            f"expected data (N, {', '.join(map(str, images.shape[1:]))}) to compare with, got "
            f"{tuple(data.shape)}; read the data at the size of the images"
        )
    values, rows = math.prod(images.shape[1:]), _rows(images, _COMPARED)
    squares = [
        torch.stack([_squares(some, others) for others in torch.split(data, rows)]).amin(dim=0)
        for some in torch.split(images, rows)
    ]
    return (torch.cat(squares) / values).sqrt() / 255


def _rows(images: Images, values: int) -> int:
    """Say how many images have so many values."""
    return max(1, values // math.prod(images.shape[1:]))


def _squares(images: Images, data: Images) -> torch.Tensor:
    """Give the sum of squared differences to the nearest of the data ``(P,)``.

    In levels these are sums of whole numbers, which double precision holds exactly.
    """
    ours, theirs = _levels(images).flatten(1), _levels(data).flatten(1)
    squares = ours.square().sum(1)[:, None] + theirs.square().sum(1) - 2 * ours @ theirs.T
    return squares.amin(dim=1)


def _levels(images: Images) -> torch.Tensor:
    """Return whole numbers 0 … 255 in double precision."""
    return (images * 255).round().cpu().double()


def _hann(length: int) -> torch.Tensor:
    return torch.hann_window(length + 2, periodic=False, dtype=torch.float64)[1:-1]
