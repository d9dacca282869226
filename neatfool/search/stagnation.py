"""How long a search went without an improvement."""

from dataclasses import dataclass

import numpy as np

from neatfool.types import Arrays, Scores


@dataclass
class Stagnation:
    """Part of the state of a search, saved with it.

    Attributes:
        longest: The longest time so far without an improvement, in generations.
        improved_at: The generation of the last improvement.
        reference: ``(K,)`` the best scores of that generation.
    """

    longest: int = 0
    improved_at: int = 0
    reference: Scores | None = None

    def note(self, generation: int, best: Scores, tolerance: float = 0.0) -> None:
        """Compare the best scores ``(K,)`` so far with the reference.

        It is an improvement if any of them gained more than ``tolerance``.
        """
        if self.reference is None or (best > self.reference + np.float32(tolerance)).any():
            self.reference, self.improved_at = best.copy(), generation
        self.longest = max(self.longest, generation - self.improved_at)

    def state(self) -> Arrays:
        """Return what ``restore`` takes."""
        if self.reference is None:
            return {}
        counts = {"longest": np.array(self.longest), "improved_at": np.array(self.improved_at)}
        return counts | {"reference": self.reference}

    @classmethod
    def restore(cls, state: Arrays) -> "Stagnation":
        """Undo ``state``; with nothing there, begin to count."""
        if not state:
            return cls()
        reference = state["reference"].copy()
        return cls(int(state["longest"]), int(state["improved_at"]), reference)
