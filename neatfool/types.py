"""Names for the arrays that travel between the floors.

Axis letters, here and in every docstring: ``P`` population, ``N`` nodes, ``E`` edges, ``K`` niches
or classes, ``C H W`` image, ``I`` inputs, ``O`` outputs, ``X`` query points.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
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
Images: TypeAlias = torch.Tensor
"""``(P, C, H, W)`` float32 in [0, 1], on the grid of multiples of 1/255."""
Scores: TypeAlias = Floats
"""``(P, K)`` float32, higher is better; NaN never wins."""
CPU = torch.device("cpu")
Shape: TypeAlias = tuple[int, int, int]
"""``(C, H, W)`` of one image."""
