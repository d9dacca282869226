"""A gate: how many niches may reach a score."""

import math
import re
from dataclasses import dataclass

import numpy as np

from neatfool.errors import ConfigError
from neatfool.reporting import Unit, percent
from neatfool.reports.judging.check import Check
from neatfool.reports.levels import share_reached
from neatfool.reports.words import unit_of
from neatfool.types import Json

_NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_GATE = re.compile(rf"(?:(nothing)(?:\+({_NUMBER}))?|([+-]?{_NUMBER})):({_NUMBER})")
_NO_BASELINES = (
    "expected a run that fools a network and asked it of images of nothing, got another: give a "
    "score in place of nothing"
)


@dataclass(frozen=True)
class Gate:
    """How many niches may reach a score.

    Attributes:
        level: The score from which a niche counts; above nothing, nines more than the highest
            confidence in an image without content.
        share: Of the niches that may.
        is_above_nothing: Whether the level is one above nothing.
    """

    level: float
    share: float
    is_above_nothing: bool = False

    @classmethod
    def parse(cls, text: str) -> "Gate":
        """Read ``SCORE:SHARE``, or ``nothing:SHARE`` or ``nothing+NINES:SHARE``.

        Raises:
            ConfigError: The text is something else, or the share is not from 0 to 1.
        """
        found = _GATE.fullmatch(text)
        nothing, nines, score, end = found.groups() if found else (None, None, "nan", "nan")
        level, share = float(nines or score or 0), float(end)
        if not (math.isfinite(level) and share <= 1):
            raise ConfigError(
                "expected SCORE:SHARE, a score and a number from 0 to 1 such as 0.9:0.5, or "
                f"nothing:SHARE or nothing+NINES:SHARE such as nothing+1:0.5, got {text!r}"
            )
        return cls(level, share, nothing is not None)

    def require(self, unit: Unit) -> None:
        """Make sure that scores of a unit can be so high.

        Raises:
            ConfigError: None can, or nothing is asked of nothing.
        """
        if self.is_above_nothing and not unit.is_confidence:
            raise ConfigError(_NO_BASELINES)
        if unit.is_share and not self.is_above_nothing and not 0 <= self.level <= 1:
            raise ConfigError(f"expected {unit.one} from 0 to 1, got {self.level:g}")

    def check(self, report: Json) -> Check:
        """Look whether too many niches of a run reach it.

        Raises:
            ConfigError: No score of the unit can be so high, or nothing was asked of nothing.
        """
        unit, scores = unit_of(report), [entry["score"] for entry in report["niches"]]
        self.require(unit)
        level, more = self._level(report), ""
        if self.is_above_nothing:
            more = f", {self.level:g} nines" if self.level else ","
            more += " above images of nothing"
        reached = share_reached(scores, level)
        fools, count = unit.is_confidence, round(reached * len(scores))
        write = percent if self.is_above_nothing else unit.round
        at = f"{unit.one} of {write(level)} or more{more}"
        is_passed = reached <= self.share
        if len(scores) == 1:
            what = ("is fooled at" if fools else "reaches") if count else "stays below"
            text = f"The only {'class' if fools else 'niche'} {what} {at}"
            text += "." if is_passed else ", which is not allowed."
        else:
            what = "classes ({}) are fooled at" if fools else "niches ({}) reach"
            text = f"{count} of {len(scores)} {what.format(percent(reached))} {at}"
            allowed = f"the {percent(self.share)} allowed"
            text += f"; {allowed[4:]}." if is_passed else f", which is more than {allowed}."
        return Check("fail-above", is_passed, text)

    def _level(self, report: Json) -> float:
        """Return the score from which a niche counts."""
        if not self.is_above_nothing:
            return self.level
        known = [each["confidence"] for each in report.get("baselines", {}).values() if each]
        if not known:
            raise ConfigError(_NO_BASELINES)
        highest = float(np.nextafter(max(known), 2))  # more than that
        return 1 - (1 - highest) * 10**-self.level if self.level else highest
