"""What runs in the process of a tracker: it hears of the run, and tells the tracker."""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any

from filelock import FileLock

from neatfool.files import write_whole
from neatfool.process import SIGNALS
from neatfool.tracking.choice import TRACKERS
from neatfool.tracking.tracker import Ending, Entry, Tracker, entry_of, file_of

_PATIENCE = 60.0
"""Seconds to wait for the process of a run that was killed, which may still be at it."""


def main(name: str, lines: Iterable[bytes]) -> None:
    """Tell a tracker of a run, line by line, until there are no more: then the run has ended.

    Args:
        name: Of the tracker.
        lines: Of JSON: first folder, settings and generation of the run, then words; the last is
            not whole if the process of the run ended while this one did not listen.
    """
    words = map(json.loads, (line for line in lines if line.endswith(b"\n")))
    first = next(words, None)
    if first is None:
        return
    folder, settings, generation = Path(first[0]), first[1], first[2]
    with FileLock(file_of(folder, name).with_suffix(".lock"), _PATIENCE):
        telling = _Telling(name, entry_of(folder, name, settings, generation))
        for what, *how in words:
            telling.words[what](*how)
        telling.finish()


class _Telling:
    """Pass words on, and remember how far the tracker was told."""

    def __init__(self, name: str, entry: Entry) -> None:
        self._file = file_of(entry.folder, name)
        self._tracker: Tracker = TRACKERS[name](entry)
        self._told, self._published = self._tracker.told, entry.published
        self._ending: Ending = "interrupted"
        self._remember()
        self.words: dict[str, Callable[..., None]] = {
            "numbers": self._numbers,
            "saved": self._saved,
            "publish": self._publish,
            "close": self._close,
        }

    def finish(self) -> None:
        """End."""
        self._tracker.flush()
        self._remember()
        self._tracker.close(self._ending)

    def _numbers(self, generation: int, numbers: dict[str, float]) -> None:
        if generation > self._told:
            self._tracker.numbers(generation, numbers)
            self._told = generation

    def _saved(self, generation: int) -> None:
        self._tracker.flush()
        self._remember()

    def _publish(self, generation: int, results: dict[str, Any], files: dict[str, str]) -> None:
        if generation > self._published:
            for name, file in files.items():
                self._tracker.picture(generation, name, Path(file))
            self._tracker.results(generation, results)
            self._published = generation

    def _close(self, ending: Ending) -> None:
        self._ending = ending

    def _remember(self) -> None:
        facts = {"id": self._tracker.id, "told": self._told, "published": self._published}
        write_whole(self._file, json.dumps(facts) + "\n")


def _own_input() -> IO[bytes]:
    """Keep standard input from trackers, which may ask questions or hand it to their children."""
    lines = os.fdopen(os.dup(0), "rb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return lines


if __name__ == "__main__":
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    try:
        main(sys.argv[1], _own_input())
    except Exception as error:
        import traceback

        traceback.print_exc()
        sys.stderr.write(f"{type(error).__name__}: {' '.join(str(error).split())}\n")
        sys.stderr.flush()
        os._exit(1)  # whatever threads of the tracker are still at
