"""In which ways images may fit the input of an ONNX file."""

from pathlib import Path

import numpy as np
import pytest

from neatfool.classifiers.onnx.input import Input, Layout, Sides, find_layouts

LAYOUTS: dict[str, tuple[Sides, list[str]]] = {
    "channels first": ((None, 3, None, None), ["NCHW"]),
    "channels last": ((None, None, None, 3), ["NHWC"]),
    "either": ((1, 3, 3, 3), ["NCHW", "NHWC"]),
    "four axes": ((None,) * 4, ["NCHW", "NHWC"]),
    "no shape": ((), ["NCHW", "NHWC"]),
    "no batch": ((3, 32, 32), ["CHW", "NHW"]),
    "no batch, channels last": ((32, 32, 3), ["HWC", "NHW"]),
    "no channels": ((None, 28, 28), ["NHW", "CHW"]),
    "neither": ((28, 28), ["HW"]),
    "a row": ((None, 784), ["N"]),
    "a row that is not square": ((64, 784), ["N"]),
    "a row without batch": ((784,), [""]),
    "a column": ((None, 784, 1), ["N", "HWC", "NHW"]),
    "an image, not a column": ((16, 16, 1), ["HWC", "NHW"]),
    "two axes": ((None, None), ["N", "HW"]),
}


def _find(sides: Sides, size: tuple[int, int] | None = None) -> list[Layout]:
    return find_layouts(Path("net.onnx"), Input("x", np.float32, sides), size)


@pytest.mark.parametrize("case", LAYOUTS)
def test_the_likeliest_comes_first(case: str) -> None:
    sides, axes = LAYOUTS[case]

    assert [layout.axes for layout in _find(sides)] == axes


@pytest.mark.parametrize(
    ("numbers", "size", "channels", "expected"),
    [
        (784, None, 1, (28, 28)),
        (3072, None, 3, (32, 32)),
        (3072, (48, 64), 1, (48, 64)),
        (6144, (32, 64), 3, (32, 64)),
        (27648, (48, 192), 3, (48, 192)),
    ],
)
def test_a_row_has_the_size_of_a_square_or_that_of_the_user(
    numbers: int, size: tuple[int, int] | None, channels: int, expected: tuple[int, int]
) -> None:
    (layout,) = _find((None, numbers), size)

    assert (layout.channels, layout.size) == (channels, expected)
