"""How many niches reach a score, and whether that is more than a gate allows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from neatfool.errors import ConfigError
from neatfool.reporting import CONFIDENCE, Unit, percent


def share_reached(scores: Sequence[float | None], level: float) -> float:
    """Say which share of niches, at least one, has an elite of this score or more.

    A score is none where there is no elite.
    """
    found = sum(each is not None and each >= level for each in scores)
    return found / len(scores)


def shares_reached(scores: Sequence[float | None], levels: Sequence[float]) -> dict[str, float]:
    """Give the share of niches that reach each level, by level: ``{"0.5": 0.8, …}``."""
    return {f"{level:g}": share_reached(scores, level) for level in levels}


@dataclass(frozen=True)
class Gate:
    """How many niches may reach a score.

    Attributes:
        level: The score from which a niche counts.
        share: Of the niches that may.
    """

    level: float
    share: float

    @classmethod
    def parse(cls, text: str) -> "Gate":
        """Read ``SCORE:SHARE``.

        Raises:
            ConfigError: The text is something else, or the share is not from 0 to 1.
        """
        try:
            level, share = map(float, text.split(":"))
        except ValueError:
            level = share = math.nan
        if not (math.isfinite(level) and 0 <= share <= 1):
            raise ConfigError(
                "expected SCORE:SHARE, a score and a number from 0 to 1 such as 0.9:0.5, got "
                f"{text!r}"
            )
        return cls(level, share)

    def verdict(self, scores: Sequence[float | None], unit: Unit = CONFIDENCE) -> str | None:
        """Say in one sentence that too many niches reach it; none if they do not.

        Raises:
            ConfigError: No score of the unit can be so high.
        """
        if unit.is_share and not 0 <= self.level <= 1:
            raise ConfigError(f"expected a {unit.noun} from 0 to 1, got {self.level:g}")
        reached = share_reached(scores, self.level)
        if reached <= self.share:
            return None
        fools = unit == CONFIDENCE
        level = f"a {unit.noun} of {unit.round(self.level)} or more"
        if len(scores) == 1:
            what = "class is fooled at" if fools else "niche reaches"
            return f"The only {what} {level}, which is not allowed."
        count = f"{round(reached * len(scores))} of {len(scores)}"
        what = "classes ({}) are fooled at" if fools else "niches ({}) reach"
        return (
            f"{count} {what.format(percent(reached))} {level}, which is more than the "
            f"{percent(self.share)} allowed."
        )
