"""Show how work goes: a live bar on a terminal, now and then a line where there is none."""

import logging
import time
from collections.abc import Callable
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from neatfool.reporting import CONFIDENCE, NOTE, Reporter, Unit, log, percent

INTERVAL = 0.1
"""Seconds between two refreshes of the bar."""
MEASURED = 5.0
"""Seconds of steps from which the speed of a task is measured."""
LONG = 120.0
"""Seconds from which it is said how long a task takes."""
LINES = 10
"""Lines a whole task takes where there is no terminal."""
SCORES = ("best", "median", "mean", "worst")
"""Numbers that are shown in the unit of the task."""
SHARES = ("accuracy", "coverage")
"""Numbers in [0, 1] that are shown in percent."""


class LiveReporter(Reporter):
    """Show the one task that is going on; starting another ends it.

    Use it as a context manager, so that an exception or Ctrl-C leaves the terminal as it was.

    Args:
        console: Where to show it; standard error if None, so that results can be piped.
        advice: What to do if it takes too long.
    """

    def __init__(self, console: Console | None = None, advice: str = "") -> None:
        self._console = console or Console(stderr=True)
        self._advice = advice
        self._notes = _Notes(self._say)
        self._display: _Display | None = None
        self._forecast = _Forecast(0)
        self._told = LONG / 2
        self._done = 0
        self._numbers: dict[str, float] = {}
        self._unit = CONFIDENCE

    def start(self, task: str, total: int, done: int = 0, unit: Unit = CONFIDENCE) -> None:
        """Begin a task and show it."""
        self.finish()
        self._done, self._numbers, self._unit = done, {}, unit
        live = self._console.is_terminal and not self._console.is_dumb_terminal
        self._display = (_Bar if live else _Lines)(self._console, task, total, done)
        self._display.open()
        self._task, self._forecast = task, _Forecast(total)

    def step(self, done: int, **numbers: float | None) -> None:
        """Note how far the task is; show it if it is time to.

        Args:
            done: Steps done so far.
            numbers: ``evaluations_per_second``, those of `SCORES` and `SHARES`, and any others;
                shown in the order in which they come, but for those that are none.
        """
        self._done = done
        left = self._forecast.left(done)
        if left is not None and left >= 2 * self._told:  # not again for others that take as long
            self._told = left
            said = f"{self._task}: about {duration(left)} at this speed"
            said = f"{said}; {self._advice}" if self._advice else said
            self._say(said)
        self._numbers = {name: each for name, each in numbers.items() if each is not None}
        if self._display is not None and self._display.due(done):
            self._display.show(done, self._sentence())

    def finish(self) -> None:
        """Show where the task ended and leave the terminal as it was; twice does no harm."""
        display, self._display = self._display, None
        if display is not None:
            display.close(self._done, self._sentence())

    def _sentence(self) -> str:
        """Write the numbers in one line."""
        return " · ".join(_phrase(*each, self._unit) for each in self._numbers.items())

    def _say(self, line: str) -> None:
        """Show a line above the task."""
        self._console.print(line, markup=False, highlight=False, emoji=False, soft_wrap=True)

    def __enter__(self) -> "LiveReporter":
        """Begin nothing yet."""
        self._level = log.level
        log.addHandler(self._notes)
        log.setLevel(min(log.getEffectiveLevel(), NOTE))
        return self

    def __exit__(self, *_: object) -> None:
        """End the task, whatever happened."""
        log.removeHandler(self._notes)
        log.setLevel(self._level)
        self.finish()


class _Notes(logging.Handler):
    """Show each note once, whichever process it comes from."""

    def __init__(self, show: Callable[[str], None]) -> None:
        super().__init__(NOTE)
        self._show, self._shown = show, set[str]()

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.levelno == NOTE and text not in self._shown:
            self._shown.add(text)
            self._show(text)


