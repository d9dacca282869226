"""Classifiers by name: the table of models, and how weights and their card become a classifier."""

import difflib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources

import pydantic
import safetensors
import safetensors.torch
import torch
from torch import nn

from neatfool.classifiers.alexnet import AlexNet
from neatfool.classifiers.classifier import Classifier, Precision
from neatfool.classifiers.lenet import LeNet5, LeNetCaffe
from neatfool.errors import ClassifierError, DeviceError
from neatfool.settings import FullPath, Settings
from neatfool.types import Shape


class ClassifierSettings(Settings):
    """Which classifier, and where its weights are."""

    model: str = "lenet5"
    """The network: lenet5 or lenet-caffe."""
    weights: FullPath | None = None
    """A safetensors file, its JSON card beside it or none; unset, the weights of the package."""
    precision: Precision = "fp32"
    """What the network computes in: fp32, tf32 (GPUs only), fp16 or bf16."""


@dataclass(frozen=True)
class Model:
    """What a model is before it has weights; ``mean`` and ``std`` hold where no card says else."""

    module: Callable[[int], nn.Module]
    """Takes the number of classes."""
    shape: Shape
    mean: tuple[float, ...]
    std: tuple[float, ...]
    labels: tuple[str, ...]
    crop: int | None = None
    """Side of the square in the centre that the module sees; none: it sees all."""


_WEIGHTS = resources.files("neatfool.classifiers") / "weights"
_DIGITS = tuple("0123456789")

MODELS: dict[str, Model] = {
    "lenet5": Model(LeNet5, (1, 28, 28), (0.1307,), (0.3081,), _DIGITS),
    "lenet-caffe": Model(LeNetCaffe, (1, 28, 28), (0.0,), (256 / 255,), _DIGITS),
    "alexnet": Model(
        AlexNet,
        (3, 256, 256),
        (0.485, 0.456, 0.406),
        (0.229, 0.224, 0.225),
        tuple(map(str, range(1000))),
        crop=227,
    ),
}
"""Every model by the name settings and the command line use."""


class _Card(Settings):
    """What loading needs of a card; ``train`` writes more."""

    model_config = pydantic.ConfigDict(extra="ignore")

    model: str
    shape: Shape
    mean: tuple[float, ...]
    std: tuple[pydantic.PositiveFloat, ...]
    labels: tuple[str, ...]
    sha256: str | None = None


def build(settings: ClassifierSettings, device: torch.device) -> Classifier:
    """Load a classifier, ready to be asked.

    Args:
        settings: Which model, which weights.
        device: Where it runs.

    Returns:
        The classifier; normalisation and labels are those of the card, or of the model if the
        weights have no card beside them.

    Raises:
        ClassifierError: The model is unknown, or the weights or their card do not fit it.
    """
    model = find_model(settings.model)
    content, card_text, source = _read(settings)
    sha256 = hashlib.sha256(content).hexdigest()
    if card_text is None:
        card = _Card(
            model=settings.model,
            shape=model.shape,
            mean=model.mean,
            std=model.std,
            labels=model.labels,
        )
    else:
        expected: dict[str, object] = {
            "model": settings.model,
            "shape": model.shape,
            "sha256": sha256,
        }
        card = _read_card(card_text, expected, source)
    module = model.module(len(card.labels))
    _load(module, content, source)
    return Classifier(
        name=settings.model,
        module=module,
        shape=card.shape,
        labels=card.labels,
        mean=card.mean,
        std=card.std,
        sha256=sha256,
        device=device,
        crop=model.crop,
        precision=settings.precision,
    )


def find_model(name: str) -> Model:
    """Look a model up.

    Args:
        name: As in ``MODELS``.

    Returns:
        The model.

    Raises:
        ClassifierError: There is none of that name; the message names the nearest.
    """
    if name in MODELS:
        return MODELS[name]
    nearest = difflib.get_close_matches(name, MODELS, n=1, cutoff=0.4)
    hint = f"did you mean {nearest[0]!r}?" if nearest else "choose one of them"
    raise ClassifierError(f"expected a model of {', '.join(MODELS)}, came {name!r}; {hint}")


def has_weights(name: str) -> bool:
    """Say whether weights of the model are in the package."""
    return (_WEIGHTS / f"{name}.safetensors").is_file()


def resolve_device(name: str) -> torch.device:
    """Choose the device that settings ask for.

    Args:
        name: ``"auto"`` is the GPU if there is one; ``"cpu"``; ``"cuda"``.

    Returns:
        The device.

    Raises:
        DeviceError: The name is another, or the GPU is not there.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise DeviceError(f"expected device auto, cpu or cuda, came {name!r}; choose one of them")
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        raise DeviceError(
            "expected a CUDA device, came a machine or a build of torch without one; "
            "choose device cpu or auto"
        )
    return torch.device("cuda" if there and name != "cpu" else "cpu")


def _read(settings: ClassifierSettings) -> tuple[bytes, str | None, str]:
    """Read weights and card, and say where they came from."""
    if settings.weights is None:
        weights = _WEIGHTS / f"{settings.model}.safetensors"
        card = _WEIGHTS / f"{settings.model}.json"
        if not has_weights(settings.model):
            raise ClassifierError(
                f"expected weights, came none: no weights of {settings.model} are in the package; "
                "train some and give their file as `weights`"
            )
        return weights.read_bytes(), card.read_text("utf-8"), f"weights of {settings.model}"
    try:
        content = settings.weights.read_bytes()
        beside = settings.weights.with_suffix(".json")
        text = beside.read_text("utf-8") if beside.exists() else None
        return content, text, str(settings.weights)
    except (OSError, UnicodeDecodeError) as error:
        raise ClassifierError(
            f"{settings.weights}: expected a readable safetensors file and JSON card, "
            f"came {error}; check the path"
        ) from error


def _read_card(text: str, expected: dict[str, object], source: str) -> _Card:
    """Parse a card and check that it belongs to the weights."""
    try:
        card = _Card.model_validate_json(text)
    except pydantic.ValidationError as error:
        faults = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise ClassifierError(
            f"{source}: expected a card with model, shape, mean, std and labels, came one with "
            f"{', '.join(faults)}; mend the card, or take it away to use the model's own"
        ) from error
    for name, value in expected.items():
        came = getattr(card, name)
        if came not in (value, None):
            raise ClassifierError(
                f"{source}: expected a card of {name} {value}, came {came}; "
                "keep every safetensors file with its own card"
            )
    return card


def _load(module: nn.Module, content: bytes, source: str) -> None:
    """Put the weights into the module."""
    try:
        tensors = safetensors.torch.load(content)
    except safetensors.SafetensorError as error:
        raise ClassifierError(
            f"{source}: expected a whole safetensors file, came {error}; convert or fetch it again"
        ) from error
    wanted = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    came = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    for name in sorted(wanted.keys() | came.keys()):
        if wanted.get(name) != came.get(name):
            raise ClassifierError(
                f"{source}: expected {name} {wanted.get(name, 'not to be there')}, "
                f"came {came.get(name, 'nothing')}; are these weights of another model?"
            )
        if not tensors[name].isfinite().all():
            raise ClassifierError(
                f"{source}: expected finite weights, came NaN or infinity in {name}; "
                "train again or take another file"
            )
    module.load_state_dict(tensors)
