"""Pictures as files: whole pages for the browser, single ones of any size."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Generic, TypeVar

import numpy as np
from anyio import CapacityLimiter

from neatfool.encodings.interchange.picture import KEYWORD
from neatfool.images import Canvas, levels_to_png, render_large, render_rows, to_levels
from neatfool.networks import Graphs, compile_graphs
from neatfool.types import CPU, Bytes
from neatfool.web.refusal import Refusal
from neatfool.workers.machine import cores

_EFFORT = 1  # of 9: more makes files a little smaller, and takes longer than painting
LARGE = 1024
"""Side of pictures that are painted one at a time, if they are larger."""
MOST_DRAWN = 250, 1_000
"""Nodes and edges of the largest network whose topology is drawn."""
_MOST_WORK = 1 << 36  # pixels times edges
_SLOWER = 64  # times, where nodes do more than sum
T = TypeVar("T")


class Painter:
    """Paint on a few threads, which all requests share, so that most threads stay free.

    Attributes:
        one_at_a_time: What those wait for who want a large picture.
        few_at_a_time: What those wait for who want one of another size.
        drawing: What those wait for who want a topology.
    """

    def __init__(self) -> None:
        self.one_at_a_time = CapacityLimiter(1)
        self.drawing = CapacityLimiter(1)
        self._threads = cores()
        self.few_at_a_time = CapacityLimiter(self._threads)
        self._pool = ThreadPoolExecutor(self._threads, "painter")

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(cancel_futures=True)

    def page(self, graphs: Graphs, canvas: Canvas) -> list[bytes]:
        """Paint each of ``P`` graphs: PNG files."""
        bounds = np.linspace(0, len(graphs), self._threads + 1).astype(int).tolist()

        def paint(part: int) -> list[bytes]:
            some = graphs.part(bounds[part], bounds[part + 1])
            _, height, width = canvas.shape
            return [encode(each) for each in paint_levels(some, canvas, height, width)]

        return [png for part in self._pool.map(paint, range(self._threads)) for png in part]

    def large(
        self,
        graphs: Graphs,
        canvas: Canvas,
        text: str | None = None,
        has_left: Callable[[], bool] = lambda: False,
    ) -> bytes:
        """Paint the one graph of a batch, a few rows at a time, on the thread that asks: a PNG.

        Args:
            graphs: One.
            canvas: Of any size.
            text: A document that the file carries, or none.
            has_left: Says, between rows, that nobody wants it any more.

        Raises:
            NeatfoolError: Nobody waits for it any more.
        """
        return encode(render_large(compile_graphs(graphs), canvas, has_left), text)


def paint_levels(graphs: Graphs, canvas: Canvas, height: int, width: int) -> Bytes:
    """Paint small pictures: ``(P, C, H, W)`` levels."""
    sized = replace(canvas, shape=(canvas.shape[0], height, width))
    return to_levels(render_rows(compile_graphs(graphs), sized, CPU, 0, height))


def encode(levels: Bytes, text: str | None = None) -> bytes:
    """Encode levels ``(C, H, W)`` as PNG, which may carry a document."""
    return levels_to_png(levels, None if text is None else {KEYWORD: text}, _EFFORT)


def check_work(graphs: Graphs, size: int) -> None:
    """Refuse sizes that take a network, or several, too long.

    Raises:
        Refusal: They do.
    """
    edges = max(len(graphs.weights), 1)
    if graphs.responses is not None or graphs.aggregations is not None:
        edges *= _SLOWER
    most = int((_MOST_WORK / edges) ** 0.5)
    if size > most:
        raise Refusal(
            422, f"expected at most {most} pixels a side of so large a network, got {size}"
        )


class Recent(Generic[T]):
    """Keep what was made last, for several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[Sequence[object], T] = OrderedDict()

    def get(self, key: Sequence[object], make: Callable[[], T]) -> T:
        """Return what is kept under a key, made if it is not there."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made
