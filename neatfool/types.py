"""Names for the arrays that travel between the floors.

Axis letters, here and in every docstring: ``P`` population, ``N`` nodes, ``E`` edges, ``K`` niches
or classes, ``C H W`` image, ``I`` inputs, ``O`` outputs, ``X`` query points.
"""

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from neatfool.errors import ShapeError

if TYPE_CHECKING:
    import torch

Floats: TypeAlias = npt.NDArray[np.float32]
"""float32 numpy array."""
Doubles: TypeAlias = npt.NDArray[np.float64]
"""float64 numpy array."""
Ints: TypeAlias = npt.NDArray[np.int64]
"""int64 numpy array."""
Bools: TypeAlias = npt.NDArray[np.bool_]
"""bool numpy array."""
Bytes: TypeAlias = npt.NDArray[np.uint8]
"""uint8 numpy array."""
Arrays: TypeAlias = dict[str, npt.NDArray[Any]]
"""Named numpy arrays, as a safetensors file holds them."""
Json: TypeAlias = dict[str, Any]
"""An object of JSON or TOML, as a report, a line of a record or a configuration is."""
Scores: TypeAlias = Floats
"""``(P, K)`` float32, higher is better; NaN never wins."""
Shape: TypeAlias = tuple[int, int, int]
"""``(C, H, W)`` of one image."""
if TYPE_CHECKING:
    Images: TypeAlias = torch.Tensor
    """``(P, C, H, W)`` float32 in [0, 1], on the grid of multiples of 1/255."""
    CPU = torch.device("cpu")


def check_shape(shape: Shape) -> None:
    """Make sure that a shape is that of an image.

    Raises:
        ShapeError: It is not.
    """
    if len(shape) != 3:
        raise ShapeError(
            "expected the shape of an image, (C, H, W) with C 1 for grey and 3 for colour, such as "
            f"(1, 28, 28), got {tuple(shape)}"
        )


def __getattr__(name: str) -> object:
    """Give ``Images`` and ``CPU``: settings are checked without PyTorch, which these take."""
    if name not in ("Images", "CPU"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import torch

    return torch.Tensor if name == "Images" else torch.device("cpu")
