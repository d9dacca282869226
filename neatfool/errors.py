"""Errors a caller may want to catch; each message says what was expected, what came, what to do."""


class NeatfoolError(Exception):
    """Something the user can mend; the command line prints it in one line and exits with 2."""


class ConfigError(NeatfoolError):
    """A setting is unknown, of the wrong type or out of range."""


class UnknownKeyError(ConfigError, AttributeError):
    """A section of settings has no such key, or a genome no such part."""


class DataError(NeatfoolError):
    """A data file is missing, truncated or not what its name says."""


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
    """

    def __init__(self, signal: int, generation: int) -> None:
        super().__init__(f"stopped by a signal after generation {generation}")
        self.signal = signal
