"""Make a classifier of what was loaded: settings first, then what the model says, then guesses."""

from typing import Any

import torch
from torch import nn

from neatfool.classifiers.classifier import (
    Classifier,
    Outputs,
    log_scores,
    looks_like_shares,
    normalise,
)
from neatfool.classifiers.labels import imagenet_labels, read_labels
from neatfool.classifiers.loaded import Loaded, blaming
from neatfool.classifiers.settings import ClassifierSettings
from neatfool.classifiers.views import Bgr, Resize, TenCrops
from neatfool.errors import ClassifierError
from neatfool.reporting import log


def adapt(
    name: str, loaded: Loaded, settings: ClassifierSettings, device: torch.device
) -> Classifier:
    """Make a classifier of a network, and try the network on two images.

    Args:
        name: What reports call it.
        loaded: The network, and what is known of it.
        settings: What the user says of it, which stands above that.
        device: Where it runs.

    Returns:
        The classifier.

    Raises:
        ClassifierError: The network does not take such images, or does not give a score for each
            of two or more classes; or labels or canvas do not fit it.
    """
    choices = _Choices(name, settings, loaded)
    colours, size = choices.colours(), _pair(choices.take("size", 224))
    mean, std = choices.normalisation(colours)
    shape = (1 if colours == "grey" else 3, *size)
    bare = Classifier(name, loaded.module, shape, (), mean, std, device=device)  # readies it
    scores = _try(bare)
    outputs = choices.outputs(scores)
    labels = choices.labels(scores.shape[1])
    choices.tell()

    canvas = _pair(settings.canvas or loaded.canvas or size)
    crops = settings.crops or loaded.crops or "resize"
    module, crop = loaded.module, None
    if crops != "resize":
        side = _crop(name, size, canvas)
        crop = side if crops == "centre" else None
        if crops == "ten":
            module, outputs = TenCrops(module, side, outputs), "log-probabilities"
    elif canvas != size:
        module = nn.Sequential(Resize(size), module)
    if colours == "bgr":
        module, mean, std = nn.Sequential(Bgr(), module), mean[::-1], std[::-1]
    return Classifier(
        name=name,
        module=module,
        shape=(shape[0], *canvas),
        labels=labels,
        mean=mean,
        std=std,
        sha256=loaded.sha256,
        device=device,
        crop=crop,
        outputs=outputs,
        precision=settings.precision,
    )


class _Choices:
    """Settings first, then what the model says, then guesses, which are told at the end."""

    def __init__(self, name: str, settings: ClassifierSettings, loaded: Loaded) -> None:
        self._name = name
        self._settings = settings
        self._loaded = loaded
        self._guesses: list[str] = []

    def take(self, key: str, guess: Any) -> Any:
        """Return a setting, or what the model says, or a guess."""
        for source in (self._settings, self._loaded):
            if (value := getattr(source, key)) is not None:
                return value
        shown = " ".join(map(str, guess)) if isinstance(guess, tuple) else guess
        self._guesses.append(f"{key} {shown}")
        return guess

    def tell(self) -> None:
        """Say what was guessed, in one line."""
        if self._guesses:
            log.warning(
                "%s does not say all that is needed; guessed: %s. Set what is otherwise",
                self._name,
                ", ".join(self._guesses),
            )

    def colours(self) -> str:
        """Say what images the network takes: rgb, bgr or grey."""
        colours = self.take("channels", "rgb")
        if colours not in (1, 3, "rgb", "bgr", "grey"):
            raise ClassifierError(
                f"{self._name}: expected a network of images of 1 or 3 channels, came one of "
                f"{colours}; export it for grey or colour images, channels first"
            )
        return {1: "grey", 3: "rgb"}.get(colours, colours)

    def normalisation(self, colours: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Return mean and std of images in [0, 1], with as many values as the network needs."""
        low, high = self._settings.bounds
        mean = tuple((value - low) / (high - low) for value in self.take("mean", (0.0,)))
        std = tuple(value / (high - low) for value in self.take("std", (1.0,)))
        grey_as_three = colours == "grey" and self._loaded.channels == 3
        count = max(len(mean), len(std), 3 if grey_as_three else 1)
        return _repeated(mean, count), _repeated(std, count)

    def outputs(self, scores: torch.Tensor) -> Outputs:
        """Say what the scores are, and check that they can be that."""
        shares = looks_like_shares(scores)
        outputs: Outputs = self.take("outputs", "probabilities" if shares else "logits")
        if shares and outputs != "probabilities":
            log.warning(
                "%s gives numbers that look like probabilities, and that are taken as %s",
                self._name,
                outputs,
            )
        try:
            log_scores(scores, outputs)
        except ClassifierError as error:
            raise ClassifierError(f"{self._name}: {error}") from None
        return outputs

    def labels(self, count: int) -> tuple[str, ...]:
        """Return the names of the classes."""
        path = self._settings.labels
        numbers = tuple(map(str, range(count)))
        if path:
            return read_labels(path, count)
        if not self._loaded.labels:
            is_imagenet = count == len(imagenet_labels())
            self._guesses.append(
                "labels of ImageNet" if is_imagenet else f"labels 0 to {count - 1}"
            )
            return imagenet_labels() if is_imagenet else numbers
        if len(self._loaded.labels) != count:
            raise ClassifierError(
                f"{self._name}: expected {count} labels, one per class, came "
                f"{len(self._loaded.labels)}; give a file of labels"
            )
        return self._loaded.labels


def _try(bare: Classifier) -> torch.Tensor:
    """Ask a network about noise and grey: ``(2, K)`` float32."""
    noise = torch.rand(bare.shape, generator=torch.Generator().manual_seed(0))
    images = torch.stack([noise, torch.full(bare.shape, 0.5)]).to(bare.device)
    shape = ", ".join(map(str, bare.shape))
    expected = f"a network that takes images (P, {shape})"
    advice = "set size and channels to what it takes"
    with blaming(bare.name, expected, advice), torch.inference_mode():
        scores = bare.module(normalise(images, bare.mean, bare.std))
    came = f"{type(scores).__name__}"
    if isinstance(scores, torch.Tensor):
        came = f"{tuple(scores.shape)} {scores.dtype}"
        if (
            scores.ndim == 2
            and len(scores) == len(images)
            and scores.shape[1] > 1
            and scores.dtype == torch.float32
        ):
            if not (scores < torch.inf).all():
                raise ClassifierError(
                    f"{bare.name}: expected numbers for every class, came NaN or infinity for an "
                    "image of noise; check its weights, mean and std"
                )
            return scores
    raise ClassifierError(
        f"{bare.name}: expected scores (P, K) float32 for two or more classes, came {came} for "
        f"P = {len(images)}; make the network give one number per class"
    )


def _repeated(values: tuple[float, ...], count: int) -> tuple[float, ...]:
    """Write one value for all channels as one per channel."""
    return values * count if len(values) == 1 else values


def _pair(size: int | tuple[int, int]) -> tuple[int, int]:
    """Write a side as height and width."""
    return (size, size) if isinstance(size, int) else size


def _crop(name: str, size: tuple[int, int], canvas: tuple[int, int]) -> int:
    """Return the side of the crop, if the network takes a square within the canvas."""
    if size[0] != size[1] or size == canvas or size > (min(canvas), min(canvas)):
        raise ClassifierError(
            f"{name}: expected a canvas larger than the square the network takes, to crop it, "
            f"came {canvas[0]}×{canvas[1]} for {size[0]}×{size[1]}; set canvas, or crops to resize"
        )
    return size[0]
