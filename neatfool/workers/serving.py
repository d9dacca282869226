"""What runs in a process of a worker: it builds the task once, and scores chunk by chunk."""

import contextlib
import logging
import logging.handlers
import multiprocessing
import os
import pickle
import queue
import signal
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

import numpy as np
import torch

from neatfool.encodings import Encoding
from neatfool.errors import RunError
from neatfool.process import SIGNALS, keep_memory, unblock_signals
from neatfool.reporting import log
from neatfool.tasks import Task, Trial
from neatfool.types import Arrays, Scores
from neatfool.workers.scoring import Scoring

Build = Callable[[], tuple[Encoding[Any], Task]]
Identity = tuple[Any, ...]
TRIES = 3
"""So often a chunk is done again that ends whoever works on it."""


class Evaluator:
    """Encoding and task, built once in a process that scores chunk by chunk.

    Args:
        build: A pickled ``Build``.

    Attributes:
        identity: Of what was built.
    """

    def __init__(self, build: bytes) -> None:
        torch.set_num_threads(1)
        self._encoding, self._task = pickle.loads(build)()
        self._scoring = Scoring()
        self.identity = identity(self._encoding, self._task)

    def score(self, arrays: Arrays, trial: Trial) -> Scores:
        """Score the genomes that arrays hold: ``(P, K)`` float32."""
        genomes = self._encoding.from_arrays(arrays)
        return np.asarray(self._scoring.score(genomes, self._encoding, self._task, trial))


def serve(pipe: Connection, levels: Mapping[str, int], gpu: str | None) -> None:
    """Answer through a pipe until its other end is closed.

    The pipe brings the bytes of a pickled ``Build``, and the first answer is the ``Identity`` of
    what was built; then come scores, one for each pair of genomes and trial. Any answer may be a
    ``Failure``, and log records come in between.

    Args:
        pipe: To the process that started this one.
        levels: Of loggers there, by name.
        gpu: The only one that CUDA is to see; none: all.
    """
    if gpu is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = gpu
    keep_memory()  # before there is any other thread, which would have memory of its own
    _ignore_signals()
    end_with_parent()
    answers = _Answers(pipe)
    log_to(answers.send, levels)
    with contextlib.suppress(EOFError, ConnectionError):
        evaluator = tried(Evaluator, pipe.recv_bytes())
        if isinstance(evaluator, Failure):
            answers.send(evaluator)
            return
        answers.send(evaluator.identity)
        while True:
            answers.send(tried(evaluator.score, *pipe.recv()))


def packed(build: Build, dumps: Callable[[Any], bytes] = pickle.dumps) -> bytes:
    """Pickle what builds encoding and task, for other processes.

    Args:
        build: Makes both.
        dumps: Pickles it such that ``pickle.loads`` undoes that.

    Raises:
        RunError: It cannot be.
    """
    try:
        return dumps(build)
    except Exception as error:
        raise RunError(
            f"what builds the task cannot be handed to processes: {error!s:.200}; define it "
            "at the top of a module, or use threads"
        ) from error


def identity(encoding: Encoding[Any], task: Task) -> Identity:
    """Return what tells one task from another: equal here and there."""
    return encoding.shape, tuple(task.niches), getattr(task, "digest", "")


def check(built: Identity, encoding: Encoding[Any], task: Task) -> None:
    """Make sure that what was built elsewhere is what is here.

    Raises:
        RunError: It is another task.
    """
    if built != identity(encoding, task):
        raise RunError(
            "a process has built another task than this one: were files of the task changed "
            "since the run began? Put them back, or begin a new run"
        )


def given_up(who: str, count: int | None, why: str) -> RunError:
    """Say that a chunk is not done once more: it has ended whoever worked on it.

    Args:
        who: ``processes``, or others.
        count: Genomes of the chunk; none: the task was not even built.
        why: How the last ended.
    """
    if count is None:
        return RunError(
            f"{who} died {TRIES} times while they built the task ({why}): if memory ran out, "
            'take fewer; a script that starts a run does so within if __name__ == "__main__":'
        )
    return RunError(
        f"{who} died {TRIES} times over the same {count} genomes ({why}): "
        f"if memory ran out, take fewer {who} or a smaller search.batch; if the task "
        "ends its process, run.workers = threads:1 shows where"
    )


class Elsewhere(Exception):  # noqa: N818 - where an error was raised, not an error
    """The traceback of an error of another process."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


@dataclass(frozen=True)
class Failure:
    """An exception on its way to another process."""

    pickled: bytes
    summary: str
    trace: str

    @classmethod
    def of(cls, error: BaseException) -> "Failure":
        """Take down an exception; of one that cannot travel, its name and message."""
        try:
            pickled = pickle.dumps(error)
        except Exception:
            pickled = b""
        trace = "".join(traceback.format_exception(error))
        return cls(pickled, f"{type(error).__name__}: {error}", trace)

    def error(self) -> BaseException:
        """Return the exception, caused by its traceback."""
        try:
            error: BaseException = pickle.loads(self.pickled)
        except Exception:
            error = RuntimeError(self.summary)
        error.__cause__ = Elsewhere(self.trace)
        return error


class _Answers:
    """The way back, for answers and for log records, which come from any thread."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()

    def send(self, answer: Any) -> None:
        with self._lock:
            self._pipe.send(answer)


class _Sending(logging.handlers.QueueHandler):
    """Send away what is logged, once it is put such that it can travel."""

    def __init__(self, send: Callable[[logging.LogRecord], None]) -> None:
        super().__init__(queue.SimpleQueue())  # which stays empty
        self._send = send

    def enqueue(self, record: logging.LogRecord) -> None:
        if record.name == "py.warnings":  # Python's logger of them; nobody reads it
            record.name = log.name
        self._send(record)


def _ignore_signals() -> None:
    """Leave signals to the process that started this one, which blocked them until now."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    unblock_signals()


def tried(call: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a call returns, or its failure, whatever it raises."""
    try:
        return call(*arguments)
    except BaseException as error:
        return Failure.of(error)


def levels_here() -> dict[str, int]:
    """Return the levels of loggers, for ``log_to`` elsewhere."""
    return {name: logging.getLogger(name).level for name in ("root", log.name)}


def log_to(send: Callable[[logging.LogRecord], None], levels: Mapping[str, int]) -> None:
    """Send away what is logged, and what warnings say."""
    logging.getLogger().addHandler(_Sending(send))
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)


def end_with_parent() -> None:
    """Let this process end as soon as the one that started it is gone, however it went."""
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
