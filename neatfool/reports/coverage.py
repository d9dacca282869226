"""How many classes are fooled, and whether that is more than a gate allows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from neatfool.errors import ConfigError

LEVELS = (0.5, 0.9, 0.99, 0.9999)
"""Confidences from which a class counts as fooled; the paper is known for the last."""


def share_fooled(confidences: Sequence[float | None], level: float) -> float:
    """Say which share of classes, at least one, has an image of this confidence or more.

    A confidence is none where there is no image.
    """
    found = sum(each is not None and each >= level for each in confidences)
    return found / len(confidences)


def coverage(confidences: Sequence[float | None]) -> dict[str, float]:
    """Give the share of classes fooled at every level, by level: ``{"0.5": 0.8, …}``."""
    return {f"{level:g}": share_fooled(confidences, level) for level in LEVELS}


@dataclass(frozen=True)
class Gate:
    """How many classes may be fooled.

    Attributes:
        confidence: From which a class counts as fooled.
        share: Of the classes that may be.
    """

    confidence: float
    share: float

    @classmethod
    def parse(cls, text: str) -> "Gate":
        """Read ``CONFIDENCE:SHARE``.

        Raises:
            ConfigError: The text is something else, or a number is not from 0 to 1.
        """
        try:
            confidence, share = map(float, text.split(":"))
        except ValueError:
            confidence = share = math.nan
        if not (0 <= confidence <= 1 and 0 <= share <= 1):
            raise ConfigError(
                f"expected CONFIDENCE:SHARE, two numbers from 0 to 1 such as 0.9:0.5, got {text!r}"
            )
        return cls(confidence, share)

    def verdict(self, confidences: Sequence[float | None]) -> str | None:
        """Say in one sentence that too many classes are fooled; none if they are not."""
        fooled = share_fooled(confidences, self.confidence)
        if fooled <= self.share:
            return None
        count = round(fooled * len(confidences))
        return (
            f"{count} of {len(confidences)} classes ({100 * fooled:.4g} %) are fooled at a "
            f"confidence of {self.confidence:g} or more, which is more than the "
            f"{100 * self.share:.4g} % allowed."
        )
