"""Whether a network is easier to fool than another, such as the last release."""

import math
from dataclasses import dataclass

import numpy as np

from neatfool.errors import ConfigError
from neatfool.reporting import CONFIDENCE, apart, percent
from neatfool.reports.gates.check import Check
from neatfool.reports.words import unit_of
from neatfool.types import Json

_ALIKE = ("encoding", "search", "generations", "evaluations")
_SETTLED = 10
"""Generations that are added to efforts before they are compared: a few more or less at the
beginning are chance."""
_LEAST = 1e-7


@dataclass(frozen=True)
class Difference:
    """What became of one number since another run.

    Attributes:
        name: What it is.
        before: How it was, in words.
        now: How it is.
        worse: By how many powers of ten it is easier to fool the network.
    """

    name: str
    before: str
    now: str
    worse: float


def differences(report: Json, base: Json) -> list[Difference]:
    """Compare a run with another one: the odds of the median, and the efforts.

    Args:
        report: What ``report.json`` holds.
        base: That of the other.

    Raises:
        ConfigError: The two were not made alike, so that they say nothing of the networks.
    """
    _require_alike(report, base)
    before, now = _median(base), _median(report)
    words = f"{percent(now)} ({apart(now, before)})"
    found = [Difference("median confidence", percent(before), words, _odds(now) - _odds(before))]
    most, batch = report["evaluations"], report["evaluations"] / report["generations"]
    for level, shares in report["effort"].items():
        for share, now in shares.items():
            earlier, spare = base["effort"].get(level, {}).get(share), _SETTLED * batch
            name = f"evaluations until {_of(share)} of the classes reach "
            name += CONFIDENCE.round(float(level))
            worse = math.log10((earlier or most) + spare) - math.log10((now or most) + spare)
            found.append(Difference(name, _count(earlier, most), _count(now, most), worse))
    return found


def compare(report: Json, base: Json, tolerance: float) -> list[Check]:
    """Check that no number is worse than it was, by more than is tolerated.

    Args:
        report: What ``report.json`` holds.
        base: That of the other run.
        tolerance: In powers of ten.

    Raises:
        ConfigError: The two were not made alike.
    """
    return [
        Check(
            f"against: {each.name}",
            each.worse <= tolerance,
            f"The {each.name} was {each.before} and is {each.now}: easier to fool by a factor of "
            f"{10**each.worse:.1f}, where {10**tolerance:.1f} is tolerated."
            if each.worse > tolerance
            else f"The {each.name} was {each.before} and is {each.now}.",
        )
        for each in differences(report, base)
    ]


def _require_alike(report: Json, base: Json) -> None:
    if unit_of(report) != CONFIDENCE or unit_of(base) != CONFIDENCE:
        raise ConfigError("--against compares runs that fool networks: expected two, got others")
    if not base.get("effort"):
        raise ConfigError(
            "--against: expected a report with efforts, got one that an earlier version wrote: "
            "write it again by neatfool report"
        )
    facts = [{name: each.get(name) for name in _ALIKE} for each in (report, base)]
    facts = [
        fact | {"classes": len(each["niches"]), "levels": each["task"]["levels"]}
        for fact, each in zip(facts, (report, base), strict=True)
    ]
    for name, value in facts[0].items():
        if value != facts[1][name]:
            raise ConfigError(
                f"--against compares runs that were made alike: expected {name} {facts[1][name]}, "
                f"as in the other report, got {value}; run both with the same settings"
            )


def _median(report: Json) -> float:
    """Return the median confidence; a class without an elite counts as 0."""
    return float(np.median([entry["score"] or 0.0 for entry in report["niches"]]))


def _odds(confidence: float) -> float:
    """Return the logarithm of the odds: near 1 the nines, near 0 the power of ten."""
    share = min(max(confidence, _LEAST), 1 - _LEAST)
    return math.log10(share) - math.log10(1 - share)


def _of(share: str) -> str:
    return "half" if share == "0.5" else CONFIDENCE.round(float(share))


def _count(evaluations: int | None, most: int) -> str:
    return f"more than {most:,}" if evaluations is None else f"{evaluations:,}"
