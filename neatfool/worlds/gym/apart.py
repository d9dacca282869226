"""Environments in processes of their own, which may hang or die without loss."""

import contextlib
import math
import mmap
import os
import pickle
import subprocess
import sys
import tempfile
import threading
import weakref
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from neatfool.errors import RunError
from neatfool.types import Bools, Doubles, Ints, Json

_EPISODES = 16
"""Episodes from which on a further process is worth while."""
_REASONS = 5
_PROGRESS = 16  # bytes: how many calls there were, and which episode is called
_PATIENCE = 5.0  # seconds that a process has to end by itself
_GONE = (EOFError, OSError, pickle.UnpicklingError)
_FILE = Path(__file__).with_name("environments.py")
_START = "import runpy, sys; runpy.run_path(sys.argv[1], run_name='__main__')"

Begun = tuple[Doubles, list[tuple[int, str]]]
"""What is seen, and which episodes failed."""
Stepped = tuple[Doubles, Bools, Doubles, list[tuple[int, str]]]
"""Rewards, which are over, what is seen, and which failed."""


class Stepping(Protocol):
    """Someone who steps environments; a request is answered before the next."""

    def begin(self, seeds: list[int]) -> None:
        """Ask for episodes to be begun; the answer is a ``Begun``."""

    def go_on(self, places: Ints, outputs: Doubles) -> None:
        """Ask for a step in those at ``places``; the answer is a ``Stepped``."""

    def answer(self) -> Any:
        """Wait for what was asked for."""

    def film(self, seed: int | None, outputs: Doubles) -> Any:
        """Begin an episode that is drawn, or make a step in it; see ``Environments.film``."""

    def close(self) -> None:
        """End."""


class Here:
    """Environments in this process."""

    def __init__(self, recipe: Json) -> None:
        from neatfool.worlds.gym.environments import Environments

        self._environments = Environments(recipe)
        self._answer: Any = None

    def begin(self, seeds: list[int]) -> None:
        """As ``Stepping``."""
        self._answer = self._environments.reset(range(len(seeds)), seeds)

    def go_on(self, places: Ints, outputs: Doubles) -> None:
        """As ``Stepping``."""
        self._answer = self._environments.step(places.tolist(), outputs)

    def answer(self) -> Any:
        """As ``Stepping``."""
        return self._answer

    def film(self, seed: int | None, outputs: Doubles) -> Any:
        """As ``Stepping``."""
        return self._environments.film(seed, outputs)

    def close(self) -> None:
        """As ``Stepping``."""
        self._environments.close()


class Apart:
    """Environments in a process of their own.

    If a call takes too long, or the process dies in the same episode again, that episode has
    failed; who dies once may have been killed. Another process begins the others again, and says in
    them what was said so far.

    Args:
        recipe: Of the environments.
        seconds: The most that a call may take; none: there is no limit.
        more: Variables of its surroundings, beside those of this process.
    """

    def __init__(
        self, recipe: Json, seconds: float | None = None, more: Mapping[str, str] | None = None
    ) -> None:
        self._recipe, self._seconds, self._more = recipe, seconds, more or {}
        self._process: subprocess.Popen[bytes] | None = None
        self._seeds: list[int] = []
        self._said: list[tuple[Ints, Doubles]] = []
        self._lost: dict[int, str] = {}
        self._deaths: Counter[int] = Counter()
        self._asked: tuple[Any, ...] = ()
        with tempfile.NamedTemporaryFile(delete=False) as file:
            file.write(bytes(_PROGRESS))
            file.flush()
            self._progress = np.frombuffer(mmap.mmap(file.fileno(), _PROGRESS), np.int64)
        self._path = Path(file.name)

    def begin(self, seeds: list[int]) -> None:
        """As ``Stepping``."""
        self._seeds, self._said, self._lost = seeds, [], {}
        self._ask(np.arange(len(seeds)), None)

    def go_on(self, places: Ints, outputs: Doubles) -> None:
        """As ``Stepping``."""
        self._ask(places, outputs)

    def answer(self) -> Any:
        """As ``Stepping``.

        Raises:
            RunError: The process died for another reason than an environment.
        """
        places, outputs, was_lost = self._asked
        while True:
            try:
                given = self._read()
                break
            except _GONE:
                self._lose()
                self._recover(places)
                with contextlib.suppress(*_GONE):
                    self._send(places, outputs)
        self._deaths.clear()
        if outputs is not None:
            self._said.append((places, outputs))
        news = [(place, why) for place, why in self._lost.items() if place not in was_lost]
        return self._whole(places, given, news)

    def film(self, seed: int | None, outputs: Doubles) -> Any:
        """As ``Stepping``."""
        try:
            if self._process is None:
                self._start()
            self._write(("film", seed, outputs))
            return self._read()
        except _GONE:
            return _told(self._fate(), f"{self._seconds or 0:g} seconds")

    def close(self) -> None:
        """As ``Stepping``."""
        self._end()
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)

    def _ask(self, places: Ints, outputs: Doubles | None) -> None:
        if self._process is None:
            self._start()
        self._asked = places, outputs, set(self._lost)
        with contextlib.suppress(*_GONE):  # then the answer is missing
            self._send(places, outputs)

    def _start(self) -> None:
        self._progress[:] = 0, -1
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, str(_FILE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is not for it
            env={**os.environ, **self._more},
        )
        self._write((os.getpid(), sys.path, dict(self._recipe), str(self._path)))
        if self._seconds is not None:
            watch = _watch, (self._process, self._progress, self._seconds)
            threading.Thread(target=watch[0], args=watch[1], daemon=True).start()

    def _send(self, places: Ints, outputs: Doubles | None) -> None:
        """Ask the process, but not of episodes that are lost."""
        left = self._left(places)
        if outputs is None:
            self._write(("reset", places[left].tolist(), [self._seeds[p] for p in places[left]]))
        else:
            self._write(("step", places[left].tolist(), outputs[left]))

    def _left(self, places: Ints) -> Bools:
        return ~np.isin(places, list(self._lost))

    def _write(self, request: Any) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        pickle.dump(request, self._process.stdin)
        self._process.stdin.flush()

    def _read(self) -> Any:
        assert self._process is not None
        assert self._process.stdout is not None
        return pickle.load(self._process.stdout)

    def _lose(self) -> None:
        """Find out which episode the process died of, if not by chance."""
        code, place = self._fate(), int(self._progress[1])
        self._deaths[place] += 1
        if self._deaths[place] == 1 and code is not None:
            return
        if place < 0:
            raise RunError(
                f"a process that steps environments of {self._recipe['id']} died (exit code "
                f"{code}): if memory ran out, set task.processes to fewer; with task.processes = 0 "
                "they are stepped in this process, which shows what fails"
            )
        self._lost[place] = _told(code, f"task.seconds = {self._seconds}")

    def _fate(self) -> int | None:
        """Find out the exit code of a process that is gone; none: a call took too long."""
        assert self._process is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_PATIENCE)
        is_late, code = int(self._progress[1]) >= 0 > int(self._progress[0]), self._end()
        return None if is_late else code

    def _recover(self, places: Ints) -> None:
        """Let another process begin again what was going on."""
        while True:
            self._start()
            if self._asked[1] is None:
                return  # they are still to begin
            left = places[self._left(places)]
            said = [each[np.isin(at, left)] for at, each in self._said]
            try:
                self._write(("replay", left.tolist(), [self._seeds[p] for p in left], said))
                self._read()
            except _GONE:
                self._lose()
            else:
                return

    def _whole(self, places: Ints, given: Any, news: list[tuple[int, str]]) -> Any:
        """Put what is lost among what the process answered."""
        *parts, failures = given
        if not self._lost:
            return given
        left, filled = self._left(places), []
        for part, lost in zip(parts, (0,) if len(parts) == 1 else (np.nan, True, 0), strict=True):
            whole = np.full((len(places), *part.shape[1:]), lost, part.dtype)
            whole[left] = part
            filled.append(whole)
        return (*filled, failures + news)

    def _end(self) -> int | None:
        """End the process, which has nothing to lose; return how it ended."""
        process, self._process = self._process, None
        if process is None:
            return None
        process.kill()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):
                pipe.close()
        return process.wait()


