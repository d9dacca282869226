"""Trying an ONNX file: how it wants its images, and how many of them at once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

from neatfool.classifiers.onnx.input import Input, Layout
from neatfool.classifiers.onnx.output import Output
from neatfool.classifiers.onnx.sessions import InferenceSession, run
from neatfool.types import Floats, Shape

_BATCHES = (1, 2, 4, 8, 16, 32, 64)
"""Numbers of images that are tried where a graph declares any, and takes another than one."""
_NEAR = 0.01
"""How far apart two scores of an image may be, of the largest, to be the same."""


@dataclass(frozen=True)
class OnnxNetwork:
    """A session of ONNX Runtime with one input for images and one output of scores."""

    session: InferenceSession
    entry: Input
    output: Output

    def scores(self, layout: Layout, images: Floats) -> Any:
        """Give what the network itself gives for ``(P, C, H, W)`` float32."""
        array = layout.arrange(images, self.entry.kind)
        return run(self.session, self.output.name, {self.entry.name: array})

    def rows(self, layout: Layout, images: Floats) -> Floats:
        """Give that as ``(P, K)`` float32, if it can be that."""
        return self.output.rows(self.scores(layout, images), len(images))


@dataclass(frozen=True)
class Fit:
    """How a network wants its images, and what it gave for some."""

    network: OnnxNetwork
    layout: Layout
    batch: int | None
    """So many at once; none: any number."""
    labels: tuple[str, ...] | None = None
    """Names that come with the scores; none: there are none."""


def fit(
    network: OnnxNetwork,
    layouts: Iterable[Layout],
    shape_of: Callable[[Layout], Shape],
    mixes: bool,
) -> Fit | None:
    """Try layouts until one gives a row of numbers for every image.

    What declares any number of images need not take any: one alone and two together are tried, and
    if that fails or their scores differ, they are asked about one by one.

    Args:
        network: Which.
        layouts: The likeliest first.
        shape_of: Gives the shape of one image.
        mixes: Never ask about several images at once, unless it takes no other number.

    Returns:
        The first that fits; none: no layout does.
    """
    for layout in layouts:
        probe = _Probe(network, layout, shape_of(layout))
        counts = [layout.batch] if layout.batch else _BATCHES
        batch = next((count for count in counts if probe.rows(count) is not None), None)
        if batch is None:
            continue
        takes_any = layout.batch is None and batch == 1 and not mixes and probe.takes_two()
        return probe.settled(None if takes_any else batch)
    return None


@final
class _Probe:
    """Ask a network about noise."""

    def __init__(self, network: OnnxNetwork, layout: Layout, shape: Shape) -> None:
        self._network = network
        self._layout = layout
        self._shape = shape
        self._answers: dict[int, Any] = {}

    def _images(self, count: int) -> Floats:
        """Make so many images; the first are equal for every number."""
        low, high = self._network.entry.levels or (0, 1)
        noise = np.random.default_rng(0).random((count, *self._shape), dtype=np.float32)
        return noise * (high - low) + low

    def scores(self, count: int) -> Any:
        """Ask about so many images, once."""
        if count not in self._answers:
            self._answers[count] = self._network.scores(self._layout, self._images(count))
        return self._answers[count]

    def rows(self, count: int) -> Floats | None:
        """Give their rows; none: that fails, or there is not one for each."""
        try:
            rows = self._network.output.rows(self.scores(count), count)
        except Exception:
            return None
        return rows if rows.ndim == 2 and len(rows) == count else None

    def takes_two(self) -> bool:
        """Say whether an image gets the same scores alone and with another."""
        alone, both = self.rows(1), self.rows(2)
        if alone is None or both is None or alone.shape[1] != both.shape[1]:
            return False
        largest = abs(alone[np.isfinite(alone)]).max(initial=0)
        return np.allclose(alone, both[:1], rtol=0, atol=_NEAR * largest, equal_nan=True)

    def settled(self, batch: int | None) -> Fit:
        """Say how the scores are to be read."""
        count = batch or 2
        scores = self.scores(count)
        rows = self._network.output.rows(scores, count)
        output = replace(self._network.output, shares=self._network.output.are_shares(rows))
        labels = tuple(map(str, scores[0])) if isinstance(scores, list) else ()
        return Fit(
            replace(self._network, output=output),
            self._layout,
            batch,
            labels=None if labels == tuple(map(str, range(len(labels)))) else labels,
        )
