"""Several networks that are asked as one (Nguyen et al. 2015, supplement)."""

import hashlib
from collections.abc import Sequence

import torch

from neatfool.classifiers.classifier import BlackBox, Classifier
from neatfool.classifiers.outputs import INDEPENDENT, confidences_of
from neatfool.errors import ClassifierError
from neatfool.reporting import log
from neatfool.sections.classifier import Outputs
from neatfool.types import Images


def together(classifiers: Sequence[Classifier]) -> Classifier:
    """Make one classifier of several, whose confidences are the means of theirs.

    It is differentiable in images if all of them are.

    Args:
        classifiers: At least one, of the same images and classes, on one device.

    Returns:
        The classifier; of a single one, that one. Names of classes are those of the first.

    Raises:
        ClassifierError: They take other images, or have another number of classes.
    """
    first, *others = classifiers
    if not others:
        return first
    for other in others:
        if other.shape != first.shape:
            raise ClassifierError(
                f"{other.name}: expected images {first.shape} as for {first.name}, got "
                f"{other.shape}; set its canvas to {list(first.shape[1:])} and its channels alike"
            )
        if len(other.labels) != len(first.labels):
            raise ClassifierError(
                f"{other.name}: expected the {len(first.labels)} classes of {first.name}, got "
                f"{len(other.labels)}; give networks of the same classes"
            )
        if other.labels != first.labels:
            log.warning(
                "%s names its classes otherwise than %s; those at the same place are taken as one",
                other.name,
                first.name,
            )

    def mean(images: Images) -> torch.Tensor:
        return torch.stack(
            [confidences_of(each.logits(images), _bare(each)) for each in classifiers]
        ).mean(dim=0)

    digests = "\n".join(each.sha256 for each in classifiers)
    return Classifier(
        name=" + ".join(each.name for each in classifiers),
        module=BlackBox(mean),
        shape=first.shape,
        labels=first.labels,
        sha256=hashlib.sha256(digests.encode()).hexdigest() if digests.strip() else "",
        device=first.device,
        outputs="sigmoid" if any(map(_is_independent, classifiers)) else "probabilities",
        precision="fp32",
        owned=True,
    )


def _is_independent(classifier: Classifier) -> bool:
    return classifier.outputs in INDEPENDENT


def _bare(classifier: Classifier) -> Outputs:
    """Say what ``Classifier.logits`` are."""
    return "log-odds" if _is_independent(classifier) else "logits"
