"""Scales of scores, where those of shares count nines, and of evaluations, by factors."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
from matplotlib.ticker import MaxNLocator

from neatfool.reporting import CONFIDENCE, Unit
from neatfool.types import Doubles
from neatfool.viz.figures import number, shorten

NINES = 6
"""The scale ends at 0.999999; what is above it is drawn on it."""
SCORES = "viridis_r"
"""Colours of scores, the best the farthest from the paper, be that white or inverted."""
_HIGH = 0.9
_FEW = 3
"""Of an axis of so many nines or fewer, halves between are marked."""
_LETTERS = 40


def plural(unit: Unit) -> str:
    """Say what niches are called."""
    return "classes" if unit.is_confidence else "niches"


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


def ascending(values: Doubles) -> Doubles:
    """Return the nearest values that never fall, by pooling adjacent violators."""
    means: list[float] = []
    sizes: list[int] = []
    for value in values.tolist():
        means.append(value)
        sizes.append(1)
        while len(means) > 1 and means[-2] > means[-1]:
            mean, size = means.pop(), sizes.pop()
            means[-1] = (means[-1] * sizes[-1] + mean * size) / (sizes[-1] + size)
            sizes[-1] += size
    return np.repeat(means, sizes)


def spread(heights: Doubles, line: float) -> Doubles:
    """Move ascending heights in [0, 1] as little as keeps them a line apart, if there is room."""
    steps = line * np.arange(len(heights))
    apart = ascending(heights - steps) + steps
    return np.minimum(np.maximum(apart, steps), 1 - steps[::-1])


@dataclass(frozen=True)
class Axis:
    """An axis that fits the scores that are drawn along it.

    Attributes:
        has_nines: Nines have equal spaces; else scores have.
        low: Where it begins, in nines or in scores.
        high: Where it ends.
        places: Scores that are marked.
        names: What is written there.
    """

    has_nines: bool
    low: float
    high: float
    places: tuple[float, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, values: Doubles, unit: Unit) -> "Axis":
        """Choose the axis: shares count nines if one of them comes to 90 %.

        It begins at 0, or at the nines that all of them have; where these are few, there are marks
        between.
        """
        known = values[np.isfinite(values)]
        if unit.is_share and known.max(initial=0) >= _HIGH:
            return cls._of_nines(nines(known.clip(0, 1)), unit)
        low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
        if unit.is_share:
            low, high = 0.0, max(high, 1e-6)
        elif low == high:
            low, high = low - (abs(low) or 1), low + (abs(low) or 1)
        marks = [float(mark) for mark in MaxNLocator(5).tick_values(low, high)]
        return cls(False, marks[0], marks[-1], tuple(marks), tuple(map(unit.round, marks)))

    @classmethod
    def _of_nines(cls, counts: Doubles, unit: Unit) -> "Axis":
        high = min(max(int(np.ceil(counts.max())), 1), NINES)
        low = min(int(counts.min()), high - 1)
        parts = (1, 0.5) if high - low <= _FEW else (1,)
        lacks = [part * 10.0**-n for n in range(low, high) for part in parts] + [10.0**-high]
        places = [round(1 - each, NINES + 1) for each in lacks]
        names = [unit.round(place) for place in places]
        names[-1] = f"≥ {names[-1]}" if high == NINES else names[-1]
        return cls(True, low, high, tuple(places), tuple(names))

    def height(self, score: float) -> float:
        """Say how high a score stands, from 0 to 1."""
        level = float(nines(np.array(score))) if self.has_nines else score
        return min(max((level - self.low) / (self.high - self.low), 0.0), 1.0)

    @property
    def heights(self) -> list[float]:
        """Of what is marked."""
        return [self.height(place) for place in self.places]

    def fit(self, axes: Axes, along: Literal["x", "y"] = "y", most: int = 8) -> None:
        """Make an axis of a figure this one, with a little room at its ends.

        Args:
            axes: Of the figure.
            along: Which axis.
            most: Marks that there is room for; the last one always is there.
        """
        room = 0.02 * (self.high - self.low)
        ends = np.array([self.low - room, self.high + room])
        if self.has_nines:
            scaled = axes.set_xscale if along == "x" else axes.set_yscale
            scaled("function", functions=(nines, confidence))
            ends = confidence(ends)
        step = -(-len(self.places) // most)
        kept = slice((len(self.places) - 1) % step, None, step)
        limited = axes.set_xlim if along == "x" else axes.set_ylim
        limited(*ends.tolist())
        axis = axes.xaxis if along == "x" else axes.yaxis
        axis.set_ticks(self.places[kept], self.names[kept], minor=False)


@dataclass(frozen=True)
class Evaluations:
    """An axis of evaluations: factors have equal spaces, as most of what is found is found early.

    Attributes:
        low: Where it begins: after the first generation.
        high: Where it ends.
    """

    low: float
    high: float

    @classmethod
    def of(cls, evaluations: npt.ArrayLike) -> "Evaluations":
        """Choose the axis for numbers of evaluations ``(G,)``."""
        known = np.asarray(evaluations, np.float64)
        high = float(known.max(initial=2))
        return cls(min(float(known[known >= 1].min(initial=high)), high / 2), high)

    def marks(self, most: int = 7) -> dict[float, str]:
        """Choose the round numbers that are marked, and give their names."""
        powers = 10.0 ** np.arange(np.floor(np.log10(self.low)), np.log10(self.high) + 1)
        for digits in (range(1, 10), (1, 2, 5), (1, 3), (1,)):
            numbers = np.outer(powers, digits).ravel()
            found = numbers[(numbers >= self.low) & (numbers <= self.high)]
            if len(found) <= most:
                break
        places = found if len(found) > 1 else np.array([self.low, self.high])
        return {place: f"{place:,.0f}" for place in places.tolist()}

    def across(self, evaluations: npt.ArrayLike) -> Doubles:
        """Say how far along numbers of evaluations are, from 0 to 1."""
        parts = np.maximum(np.asarray(evaluations, np.float64), self.low) / self.low
        along: Doubles = np.log(parts) / np.log(self.high / self.low)
        return along

    def fit(self, axes: Axes, most: int = 7) -> None:
        """Make the axis across a figure this one."""
        marks = self.marks(most)
        axes.set_xscale("log")
        axes.set_xlim(self.low, self.high)
        axes.set_xticks(list(marks), list(marks.values()), minor=False)
        axes.minorticks_off()
        axes.set_xlabel("evaluations")


@dataclass(frozen=True)
class Colours:
    """How scores become colours.

    Attributes:
        has_nines: The colours count nines.
        low: What the first colour stands for.
        high: What the last colour stands for.
        unit: Of the scores.
    """

    has_nines: bool
    low: float
    high: float
    unit: Unit

    @classmethod
    def of(cls, values: Doubles, unit: Unit, typical: Doubles) -> "Colours":
        """Choose the colours of what is shown.

        Nines are counted if half of the typical shares are 0.9 or more; other shares go from 0,
        other scores from the least, to the largest.
        """
        known = values[np.isfinite(values)]
        if unit.is_share and typical.size and np.median(np.nan_to_num(typical)) >= _HIGH:
            return cls(True, 0, NINES, unit)
        if unit.is_share:
            return cls(False, 0, float(known.max(initial=0)) or 1.0, unit)
        low, high = (known.min(), known.max()) if known.size else (0, 1)
        room = 0.05 * (abs(low) or 1) if low == high else 0
        return cls(False, float(low - room), float(high + room), unit)

    def levels(self, values: Doubles) -> Doubles:
        """Turn scores into what the colours stand for."""
        return nines(values) if self.has_nines else values

    def explain(self, bar: Colorbar) -> None:
        """Write the ticks of the bar."""
        if self.has_nines:
            bar.set_ticks(list(range(NINES + 1)), labels=ticks()[1])
        else:
            write = self.unit.round if self.unit.is_share else number
            bar.ax.yaxis.set_major_formatter(lambda value, _: write(value))
