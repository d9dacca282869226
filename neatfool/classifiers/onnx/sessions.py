"""Running networks with ONNX Runtime such that they can be ended: an ONNX file is a program."""

import contextlib
import re
import textwrap
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, final

from neatfool.errors import ClassifierError
from neatfool.types import Arrays

if TYPE_CHECKING:
    import onnxruntime

InferenceSession: TypeAlias = "onnxruntime.InferenceSession"

_LONGEST = 300
_LOOK = 0.2
"""Seconds after which the main thread looks for signals."""


def open_session(path: Path) -> InferenceSession:
    """Load a file into ONNX Runtime: an ``InferenceSession`` on the CPU.

    Raises:
        ClassifierError: ONNX Runtime does not take it.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One thread for each call: the chunks of a generation are called side by side.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ClassifierError(
            f"{path}: expected a network that ONNX Runtime {onnxruntime.__version__} can run, got: "
            f"{_reason(error)}; export it for this version, or update onnxruntime"
        ) from error


def run(session: InferenceSession, output: str, feed: Arrays) -> Any:
    """Run a network; Ctrl-C ends it, even if it would never end by itself.

    Args:
        session: As opened.
        output: Name of the output that is wanted.
        feed: Name of an input → array.

    Returns:
        The output: an array, or a list of dictionaries.

    Raises:
        RuntimeError: The network does not take this, or was ended.
    """
    import onnxruntime

    options = onnxruntime.RunOptions()
    if threading.current_thread() is not threading.main_thread():
        return _run(session, output, feed, options)
    # Signals are handled between two steps of the main thread: it must neither be in the library
    # nor wait for long, as not every system wakes it.
    with ThreadPoolExecutor(1) as helper:
        try:
            answer = helper.submit(_run, session, output, feed, options)
            while not answer.done():
                wait([answer], timeout=_LOOK)
            return answer.result()
        except BaseException:
            options.terminate = True
            raise


@contextlib.contextmanager
def ending_runs() -> Iterator[None]:
    """End all calls of networks in ONNX files; while this is entered, none begins.

    Who waits for threads that ask classifiers, and wants no answers any more, waits inside.
    """
    _CALLS.end(1)
    try:
        yield
    finally:
        _CALLS.end(-1)


@final
class _Calls:
    """All calls that run now, and whether more may begin."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[onnxruntime.RunOptions] = set()
        self._endings = 0

    @contextlib.contextmanager
    def listed(self, options: "onnxruntime.RunOptions") -> Iterator[None]:
        """Know of a call while it runs, by its options."""
        with self._lock:
            options.terminate = options.terminate or self._endings > 0
            self._running.add(options)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(options)

    def end(self, more: int) -> None:
        """Let one more, or one fewer, wish that calls end."""
        with self._lock:
            self._endings += more
            for options in self._running if more > 0 else ():
                options.terminate = True


_CALLS = _Calls()


def _run(
    session: InferenceSession,
    output: str,
    feed: Arrays,
    options: "onnxruntime.RunOptions",
) -> Any:
    with _CALLS.listed(options):
        try:
            return session.run([output], feed, options)[0]
        except Exception as error:
            raise RuntimeError(_reason(error)) from error


def _reason(error: Exception) -> str:
    """Say in one line what ONNX Runtime found, without the places in its own source."""
    text = re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ", "", str(error))
    text = re.sub(r"^Load model from .*? failed:", "", text)
    text = re.sub(r"/\S+\.(cc|h):\d+ .*?\) (const )?", "", text)
    return textwrap.shorten(text, _LONGEST, placeholder=" …").rstrip(".")
