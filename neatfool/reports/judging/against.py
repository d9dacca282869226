"""Whether a network is easier to fool than another, such as the last release."""

import math
from dataclasses import dataclass

import numpy as np

from neatfool.errors import ConfigError
from neatfool.reporting import CONFIDENCE, apart, headed, percent
from neatfool.reports.judging.check import Check
from neatfool.reports.words import unit_of
from neatfool.settings import differing, flat
from neatfool.types import Json

_ALIKE = ("encoding", "search", "task")
"""Sections of settings that are the same, but for the network."""
_NETWORK = "task.classifier."
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
        most: By how many it could have been, whatever became of it.
        grows: Whether that is more in longer runs.
    """

    name: str
    before: str
    now: str
    worse: float
    most: float
    grows: bool = False


def differences(report: Json, base: Json) -> list[Difference]:
    """Compare a run with another one: the odds of the median, and the efforts.

    Args:
        report: What ``report.json`` holds.
        base: That of the other.

    Raises:
        ConfigError: The two were not made alike, so that they say nothing of the networks.
    """
    if not unit_of(report).is_confidence:
        raise ConfigError("--against compares runs that fool networks: expected one, got another")
    require_alike(report["settings"], base, report["generations"])
    names, others = ([entry["name"] for entry in each["niches"]] for each in (report, base))
    if names != others:
        _refuse("classes", others, names)
    before, now = _median(base), _median(report)
    words = f"{percent(now)} ({apart(now, before)})"
    rise, highest = _odds(now) - _odds(before), _odds(1) - _odds(before)
    found = [Difference("median confidence", percent(before), words, rise, highest)]
    most, batch = report["evaluations"], report["evaluations"] / report["generations"]
    for level, shares in report["effort"].items():
        for share, now in shares.items():
            earlier, spare = base["effort"].get(level, {}).get(share), _SETTLED * batch
            name = f"evaluations until {_of(share)} of the classes reach "
            name += CONFIDENCE.round(float(level))
            worse, highest = (
                math.log10(((earlier or most) + spare) / (each + spare))
                for each in (now or most, batch)
            )
            told = _count(earlier, most), _count(now, most)
            found.append(Difference(name, *told, worse, highest, earlier is None))
    return found


def compare(report: Json, base: Json, tolerance: float) -> list[Check]:
    """Check that no number is worse than it was, by more than is tolerated.

    What cannot be so much worse, as efforts of short runs or a median near 1, is not measured.

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
            each.worse <= tolerance if each.most > tolerance else None,
            _told(each, tolerance),
        )
        for each in differences(report, base)
    ]


def _told(difference: Difference, tolerance: float) -> str:
    said = f"{headed(difference.name)}: {difference.before} before, {difference.now} now"
    if difference.most <= tolerance:
        said += (
            f"; not measured, as it cannot be worse by more than the factor of {10**tolerance:.1f} "
            "that is tolerated"
        )
        if difference.grows:
            said += "; more generations or a smaller --tolerance would measure it"
        elif difference.most > 0:
            said += "; a smaller --tolerance would measure it"
    elif difference.worse > 0:
        factors = f"{10**difference.worse:.1f}, where {10**tolerance:.1f} is tolerated"
        said += f"; easier to fool by a factor of {factors}"
    return f"{said}."


def require_alike(settings: Json, base: Json, generations: int | None) -> None:
    """Make sure that a run is made as another one was, whatever network it fools.

    Args:
        settings: Of the run.
        base: What ``report.json`` of the other holds.
        generations: Of the run; none: they are not known yet.

    Raises:
        ConfigError: It is made otherwise, or the other is none that can be compared with.
    """
    if not unit_of(base).is_confidence:
        raise ConfigError("--against compares runs that fool networks: expected two, got others")
    if not base.get("effort") or not base.get("settings"):
        raise ConfigError(
            "--against: expected a report with efforts, got one that an earlier version wrote: "
            "write it again by neatfool report"
        )
    before, now = _made_by(base["settings"]), _made_by(settings)
    if generations is not None:
        before["generations"], now["generations"] = base["generations"], generations
    for name in differing(before, now):
        _refuse(name, before.get(name), now.get(name))


def _made_by(settings: Json) -> Json:
    found = flat({section: settings.get(section) for section in _ALIKE})
    return {name: each for name, each in found.items() if not f"{name}.".startswith(_NETWORK)}


def _refuse(name: str, before: object, now: object) -> None:
    raise ConfigError(
        f"--against compares runs that were made alike: expected {name} {before!s:.200}, as in the "
        f"other report, got {now!s:.200}; run both with the same settings"
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
