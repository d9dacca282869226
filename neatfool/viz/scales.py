"""Scales of scores: those of shares count nines, others are linear."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.colorbar import Colorbar

from neatfool.reporting import CONFIDENCE, Unit
from neatfool.types import Doubles
from neatfool.viz.figures import shorten

NINES = 6
"""The scale ends at 0.999999; what is above it is drawn on it."""
_HIGH = 0.9
_LETTERS = 40


def plural(unit: Unit) -> str:
    """Say what niches are called."""
    return "classes" if unit == CONFIDENCE else "niches"


def noun(unit: Unit) -> str:
    """Say what scores are called, where there is little room."""
    return shorten(unit.noun, _LETTERS)


def shown(scores: npt.ArrayLike, unit: Unit) -> Doubles:
    """Return what is drawn of scores: NaN where not finite, shares up to the end of the scale."""
    values = np.asarray(scores, np.float64)
    values = np.where(np.isfinite(values), values, np.nan)
    return values.clip(0, 1 - 10.0**-NINES) if unit.is_share else values


def nines(share: Doubles) -> Doubles:
    """Count the nines of a share: 0.9 has one, 0.99 two."""
    nines: Doubles = -np.log10(np.maximum(1 - share, 1e-15))
    return nines


def confidence(nines: Doubles) -> Doubles:
    """Undo `nines`."""
    confidence: Doubles = 1 - 10.0 ** -np.asarray(nines)
    return confidence


def ticks() -> tuple[list[float], list[str]]:
    """Return where ticks of a scale of nines are, and their names."""
    places = [round(1 - 10.0**-n, n) for n in range(NINES + 1)]
    names = [CONFIDENCE.round(place) for place in places]
    return places, [*names[:-1], f"≥ {names[-1]}"]


@dataclass(frozen=True)
class Colours:
    """How scores become colours.

    Attributes:
        has_nines: The colours count nines.
        low: What the first colour stands for.
        high: What the last colour stands for.
    """

    has_nines: bool
    low: float
    high: float

    @classmethod
    def of(cls, values: Doubles, unit: Unit, typical: Doubles) -> "Colours":
        """Choose the colours of what is shown.

        Nines are counted if half of the typical shares are 0.9 or more; other shares go from 0,
        other scores from the least, to the largest.
        """
        known = values[np.isfinite(values)]
        if unit.is_share and typical.size and np.median(np.nan_to_num(typical)) >= _HIGH:
            return cls(True, 0, NINES)
        if unit.is_share:
            return cls(False, 0, float(known.max(initial=0)) or 1.0)
        low, high = (known.min(), known.max()) if known.size else (0, 1)
        room = 0.05 * (abs(low) or 1) if low == high else 0
        return cls(False, float(low - room), float(high + room))

    def levels(self, values: Doubles) -> Doubles:
        """Turn scores into what the colours stand for."""
        return nines(values) if self.has_nines else values

    def explain(self, bar: Colorbar) -> None:
        """Write the ticks of the bar."""
        if self.has_nines:
            bar.set_ticks(list(range(NINES + 1)), labels=ticks()[1])
