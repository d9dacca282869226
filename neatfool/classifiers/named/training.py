"""Train the classifiers of the package: on MNIST, or on images of any classes."""

import hashlib
import json
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pydantic
import safetensors.torch
import torch
from torch import nn
from torch.nn import functional

from neatfool.classifiers.classifier import Classifier, normalise
from neatfool.classifiers.named.models import Model, find_model
from neatfool.data.mnist import Split, load_mnist, mnist_checksums
from neatfool.data.writing import check_writable, writing
from neatfool.errors import ClassifierError
from neatfool.files import write_whole
from neatfool.reporting import Reporter
from neatfool.settings import Settings
from neatfool.types import Json
from neatfool.version import __version__

THREADS = 2
"""Fixed, because the last bits of the weights depend on it."""


Judge: TypeAlias = Callable[[torch.Tensor], torch.Tensor]
"""Gives logits ``(P, K)`` for what it is shown: images ``(P, C, H, W)`` in [0, 1], or features."""
Loss: TypeAlias = Callable[[Judge, torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
"""Takes a network, what it is shown and its classes ``(P,)``; gives the loss and the logits."""


class TrainSettings(Settings):
    """Stochastic gradient descent with Nesterov momentum, its rate falling to 0 on a cosine."""

    epochs: pydantic.PositiveInt = 20
    batch: pydantic.PositiveInt = 64
    learning_rate: pydantic.PositiveFloat = 0.05
    momentum: float = pydantic.Field(default=0.9, gt=0, lt=1)
    weight_decay: pydantic.NonNegativeFloat = 1e-4
    shift: pydantic.NonNegativeInt = 1
    """Every training image is moved by up to so many pixels along each axis."""
    seed: pydantic.NonNegativeInt = 0


def cross_entropy(
    network: Judge, shown: torch.Tensor, labels: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Give the usual loss, and the logits."""
    logits = network(shown)
    return functional.cross_entropy(logits, labels), logits


@dataclass(frozen=True, eq=False)
class Lesson:
    """What a network learns, and what it is examined in.

    Attributes:
        images: ``(N, C, H, W)`` uint8.
        labels: ``(N,)`` int64.
        test_images: ``(M, C, H, W)`` uint8.
        test_labels: ``(M,)`` int64.
        loss: Falls as the network learns.
    """

    images: torch.Tensor
    labels: torch.Tensor
    test_images: torch.Tensor
    test_labels: torch.Tensor
    loss: Loss = cross_entropy


def train(
    model_name: str,
    data_folder: Path,
    out_folder: Path,
    settings: TrainSettings,
    reporter: Reporter,
) -> Json:
    """Train a model on MNIST and write its weights and its card.

    The same settings give the same bytes on the same processor and version of torch. The first
    weights are drawn from torch's global generator, seeded for them, and its state is put back.
    An interrupt leaves no half-written file.

    Args:
        model_name: As in ``MODELS``.
        data_folder: Holds the four files of MNIST.
        out_folder: Gets ``<model_name>.safetensors`` and ``<model_name>.json``.
        settings: How to train.
        reporter: Hears of every batch, with its loss and accuracy.

    Returns:
        The card: model, normalisation, labels, test accuracy, settings, checksums, versions.

    Raises:
        ClassifierError: The model is unknown, or its images are not those of MNIST.
        DataError: The data are missing or damaged, or the weights cannot be written; a folder
            that cannot be written is found out before the training.
    """
    model, lesson = find_model(model_name), mnist_lesson(model_name, data_folder)
    check_writable(out_folder)
    notes = {
        "command": _command(model_name, settings),
        "settings": settings.model_dump(),
        "data_sha256": mnist_checksums(data_folder),
    }
    return learn((model_name, model), lesson, out_folder, settings, notes, reporter)


def mnist_lesson(model_name: str, data_folder: Path) -> Lesson:
    """Read MNIST, or another set in the same four files, for a model.

    Raises:
        ClassifierError: The model is unknown, or its images are not those of MNIST.
        DataError: The data are missing or damaged.
    """
    model = find_model(model_name)
    if model.shape != (1, 28, 28):
        raise ClassifierError(
            f"expected a model of 1×28×28 images to train on MNIST, got {model_name} of "
            f"{'×'.join(map(str, model.shape))}; train lenet5 or lenet-caffe"
        )
    return Lesson(*_tensors(data_folder, "train"), *_tensors(data_folder, "test"))


def learn(
    named: tuple[str, Model],
    lesson: Lesson,
    folder: Path,
    settings: TrainSettings,
    notes: Json,
    reporter: Reporter,
) -> Json:
    """Train a model on a lesson, and write its weights and its card.

    Args:
        named: The model, which may have more classes than usual, and its name.
        lesson: Of images of its shape and its classes.
        folder: Gets ``<name>.safetensors`` and ``<name>.json``.
        settings: How to train.
        notes: What else the card should say, as JSON has it.
        reporter: Hears of every batch, with its loss and accuracy.

    Returns:
        The card.

    Raises:
        DataError: The files cannot be written.
    """
    name, model = named
    module = initialise(model, settings.seed)
    batches = -(-len(lesson.images) // settings.batch)
    reporter.start(f"training {name}", batches * settings.epochs)
    fit(module, model, lesson.images, lesson.labels, settings, reporter, lesson.loss)
    reporter.finish()
    classifier = Classifier(
        name, module, model.shape, model.labels, model.mean, model.std, owned=True
    )
    right = accuracy(classifier, lesson.test_images, lesson.test_labels)
    return save(classifier, folder, {"test_accuracy": right, **notes})


def save(classifier: Classifier, folder: Path, notes: Json) -> Json:
    """Write a classifier's weights, and beside them the card that ``build`` reads.

    Each file is there whole or not at all; weights and card of different times do not load.

    Args:
        classifier: Its name names the files.
        folder: Gets ``<name>.safetensors`` and ``<name>.json``.
        notes: What else the card should say, as JSON has it.

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
        path = folder / f"{classifier.name}.{suffix}"
        with writing(path):
            write_whole(path, each)
    return card


def initialise(model: Model, seed: int) -> nn.Module:
    """Make a module with the first weights that belong to a seed.

    Args:
        model: Which one.
        seed: Not negative.

    Returns:
        The module, untrained, in evaluation mode; torch's global generator is where it was.
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return model.module(len(model.labels)).eval()


def fit(
    module: nn.Module,
    model: Model,
    images: torch.Tensor,
    labels: torch.Tensor,
    settings: TrainSettings,
    reporter: Reporter,
    loss: Loss = cross_entropy,
) -> None:
    """Train a module in place.

    Args:
        module: Takes normalised images, gives logits.
        model: Says how images are normalised.
        images: ``(N, C, H, W)`` uint8.
        labels: ``(N,)`` int64.
        settings: How to train.
        reporter: Is told of every batch by ``step``.
        loss: Falls as the module learns.
    """

    def show(chosen: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        return _shift(images[chosen], settings.shift, generator) / 255

    def network(shown: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = module(normalise(shown, model.mean, model.std))
        return logits

    module.to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    descend(module, (network, loss), show, labels, settings, reporter)


def descend(
    module: nn.Module,
    asked: tuple[Judge, Loss],
    show: Callable[[torch.Tensor, torch.Generator], torch.Tensor],
    labels: torch.Tensor,
    settings: TrainSettings,
    reporter: Reporter,
) -> None:
    """Let the loss of a network fall by changing the parameters of a module: the one trainer.

    Args:
        module: Has the parameters.
        asked: The network that it is part of, and its loss.
        show: Gives what the network is shown of so many examples ``(P,)``, by their indices.
        labels: ``(N,)`` int64, one for each example.
        settings: How to train.
        reporter: Is told of every batch by ``step``.
    """
    network, loss = asked
    generator = torch.Generator().manual_seed(settings.seed)
    optimizer = torch.optim.SGD(
        module.parameters(),
        lr=settings.learning_rate,
        momentum=settings.momentum,
        weight_decay=settings.weight_decay,
        nesterov=True,
    )
    steps = -(-len(labels) // settings.batch) * settings.epochs
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    done = 0
    with _threads(THREADS):
        for _ in range(settings.epochs):
            order = torch.randperm(len(labels), generator=generator)
            for chosen in torch.split(order, settings.batch):
                lost, logits = loss(network, show(chosen, generator), labels[chosen])
                optimizer.zero_grad()
                torch.autograd.backward(lost)
                optimizer.step()
                schedule.step()
                done += 1
                right = (logits.argmax(1) == labels[chosen]).float().mean().item()
                reporter.step(done, loss=lost.item(), accuracy=right)


def accuracy(classifier: Classifier, images: torch.Tensor, labels: torch.Tensor) -> float:
    """Measure how often the most confident class is the right one.

    Args:
        classifier: Any.
        images: ``(N, C, H, W)`` uint8.
        labels: ``(N,)`` int64, on the classifier's device.

    Returns:
        A share in [0, 1].
    """
    chunks = zip(torch.split(images, 1000), torch.split(labels, 1000), strict=True)
    right = sum(int((classifier(x / 255).argmax(1) == y).sum()) for x, y in chunks)
    return right / len(labels)


def _command(model_name: str, settings: TrainSettings) -> str:
    """Say which command trains the same again; settings it has no option for are in the card."""
    command = f"neatfool train {model_name} --data DIR --seed {settings.seed}"
    usual = settings.epochs == TrainSettings().epochs
    return command if usual else f"{command} --epochs {settings.epochs}"


def _tensors(folder: Path, split: Split) -> tuple[torch.Tensor, torch.Tensor]:
    images, labels = load_mnist(folder, split)
    return torch.from_numpy(images)[:, None], torch.from_numpy(labels).long()


def _shift(images: torch.Tensor, most: int, generator: torch.Generator) -> torch.Tensor:
    """Move every image by its own random number of pixels; what comes in is background."""
    which, channels, rows, columns = torch.meshgrid(
        *(torch.arange(size) for size in images.shape),
        indexing="ij",
    )
    top, left = torch.randint(2 * most + 1, (2, len(images), 1, 1, 1), generator=generator)
    padded = functional.pad(images, (most, most, most, most))
    return padded[which, channels, rows + top, columns + left]


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
