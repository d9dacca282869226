"""Ctrl-C, SIGTERM and SIGHUP, remembered until a generation is complete."""

import contextlib
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from neatfool.process import SIGNALS


class Signals:
    """While entered, the first signal is remembered; a second Ctrl-C interrupts what may be.

    A signal that was ignored before, as ``nohup`` does it, is ignored still; Ctrl-C is heard.

    Args:
        tell: Called with the number of the first signal, in a thread of its own: within the handler
            nothing can be written, since the same may be half-written.

    Attributes:
        received: Number of the signal that came last, or none.
    """

    def __init__(self, tell: Callable[[int], None] | None = None) -> None:
        self.received: int | None = None
        self._tell = tell
        self._first: queue.SimpleQueue[int | None] = queue.SimpleQueue()  # safe within a handler
        self._is_pressing = self._is_interruptible = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "Signals":
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                if number == signal.SIGINT or signal.getsignal(number) != signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._remember)
            threading.Thread(target=self._answer, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._first.put(None)

    @contextlib.contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let a second Ctrl-C raise ``KeyboardInterrupt`` within, also one that came before."""
        self._is_interruptible = True
        try:
            if self._is_pressing:
                raise KeyboardInterrupt
            yield
        finally:
            self._is_interruptible = False

    def _answer(self) -> None:
        number = self._first.get()
        if number is not None and self._tell:
            self._tell(number)

    def _remember(self, number: int, frame: FrameType | None) -> None:
        is_first, self.received = self.received is None, number
        if is_first:
            self._first.put(number)
        elif number == signal.SIGINT:
            self._is_pressing = True
            if self._is_interruptible:
                self._is_interruptible = False  # once
                raise KeyboardInterrupt
