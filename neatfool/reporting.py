"""How long work tells the world how it goes; nothing below the command line prints."""

import logging
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

T = TypeVar("T")
log = logging.getLogger("neatfool")
"""Warnings and milestones; a run adds a handler that writes its ``log.txt``."""

_MOST_WRITTEN = 1e9
"""Numbers from here on are written with an exponent."""
_LEAST, _LACKING = 1e-6, 1e-7
"""Below the one, confidences and differences are not told from 0; above 1 less the other, not
from 1: single precision has no steps that are much smaller."""
_HIGH = 0.9


def percent(share: float | None) -> str:
    """Write a confidence, or any share in [0, 1], with the digits in which fooling images differ.

    There are three digits of it, and two of what it lacks; so it is never rounded to 100 %. Of a
    niche without an elite there is none: a dash. Below 0 there is no confidence: it is refused, as
    by a detector. ``web/static/numbers.js`` writes the same.

    Example:
        >>> percent(0.00031), percent(0.25), percent(0.99556), percent(0.999996), percent(1.0)
        ('0.0310 %', '25.0 %', '99.56 %', '99.99960 %', '100 %')
    """
    if share is None or not math.isfinite(share):
        return "–"
    if share < 0:
        return "refused"
    share = float(share)
    lacks = 1 - share
    if share == 0 or lacks <= 0:
        return f"{100 * min(share, 1):.0f} %"
    if share < _LEAST:
        return "< 0.0001 %"
    if lacks < _LACKING:
        return "> 99.99999 %"
    return f"{_hundredfold(share, min(share, 10 * lacks))} %"


def headed(text: str) -> str:
    """Begin a text with a capital letter; unlike ``str.capitalize``, leave all others as they are.

    Example:
        >>> headed("patterns (CPPN)")
        'Patterns (CPPN)'
    """
    return text[:1].upper() + text[1:]


def apart(one: float, other: float) -> str:
    """Write by how much a share is larger than another: from 90 % on in nines, below in points.

    99 % has one nine more than 90 %; a point is one percent of the whole.

    Example:
        >>> apart(0.999, 0.99), apart(0.25, 0.5), apart(0.99995, 0.9999), apart(0.5, 0.5)
        ('+1.00 nines', '−25.0 points', '+0.30 nines', '0')
    """
    if max(one, other) >= _HIGH:
        size = math.log10(max(1 - other, _LACKING)) - math.log10(max(1 - one, _LACKING))
        text, unit = f"{abs(size):.2f}", "nines"
    else:
        size = max(one, 0) - max(other, 0)
        text, unit = "0.00" if abs(size) < _LEAST else _hundredfold(abs(size), abs(size)), "points"
    return "0" if text == "0.00" else f"{'+' if size > 0 else '−'}{text} {unit}"


def _hundredfold(share: float, small: float) -> str:
    """Write a hundred times a share, with three digits of what is small in it."""
    places, scale = 1, 10.0
    while small * scale < 1:
        places, scale = places + 1, scale * 10
    number = Decimal(100 * share)  # halves are rounded up, as scripts of pages do
    return str(number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


@dataclass(frozen=True)
class Unit:
    """What a score is called, and how it is written.

    Attributes:
        noun: The word for it.
        is_share: It lies in [0, 1] and is written in percent.

    Example:
        >>> Unit("confidence", is_share=True).write(0.25), Unit("distance").write(1234.5)
        ('25.0 %', '1,234.5')
    """

    noun: str = "score"
    is_share: bool = False

    @property
    def one(self) -> str:
        """The word for it with its article."""
        return f"{'an' if self.noun[:1] in 'aeiou' else 'a'} {self.noun}"

    @property
    def is_confidence(self) -> bool:
        """Whether niches are classes, and a score says how surely a network is fooled in one."""
        return self == CONFIDENCE

    def write(self, score: float | None) -> str:
        """Write a score; a dash for none, and for one that is no number."""
        if self.is_share or score is None or not math.isfinite(score):
            return percent(score)
        is_whole = 1e5 <= abs(score) < _MOST_WRITTEN
        return f"{score:,.0f}" if is_whole else f"{score + 0.0:,.6g}"  # which has no -0

    def round(self, level: float) -> str:
        """Write a round score, such as a threshold, as short as can be: 0.9999 as 99.99 %."""
        return f"{100 * level:.10g} %" if self.is_share else self.write(level)


SCORE, CONFIDENCE = Unit(), Unit("confidence", is_share=True)


NOTE = logging.INFO + 5
"""The level at which is logged what the user waits for beside the work itself."""
logging.addLevelName(NOTE, "NOTE")


def note(text: str) -> None:
    """Log what else takes time; who shows progress shows it, too."""
    log.log(NOTE, "%s", text)


class Reporter:
    """Hear of progress and ignore it; the command line shows it as a live bar instead."""

    def start(self, task: str, total: int, done: int = 0, unit: Unit = CONFIDENCE) -> None:
        """Begin ``total`` steps of ``task``, ``done`` of which were done before; 0: nobody knows.

        Numbers named best, median, mean and worst are in the unit.
        """

    def step(self, done: int, **numbers: float | None) -> None:
        """Say that ``done`` steps are done, and the numbers to show beside the bar, if known."""

    def finish(self) -> None:
        """End the task begun last."""


class Announcing(Reporter):
    """Tell another reporter of progress, and of what.

    Args:
        name: Comes before the name of every task.
        reporter: Who is told.
    """

    def __init__(self, name: str, reporter: Reporter) -> None:
        self._name, self._reporter = name, reporter

    def start(self, task: str, total: int, done: int = 0, unit: Unit = CONFIDENCE) -> None:
        """Begin a task."""
        self._reporter.start(f"{self._name}: {task}", total, done, unit)

    def step(self, done: int, **numbers: float | None) -> None:
        """Pass it on."""
        self._reporter.step(done, **numbers)

    def finish(self) -> None:
        """Pass it on."""
        self._reporter.finish()


class Within(Reporter):
    """Show the steps of one task as a part of those of a larger one; those of others are not told.

    Args:
        reporter: Who is told; the larger task has begun.
        before: Steps of that which are done.
        task: Whose steps are counted.
    """

    def __init__(self, reporter: Reporter, before: int, task: str) -> None:
        self._reporter, self._before, self._task = reporter, before, task
        self._is_counting = False

    def start(self, task: str, total: int, done: int = 0, unit: Unit = CONFIDENCE) -> None:
        """Listen, if it is the task."""
        self._is_counting = task == self._task

    def step(self, done: int, **numbers: float | None) -> None:
        """Count on."""
        if self._is_counting:
            self._reporter.step(self._before + done, **numbers)


def stepping(things: Iterable[T], total: int, task: str, reporter: Reporter) -> Iterator[T]:
    """Hand things on one after the other, and tell of each; who is told may end it by an error."""
    reporter.start(task, total)
    try:
        for done, thing in enumerate(things, 1):
            yield thing
            reporter.step(done)
    finally:
        reporter.finish()
