"""When a run stops, and why."""

from dataclasses import dataclass

import numpy as np

from neatfool.sections.run import RunSettings
from neatfool.types import Arrays, Scores

INTERRUPTED = "interrupted"
"""Why a run stands still that is not over."""
REASONS = {
    "generations": "all generations are done",
    "target": "every niche reached the target",
    "solved": "it was solved",
    "converged": "no niche gained any more",
    "seconds": "the time was up",
    "script": "its script ended",
    INTERRUPTED: "it was interrupted",
}
"""Why a run stops: the word in its report, and the words for people."""


@dataclass
class Progress:
    """How far a run has come; saved with every checkpoint.

    Attributes:
        evolve_seconds: Spent asking, expressing, scoring, telling and recording.
        wall_seconds: Spent with the folder open, publishing included, pauses not.
        reference: ``(K,)`` scores when an elite last gained more than the tolerance.
        reference_generation: The generation that was.
        is_solved: A genome of the latest generation solves the task, as far as that was asked.
    """

    evolve_seconds: float = 0.0
    wall_seconds: float = 0.0
    reference: Scores | None = None
    reference_generation: int = 0
    is_solved: bool = False

    def note(self, generation: int, scores: Scores, tolerance: float) -> None:
        """Move the reference if an elite gained more than ``tolerance`` since."""
        before = np.full_like(scores, -np.inf) if self.reference is None else self.reference
        rose = scores > before
        if self.reference is None or (scores[rose] - before[rose] > tolerance).any():
            self.reference, self.reference_generation = scores.copy(), generation

    def reason(self, settings: RunSettings, generation: int, scores: Scores) -> str | None:
        """Say why the run stops after this generation; none if it goes on."""
        if self.is_solved:
            return "solved"
        if settings.target is not None and scores.min() >= settings.target:
            return "target"
        if generation >= settings.generations:
            return "generations"
        if (
            settings.patience is not None
            and generation - self.reference_generation >= settings.patience
        ):
            return "converged"
        if settings.seconds is not None and self.evolve_seconds >= settings.seconds:
            return "seconds"
        return None

    def state(self) -> Arrays:
        """Return what ``restore`` takes."""
        numbers = {
            name: np.array(getattr(self, name))
            for name in ("evolve_seconds", "wall_seconds", "reference_generation", "is_solved")
        }
        return numbers if self.reference is None else numbers | {"reference": self.reference}

    @classmethod
    def restore(cls, state: Arrays) -> "Progress":
        """Undo ``state``."""
        return cls(
            float(state["evolve_seconds"]),
            float(state["wall_seconds"]),
            state.get("reference"),
            int(state["reference_generation"]),
            bool(state["is_solved"]),
        )
