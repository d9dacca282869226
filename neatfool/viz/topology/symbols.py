"""A sign for each activation: a shape for its family, a colour, and its curve."""

from functools import lru_cache

import numpy as np
from matplotlib.path import Path

from neatfool.networks import ACTIVATIONS
from neatfool.types import Doubles
from neatfool.viz.curves import COLOURS

_FAMILIES = {
    "circle": "sine cosine triangle sawtooth neat_sin",
    "square": "steep_sigmoid sigmoid tanh neat_sigmoid neat_tanh step clamped",
    "diamond": "absolute inv gaussian neat_gauss hat normal bounded_absolute",
    "hexagon": "relu elu selu linear lelu neat_softplus ramp identity",
    "pentagon": "square cube exp log neat_square logistic",
}
"""Waves, steps, bumps, ramps and powers; a function's place in its family is its colour."""
OWN = len(ACTIVATIONS)
"""Functions from here on are a script's own: of them no more than the name is known."""
_PLAIN = "#7d828c"  # of the identity, which changes nothing
_CORNERS = {"square": 4, "diamond": 4, "hexagon": 6, "pentagon": 5, "triangle": 3}
_REACH = 3.5
"""Curves are drawn from minus to plus this."""


def is_own(code: int) -> bool:
    """Say whether a function is none of the table."""
    return code >= OWN


def colour(code: int) -> str:
    """Return the colour of the activation at a position of the table."""
    if is_own(code):
        return COLOURS[(code - OWN) % len(COLOURS)]
    name = ACTIVATIONS[code].name
    members = _FAMILIES[_family(name)].split()
    return _PLAIN if name == "identity" else COLOURS[members.index(name)]


def outline(code: int) -> Path:
    """Return the shape of an activation, around (0, 0), within -1 … 1 on either axis."""
    family = "triangle" if is_own(code) else _family(ACTIVATIONS[code].name)
    if family == "circle":
        return Path.unit_circle()
    corners = _CORNERS[family]
    start = np.pi / 4 if family == "square" else np.pi / 2
    angles = start + 2 * np.pi * np.arange(corners + 1) / corners
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    reach = 0.88 if family == "square" else 1.0  # all cover about the same area
    return Path(points * reach / np.abs(points).max(), closed=True)


@lru_cache(maxsize=len(ACTIVATIONS))
def curve(code: int) -> tuple[Doubles, Doubles]:
    """Return points of the curve of an activation, scaled to -1 … 1 on either axis."""
    x = np.linspace(-_REACH, _REACH, 57)
    y = np.array([ACTIVATIONS[code].scalar(each) for each in x.tolist()])
    y = np.clip(y, -_REACH, _REACH)
    return x / _REACH, 2 * (y - y.min()) / (y.max() - y.min()) - 1


def _family(name: str) -> str:
    return next(shape for shape, names in _FAMILIES.items() if name in names.split())
