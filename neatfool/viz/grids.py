"""Galleries: many small images side by side, each under its title."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle

from neatfool.errors import ShapeError
from neatfool.types import Bytes
from neatfool.viz.figures import Figure, Look, shorten

FEW = 100
"""Up to so many images are shown large; more are shown small."""
GAP = 0.12
"""Space between images, in inches."""
LINE = 1.2
"""From one line of text to the next, in letter heights."""
SEPARATOR = " · "
"""Where a title that is too long for one line is broken."""


def image_grid(
    images: torch.Tensor | npt.NDArray[np.floating | np.uint8],
    titles: Sequence[str],
    columns: int | None = None,
    heading: str = "",
) -> Figure:
    """Draw a gallery of images, row by row, each under its title.

    Images are magnified by a whole number, without smoothing, so that every pixel of an image is
    a square of its exact colour; only images larger than their cell are shrunk, by averaging.

    Args:
        images: ``(P, C, H, W)`` float in [0, 1] or uint8 levels, ``C`` 1 for grey or 3 for RGB,
            ``P`` at least 1.
        titles: ``P`` short texts. If one is too long for its cell, all are broken at `SEPARATOR`;
            a line that is still too long ends in an ellipsis.
        columns: Images per row, at least 1; None chooses a landscape format (ten: two rows of
            five).
        heading: One line above the gallery.

    Returns:
        A figure with a single axes that holds ``P`` images.

    Raises:
        ShapeError: The images have another shape, type or range, or there are not ``P`` titles.
    """
    pixels = _pixels(images)
    if len(titles) != len(pixels):
        raise ShapeError(f"expected one title per image, {len(pixels)}; got {len(titles)}")
    if columns is not None and columns < 1:
        raise ShapeError(f"expected at least 1 column, got {columns}")
    layout = _Layout.of(pixels, titles, columns, heading)
    figure = Figure(figsize=layout.inches, dpi=layout.dpi, facecolor="white")
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    frames = [_draw(axes, layout, place, pixels[place]) for place in range(len(pixels))]
    axes.add_collection(PatchCollection(frames, facecolor="0.75", edgecolor="0.75", zorder=-1))
    for place, title in enumerate(titles):
        _write_title(axes, layout, place, title)
    if heading:
        large: Look = {"fontsize": 1.4 * layout.font, "fontweight": "bold"}
        axes.text(layout.gap, layout.gap, heading, va="top", parse_math=False, **large)
    axes.set(xlim=(0, layout.size[0]), ylim=(layout.size[1], 0), autoscale_on=False)
    axes.set_axis_off()
    return figure


@dataclass(frozen=True)
class _Layout:
    """Where everything is, in pixels at the figure's own resolution; y points down."""

    columns: int
    rows: int
    dpi: int
    image: tuple[int, int]
    cell: int
    gap: int
    above: int
    least: int
    top: int
    font: float
    letters: int
    is_broken: bool

    @classmethod
    def of(
        cls, pixels: Bytes, titles: Sequence[str], columns: int | None, heading: str
    ) -> "_Layout":
        """Choose sizes: large for few images, small for many."""
        count, height, width = pixels.shape[:3]
        # The resolutions are powers of two, so that pixels / dpi * dpi is exact.
        dpi, side, font = (256, 280, 7.5) if count <= FEW else (128, 112, 6.0)
        longest = max(height, width)
        scale = float(side // longest) if longest <= side else side / longest
        image = max(1, round(scale * width)), max(1, round(scale * height))
        cell = max(image[0], side // 2)
        letters = int(cell / (0.58 * font * dpi / 72))
        is_broken = max(map(len, titles)) > letters
        lines = max(len(_lines(title, letters, is_broken)) for title in titles)
        columns = _columns(count) if columns is None else min(columns, count)
        return cls(
            columns=columns,
            rows=-(-count // columns),
            dpi=dpi,
            image=image,
            cell=cell,
            gap=round(GAP * dpi),
            above=round((lines * LINE * font / 72 + 0.06) * dpi),
            least=2 * round(GAP * dpi) + round(len(heading) * font / 72 * dpi),
            top=round(2.2 * font / 72 * dpi) if heading else 0,
            font=font,
            letters=letters,
            is_broken=is_broken,
        )

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the figure in pixels."""
        width = max(self.least, self.gap + self.columns * (self.cell + self.gap))
        return width, self.top + self.gap + self.rows * (self.above + self.image[1] + self.gap)

    @property
    def inches(self) -> tuple[float, float]:
        """Width and height of the figure in inches."""
        width, height = self.size
        return width / self.dpi, height / self.dpi

    def corner(self, place: int) -> tuple[int, int]:
        """Return the top left corner of the cell of the image at ``place``, title excluded."""
        row, column = divmod(place, self.columns)
        x = self.gap + column * (self.cell + self.gap)
        return x, self.top + self.gap + row * (self.above + self.image[1] + self.gap) + self.above


def _pixels(images: torch.Tensor | npt.NDArray[np.floating | np.uint8]) -> Bytes:
    """Check images and return them as ``(P, H, W, 3)`` uint8."""
    array = np.asarray(images.detach().cpu() if isinstance(images, torch.Tensor) else images)
    if array.ndim != 4 or array.shape[1] not in (1, 3) or 0 in array.shape:
        shape = tuple(array.shape)
        raise ShapeError(f"expected images of shape (P, 1 or 3, H, W), got {shape}")
    if array.dtype != np.uint8:
        if not np.issubdtype(array.dtype, np.floating):
            raise ShapeError(f"expected images as floats in [0, 1] or uint8, got {array.dtype}")
        if not (array.min() >= 0 and array.max() <= 1):
            raise ShapeError(f"expected images in [0, 1], got [{array.min()}, {array.max()}]")
        array = np.rint(array * 255).astype(np.uint8)
    levels = array.transpose(0, 2, 3, 1)
    return np.broadcast_to(levels, (*levels.shape[:3], 3))


def _columns(count: int) -> int:
    """Choose a number of columns that fills the last row well, wider than high."""
    wide = 2.5 if count <= 20 else 1.6
    rows = math.ceil(count / math.ceil(math.sqrt(wide * count)))
    return math.ceil(count / rows)


def _lines(title: str, letters: int, is_broken: bool) -> list[str]:
    """Break a title into lines of at most ``letters`` letters."""
    parts = title.split(SEPARATOR) if is_broken else [title]
    return [shorten(part, letters) for part in parts]


def _draw(axes: Axes, layout: _Layout, place: int, pixels: Bytes) -> Rectangle:
    """Show one image in the middle of its cell and return the frame around it."""
    x, y = layout.corner(place)
    width, height = layout.image
    x += (layout.cell - width) // 2
    shrunk = max(pixels.shape[:2]) > max(width, height)
    how = "antialiased" if shrunk else "nearest"
    axes.imshow(pixels, extent=(x, x + width, y + height, y), aspect="auto", interpolation=how)
    return Rectangle((x, y), width, height)


def _write_title(axes: Axes, layout: _Layout, place: int, title: str) -> None:
    """Write a title above its image."""
    x, y = layout.corner(place)
    lines = _lines(title, layout.letters, layout.is_broken)
    style: Look = {"fontsize": layout.font, "ha": "center", "parse_math": False}
    for above, line in enumerate(reversed(lines)):
        baseline = y - (0.06 + above * LINE * layout.font / 72) * layout.dpi
        axes.text(x + layout.cell / 2, baseline, line, va="baseline", **style)
