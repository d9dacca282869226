"""What an attack on a gate came to: how sure the network was, query by query, target by target."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neatfool.images import levels_to_png, to_levels
from neatfool.types import Arrays, Doubles, Floats, Images, Ints, Shape


@dataclass(frozen=True, eq=False)
class Attempt:
    """What an attack came to, whatever the threshold is.

    Attributes:
        title: What people call the attack.
        queries: ``(S,)`` int64, images that the gate was asked about after each of ``S`` steps.
        best: ``(S, K)`` float32, the highest confidence so far in each of the ``K`` targets.
        images: ``(N,)`` float32, the highest confidence in any target of each image; none: images
            were evolved, for each target one.
        pictures: ``K`` PNG files: the image that each target is surest of; none: there is none.
        files: Where they lie, from the folder of the gate; none: nowhere but in its page.
    """

    title: str
    queries: Ints
    best: Floats
    images: Floats | None
    pictures: tuple[bytes | None, ...]
    files: tuple[str | None, ...]

    def accepted(self, threshold: float) -> float:
        """Return the share of false accepts: of all images, or, of evolved ones, of targets."""
        tried = self.best[-1] if self.images is None else self.images
        return float((tried >= np.float32(threshold)).mean())

    def needed(self, threshold: float) -> Doubles:
        """Count the queries until each target was opened: ``(K,)``, infinite where it was not."""
        is_open = self.best >= np.float32(threshold)
        first = self.queries[is_open.argmax(axis=0)]
        return np.where(is_open.any(axis=0), first, np.inf)


class Tally:
    """Keep the best of images that are shown to a gate one batch after the other.

    Args:
        targets: ``K`` indices of the accepted classes.
        shape: ``(C, H, W)`` of the images.
    """

    def __init__(self, targets: Sequence[int], shape: Shape) -> None:
        self._targets = list(targets)
        count = len(self._targets)
        self.state: Arrays = {
            "queries": np.zeros(0, np.int64),
            "best": np.zeros((0, count), np.float32),
            "images": np.zeros(0, np.float32),
            "levels": np.zeros((count, *shape), np.uint8),
        }
        """As it is kept in a file."""

    @property
    def steps(self) -> int:
        """How many batches were shown."""
        return len(self.state["queries"])

    def add(self, images: Images, confidences: Floats) -> None:
        """Note what a network said.

        Args:
            images: ``(P, C, H, W)``, at least one.
            confidences: ``(P, classes)`` in all classes; what is no number counts as nothing.
        """
        state = self.state
        own = np.nan_to_num(confidences[:, self._targets], nan=-np.inf)
        before = state["best"][-1] if len(state["best"]) else np.full(own.shape[1], -np.inf)
        first = own.argmax(axis=0)
        better = own.max(axis=0) > before
        state["levels"][better] = to_levels(images)[first[better]]
        best = np.maximum(own.max(axis=0), before).astype(np.float32)
        self.state = state | {
            "queries": np.append(state["queries"], len(state["images"]) + len(images)),
            "best": np.concatenate([state["best"], best[None]]),
            "images": np.append(state["images"], own.max(axis=1)),
        }

    def fits(self, state: Arrays) -> bool:
        """Say whether a state is one that this tally could have come to."""
        mine = self.state
        if state.keys() != mine.keys() or any(state[n].dtype != a.dtype for n, a in mine.items()):
            return False
        steps = len(state["queries"])
        return (
            state["levels"].shape == mine["levels"].shape
            and state["best"].shape == (steps, mine["best"].shape[1])
            and state["images"].shape == (int(state["queries"].max(initial=0)),)
        )

    def attempt(self, title: str) -> Attempt:
        """Say what came of it."""
        state = self.state
        pngs = [
            levels_to_png(levels) if score > -np.inf else None
            for levels, score in zip(state["levels"], state["best"][-1], strict=True)
        ]
        none = (None,) * len(pngs)
        return Attempt(title, state["queries"], state["best"], state["images"], tuple(pngs), none)
