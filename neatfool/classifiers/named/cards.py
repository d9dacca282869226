"""Weights of the networks that neatfool knows by name, and the cards beside them."""

import hashlib
import json
import platform
from pathlib import Path

import pydantic
import safetensors.torch
import torch

from neatfool.bounded import MOST_SETTINGS, read_bytes, read_text
from neatfool.classifiers.classifier import Classifier
from neatfool.classifiers.loaded import Loaded
from neatfool.classifiers.named.caffemodel import read_caffemodel, state_dict_for
from neatfool.classifiers.named.models import WEIGHTS, Published, find_model, has_weights
from neatfool.classifiers.torch_files import load_weights, read_tensors
from neatfool.data import cached, read_cached
from neatfool.data.writing import writing
from neatfool.errors import ClassifierError
from neatfool.files import write_whole
from neatfool.reporting import Reporter
from neatfool.settings import Settings, located
from neatfool.types import Json, Shape
from neatfool.version import __version__


class _Card(Settings):
    """What loading needs of a card; ``train`` writes more."""

    model_config = pydantic.ConfigDict(extra="ignore")

    model: str
    shape: Shape
    mean: tuple[float, ...]
    std: tuple[pydantic.PositiveFloat, ...]
    labels: tuple[str, ...]
    sha256: str | None = None


def load_named(
    name: str, weights: Path | None, offline: bool = False, reporter: Reporter | None = None
) -> Loaded:
    """Load a network by its name.

    Args:
        name: As in ``MODELS``.
        weights: Its weights, their card beside them or none; none: those of the package, or those
            that others publish, which are fetched into the cache once.
        offline: Fetch nothing.
        reporter: Hears of the bytes that come.

    Returns:
        The network; normalisation and labels are those of the card, or of the model if the
        weights have no card beside them.

    Raises:
        ClassifierError: The model is unknown, or the weights or their card do not fit it.
        DataError: The weights could not be fetched.
    """
    model = find_model(name)
    if weights is None and model.published and not has_weights(name):
        content, card_text = _fetch(model.published, offline, reporter or Reporter()), None
        source = model.published.file.removesuffix(".zip")
    else:
        content, card_text, source = _read(name, weights)
    sha256 = hashlib.sha256(content).hexdigest()
    if card_text is None:
        card = _Card(
            model=name, shape=model.shape, mean=model.mean, std=model.std, labels=model.labels
        )
    else:
        expected: dict[str, object] = {"model": name, "shape": model.shape, "sha256": sha256}
        card = _read_card(card_text, expected, source)
    module = model.module(len(card.labels)).eval()
    if source.endswith(".caffemodel"):
        tensors = state_dict_for(module, read_caffemodel(content, source), source)
    else:
        tensors = model.convert(read_tensors(content, source))
    load_weights(module, tensors, source)
    channels, height, width = card.shape
    return Loaded(
        module,
        sha256,
        channels=model.channels or channels,
        size=(model.crop, model.crop) if model.crop else (height, width),
        canvas=(height, width),
        crops="centre" if model.crop else None,
        mean=card.mean,
        std=card.std,
        labels=card.labels,
        outputs=model.outputs,
    )


def save(classifier: Classifier, folder: Path, notes: Json, name: str | None = None) -> Json:
    """Write a classifier's weights, and beside them the card that ``build`` reads.

    Each file is there whole or not at all; weights and card of different times do not load.

    Args:
        classifier: Its name is that of the model.
        folder: Gets ``<name>.safetensors`` and ``<name>.json``.
        notes: What else the card should say, as JSON has it.
        name: Of the files; none: that of the model.

    Returns:
        The card.

    Raises:
        DataError: The files cannot be written.
    """
    tensors = {name: each.contiguous() for name, each in classifier.module.state_dict().items()}
    content = safetensors.torch.save(tensors)
    card = {
        "model": classifier.name,
        "parameters": sum(parameter.numel() for parameter in classifier.module.parameters()),
        "shape": list(classifier.shape),
        "mean": list(classifier.mean),
        "std": list(classifier.std),
        "labels": list(classifier.labels),
        **notes,
        "versions": {
            "neatfool": __version__,
            "torch": str(torch.__version__),
            "python": platform.python_version(),
        },
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    text = json.dumps(card, indent=2) + "\n"
    for suffix, each in (("safetensors", content), ("json", text)):
        path = folder / f"{name or classifier.name}.{suffix}"
        with writing(path):
            write_whole(path, each)
    return card


def _fetch(published: Published, offline: bool, reporter: Reporter) -> bytes:
    """Read weights from the cache, and fetch them before if they are not there."""
    path = cached(published.file, [published.url], published.checksum, reporter, offline)
    return read_cached(path)


def _read(name: str, file: Path | None) -> tuple[bytes, str | None, str]:
    """Read weights and card, and say where they came from."""
    if file is None:
        weights = WEIGHTS / f"{name}.safetensors"
        card = WEIGHTS / f"{name}.json"
        if not has_weights(name):
            raise ClassifierError(
                f"expected weights, got none: no weights of {name} are in the package; "
                "train some and give their file as `weights`"
            )
        return weights.read_bytes(), card.read_text("utf-8"), f"weights of {name}"
    try:
        content = read_bytes(file, None)
        beside = file.with_suffix(".json")
        text = read_text(beside, MOST_SETTINGS) if beside.exists() else None
        return content, text, str(file)
    except (OSError, UnicodeDecodeError) as error:
        raise ClassifierError(
            f"{file}: expected a readable safetensors file and JSON card, "
            f"got {error}; check the path"
        ) from error


def _read_card(text: str, expected: dict[str, object], source: str) -> _Card:
    """Parse a card and check that it belongs to the weights."""
    try:
        card = _Card.model_validate_json(text)
    except pydantic.ValidationError as error:
        faults = ", ".join(map(located, error.errors()))
        raise ClassifierError(
            f"{source}: expected a card with model, shape, mean, std and labels, got one with "
            f"{faults}; mend the card, or take it away to use the model's own"
        ) from error
    for name, value in expected.items():
        came = getattr(card, name)
        if came not in (value, None):
            raise ClassifierError(
                f"{source}: expected a card of {name} {value}, got {came}; "
                "keep every safetensors file with its own card"
            )
    return card
