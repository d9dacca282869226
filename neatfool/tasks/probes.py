"""What a classifier should do with any images: numbers, the same twice, in batches of any size."""

import math
from dataclasses import dataclass

import numpy as np
import torch

from neatfool.classifiers import Classifier
from neatfool.images import to_grid
from neatfool.reporting import Reporter, percent
from neatfool.streams import stream
from neatfool.types import Floats, Images, Shape

PLAIN = {"black": 0.0, "grey": 128 / 255, "white": 1.0}
"""Images of one colour, by name."""
NOISES = ("uniform noise", "gaussian noise")
TOLERANCES = {"fp32": 1e-4}
"""How much the size of a batch may change a confidence, by precision."""
TOLERANCE = 0.02
"""Likewise, in precisions that round more."""
_FEW, _MANY = 10, 100
_ODDS = 9000.0
"""How much surer of its top class than of any other a network may be for noise."""
_PLAIN_LIMIT = 0.99
_ENOUGH, _SHARE = 10, 0.9
_SIGMA = 0.25


@dataclass(frozen=True)
class Stability:
    """How a classifier answers when it is asked again.

    Attributes:
        finite: All confidences are numbers.
        deterministic: The same batch gets the same confidences twice.
        batch_effect: Largest difference of a confidence, images asked one by one and in a batch.
    """

    finite: bool
    deterministic: bool
    batch_effect: float


def probe_images(shape: Shape, noises: int) -> dict[str, Images]:
    """Make images that show nothing: one of each plain colour, and so many of each noise.

    Uniform noise takes all levels alike; gaussian noise has mean 0.5 and standard deviation 0.25,
    cut off at black and white.

    Args:
        shape: ``(C, H, W)``.
        noises: Images of each kind of noise.

    Returns:
        Name → ``(P, C, H, W)``, equal every time.
    """
    images = {name: torch.full((1, *shape), level) for name, level in PLAIN.items()}
    for name in NOISES:
        random = stream(0, "check", name.partition(" ")[0])
        images[name] = draw_noise(name, (noises, *shape), random)
    return images


def draw_noise(name: str, size: tuple[int, ...], random: np.random.Generator) -> Images:
    """Draw noise, as ``probe_images`` says.

    Args:
        name: One of ``NOISES``.
        size: ``(P, C, H, W)``.
        random: What it is drawn from.
    """
    if name == NOISES[0]:
        return torch.from_numpy(random.integers(0, 256, size).astype(np.float32)) / 255
    return to_grid(torch.from_numpy(random.normal(0.5, _SIGMA, size).astype(np.float32)))


def measure_stability(
    classifier: Classifier, images: Images, singles: int, reporter: Reporter | None = None
) -> tuple[Stability, torch.Tensor]:
    """Ask about a batch twice, and about its last images one by one.

    Args:
        classifier: Any.
        images: ``(P, C, H, W)``.
        singles: How many of them are asked about alone, from 1 to ``P``.
        reporter: Hears of every image that was asked about.

    Returns:
        What came out, and the confidences of the batch ``(P, K)``.
    """
    reporter, done, answers = reporter or Reporter(), 0, []
    for batch in (images, images, *torch.split(images[-singles:], 1)):
        answers.append(classifier(batch))
        done += len(batch)
        reporter.step(done)
    first, second, alone = answers[0], answers[1], torch.cat(answers[2:])
    stability = Stability(
        finite=bool(torch.isfinite(torch.cat([first, second, alone])).all()),
        deterministic=torch.equal(first, second),
        batch_effect=float((alone - first[-singles:]).abs().max()),
    )
    return stability, first


def judge_stability(stability: Stability, precision: str) -> list[str]:
    """Say in sentences what is off; nothing if nothing is."""
    if not stability.finite:
        return ["some confidences are no numbers (NaN): check the weights, mean and std"]
    if not stability.deterministic:
        return [
            "the same batch gets other confidences the second time: something in the network is "
            "random; is dropout still on?"
        ]
    tolerance = TOLERANCES.get(precision, TOLERANCE)
    if stability.batch_effect > tolerance:
        return [
            f"a confidence changes by {stability.batch_effect:.2g} with the size of the batch, "
            f"more than {tolerance:g}: an image's confidence depends on its neighbours; does "
            "the network normalise over the batch?"
        ]
    return []


def judge_confidences(
    confidences: dict[str, float], classes: int, right: Floats | None = None
) -> list[str]:
    """Say which images without content the network is suspiciously sure about.

    The fewer classes there are, the surer networks are of noise where nothing is wrong: of fewer
    than ten, one may mean "none of these", so there is no limit. Nor is anything suspicious that is
    no surer than the network is of real pictures.

    Args:
        confidences: Mean confidence in the top class by name of the image.
        classes: How many classes there are.
        right: ``(N,)`` confidences in pictures that were named right; none: there are none.
    """
    usual = 0.0
    if right is not None and len(right) >= _ENOUGH:
        usual = float(np.quantile(right, _SHARE))
    noise_limit = _ODDS / (_ODDS + classes - 1) if classes >= _FEW else math.inf
    plain_limit = _PLAIN_LIMIT if classes >= _MANY else math.inf
    reasons = []
    for name, confidence in confidences.items():
        limit = max(usual, noise_limit if name in NOISES else plain_limit)
        if confidence >= limit:
            reasons.append(
                f"the mean confidence on {name} is {percent(confidence)}, where below "
                f"{percent(limit)} is usual for {classes} classes: check mean, std and bounds"
            )
    return reasons


def competing(classifier: Classifier) -> int:
    """Return how many classes compete: all, or two where each is by itself, yes or no."""
    return 2 if classifier.outputs in ("sigmoid", "percent") else len(classifier.labels)


def quick_check(classifier: Classifier) -> list[str]:
    """Look in a moment whether a classifier can be fooled sensibly.

    It is asked about five images twice in a batch, and about one of them alone.

    Args:
        classifier: Any.

    Returns:
        Sentences that say what is off; none: nothing was found.
    """
    probes = probe_images(classifier.shape, 1)
    images = torch.cat(list(probes.values()))
    stability, confidences = measure_stability(classifier, images, 1)
    reasons = judge_stability(stability, classifier.precision)
    if reasons:
        return reasons
    if float((confidences - confidences[:1]).abs().max()) == 0:
        return ["black, white and noise get the same confidences: does the network see the image?"]
    top = dict(zip(probes, confidences.amax(dim=1).tolist(), strict=True))
    return judge_confidences({name: top[name] for name in PLAIN}, competing(classifier))
