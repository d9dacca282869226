"""Connections that wait for their clients only so long, and work that ends when a client leaves."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

import anyio
import h11
from fastapi import Request
from starlette.requests import ClientDisconnect
from uvicorn.protocols.http.h11_impl import H11Protocol

CONNECTIONS = 500
"""That are open at once; one more takes the place of the one that has waited longest."""
_SECONDS = {h11.IDLE: 5.0, h11.SEND_BODY: 60.0}
"""How long a client may take to send the head of a request, and its body."""
T = TypeVar("T")


class Impatient(H11Protocol):
    """A connection whose client has to send whole requests, in a time that is enough for them."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request; where all places are taken, somebody else stops waiting."""
        super().connection_made(transport)
        self._timer: asyncio.TimerHandle | None = None
        self._awaited: object = None
        self._since = self.loop.time()
        if len(self.connections) >= CONNECTIONS:
            others = [each for each in self.connections if isinstance(each, Impatient)]
            waiting = [each for each in others if each is not self and each._waits()]
            if waiting:
                min(waiting, key=lambda each: each._since).transport.abort()
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came; the clock goes on until it is a whole request."""
        super().data_received(data)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop()
        super().connection_lost(exc)

    def _waits(self) -> bool:
        """Say whether it is the client's turn."""
        return self.conn.their_state in _SECONDS or self.flow.write_paused

    def _wait(self) -> None:
        """Start the clock of what is awaited now, unless it goes already."""
        state = self.conn.their_state
        if state is self._awaited:
            return
        self._stop()
        self._awaited, self._since = state, self.loop.time()
        if state in _SECONDS:
            self._timer = self.loop.call_later(_SECONDS[state], self.transport.abort)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


async def unless_left(
    request: Request, work: Callable[[Callable[[], bool]], T], limiter: anyio.CapacityLimiter
) -> T:
    """Do work on a thread of its own, unless the client leaves before it is done.

    Args:
        request: Of the client.
        work: Is given what says whether the client has left; it may end then, by any exception.
        limiter: What the work waits for; it does not begin if the client leaves meanwhile.

    Raises:
        ClientDisconnect: The client has left.
    """
    left = threading.Event()
    done: list[T] = []
    failures: list[Exception] = []
    async with anyio.create_task_group() as group:

        async def watch() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            left.set()
            group.cancel_scope.cancel()

        group.start_soon(watch)
        try:
            done.append(await anyio.to_thread.run_sync(work, left.is_set, limiter=limiter))
        except Exception as error:
            failures.append(error)  # a group of tasks would wrap it
        group.cancel_scope.cancel()
    if left.is_set():
        raise ClientDisconnect
    if failures:
        raise failures[0]
    return done[0]
