"""How the input of an ONNX file wants its images: order of the axes, type, size."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from neatfool.errors import ClassifierError
from neatfool.types import Floats

if TYPE_CHECKING:
    import onnxruntime

_KINDS: dict[str, type[np.number]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8,
    "tensor(int8)": np.int8,
    "tensor(uint16)": np.uint16,
    "tensor(int16)": np.int16,
    "tensor(uint32)": np.uint32,
    "tensor(int32)": np.int32,
    "tensor(uint64)": np.uint64,
    "tensor(int64)": np.int64,
}
_AXES = ("NCHW", "NHWC", "CHW", "HWC", "NHW", "HW")
_CHANNELS = (1, 3)

Sides = tuple[int | None, ...]
"""Of a shape; none: any."""


@dataclass(frozen=True)
class Input:
    """The input that takes the images."""

    name: str
    kind: type[np.number]
    sides: Sides
    """As declared; empty: nothing is."""

    @property
    def levels(self) -> tuple[int, int] | None:
        """What black and full brightness are as whole numbers; none: it takes others."""
        if not issubclass(self.kind, np.integer):
            return None
        return (-128, 127) if self.kind is np.int8 else (0, 255)


@dataclass(frozen=True)
class Layout:
    """One way to hand images to an input; none: any, or nobody knows."""

    axes: str
    """Those that the network has, in its order: among N, C, H and W."""
    tail: tuple[int, ...] = ()
    """Shape of one image whose numbers lie in a row: channel by channel, row by row."""
    batch: int | None = None
    channels: int | None = None
    size: tuple[int, int] | None = None

    def arrange(self, images: Floats, kind: type[np.number]) -> npt.NDArray[np.number]:
        """Hand images over.

        Args:
            images: ``(P, C, H, W)`` float32; levels, if the type is one of whole numbers.
            kind: What the network computes with.

        Returns:
            The same numbers as an array of ``axes`` and ``tail``, rounded if they are levels.
        """
        order = self.axes + "".join(axis for axis in "NCHW" if axis not in self.axes)
        array = images.transpose(["NCHW".index(axis) for axis in order])
        array = array.reshape(array.shape[: len(self.axes)] + self.tail)
        if issubclass(kind, np.integer):
            limits = np.iinfo(kind)
            array = np.rint(array).clip(limits.min, limits.max)
        return np.ascontiguousarray(array, dtype=kind)


def find_input(path: Path, inputs: "list[onnxruntime.NodeArg]") -> Input:
    """Find the input for images: the only one that has no value of its own and needs one.

    Args:
        path: Of the file.
        inputs: Those of the session.

    Raises:
        ClassifierError: There is none, or there are several, or it takes other things than numbers.
    """
    needed = [each for each in inputs if not each.type.startswith("optional")]
    if len(needed) == 1 and needed[0].type in _KINDS:
        shape = needed[0].shape
        sides = tuple(side if isinstance(side, int) else None for side in shape)
        return Input(needed[0].name, _KINDS[needed[0].type], sides)
    got = ", ".join(f"{each.name} {each.shape} {each.type}" for each in needed[:5])
    raise ClassifierError(
        f"{path}: expected one input, of images as numbers, got {got or 'none'}; export the "
        "network with such an input, and with values for all others"
    )


def find_layouts(path: Path, entry: Input, size: tuple[int, int] | None) -> list[Layout]:
    """List the ways in which images fit an input, the likeliest first.

    Args:
        path: Of the file.
        entry: The input.
        size: Height and width that the user set; none: unset.

    Raises:
        ClassifierError: No way fits.
    """
    sides = entry.sides or (None,) * 4
    layouts = [*_flat(sides, size), *_spread(sides)]
    if layouts:
        return layouts
    shape = ", ".join("any" if side is None else str(side) for side in sides)
    raise ClassifierError(
        f"{path}: expected an input of images of 1 or 3 channels, got {entry.name} ({shape}); "
        "export the network for grey or colour images; set size if their numbers lie in a row"
    )


def _spread(sides: Sides) -> list[Layout]:
    """List the layouts with axes for height and width: those of 1 or 3 channels first.

    Where such are there, an axis that may be of any side is not taken for channels.
    """
    found: list[tuple[int, Layout]] = []
    for axes in _AXES:
        if len(axes) != len(sides):
            continue
        by_axis = dict(zip(axes, sides, strict=True))
        channels, height, width = by_axis.get("C", 1), by_axis["H"], by_axis["W"]
        if channels not in (None, *_CHANNELS) or (axes == "HW" and height != width):
            continue
        rank = 2 if channels is None else int("C" not in by_axis)
        one = height or width
        size = (height or one, width or one) if one else None
        batch = by_axis.get("N") if "N" in axes else 1
        found.append((rank, Layout(axes, (), batch, channels, size)))
    known = any(rank == 0 for rank, _ in found)
    found = [each for each in found if not (known and each[0] == 2)]
    return [layout for _, layout in sorted(found, key=lambda each: each[0])]


def _flat(sides: Sides, size: tuple[int, int] | None) -> list[Layout]:
    """List the layouts whose numbers lie in a row; other axes than the first may be of side 1."""
    axes, tail = ("", sides) if len(sides) == 1 else ("N", sides[1:])
    batch = sides[0] if axes else 1
    long = [side for side in tail if side != 1]
    if len(long) != 1 or (axes and sides[0] in long and sides[0]):
        return []  # (28, 28) and (28, 28, 1) are one image
    if long[0] is None:
        return [Layout(axes, (-1,), batch)] if len(tail) == 1 else []
    shape = tuple(side or 1 for side in tail)
    for channels in _CHANNELS:
        side = math.isqrt(long[0] // channels)
        height, width = size or (side, side)
        if channels * height * width == long[0]:
            return [Layout(axes, shape, batch, channels, (height, width))]
    return []
