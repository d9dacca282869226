"""Try other usual normalisations: the surest sign of a wrong one is that another does better."""

import math
from dataclasses import dataclass, replace

import numpy as np

from neatfool.classifiers import BlackBox, Classifier
from neatfool.data.real import LabelledPictures
from neatfool.exams.reading import read_chunks
from neatfool.reporting import Reporter, percent
from neatfool.tasks.probes import NOISES, probe_images
from neatfool.types import Bools, Floats, Images
from neatfool.workers.threads import Threads

_USUAL: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "--mean 0 --std 1": ((0.0,), (1.0,)),
    "--mean 0.5 --std 0.5": ((0.5,), (0.5,)),
    "--bounds 0,255": ((0.0,), (1 / 255,)),
}
_COLOUR: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "--mean 0.485,0.456,0.406 --std 0.229,0.224,0.225": (
        (0.485, 0.456, 0.406),
        (0.229, 0.224, 0.225),
    ),
    "--bounds 0,255 and the means 123, 117, 104 of red, green, blue": (
        (123 / 255, 117 / 255, 104 / 255),
        (1 / 255,),
    ),
}
_GREY = {"--mean 0.1307 --std 0.3081": ((0.1307,), (0.3081,))}
_BGR = "the other order of --channels, rgb or bgr"

_PICTURES = 250
_ENOUGH = 50
_GOOD = 0.95
"""An accuracy at which nothing else is tried."""
_GAIN = 0.03
GAP = 0.3
"""What is gained where something was mistaken altogether."""
_SIGMAS = 2.5


@dataclass(frozen=True)
class Better:
    """A normalisation that does better than the one set.

    Attributes:
        options: What to set instead, in words of the command line.
        pictures: How many were compared.
        top1_set: Accuracy on them as it is set.
        top1_there: Accuracy on them with this one.
        noise_set: Mean top confidence on uniform noise as it is set.
        noise_there: With this one.
    """

    options: str
    pictures: int
    top1_set: float
    top1_there: float
    noise_set: float
    noise_there: float

    def sentence(self) -> str:
        """Say it in one sentence."""
        return (
            f"images are probably normalised in another way: of {self.pictures} pictures "
            f"{percent(self.top1_set)} are right as it is set, and {percent(self.top1_there)} "
            f"with {self.options} (confidence on uniform noise {percent(self.noise_set)} and "
            f"{percent(self.noise_there)})"
        )


@dataclass(frozen=True)
class _Way:
    """A classifier, and whether it is shown images with red and blue exchanged."""

    options: str
    classifier: Classifier
    flipped: bool = False

    def ask(self, images: Images, pool: Threads) -> Floats:
        """Give confidences ``(P, K)``."""
        return pool.ask(self.classifier, images.flip(1) if self.flipped else images)


def better_normalisation(
    classifier: Classifier,
    pictures: LabelledPictures,
    right: Bools,
    pool: Threads,
    reporter: Reporter,
) -> Better | None:
    """Look whether another usual normalisation is right clearly more often.

    It has to gain three points, and more than pictures drawn by chance would; thirty points where
    the accuracy is near chance, as that of a network that was not trained is with any.

    Args:
        classifier: As it is set.
        pictures: With their classes; 250 of them are taken, evenly spread.
        right: ``(N,)`` which of them it was right about.
        pool: Where it is asked.
        reporter: Hears of progress.

    Returns:
        The best one, or none: there is none, or too few pictures, or nothing to be gained, or the
        classifier is a black box, which may be costly to ask.
    """
    blind = any(isinstance(layer, BlackBox) for layer in classifier.module.modules())
    if blind or len(pictures) < _ENOUGH or right.mean() >= _GOOD:
        return None
    chosen = np.unique(np.linspace(0, len(pictures) - 1, _PICTURES).astype(np.int64))
    ways = _ways(classifier)
    found: list[list[Bools]] = [[] for _ in ways]
    reporter.start("trying other normalisations", len(chosen))
    done = 0
    for images, wanted in read_chunks(pictures.select(chosen), classifier.shape, pool):
        for way, each in zip(ways, found, strict=True):
            each.append(way.ask(images, pool).argmax(axis=1) == wanted)
        done += len(wanted)
        reporter.step(done)
    reporter.finish()
    before = right[chosen]
    hits = [np.concatenate(each) for each in found]
    gain = GAP if near_chance(right, len(classifier.labels)) else _GAIN
    clear = [place for place, after in enumerate(hits) if _is_clear(before, after, gain)]
    if not clear:
        return None
    best = max(clear, key=lambda place: float(hits[place].mean()))
    noise = probe_images(classifier.shape, 16)[NOISES[0]]
    return Better(
        ways[best].options,
        len(chosen),
        float(before.mean()),
        float(hits[best].mean()),
        float(pool.ask(classifier, noise).max(axis=1).mean()),
        float(ways[best].ask(noise, pool).max(axis=1).mean()),
    )


def near_chance(right: Bools, classes: int) -> bool:
    """Say whether a network is right ``(N,)`` no more often than by chance."""
    chance = 1 / classes
    return bool(right.mean() <= chance + 3 * math.sqrt(chance * (1 - chance) / len(right)))


def _is_clear(before: Bools, after: Bools, gain: float) -> bool:
    """Compare pictures that only one of two ways is right about, by a sign test."""
    won, lost = int((after & ~before).sum()), int((before & ~after).sum())
    return won - lost >= max(gain * len(before), _SIGMAS * (won + lost) ** 0.5, 1)


def _ways(classifier: Classifier) -> list[_Way]:
    """List the other usual normalisations of such images."""
    grey = classifier.shape[0] == 1
    count = max(len(classifier.mean), len(classifier.std)) if grey else 1
    ways = []
    for options, (mean, std) in (_USUAL | (_GREY if grey else _COLOUR)).items():
        means, stds = _spread(mean, count), _spread(std, count)
        other = replace(classifier, mean=means, std=stds, owned=True)
        if not _are_near(other, classifier):
            ways.append(_Way(options, other))
    return ways if grey else [*ways, _Way(_BGR, classifier, flipped=True)]


def _spread(values: tuple[float, ...], count: int) -> tuple[float, ...]:
    return values * count if len(values) == 1 else values


def _are_near(one: Classifier, other: Classifier) -> bool:
    """Say whether two normalise alike."""
    ours, theirs = (
        np.array([_spread(each.mean, 3), _spread(each.std, 3)]) for each in (one, other)
    )
    return bool(np.allclose(ours, theirs, rtol=0.02, atol=1e-3))
