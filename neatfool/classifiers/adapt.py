"""Make a classifier of what was loaded: settings first, then what the model says, then guesses."""

import contextlib
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from neatfool.classifiers.classifier import BlackBox, Classifier
from neatfool.classifiers.labels import imagenet_labels, read_labels
from neatfool.classifiers.loaded import Loaded, blaming
from neatfool.classifiers.onnx.file import OnnxNet
from neatfool.classifiers.outputs import (
    choose_embedding,
    choose_scores,
    find_scores,
    guess_outputs,
    in_two_classes,
    logits_of,
    look_like,
)
from neatfool.classifiers.views import Bgr, OneByOne, OneOutput, Resize, TenCrops
from neatfool.errors import ClassifierError
from neatfool.reporting import log
from neatfool.sections.classifier import ClassifierSettings, Outputs
from neatfool.types import Images

_FAR = 1000
"""How many times stronger the contrast of images is that are far from all pictures."""
_REACHED = 50
"""What per cent exceed somewhere, and logits that stay bounded, of normalised features, do not."""


def adapt(
    name: str, loaded: Loaded, settings: ClassifierSettings, device: torch.device
) -> Classifier:
    """Make a classifier of a network, and try the network on a few images.

    Args:
        name: What reports call it.
        loaded: The network, and what is known of it.
        settings: What the user says of it, which stands above that.
        device: Where it runs.

    Returns:
        The classifier.

    Raises:
        ClassifierError: The network does not take such images, or does not give a score for each
            class; or labels or canvas do not fit it.
    """
    choices = _Choices(name, settings, loaded)
    colours, size = choices.colours(), choices.take("size", (224, 224))
    mean, std = choices.normalisation(colours)
    shape = (1 if colours == "grey" else 3, *size)
    precision = settings.precision
    bare = Classifier(
        name, loaded.module, shape, (), mean, std, device=device, precision=precision, owned=True
    )
    tried, scores = _ready(bare, choices)
    if settings.verify:
        outputs, labels = choices.embedding(scores)
    else:
        outputs = choices.outputs(scores, _guess(tried, scores))
        labels = choices.labels(in_two_classes(scores, outputs).shape[1])
    choices.tell()

    canvas = settings.canvas or loaded.canvas or size
    crops = settings.crops or loaded.crops or "resize"
    module, crop = tried.module, None
    if crops != "resize":
        _check_crop(name, size, canvas)
        crop = size if crops == "centre" else None
        if crops == "ten":
            module = TenCrops(module, size, outputs)
            outputs = module.outputs
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
        files=loaded.files,
        device=device,
        crop=crop,
        outputs=outputs,
        precision=precision,
        layout=tried.layout,
        owned=True,
    )


