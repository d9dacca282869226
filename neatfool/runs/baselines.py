"""What a network says to images that show nothing: the ground from which evolution rises."""

from typing import Any

import numpy as np
import torch

from neatfool.classifiers import Classifier
from neatfool.errors import ClassifierError
from neatfool.images import to_grid
from neatfool.streams import stream
from neatfool.types import Images, Shape

BASELINES = ("black", "grey", "white", "uniform noise", "gaussian noise")
"""In this order; noise is independent in every pixel and channel."""
_DRAWS = 16
_LEVELS = {"black": 0.0, "grey": 128 / 255, "white": 1.0}


def baselines(classifier: Classifier) -> dict[str, dict[str, Any] | None]:
    """Measure how sure a network is of the class it likes best on images of nothing.

    The images are the same for every network of one shape: the streams of noise begin at seed 0.

    Args:
        classifier: Any.

    Returns:
        By name as in ``BASELINES``: ``confidence`` in the top class, for noise the mean over 16
        images; ``index`` and ``name`` of the class most often on top; ``images``, how many. None
        where the network gives no numbers, as one does that divides by the contrast of an image.
    """
    return {name: _ask(classifier, blank(name, classifier.shape)) for name in BASELINES}


def blank(name: str, shape: Shape) -> Images:
    """Make images of nothing.

    Args:
        name: As in ``BASELINES``. Gaussian noise has mean 0.5 and standard deviation 0.25.
        shape: ``(C, H, W)``.

    Returns:
        ``(P, C, H, W)`` float32 in [0, 1] on the 8-bit grid; one image, or 16 of noise.
    """
    if name in _LEVELS:
        return torch.full((1, *shape), _LEVELS[name], dtype=torch.float32)
    random, size = stream(0, "baselines", name), (_DRAWS, *shape)
    values = random.random(size) if name == "uniform noise" else random.normal(0.5, 0.25, size)
    return to_grid(torch.from_numpy(values.astype(np.float32)))


def _ask(classifier: Classifier, images: Images) -> dict[str, Any] | None:
    try:
        confidences = classifier(images).cpu().double()
    except ClassifierError:
        return None
    if not confidences.isfinite().all():
        return None
    top, classes = confidences.max(dim=1)
    index = int(classes.bincount().argmax())
    return {
        "confidence": float(top.mean()),
        "index": index,
        "name": classifier.labels[index],
        "images": len(images),
    }
