"""Numbers of detectors under attack: means over seeds, with intervals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from neatfool.defence.detection.plan import DetectionPlan
from neatfool.detectors.metrics import auroc, bootstrap, fpr95
from neatfool.streams import stream
from neatfool.types import Bools, Doubles, Floats, Json

RISING = 0.05
"""A share that rose more than this in the last quarter of the budget is still rising."""


@dataclass(frozen=True, eq=False)
class Presented:
    """Images that a detector was shown.

    Attributes:
        suspicions: ``(M,)``.
        sure: ``(M,)`` whether the network is sure of the class that an image is for.
        threshold: The largest suspicion that is accepted.
    """

    suspicions: Doubles
    sure: Bools
    threshold: float

    @property
    def accepted(self) -> Doubles:
        """``(M,)`` 1 where the detector accepts an image."""
        return (self.suspicions <= self.threshold).astype(np.float64)

    @property
    def successes(self) -> Doubles:
        """``(M,)`` 1 where an image is accepted and the network is sure of its class."""
        return self.accepted * self.sure


@dataclass
class Met:
    """What one detector met with, seed by seed.

    Attributes:
        thresholds: The largest suspicions that were accepted.
        real: ``(N,)`` suspicions of real images that nothing was fitted to.
        right: ``(N,)`` whether the network names them right.
        static: By attack, elites that knew no detector; and by name, images that nobody evolved.
        adaptive: By attack, elites that knew this one.
        curves: By attack ``(G,)``, the share of high scores after each generation that knew it.
    """

    thresholds: list[float] = field(default_factory=list)
    real: list[Doubles] = field(default_factory=list)
    right: list[Bools] = field(default_factory=list)
    static: dict[str, list[Presented]] = field(default_factory=dict)
    adaptive: dict[str, list[Presented]] = field(default_factory=dict)
    curves: dict[str, list[Doubles]] = field(default_factory=dict)


def curve_of(scores: Floats, confidence: float) -> Doubles:
    """Give the share of niches whose score is high after each generation ``(G,)``.

    Without a detector, an image with such a score may be named as another class yet.

    Args:
        scores: ``(G, K)``; what is refused has less than 0.
        confidence: From which a score is high.
    """
    curve: Doubles = (scores >= confidence).mean(axis=1, dtype=np.float64)
    return curve


def sum_up(
    plan: DetectionPlan,
    met: Mapping[str, Met],
    bare: Met,
    sets: Mapping[str, int],
) -> Json:
    """Sum up what all detectors met with.

    Args:
        plan: Which attacks.
        met: By detector.
        bare: What there is without a detector: ``static`` and ``curves``.
        sets: By name, how many images that nobody evolved.
    """
    random = stream(plan.seed, "bootstrap")
    found = {name: _one(plan, each, random) for name, each in met.items()}
    alone = {
        attack: _curves(plan, bare.curves[attack])
        | {"success": _share([each.successes for each in bare.static[attack]], random)}
        for attack in plan.attacks
    }
    return {"sets": dict(sets), "bare": alone, "detectors": found}


def _one(plan: DetectionPlan, met: Met, random: np.random.Generator) -> Json:
    accepted = [(real <= t).astype(float) for real, t in zip(met.real, met.thresholds, strict=True)]
    kept = [a * right for a, right in zip(accepted, met.right, strict=True)]
    return {
        "thresholds": met.thresholds,
        "real": {
            "images": [len(real) for real in met.real],
            "accepted": _share(accepted, random),
            "accuracy": _share([right.astype(float) for right in met.right], random),
            "accuracy_kept": _share(kept, random),
        },
        "static": {name: _numbers(met.real, each, random) for name, each in met.static.items()},
        "adaptive": {
            name: _numbers(met.real, each, random) | _curves(plan, met.curves[name])
            for name, each in met.adaptive.items()
        },
    }


def _numbers(real: list[Doubles], shown: list[Presented], random: np.random.Generator) -> Json:
    """Sum up what became of one kind of images."""
    pairs = [(own, each.suspicions) for own, each in zip(real, shown, strict=True)]
    return {
        "images": [len(each.suspicions) for each in shown],
        "auroc": _measured(auroc, pairs, random),
        "fpr95": _measured(fpr95, pairs, random),
        "accepted": _share([each.accepted for each in shown], random),
        "success": _share([each.successes for each in shown], random),
    }


def _measured(
    measure: Callable[[Doubles, Doubles], float],
    pairs: list[tuple[Doubles, Doubles]],
    random: np.random.Generator,
) -> Json:
    seeds = [measure(*pair) for pair in pairs]
    interval = bootstrap(measure, pairs, random)
    return {"mean": float(np.mean(seeds)), "interval": list(interval), "seeds": seeds}


def _share(values: list[Doubles], random: np.random.Generator) -> Json:
    """Give a mean over seeds."""

    def mean(own: Doubles, others: Doubles) -> float:
        return float(own.mean())

    return _measured(mean, [(each, each[:1]) for each in values], random)


def _curves(plan: DetectionPlan, curves: Sequence[Doubles]) -> Json:
    """Say how successes grew, and whether they still did at the end."""
    length = min(plan.generations, *map(len, curves))
    mean = np.mean([curve[:length] for curve in curves], axis=0)
    late = float(mean[-1] - mean[(3 * length) // 4 - 1]) if length >= 4 else float(mean[-1])
    return {
        "curves": [curve[:length].tolist() for curve in curves],
        "rose_in_the_last_quarter": late,
        "is_rising": late > RISING,
    }
