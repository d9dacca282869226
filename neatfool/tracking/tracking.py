"""Telling trackers of a run, which can neither change it nor slow it nor stop it."""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from neatfool.bounded import opened
from neatfool.errors import Interrupted
from neatfool.reporting import log
from neatfool.tracking.tracker import TRACKED, Ending, entry_of

_PATIENCE = 60.0
"""Seconds that a tracker has to finish."""
_AWHILE = 1.0
"""Seconds that a thread has to notice that its process has ended."""
_LAST = 2000
"""Bytes of what a tracker said that its last line is looked for in."""


class Tracking:
    """Tell trackers of a run; each is in a process of its own.

    So nothing that a tracker does can be seen by the run: waiting for a network, drawing from
    Python's global generator, changing handlers of signals, crashing. Telling never waits. One
    that fails is warned of, once.

    Args:
        names: Of the trackers, ``TrackerNames``; ``require_installed`` says whether they are there.
    """

    def __init__(self, names: Sequence[str] = ()) -> None:
        self._names = names
        self._channels: list[_Channel] = []

    def __enter__(self) -> "Tracking":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        is_stopped = isinstance(error, Interrupted | KeyboardInterrupt)
        ending: Ending = "interrupted" if is_stopped else "failed" if error else "finished"
        self._tell("close", ending)
        at_once = isinstance(error, KeyboardInterrupt) or getattr(error, "at_once", False)
        until = time.monotonic() + (0 if at_once else _PATIENCE)
        for channel in self._channels:
            channel.finish(until)
        self._channels = []

    def begin(self, folder: Path, settings: Mapping[str, float | str], generation: int) -> int:
        """Open entries, or those that there are of the run.

        Args:
            folder: Of the run.
            settings: Of the run, by name.
            generation: Its last one so far; what trackers have beyond that is told again.

        Returns:
            The generation after which trackers have to be told what there was before.
        """
        told = generation
        for name in self._names:
            known = entry_of(folder, name, settings, generation).told
            told = min(told, known)
            self._channels.append(_Channel(name, folder, known))
        self._tell(str(folder.absolute()), settings, generation)
        return told

    @property
    def is_told(self) -> bool:
        """Whether there is anybody to be told."""
        return bool(self._channels)

    def numbers(self, numbers: Mapping[str, float | None]) -> None:
        """Tell the numbers of a generation, one of them, by name; those that are none are not."""
        known = {name: each for name, each in numbers.items() if each is not None}
        self._tell("numbers", known.pop("generation"), known)

    def saved(self, generation: int) -> None:
        """Say that a run will not go back beyond a generation."""
        self._tell("saved", generation)

    def publish(
        self,
        generation: int,
        results: Mapping[str, float | str | None],
        pictures: Mapping[str, Path],
    ) -> None:
        """Tell what the report says, and show pictures, PNG files by name."""
        known = {name: each for name, each in results.items() if each is not None}
        files = {name: str(file.absolute()) for name, file in pictures.items()}
        self._tell("publish", generation, known, files)

    def _tell(self, *words: object) -> None:
        for channel in self._channels:
            channel.tell(words)


def _paths() -> dict[str, str]:
    """Say where another process finds what is found here, the folder of the user aside."""
    return {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONSAFEPATH": "1"}


class _Channel:
    """The way to one tracker: a thread writes to its process, so that nobody waits for that."""

    def __init__(self, name: str, folder: Path, told: int) -> None:
        self._name, self._log = name, folder / TRACKED / f"{name}.txt"
        self._words: queue.SimpleQueue[tuple[Any, ...] | None] = queue.SimpleQueue()
        self._put, self._sent, self._told = 0, 0, told
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._log.parent.mkdir(exist_ok=True)
            with self._log.open("ab") as said:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "neatfool.tracking.telling", name],
                    stdin=subprocess.PIPE,
                    stdout=said,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # Ctrl-C is not for it
                    env={**os.environ, **_paths()},
                )
        except OSError as error:
            self._warn(f"cannot be started: {error.strerror}")
            return
        self._thread = threading.Thread(target=self._write, args=(self._process,), daemon=True)
        self._thread.start()

    def tell(self, words: tuple[Any, ...]) -> None:
        """Send words on their way."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._words.put(words)
            self._put += 1
        else:
            self._bury()

    def finish(self, until: float) -> None:
        """Wait for the process to end by itself; one that goes on is left alone."""
        if self._process is None:
            return
        self._words.put(None)
        try:
            self._process.wait(max(until - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            lost = f": it was not told what followed generation {self._told}, and will not "
            lost += "be if this process ends now; `neatfool resume` tells it"
            is_lost = self._sent < self._put
            self._warn(f"is still at it, and goes on by itself{lost if is_lost else ''}")
        else:
            self._bury()

    def _bury(self) -> None:
        """Put away a process that has ended, and say so if it should not have."""
        assert self._process is not None
        self._words.put(None)
        self._thread.join(_AWHILE)
        if self._process.returncode:
            self._warn(f"is told no more: {self._last_words()}")
        self._process = None

    def _write(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        try:
            with process.stdin as pipe:
                while (words := self._words.get()) is not None:
                    pipe.write(json.dumps(words).encode() + b"\n")
                    pipe.flush()
                    self._sent += 1
                    if words[0] == "numbers":
                        self._told = words[1]
        except OSError:
            """It has ended, which is noticed where it is told the next words."""

    def _last_words(self) -> str:
        try:
            with opened(self._log) as file:
                file.seek(max(self._log.stat().st_size - _LAST, 0))
                lines = file.read(_LAST).decode(errors="replace").split("\n")
        except OSError:
            lines = []
        return next((line for line in reversed(lines) if line.strip()), "it ended")

    def _warn(self, what: str) -> None:
        log.warning("%s %.300s; the run is not affected (%s)", self._name, what, self._log)