def _told(code: int | None, limit: str) -> str:
    """Say how a process ended that should not have."""
    ended = f"it ended its process (exit code {code})"
    return f"it took longer than {limit}" if code is None else ended


def _watch(process: "subprocess.Popen[bytes]", progress: Ints, seconds: float) -> None:
    """Kill a process in which one call takes longer than ``seconds``."""
    before = -1
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            return
        calls, place = progress.tolist()
        if place >= 0 and calls == before:
            progress[0] = -1  # for ``_lose``
            process.kill()
            return
        before = calls if place >= 0 else -1


class Pool:
    """Who steps the environments of all worlds of one kind in this process.

    Args:
        recipe: Of the environments.
        processes: How many there are, and at least one for each world; none: as many as cores; 0:
            this process steps.
        seconds: As for ``Apart``.
    """

    def __init__(self, recipe: Json, processes: int | None, seconds: float | None) -> None:
        self._recipe, self._seconds = recipe, seconds
        self._processes = _cores() if processes is None else processes
        self._lock = threading.Lock()
        self._idle: list[Stepping] = []
        self._all: list[Stepping] = []
        self._busy = 0
        self.failures: Counter[str] = Counter()
        """How many episodes failed, by reason."""
        weakref.finalize(self, _close, self._all)

    def take(self, episodes: int) -> list[Stepping]:
        """Take some for so many episodes; ``give`` them back, or ``drop`` them."""
        with self._lock:
            most = min(math.ceil(episodes / _EPISODES), self._processes - self._busy)
            count = max(1, most)
            taken = [self._idle.pop() if self._idle else self._new() for _ in range(count)]
            self._busy += count
        return taken

    def give(self, taken: list[Stepping]) -> None:
        """Give back what was taken."""
        with self._lock:
            self._busy -= len(taken)
            self._idle += taken

    def drop(self, taken: list[Stepping]) -> None:
        """Give up what was interrupted."""
        with self._lock:
            self._busy -= len(taken)
            for each in taken:
                self._all.remove(each)
        _close(taken)

    def note(self, why: str) -> bool:
        """Count an episode that failed; say whether the reason is a new one."""
        with self._lock:
            known = why if why in self.failures or len(self.failures) < _REASONS else "others"
            self.failures[known] += 1
            return self.failures[known] == 1

    def _new(self) -> Stepping:
        new: Stepping
        new = Apart(self._recipe, self._seconds) if self._processes else Here(self._recipe)
        self._all.append(new)
        return new


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _close(some: list[Stepping]) -> None:
    for each in some:
        each.close()
