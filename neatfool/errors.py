"""Errors a caller may want to catch; each says what was expected, what it got, what to do."""

import errno
import re

_OUT_OF_MEMORY = re.compile(
    r"DefaultCPUAllocator|out of memory|not enough memory|(can.?t|cannot|failed to) allocate|"
    r"bad_?alloc|ALLOC_FAILED",
    re.IGNORECASE,
)


class NeatfoolError(Exception):
    """Something the user can mend; the command line prints it in one line and exits with 2."""


class ConfigError(NeatfoolError):
    """A setting is unknown, of the wrong type or out of range."""


class UnknownKeyError(ConfigError, AttributeError):
    """A section of settings has no such key, or a genome no such part."""


class DataError(NeatfoolError):
    """A data file is missing, truncated or not what its name says."""


class TooLargeError(DataError):
    """A file has more bytes than are read."""


class ClassifierError(NeatfoolError):
    """A classifier is unknown, or its weights or outputs do not fit."""


class DeviceError(NeatfoolError):
    """The device asked for is not on this machine."""


class RunError(NeatfoolError):
    """A run folder is missing, in use by another run, unreadable or cannot be written."""


class CheckpointError(RunError):
    """A checkpoint is damaged."""


class ShapeError(NeatfoolError, ValueError):
    """Arrays do not fit one another."""


class Interrupted(Exception):  # noqa: N818 - not a failure: the run can go on
    """A signal stopped a run after its checkpoint was written.

    Attributes:
        signal: Number of the signal.
        at_once: Whether a generation was left in the midst of it; threads may still be at it.
    """

    def __init__(self, signal: int, generation: int, at_once: bool = False) -> None:
        super().__init__(f"stopped by a signal after generation {generation}")
        self.signal = signal
        self.at_once = at_once


def is_out_of_memory(error: BaseException) -> bool:
    """Say whether memory ran out: of Python, numpy, torch or a runtime, whatever they raise."""
    is_named = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    if is_named or getattr(error, "errno", None) == errno.ENOMEM:
        return True
    is_of_runtime = isinstance(error, RuntimeError) or type(error).__module__.startswith("onnxrun")
    if is_of_runtime and _OUT_OF_MEMORY.search(str(error)):
        return True
    cause = error.__cause__
    return cause is not None and is_out_of_memory(cause)
