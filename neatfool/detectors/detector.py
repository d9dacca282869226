"""What every detector has: it is fitted to real images, and says how suspicious others are."""

from collections.abc import Iterator
from typing import Any, ClassVar, TypeVar

import numpy as np
import torch

from neatfool.classifiers import Classifier
from neatfool.classifiers.features import Asked, LastLayer
from neatfool.data.real import LabelledPictures
from neatfool.detectors.metrics import threshold_of
from neatfool.errors import ClassifierError
from neatfool.reporting import Reporter
from neatfool.sections.detector import DetectorSettings
from neatfool.types import Bools, Doubles, Floats, Images, Ints, Json, Shape

D = TypeVar("D", bound="Detector")
CHUNK = 96
"""Real images that are looked at together."""
_ROWS = 16
_EDGE = 1e-6
"""A score of a refused image is at least this far from -1 and from 0."""


class Real:
    """Real images, and what a network makes of them, however many there are.

    Attributes:
        classes: ``(N,)`` indices of their classes.
    """

    def __init__(
        self, pictures: LabelledPictures, detector: "Detector", reporter: Reporter | None = None
    ) -> None:
        self.classes: Ints = pictures.classes
        self._pictures, self._detector = pictures, detector
        self._reporter = reporter or Reporter()
        self._asked: tuple[torch.Tensor, torch.Tensor] | None = None

    def __len__(self) -> int:
        return len(self.classes)

    def chunks(self) -> Iterator[Asked]:
        """Look at some at a time; together they are all."""
        shape, count = self._detector.classifier.shape, len(self)
        self._reporter.start("looking at real images", count)
        for first in range(0, count, CHUNK):
            yield self._detector.see(read_images(self._pictures, first, shape))
            self._reporter.step(min(first + CHUNK, count))
        self._reporter.finish()

    @property
    def logits(self) -> torch.Tensor:
        """``(N, K)`` float64 on the CPU."""
        return self._ask()[0]

    @property
    def features(self) -> torch.Tensor:
        """``(N, D)`` float64 on the CPU; of a detector that ``needs_features``."""
        return self._ask()[1]

    def suspicions(self) -> Doubles:
        """Ask the detector about each: ``(N,)``."""
        return self.judged()[0]

    def judged(self) -> tuple[Doubles, Ints]:
        """Ask the detector about each, and the network for its class: ``(N,)`` both."""
        told = [(_listed(self._detector.judge(asked)), asked.logits.argmax(dim=1).cpu().numpy())
                for asked in self.chunks()]  # fmt: skip
        suspicions, named = (np.concatenate(each) for each in zip(*told, strict=True))
        return suspicions, named

    def _ask(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Ask the network once about all of them."""
        if self._asked is None:
            listens = self._detector.needs_features
            told = [(s.logits.cpu(), s.features.cpu() if listens else s.logits[:, :0].cpu())
                    for s in self.chunks()]  # fmt: skip
            logits, features = (torch.cat(each).double() for each in zip(*told, strict=True))
            self._asked = logits, features
        return self._asked


class Detector:
    """Say of images how suspicious they are, by what a network makes of them.

    Derive from this: ``judge`` is all that a detector needs, and ``fit``, if it learns from real
    images. What it says of an image must not depend on the others.

    Args:
        settings: Of the class ``Settings``.
        classifier: The network that is guarded.

    Attributes:
        Settings: Class of its settings, derived from ``DetectorSettings``.
        needs_features: ``judge`` and ``fit`` use the input of the last linear layer.
        needs_logits: They use how high the logits are, which confidences that sum up to 1 do not
            tell: their logarithms are logits of which log sum exp is 0.
        threshold: The largest suspicion that is accepted.
        spread: How far suspicions of real images lie apart; a scale for what is above.
        digest: Of all that it learned from, and of what else it asks.

    Raises:
        ClassifierError: The network cannot be used in this way.
    """

    NEEDED: ClassVar = ("judge",)
    Settings: ClassVar[type[DetectorSettings]] = DetectorSettings
    needs_features: ClassVar[bool] = False
    needs_logits: ClassVar[bool] = False
    threshold: float = np.inf
    spread: float = 1.0
    digest: str = ""

    def __init__(self, settings: Any, classifier: Classifier) -> None:
        if self.needs_logits and classifier.outputs in ("probabilities", "log-probabilities"):
            raise ClassifierError(
                f"classifier {classifier.name}: expected a network that gives logits, which "
                f"{settings.label} adds up, got one that gives {classifier.outputs}, as several "
                "networks or crops together do; choose another detector, such as softmax or logit"
            )
        self.settings, self.classifier = settings, classifier
        self.last = LastLayer(classifier) if self.needs_features else None

    @classmethod
    def build(
        cls: type[D], settings: Any, classifier: Classifier, reporter: Reporter | None = None
    ) -> D:
        """Build a detector that is still to be fitted: ``cls(settings, classifier)``."""
        return cls(settings, classifier)

    def fit(self, real: Real, /) -> None:
        """Learn what is real; here, nothing."""

    def judge(self, asked: Asked, /) -> torch.Tensor:
        """Say how suspicious ``P`` images are: ``(P,)``, the larger the more."""
        raise NotImplementedError

    def see(self, images: Images) -> Asked:
        """Prepare images ``(P, C, H, W)`` to be judged."""
        return Asked(self.classifier, images, self.last)

    def suspicion(self, images: Images) -> Doubles:
        """Say how suspicious images ``(P, C, H, W)`` are: ``(P,)`` float64, the larger the more."""
        return np.concatenate(
            [_listed(self.judge(self.see(s))) for s in torch.split(images, CHUNK)]
        )

    def accepts(self, images: Images) -> Bools:
        """Say which of ``P`` images are no more suspicious than real ones: ``(P,)``."""
        return np.asarray(self.suspicion(images) <= self.threshold)

    def calibrate(self, suspicions: Doubles) -> None:
        """Set the threshold such that the share of ``accepted`` real images is accepted.

        Args:
            suspicions: ``(N,)`` those of held-out real images, at least one.
        """
        self.threshold = threshold_of(suspicions, self.settings.accepted)
        apart = self.threshold - float(np.median(suspicions))
        self.spread = apart if np.isfinite(apart) and apart > 0 else 1.0

    def admit(self, asked: Asked, niches: list[int]) -> Floats:
        """Score images for an attack that knows the detector: feasibility first.

        An image that is named as the class of a niche, and accepted, has its confidence there.
        Others have a negative number. It rises with the confidence until the image is named as the
        class, then as suspicion falls; or, if the settings say that the detector comes ``first``,
        as suspicion falls alone, and whatever is accepted has its confidence.

        Args:
            asked: The images.
            niches: ``K`` indices of the classes of the niches.

        Returns:
            ``(P, K)`` float32 in (-1, 1]; NaN where something is.
        """
        every = asked.confidences.cpu().numpy()
        confidences, suspicions = every[:, niches], _listed(self.judge(asked))
        accepted = (suspicions <= self.threshold)[:, None]
        excess = np.maximum(suspicions - self.threshold, 0) / self.spread
        near = np.clip(1 / (1 + np.log1p(excess)), _EDGE, 1 - _EDGE)[:, None]
        if self.settings.first == "detector":
            scores = np.where(accepted, confidences, near - 1)
        else:
            is_named = confidences >= every.max(axis=1, keepdims=True)
            scores = np.where(accepted, confidences, near / 2 - 0.5)
            scores = np.where(is_named, scores, confidences / 2 - 1 + _EDGE)
        scores[np.isnan(suspicions) | np.isnan(every).any(axis=1)] = np.nan
        return scores.astype(np.float32)

    def facts(self) -> Json:
        """Say what it is, for reports."""
        keys = self.settings.model_dump(mode="json", exclude={"data"}, exclude_none=True)
        return {
            **keys,
            "kind": self.settings.label,
            "threshold": self.threshold,
            "data": self.settings.data.name if self.settings.data else None,
            "sha256": self.digest,
        }


def read_images(pictures: LabelledPictures, first: int, shape: Shape) -> Images:
    """Read a chunk of pictures, from ``first`` on, as images ``(P, C, H, W)``."""
    levels = pictures.read(first, first + CHUNK, shape)
    return torch.from_numpy(np.ascontiguousarray(levels)).float() / 255


def times(rows: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    """Multiply rows ``(P, D)`` by a matrix ``(D, E)`` such that none depends on the others.

    Products of a few odd rows take another path on the processor: rows are filled up.
    """
    filled = torch.nn.functional.pad(rows, (0, 0, 0, -len(rows) % _ROWS))
    return (filled @ matrix)[: len(rows)]


def _listed(suspicions: torch.Tensor) -> Doubles:
    listed: Doubles = suspicions.detach().cpu().double().numpy()
    return listed
