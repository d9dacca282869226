"""What a process is to the system: signals that end it, streams that nobody reads, its memory."""

import contextlib
import ctypes
import errno
import io
import os
import platform
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TextIO

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP
SIGNALS = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))
"""By which users, terminals and systems end programs; all processes of a group hear them."""

_GONE = (errno.EPIPE, errno.EIO)
"""Why standard output cannot be written: its reader has gone, or its terminal."""
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -2, -3, -8  # of glibc's malloc.h
_ALLOCATOR = (
    (_TRIM_THRESHOLD, (1 << 31) - 1),
    (_TOP_PAD, 1 << 26),
    (_MMAP_THRESHOLD, 1 << 25),
    (_MMAP_THRESHOLD, 1 << 30),  # which old versions refuse
    (_ARENA_MAX, 1),  # what other threads have of their own holds no block of 64 MiB
)


@contextlib.contextmanager
def ending_at_once() -> Iterator[None]:
    """Let Ctrl-C end the process at once, while there is nothing to be lost.

    An exception in the midst of the import of a large library leaves half of it behind, or aborts.
    """
    with _handling(end_at_once):
        yield


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C raise ``KeyboardInterrupt`` within ``ending_at_once``."""
    with _handling(signal.default_int_handler):
        yield


def end_at_once(*_: object) -> None:
    """End the process as Ctrl-C does."""
    os._exit(128 + signal.SIGINT)


@contextlib.contextmanager
def signals_blocked(numbers: Sequence[signal.Signals] = SIGNALS) -> Iterator[None]:
    """Let processes that are started within hear no such signals until they unblock them."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # starting it within would unblock them
    before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def unblock_signals() -> None:
    """Hear signals from now on, in a process that was started while they were blocked."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def keep_memory() -> None:
    """Ask the allocator of C to keep what is freed: fetching it again from the system is slow.

    Without this, every batch pays for fresh pages. Only the library of GNU is known to need it;
    elsewhere this does nothing.
    """
    if platform.libc_ver()[0] == "glibc":
        mallopt = ctypes.CDLL(None).mallopt
        for parameter, size in _ALLOCATOR:
            mallopt(parameter, size)


def wait_asleep() -> None:
    """Let threads of OpenMP sleep while they wait for work; before a library brings it.

    Otherwise they spin, and on a busy machine they take the processor from those that work.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


@contextlib.contextmanager
def lasting_streams() -> Iterator[None]:
    """Let work go on where standard output or standard error is closed, or its reader gone.

    What is written then goes nowhere. Other failures of standard output, as a full disk, are
    raised; standard error has nothing that is worth an end.
    """
    before = sys.stdout, sys.stderr
    sys.stdout = _lasting(sys.stdout, 1, _GONE)
    sys.stderr = _lasting(sys.stderr, 2, tuple(errno.errorcode))
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        sys.stdout, sys.stderr = before


@contextlib.contextmanager
def _handling(handler: Callable[..., object]) -> Iterator[None]:
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class _Lasting(io.FileIO):
    """A file that goes nowhere from the first failure on that is not to be raised."""

    def __init__(self, descriptor: int, borne: tuple[int, ...]) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._borne = borne

    def write(self, content: Any, /) -> int:
        try:
            return super().write(content)
        except OSError as error:
            if error.errno not in self._borne:
                raise
            _lead_nowhere(self.fileno())
            return super().write(content)


def _lasting(stream: TextIO | None, descriptor: int, borne: tuple[int, ...]) -> TextIO:
    """Return a stream that bears what the given one does not; one that is no file stays."""
    if stream is None:  # closed before the process began: no other file may take its place
        _lead_nowhere(descriptor)
        return io.TextIOWrapper(io.BufferedWriter(_Lasting(descriptor, borne)), "utf-8")
    buffer = getattr(stream, "buffer", None)
    if not isinstance(getattr(buffer, "raw", buffer), io.FileIO):
        return stream
    raw = _Lasting(stream.fileno(), borne)
    return io.TextIOWrapper(
        io.BufferedWriter(raw) if hasattr(buffer, "raw") else raw,  # PYTHONUNBUFFERED
        stream.encoding,
        stream.errors,
        line_buffering=bool(stream.line_buffering),
        write_through=not hasattr(buffer, "raw"),
    )


def _lead_nowhere(descriptor: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    if nowhere != descriptor:
        os.dup2(nowhere, descriptor)
        os.close(nowhere)
