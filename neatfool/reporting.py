"""How long work tells the world how it goes; nothing below the command line prints."""

import logging
import math
from dataclasses import dataclass

log = logging.getLogger("neatfool")
"""Warnings and milestones; a run adds a handler that writes its ``log.txt``."""

_MOST_WRITTEN = 1e9
"""Numbers from here on are written with an exponent."""


def percent(confidence: float | None) -> str:
    """Write a confidence in [0, 1] with the digits in which fooling images differ.

    What is rounded to 100 or to 0 percent without being it is told apart. Of a niche without an
    elite there is none: a dash. Below 0 there is no confidence: it is refused, as by a detector.

    Example:
        >>> percent(0.99998), percent(0.9999999), percent(1.0)
        ('99.9980 %', '> 99.9999 %', '100.0000 %')
    """
    if confidence is None or not math.isfinite(confidence):
        return "–"
    if confidence < 0:
        return "refused"
    text = f"{100 * confidence:.4f}"
    if text == "100.0000" and confidence < 1:
        return "> 99.9999 %"
    if text == "0.0000" and confidence > 0:
        return "< 0.0001 %"
    return f"{text} %"


@dataclass(frozen=True)
class Unit:
    """What a score is called, and how it is written.

    Attributes:
        noun: The word for it.
        is_share: It lies in [0, 1] and is written in percent.

    Example:
        >>> Unit("confidence", is_share=True).write(0.25), Unit("distance").write(1234.5)
        ('25.0000 %', '1,234.5')
    """

    noun: str = "score"
    is_share: bool = False

    def write(self, score: float | None) -> str:
        """Write a score; a dash for none, and for one that is no number."""
        if self.is_share or score is None or not math.isfinite(score):
            return percent(score)
        is_whole = 1e5 <= abs(score) < _MOST_WRITTEN
        return f"{score:,.0f}" if is_whole else f"{score + 0.0:,.6g}"  # which has no -0


SCORE, CONFIDENCE = Unit(), Unit("confidence", is_share=True)


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
