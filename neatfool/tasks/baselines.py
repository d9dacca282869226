"""What a network says to images that show nothing: the ground from which evolution rises."""

from neatfool.classifiers import Classifier
from neatfool.errors import ClassifierError
from neatfool.tasks.probes import probe_images
from neatfool.types import Images, Json

_NOISES = 16


def baselines(classifier: Classifier) -> dict[str, Json | None]:
    """Measure how sure a network is of the class it likes best on images of nothing.

    The images are those of ``check``, the same for every network of one shape.

    Args:
        classifier: Any.

    Returns:
        By name as in ``probe_images``: ``confidence`` in the top class, for noise the mean over 16
        images; ``index`` and ``name`` of the class most often on top; ``images``, how many. None
        where the network gives no numbers, as one does that divides by the contrast of an image.
    """
    probes = probe_images(classifier.shape, _NOISES)
    return {name: _ask(classifier, images) for name, images in probes.items()}


def _ask(classifier: Classifier, images: Images) -> Json | None:
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