class _Choices:
    """Settings first, then what the model says, then guesses, which are told at the end."""

    def __init__(self, name: str, settings: ClassifierSettings, loaded: Loaded) -> None:
        self._name = name
        self._settings = settings
        self._loaded = loaded
        self._guesses = [*loaded.guesses]

    def take(self, key: str, guess: object) -> Any:
        """Return a setting, or what the model says, or a guess."""
        for source in (self._settings, self._loaded):
            if (value := getattr(source, key)) is not None:
                return value
        shown = " ".join(map(str, dict.fromkeys(guess))) if isinstance(guess, tuple) else guess
        self._guesses.append(f"{key} {shown}")
        return guess

    def one_by_one(self) -> None:
        """Note that the network is asked about one image at a time."""
        self._guesses.append("batches of 1, as larger ones fail")

    def tell(self) -> None:
        """Say what was guessed, in one line."""
        if self._guesses:
            log.warning(
                "%s does not say all that is needed; guessed: %s; if one is wrong, set it",
                self._name,
                ", ".join(self._guesses),
            )

    def colours(self) -> str:
        """Say what images the network takes: rgb, bgr or grey."""
        colours = self.take("channels", "rgb")
        if colours not in (1, 3, "rgb", "bgr", "grey"):
            raise ClassifierError(
                f"{self._name}: expected a network of images of 1 or 3 channels, got one of "
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

    def scores(
        self, network: nn.Module, answer: object, rows: int
    ) -> tuple[nn.Module, torch.Tensor]:
        """Find the scores in what a network gives; return one that gives nothing else as well."""
        wanted = None if isinstance(network, OnnxNet) else self._settings.output  # it has chosen
        try:
            found = find_scores(answer, rows, wanted)
        except ClassifierError as error:
            raise ClassifierError(f"{self._name}: {error}") from None
        if self._settings.verify:
            chosen = choose_embedding(found)
        else:
            chosen = choose_scores(found, self._named(), _last_width(network))
        if len(found) > 1:
            self._guesses.append(f"output {chosen} (of {' '.join(found)})")
        scores = found[chosen].float()
        sound = (scores < torch.inf).all(1)  # a network may divide by the contrast of an image
        if 2 * int(sound.sum()) < len(scores):
            raise ClassifierError(
                f"{self._name}: expected numbers for every class, got NaN or infinity for an "
                "image of noise; check its weights, mean and std"
            )
        plain = isinstance(answer, torch.Tensor)
        return network if plain else OneOutput(network, chosen), scores[sound]

    def outputs(self, scores: torch.Tensor, guess: Outputs) -> Outputs:
        """Say what the scores are, and check that they can be that."""
        outputs: Outputs = self.take("outputs", guess)
        is_odd = outputs in ("logits", "percent", "log-odds") and guess not in ("logits", outputs)
        if is_odd and (self._settings.outputs or guess == "probabilities"):
            log.warning(
                "%s gives numbers that look like %s, and that are taken as %s",
                self._name,
                guess,
                outputs,
            )
        try:
            logits_of(scores, outputs)
        except ClassifierError as error:
            raise ClassifierError(f"{self._name}: {error}") from None
        return outputs

    def embedding(self, scores: torch.Tensor) -> tuple[Outputs, tuple[str, ...]]:
        """Take what the network gives as an embedding: logits of classes without names."""
        width, theirs = scores.shape[1], self._loaded.labels
        named = theirs if theirs and len(theirs) == width and not self._settings.output else None
        if width < 2 or named:
            came = f"scores of {width} classes, {named[0]:.40} and others" if named else "a number"
            raise ClassifierError(
                f"{self._name}: expected a network that gives an embedding of two numbers or more "
                f"for an image, got one that gives {came}; let it give what is before its last "
                "layer, or set output if it gives that too"
            )
        return "logits", tuple(map(str, range(width)))

    def _named(self) -> int | None:
        """Count the classes that have names; none: they have not."""
        path = self._settings.labels
        return len(read_labels(path) if path else self._loaded.labels or ()) or None

    def labels(self, count: int) -> tuple[str, ...]:
        """Return the names of the classes."""
        if self._settings.labels:
            return read_labels(self._settings.labels, count)
        if self._loaded.labels and len(self._loaded.labels) == count:
            return self._loaded.labels
        is_imagenet = count == len(imagenet_labels())
        guess = "labels of ImageNet" if is_imagenet else f"labels 0 to {count - 1}"
        if self._loaded.labels:
            guess += f" (the model names {len(self._loaded.labels)})"
        self._guesses.append(guess)
        return imagenet_labels() if is_imagenet else tuple(map(str, range(count)))


def _ready(bare: Classifier, choices: _Choices) -> tuple[Classifier, torch.Tensor]:
    """Try a network, and one image at a time if it fails, as traces of a single image do.

    Returns:
        A classifier of a network that works and gives nothing but scores, and these ``(P, K)``.
    """
    try:
        return _try(bare, choices)
    except ClassifierError:
        if not isinstance(bare.module, BlackBox | OnnxNet):
            single = replace(bare, module=OneByOne(bare.module), layout=None, owned=True)
            with contextlib.suppress(ClassifierError):
                found = _try(single, choices)
                choices.one_by_one()
                return found
        raise


def _try(bare: Classifier, choices: _Choices) -> tuple[Classifier, torch.Tensor]:
    """Ask a network about images that differ, and find the scores in what it gives."""
    images = _pictures(bare)
    expected = f"a network that takes images (P, {', '.join(map(str, bare.shape))})"
    advice = "set size and channels to what it takes, such as --size 28 --channels grey"
    with blaming(bare.name, expected, advice), torch.inference_mode():
        answer = bare.ask(images)
    module, scores = choices.scores(bare.module, answer, len(images))
    return replace(bare, module=module, owned=True), scores


def _guess(tried: Classifier, scores: torch.Tensor) -> Outputs:
    """Guess what scores are; far from all pictures, only independent confidences stay bounded."""
    guess = guess_outputs(scores)
    bounded: Outputs = "sigmoid" if guess == "sigmoid" else "percent"
    is_open = guess in ("sigmoid", "logits") and look_like(scores, bounded)
    if is_open and not isinstance(tried.module, BlackBox):
        with contextlib.suppress(Exception), torch.inference_mode():
            pictures = _pictures(tried)
            answer = tried.ask(_FAR * (pictures - 0.5))
            (far,) = find_scores(answer, len(pictures)).values()
            is_wide = bounded == "sigmoid" or bool(torch.cat([scores, far]).max() > _REACHED)
            return bounded if look_like(far, bounded) and is_wide else "logits"
    return guess


def _pictures(bare: Classifier) -> Images:
    """Make images that differ: noise, faint and bright, a grey, and slopes to the right and down.

    They are six, since networks that take batches of one size alone take another one.
    """
    shape = bare.shape
    noise = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    down, across = (torch.linspace(0, 1, side) for side in shape[1:])
    slopes = across.expand(shape), down[:, None].expand(shape)
    noises, grey = (noise, 0.2 * noise, 1 - 0.2 * noise), torch.full(shape, 0.5)
    return torch.stack([*noises, grey, *slopes]).to(bare.device)


def _last_width(network: nn.Module) -> int | None:
    """Say how many numbers the last layer gives; none: it is not known."""
    widths = [len(each) for each in network.parameters() if each.ndim in (2, 4)]
    return widths[-1] if widths else None


def _repeated(values: tuple[float, ...], count: int) -> tuple[float, ...]:
    """Write one value for all channels as one per channel."""
    return values * count if len(values) == 1 else values


def _check_crop(name: str, size: tuple[int, int], canvas: tuple[int, int]) -> None:
    """Refuse to crop a canvas that is not larger than what the network takes."""
    if size == canvas or size[0] > canvas[0] or size[1] > canvas[1]:
        raise ClassifierError(
            f"{name}: expected a canvas larger than what the network takes, to crop it, got "
            f"{canvas[0]}×{canvas[1]} for {size[0]}×{size[1]}; set canvas, or crops to resize"
        )
