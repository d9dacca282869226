"""What can be said of a model that is asked for before anything is loaded."""

import difflib
import os
from collections.abc import Callable

from neatfool.classifiers.foreign import check_kind
from neatfool.classifiers.labels import imagenet_labels
from neatfool.errors import ClassifierError
from neatfool.sections.classifier import FILES, ClassifierSettings, split_spec

LIBRARIES = ("torchvision", "timm", "hf")
"""Prefixes of models that libraries have."""


def digits() -> tuple[str, ...]:
    """Name the classes of MNIST."""
    return tuple("0123456789")


HANDED_IN = "python"
"""Prefix of what settings call a network that was handed in by a program."""


NAMED: dict[str, Callable[[], tuple[str, ...]]] = {
    "lenet5": digits,
    "lenet-caffe": digits,
    "lenet-rbf": digits,
    "mlp": digits,
    "alexnet": imagenet_labels,
    "caffenet": imagenet_labels,
}
"""Networks that have a name here, and what names their classes where no card says else."""


def look_at(settings: ClassifierSettings) -> tuple[str, ...] | None:
    """Say what is wrong with a model as it is named, or with the files that are named beside it.

    Returns:
        The names of its classes; none: nobody knows before it is loaded.

    Raises:
        ClassifierError: There is no such model or file.
    """
    model = settings.model
    name, ending = split_spec(model)[0], split_spec(model)[0].lower()
    takes_weights = model in NAMED or ending.endswith(".py")
    for file, key in ((settings.labels, "labels"), (settings.weights, "weights")):
        if file is not None and not os.path.exists(file) and (takes_weights or key == "labels"):
            raise ClassifierError(
                f"{file}: expected a readable file of {key}, got no such file or directory; check "
                "the path"
            )
    if name in LIBRARIES:
        return None
    if name == HANDED_IN:
        raise ClassifierError(
            f"{model} is a network of a program: call neatfool.fool with it again, or give it as "
            "a file, such as net.py:factory"
        )
    if model not in NAMED:
        check_kind(model)
    if not ending.endswith(FILES):
        check_name(model)
    is_usual = settings.weights is None and settings.labels is None and settings.verify is None
    return NAMED[model]() if model in NAMED and is_usual else None


def check_name(name: str) -> None:
    """Make sure that a network has this name.

    Raises:
        ClassifierError: None has; the message names the nearest.
    """
    if name in NAMED:
        return
    nearest = difflib.get_close_matches(name.lower(), NAMED, n=1, cutoff=0.6)
    prefixed = f"hf:{name}" if name.count("/") == 1 else f"torchvision:{name} or timm:{name}"
    hint = (
        f"did you mean {nearest[0]!r}?"
        if nearest
        else "choose one of them, or give net.onnx, net.py:factory, net.pt, net.pt2, or a network "
        f"of a library, such as {prefixed:.80}"
    )
    raise ClassifierError(f"expected a model of {', '.join(NAMED)}, got {name!r:.80}; {hint}")
