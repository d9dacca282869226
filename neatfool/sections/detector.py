"""Detectors that can be asked for: ``[task.detector]``."""

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, SerializeAsAny, ValidationInfo

from neatfool.kinds import Kinds, KindSettings
from neatfool.sections.classifier import ClassifierSettings
from neatfool.settings import FullPath


class DetectorSettings(KindSettings):
    """Settings that all detectors have."""

    FREE: ClassVar[frozenset[str]] = frozenset({"data"})
    data: FullPath | None = None
    """Real images: a folder of pictures named INDEX_*, or with a folder for each class; or of the
    four files of MNIST or Fashion-MNIST. They are split at random: a detector is fitted to some,
    and its threshold is set on others."""
    accepted: float = Field(default=0.95, gt=0, le=1)
    """Share of the held-out real images that the detector accepts: this sets its threshold."""
    first: Literal["label", "detector"] = "label"
    """What an attack that knows the detector has to achieve first: an image that is named as the
    class, or one that is accepted."""
    most: int = Field(default=10_000, ge=8, le=1_000_000)
    """Fit to at most so many real images, and set the threshold on half as many."""


class MaximumSoftmaxSettings(DetectorSettings):
    """Settings of maximum softmax."""

    kind: Literal["softmax"] = "softmax"
    """One less the highest confidence. Blind by construction to images that were evolved for
    confidence."""


class MaximumLogitSettings(DetectorSettings):
    """Settings of maximum logit."""

    kind: Literal["logit"] = "logit"
    """The highest logit, negated."""


class EnergySettings(DetectorSettings):
    """Settings of energy."""

    kind: Literal["energy"] = "energy"
    """The free energy of the logits."""
    temperature: float = Field(default=1.0, gt=0, le=1e6)
    """Logits are divided by it."""


class OdinSettings(DetectorSettings):
    """Settings of ODIN."""

    kind: Literal["odin"] = "odin"
    """One less the highest confidence at a high temperature, after a small step that raises it;
    needs gradients."""
    temperature: float = Field(default=1000.0, gt=0, le=1e6)
    """Logits are divided by it."""
    step: float = Field(default=0.0014, ge=0, le=1)
    """Size of the step, in brightness; images are in [0, 1]."""


class MahalanobisSettings(DetectorSettings):
    """Settings of Mahalanobis."""

    kind: Literal["mahalanobis"] = "mahalanobis"
    """Squared distance of the features to the nearest mean of a class, by their covariance within
    classes."""


class NeighboursSettings(DetectorSettings):
    """Settings of nearest neighbours."""

    kind: Literal["neighbours"] = "neighbours"
    """Distance of the features, scaled to length 1, to the k-th nearest of real images."""
    neighbour: int = Field(default=50, ge=1)
    """Which neighbour: k."""


class OpenMaxSettings(DetectorSettings):
    """Settings of OpenMax."""

    kind: Literal["openmax"] = "openmax"
    """Log-odds of an unknown class, by how far the logits are from the mean of each top class."""
    tail: int = Field(default=20, ge=3)
    """So many of the largest distances of a class are fitted by a Weibull distribution."""
    ranks: int = Field(default=10, ge=1)
    """So many top classes are revised: alpha in the paper."""


class VimSettings(DetectorSettings):
    """Settings of ViM."""

    kind: Literal["vim"] = "vim"
    """Length of the features outside the space that real images span, less the energy of the
    logits."""
    dimensions: int | None = Field(default=None, ge=1)
    """Of the space of real images. Unset: as in the paper, 1000 of 2048 features and more, 512 of
    768 and more; else half of them."""


class SqueezingSettings(DetectorSettings):
    """Settings of feature squeezing."""

    kind: Literal["squeezing"] = "squeezing"
    """How much confidences change if an image has fewer levels, or is smoothed by a median; the
    larger of the two."""
    bits: int | None = Field(default=None, ge=1, le=8)
    """Levels are 2 to this power. Unset: as in the paper, 1 for grey images and 5 for colour."""
    window: int = Field(default=2, ge=1, le=15)
    """Side of the squares of which the median is taken, in pixels."""


class EnsembleSettings(DetectorSettings):
    """Settings of an ensemble."""

    kind: Literal["ensemble"] = "ensemble"
    """How far the confidences of other networks are from those of this one."""
    classifiers: tuple[ClassifierSettings, ...] = ()
    """The other networks: settings of a classifier each, with the same images and classes."""


class RegularitySettings(DetectorSettings):
    """Settings of regularity."""

    kind: Literal["regularity"] = "regularity"
    """How far size as a PNG, symmetries or spectral slope lie outside what real images have;
    the network is not asked."""
    edge: float = Field(default=0.01, gt=0, lt=0.5)
    """Share of the real images beyond each end of what counts as usual."""


KINDS = Kinds(
    "task.detector",
    {
        MaximumSoftmaxSettings: "neatfool.detectors.softmax:MaximumSoftmax",
        MaximumLogitSettings: "neatfool.detectors.logit:MaximumLogit",
        EnergySettings: "neatfool.detectors.energy:Energy",
        OdinSettings: "neatfool.detectors.odin:Odin",
        MahalanobisSettings: "neatfool.detectors.mahalanobis:Mahalanobis",
        NeighboursSettings: "neatfool.detectors.neighbours:Neighbours",
        OpenMaxSettings: "neatfool.detectors.openmax:OpenMax",
        VimSettings: "neatfool.detectors.vim:Vim",
        SqueezingSettings: "neatfool.detectors.squeezing:Squeezing",
        EnsembleSettings: "neatfool.detectors.ensemble:Ensemble",
        RegularitySettings: "neatfool.detectors.regularity:Regularity",
    },
    "neatfool.detectors.detector:Detector",
)


def _resolved(given: object, info: ValidationInfo) -> object:
    """Make the settings of a detector, of the kind that they say.

    Raises:
        ConfigError: There is no such kind, or it has no such key.
    """
    return KINDS.resolved(given, (info.context or {}).get("run"))


AnyDetector = Annotated[SerializeAsAny[KindSettings] | None, BeforeValidator(_resolved)]
"""Settings of any detector, or none; of a user's own too, if the context says who ``run`` s it."""
