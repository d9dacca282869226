"""Boxes: find the centre of the larger of two boxes (Stanley, D'Ambrosio and Gauci 2009).

The visual discrimination task of the HyperNEAT paper; the details are those of its code.
"""

import numpy as np
import numpy.typing as npt
import torch

from neatfool.sections.task import BoxesSettings
from neatfool.substrates import Substrate, sandwich
from neatfool.tasks.task import Answers, Task, Trial
from neatfool.types import Floats, Ints, Scores

_CELLS = 11  # of either side of the field, at any resolution
_MOST = 30  # the score of a trial
_LEVELS = (0.5, 0.9, 0.95, 1.0)  # of the best; 95 % counts as solved


class Boxes(Task):
    """One niche: how near the output of the highest activation comes to the larger box.

    A field of 11 x 11 cells shows a box of one cell and one of 3 x 3. In each of the 75 trials the
    small one is at one of 5 x 5 places, and the large one five cells to the right of it, five below
    or both, where the field goes on at its other side; where it would stick out, it is moved in. A
    trial scores ``max(0, 30 - d * d)``, ``d`` the distance in cells from the highest output to the
    centre of the large box; 2,250 is the most, and 95 % of that counts as solved. At higher
    resolution the same trials have more nodes to a cell, and inputs are smaller in turn.

    The highest of equal outputs is the first, row by row. The function of the output nodes rises,
    so none of it is computed.

    Attributes:
        niches: One name.
        medium: The two sheets.
        fields: ``(X, side * side)`` float32, the inputs of each trial.
        centres: ``(X, 2)`` int64, column and row of the node at the centre of the large box.
    """

    Settings = BoxesSettings
    name = "boxes"
    niches = ("boxes",)
    best: float
    medium: Substrate

    def __init__(self, settings: BoxesSettings | None = None, seed: int = 0) -> None:
        settings = settings or BoxesSettings()
        self._side, self._nodes = settings.side, settings.side // _CELLS
        links = settings.links
        self.medium = Substrate(sandwich(self._side, self._side, links, activation="identity"))
        small, large = _training() if settings.trials == "training" else _all()
        across = np.arange(self._side) // self._nodes  # the cell of each node
        field = _box(small, across, 0) | _box(large, across, 1)
        value = np.float32((_CELLS / self._side) ** 2)
        self.fields: Floats = field.reshape(len(large), -1) * value
        self.centres: Ints = large * self._nodes + self._nodes // 2
        self.best = float(_MOST * len(self.fields))
        self.levels = tuple(share * self.best for share in _LEVELS)

    def score(self, weights: torch.Tensor, trial: Trial | None = None) -> Scores:
        """Score ``(P, L)`` weights: ``(P, 1)`` float32, the sum over the trials.

        Raises:
            ShapeError: The weights do not fit the substrate.
        """
        squares = self.distances(weights) ** 2
        return np.maximum(0, _MOST - squares).sum(axis=1, keepdims=True).astype(np.float32)

    def distances(self, weights: torch.Tensor) -> npt.NDArray[np.float64]:
        """Return how far the highest output is from the centre of the large box.

        Args:
            weights: ``(P, L)`` float32.

        Returns:
            ``(P, X)``, in cells.
        """
        highest = self._highest(weights)
        found = np.stack([highest % self._side, highest // self._side], axis=2)
        offsets = (found - self.centres) / self._nodes
        return np.sqrt((offsets**2).sum(axis=2))

    def answers(self, weights: torch.Tensor) -> Answers:
        """Return, trial by trial, which node has the highest output, and which should have."""
        places = np.eye(self._side**2, dtype=np.float32)
        wanted = places[self.centres[:, 1] * self._side + self.centres[:, 0]]
        return Answers(wanted, places[self._highest(weights)])

    def _highest(self, weights: torch.Tensor) -> Ints:
        """Return the node of the highest output in each trial: ``(P, X)``."""
        fields = torch.from_numpy(self.fields).to(weights.device)
        nodes: Ints = self.medium.run(weights, fields).argmax(dim=2).cpu().numpy()
        return nodes


def _box(cells: Ints, across: Ints, radius: int) -> npt.NDArray[np.bool_]:
    """Draw a box around each of ``(X, 2)`` cells: ``(X, side, side)`` bool, by row and column."""
    column, row = (np.abs(across - cells[:, [axis]]) <= radius for axis in range(2))
    return row[:, :, None] & column[:, None, :]


def _training() -> tuple[Ints, Ints]:
    """Return the cells of the small box and of the centre of the large one, ``(75, 2)`` each."""
    places = np.arange(1, _CELLS, 2)
    row, column = (axis.reshape(-1) for axis in np.meshgrid(places, places, indexing="ij"))
    small = np.repeat(np.stack([column, row], axis=1), 3, axis=0)
    steps = np.tile(np.array([[0, 1], [1, 0], [1, 1]]) * (_CELLS // 2), (len(row), 1))
    moved = np.clip((small + steps) % _CELLS, 1, _CELLS - 2)
    return small, np.where(steps > 0, moved, small)


def _all() -> tuple[Ints, Ints]:
    """Return the same for all pairs of boxes that lie within the field and apart."""
    axes = [np.arange(_CELLS)] * 2 + [np.arange(1, _CELLS - 1)] * 2
    pairs = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 4)
    small, large = pairs[:, :2], pairs[:, 2:]
    is_apart = ((small - large) ** 2).sum(axis=1) >= 3**2
    return small[is_apart], large[is_apart]