def duration(seconds: float) -> str:
    """Write how long something takes, in two digits.

    Example:
        >>> duration(150), duration(8000)
        ('2.5 minutes', '2.2 hours')
    """
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 1.5 * length:
            number = seconds / length
            return f"{round(number, 1 if number < 10 else None):g} {unit}"
    return f"{seconds:.0f} seconds"


class _Forecast:
    """How long a task takes, from the speed of its first steps.

    What comes before the first step, such as compiling, is not counted.
    """

    def __init__(self, total: int) -> None:
        self._total, self._first = total, -1
        self._began = 0.0

    def left(self, done: int) -> float | None:
        """Return the seconds that are left, once, as soon as that can be said."""
        if not self._total:
            return None
        now = time.monotonic()
        if self._first < 0:
            self._first, self._began = done, now
        elif now - self._began >= MEASURED and done > self._first:
            left = (self._total - done) * (now - self._began) / (done - self._first)
            self._total = 0
            return left
        return None


class _Display(Protocol):
    """One task on the screen."""

    def open(self) -> None:
        """Show that the task begins."""

    def due(self, done: int) -> bool:
        """Say, in a microsecond, whether it is time to show something."""

    def show(self, done: int, sentence: str) -> None:
        """Show how far the task is."""

    def close(self, done: int, sentence: str) -> None:
        """Show it for the last time."""


class _Bar:
    """A bar, and under it the numbers; drawn by the thread that calls, in no other."""

    def __init__(self, console: Console, task: str, total: int, done: int) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=console,
            expand=True,
        )
        self._task = self._progress.add_task(task, total=total or None, completed=done)
        self._text = Text("", style="dim", no_wrap=True, overflow="ellipsis")
        self._live = Live(
            Group(self._progress, self._text),
            console=console,
            auto_refresh=False,
            redirect_stdout=False,
        )
        self._next = 0.0

    def open(self) -> None:
        self._live.start(refresh=True)

    def due(self, done: int) -> bool:
        return time.monotonic() >= self._next

    def show(self, done: int, sentence: str) -> None:
        self._progress.update(self._task, completed=done)
        self._text.plain = sentence
        self._live.refresh()
        self._next = time.monotonic() + INTERVAL

    def close(self, done: int, sentence: str) -> None:
        try:
            self.show(done, sentence)
        finally:
            self._live.stop()


class _Lines:
    """A plain line whenever another tenth of the task is done."""

    def __init__(self, console: Console, task: str, total: int, done: int) -> None:
        self._console = console
        self._task = task
        self._total = total
        self._shown = done
        self._began = time.monotonic()
        self._next = self._after(done)

    def open(self) -> None:
        """Say that it begins, where nobody knows how long it is; else wait for the first tenth."""
        if not self._total:
            self._print(f"{self._task} …")

    def due(self, done: int) -> bool:
        return done >= self._next

    def show(self, done: int, sentence: str) -> None:
        self._shown, self._next = done, self._after(done)
        share = f" ({100 * done // self._total} %)" if self._total else ""
        seconds = f"{time.monotonic() - self._began:.1f} s"
        parts = [f"{self._task}: {done}/{self._total}{share}", seconds, sentence]
        self._print(" · ".join(part for part in parts if part))

    def close(self, done: int, sentence: str) -> None:
        if done != self._shown:
            self.show(done, sentence)

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, emoji=False, soft_wrap=True)

    def _after(self, done: int) -> int:
        """Return the first step at which the next tenth is done."""
        tenths = done * LINES // max(self._total, 1) + 1
        return -(-tenths * self._total // LINES) if self._total else done + 1


def _phrase(name: str, number: float, unit: Unit) -> str:
    """Write a number with its name, in the digits in which it differs from one step to the next."""
    words = name.replace("_", " ")
    if name == "evaluations_per_second":
        return f"{number:,.0f} evaluations/s"
    if name in SCORES:
        words = "least" if name == "worst" and unit.is_confidence else words
        return f"{words} {unit.write(number)}"
    if name in SHARES:
        return f"{words} {percent(number)}"
    whole = float(number).is_integer()
    return f"{words} {number:,.0f}" if whole else f"{words} {number:.4g}"
