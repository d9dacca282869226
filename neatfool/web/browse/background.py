"""What goes on in the background for as long as somebody asks for it, one after the other."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeAlias, TypeVar

from neatfool.errors import NeatfoolError
from neatfool.reporting import log
from neatfool.web.refusal import Refusal

Phase: TypeAlias = Literal["waiting", "working", "done", "failed"]
_WAITING = 6
_FORGOTTEN = 60.0  # seconds after which nobody waits for it any more


@dataclass
class Errand:
    """Something to make, as far as it is made.

    Attributes:
        phase: Whether it is done.
        done: Steps that are.
        total: All of them; 0: not known yet.
        message: What is done, or why it failed.
        asked: When somebody last asked for it.
        size: Bytes that it takes.
    """

    phase: Phase = "waiting"
    done: int = 0
    total: int = 0
    message: str = ""
    asked: float = field(default_factory=time.monotonic)
    size: int = 0

    @property
    def is_awaited(self) -> bool:
        """Whether more is to come."""
        return self.phase in ("waiting", "working")


K = TypeVar("K", bound=Hashable)
J = TypeVar("J", bound=Errand)


class Background(Generic[K, J]):
    """Do one job after the other; the last few are kept.

    Args:
        name: Of the thread.
        busy: Is said to who comes when too many wait.
        most: Jobs that are kept.
        most_bytes: That these take.
    """

    def __init__(self, name: str, busy: str, most: int, most_bytes: int) -> None:
        self._busy, self._most, self._most_bytes = busy, most, most_bytes
        self._pool = ThreadPoolExecutor(1, name)
        self._jobs: OrderedDict[K, J] = OrderedDict()
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def close(self) -> None:
        """Stop, at the next ``check`` of what is worked at."""
        self._closing.set()
        self._pool.shutdown(cancel_futures=True)

    def look_up(self, key: K) -> J | None:
        """Return a job, if there is one."""
        with self._lock:
            return self._jobs.get(key)

    def drop(self, key: K, job: J) -> None:
        """Forget a job that is over."""
        with self._lock:
            if self._jobs.get(key) is job:
                del self._jobs[key]

    def keep_going(self, key: K) -> J | None:
        """Return a job, if there is one, and note that somebody asked for it."""
        with self._lock:
            job = self._jobs.get(key)
            if job is not None:
                job.asked = time.monotonic()
                self._jobs.move_to_end(key)
            return job

    def begin(self, key: K, job: J, work: Callable[[J], None]) -> J:
        """Begin a job in place of another that is over; one that goes on is returned.

        Args:
            key: Of the job.
            job: New.
            work: Does it, and calls ``check`` now and then.

        Raises:
            Refusal: Too many wait already.
        """
        with self._lock:
            found = self._jobs.get(key)
            if found is not None and found.is_awaited:
                return found
            if sum(each.is_awaited for each in self._jobs.values()) >= _WAITING:
                raise Refusal(503, f"{self._busy}: try again in a moment")
            self._jobs[key] = job
            self._jobs.move_to_end(key)
        self._pool.submit(self._do, key, job, work)
        return job

    def check(self, job: J) -> None:
        """Go on with a job.

        Raises:
            Refusal: Nobody wants it any more.
        """
        if self._closing.is_set() or time.monotonic() - job.asked > _FORGOTTEN:
            raise Refusal(409, "nobody looked any more: ask for it again")

    def _do(self, key: K, job: J, work: Callable[[J], None]) -> None:
        try:
            job.phase = "working"
            work(job)
            job.message, job.phase = "", "done"
        except (NeatfoolError, Refusal) as error:
            job.message, job.phase = str(error), "failed"
        except Exception as error:
            log.exception("%s failed", key)
            job.message = f"the records of this run are damaged ({type(error).__name__})"
            job.phase = "failed"
        self._forget()

    def _forget(self) -> None:
        """Keep no more than a few jobs, and of these no more than fit: the newest."""
        with self._lock:
            over = [key for key, each in self._jobs.items() if not each.is_awaited]
            size = sum(self._jobs[key].size for key in over)
            for place, key in enumerate(over[:-1]):
                if len(over) - place <= self._most and size <= self._most_bytes:
                    return
                size -= self._jobs.pop(key).size
