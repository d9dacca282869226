"""Train the classifiers of the package on MNIST, and on sets that are written like it."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import pydantic
import torch
from torch import nn
from torch.nn import functional

from neatfool.classifiers.classifier import Classifier, normalise
from neatfool.classifiers.named.cards import save
from neatfool.classifiers.named.models import Model, find_model, trainable
from neatfool.classifiers.views import asked
from neatfool.data.mnist import LABELS, Split, load_mnist, mnist_checksums, set_of
from neatfool.data.writing import check_writable
from neatfool.errors import ClassifierError
from neatfool.reporting import Reporter
from neatfool.sections.classifier import Outputs
from neatfool.settings import Settings
from neatfool.types import Json

THREADS = 2
"""Fixed, because the last bits of the weights depend on it."""


Judge: TypeAlias = Callable[[torch.Tensor], torch.Tensor]
"""Gives scores ``(P, K)`` of what it is shown: images ``(P, C, H, W)`` in [0, 1], or features."""
Loss: TypeAlias = Callable[[Judge, torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
"""Takes a network, what it is shown and its classes ``(P,)``; gives the loss and the scores."""


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


@dataclass(frozen=True, eq=False)
class Lesson:
    """What a network learns, and what it is examined in.

    Attributes:
        images: ``(N, C, H, W)`` uint8.
        labels: ``(N,)`` int64.
        test_images: ``(M, C, H, W)`` uint8.
        test_labels: ``(M,)`` int64.
        loss: Falls as the network learns; none: ``plain``.
        start: Weights that it begins with, by name; none: new ones. Where they are of fewer
            classes, the last of its classes begin anew.
    """

    images: torch.Tensor
    labels: torch.Tensor
    test_images: torch.Tensor
    test_labels: torch.Tensor
    loss: Loss | None = None
    start: Mapping[str, torch.Tensor] | None = None


def train(
    model_name: str,
    data_folder: Path,
    out_folder: Path,
    settings: TrainSettings,
    reporter: Reporter,
    name: str | None = None,
) -> Json:
    """Train a model on MNIST, or anything in the same four files, and write weights and card.

    The same settings give the same bytes on the same processor and version of torch. The first
    weights are drawn from torch's global generator, seeded for them, and its state is put back.
    An interrupt leaves no half-written file.

    Args:
        model_name: As in ``MODELS``.
        data_folder: Holds the four files. Classes of Fashion-MNIST, known by its checksums, get
            their names; those of other sets are called as digits.
        out_folder: Gets ``<name>.safetensors`` and ``<name>.json``.
        settings: How to train.
        reporter: Hears of every batch, with its loss and accuracy.
        name: Of the files, so that several nets can be in a folder; none: that of the model.

    Returns:
        The card: model, normalisation, labels, set, test accuracy, settings, checksums, versions.

    Raises:
        ClassifierError: The model is unknown, or its images are not those of MNIST, or the name is
            not one of a file; or training diverged.
        DataError: The data are missing or damaged, or the weights cannot be written; a folder
            that cannot be written is found out before the training.
    """
    name = model_name if name is None else name
    if not re.fullmatch(r"[\w-][\w.+-]{0,99}", name):
        raise ClassifierError(
            f"expected a name of files, of letters, digits and -_.+, got {name!r:.80}"
        )
    model, lesson, facts = study(model_name, data_folder)
    check_writable(out_folder)
    notes = {
        "command": _command(model_name, settings, name),
        "settings": settings.model_dump(),
        **facts,
    }
    return learn((model_name, model), lesson, out_folder, settings, notes, reporter, name)


def study(model_name: str, data_folder: Path) -> tuple[Model, Lesson, Json]:
    """Read MNIST, or anything in the same four files, for a model.

    Returns:
        The model, with the names of the classes of the set; the images; and which set it is.

    Raises:
        ClassifierError: The model is unknown, or its images are not those of MNIST.
        DataError: The data are missing or damaged.
    """
    model = find_model(model_name)
    if model.shape != (1, 28, 28):
        raise ClassifierError(
            f"expected a model of 1×28×28 images to train on MNIST, got {model_name} of "
            f"{'×'.join(map(str, model.shape))}; train {', '.join(trainable())}"
        )
    lesson = Lesson(*_tensors(data_folder, "train"), *_tensors(data_folder, "test"))
    checksums = mnist_checksums(data_folder)
    found = set_of(checksums)
    model = replace(model, labels=LABELS[found]) if found else model
    return model, lesson, {"data": found or "another set", "data_sha256": checksums}


def learn(
    named: tuple[str, Model],
    lesson: Lesson,
    folder: Path,
    settings: TrainSettings,
    notes: Json,
    reporter: Reporter,
    name: str | None = None,
) -> Json:
    """Train a model on a lesson, and write its weights and its card.

    Args:
        named: The model, which may have more classes than usual, and what it is called.
        lesson: Of images of its shape and its classes.
        folder: Gets ``<name>.safetensors`` and ``<name>.json``.
        settings: How to train.
        notes: What else the card should say, as JSON has it.
        reporter: Hears of every batch, with its loss and accuracy.
        name: Of the files; none: that of the model.

    Returns:
        The card.

    Raises:
        DataError: The files cannot be written.
    """
    model_name, model = named
    module = initialise(model, settings.seed)
    _begin(module, lesson.start or {})
    batches = -(-len(lesson.images) // settings.batch)
    reporter.start(f"training {model_name}", batches * settings.epochs)
    fit(module, model, lesson.images, lesson.labels, settings, reporter, lesson.loss)
    reporter.finish()
    classifier = Classifier(
        *(model_name, module, model.shape, model.labels, model.mean, model.std),
        outputs=model.outputs,
        owned=True,
    )
    right = accuracy(classifier, lesson.test_images, lesson.test_labels)
    return save(classifier, folder, {"test_accuracy": right, **notes}, name)


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


def _begin(module: nn.Module, start: Mapping[str, torch.Tensor]) -> None:
    """Put weights into a module, which may have more classes than they have."""
    own = module.state_dict()
    for name, weights in start.items():
        own[name][tuple(map(slice, weights.shape))] = weights


def fit(
    module: nn.Module,
    model: Model,
    images: torch.Tensor,
    labels: torch.Tensor,
    settings: TrainSettings,
    reporter: Reporter,
    loss: Loss | None = None,
) -> None:
    """Train a module in place.

    Args:
        module: Takes normalised images, gives what the model gives: logits, or log-odds.
        model: Says how images are normalised.
        images: ``(N, C, H, W)`` uint8.
        labels: ``(N,)`` int64.
        settings: How to train.
        reporter: Is told of every batch by ``step``.
        loss: Falls as the module learns; none: ``plain``.
    """

    def show(chosen: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        return _shift(images[chosen], settings.shift, generator) / 255

    def judge(shown: torch.Tensor) -> torch.Tensor:
        scores: torch.Tensor = module(normalise(shown, model.mean, model.std))
        return scores

    module.to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    descend(module, (judge, loss or plain(model.outputs)), show, labels, settings, reporter)


def descend(
    module: nn.Module,
    asked: tuple[Judge, Loss],
    show: Callable[[torch.Tensor, torch.Generator], torch.Tensor],
    labels: torch.Tensor,
    settings: TrainSettings,
    reporter: Reporter,
    threads: int = THREADS,
) -> None:
    """Let the loss of a network fall by changing the parameters of a module: the one trainer.

    Args:
        module: Has the parameters.
        asked: The network that it is part of, and its loss.
        show: Gives what the network is shown of so many examples ``(P,)``, by their indices.
        labels: ``(N,)`` int64, one for each example.
        settings: How to train.
        reporter: Is told of every batch by ``step``.
        threads: The last bits of the weights depend on it; small networks are faster with one.

    Raises:
        ClassifierError: The loss is not finite any more.
    """
    judge, loss = asked
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
    with _threads(threads):
        for _ in range(settings.epochs):
            order = torch.randperm(len(labels), generator=generator)
            for chosen in torch.split(order, settings.batch):
                lost, scores = loss(judge, show(chosen, generator), labels[chosen])
                optimizer.zero_grad()
                torch.autograd.backward(lost)
                optimizer.step()
                schedule.step()
                done, now = done + 1, lost.item()
                if not math.isfinite(now):
                    raise ClassifierError(
                        f"training diverged: expected a finite loss, got {now} after "
                        f"{done:,} of {steps:,} batches; take a learning rate below "
                        f"{settings.learning_rate:g} (--learning-rate)"
                    )
                right = (scores.argmax(1) == labels[chosen]).float().mean().item()
                reporter.step(done, loss=now, accuracy=right)


def plain(outputs: Outputs) -> Loss:
    """Return the usual loss, that of ``loss_of``.

    Args:
        outputs: What the network gives: logits, or log-odds.
    """

    def loss(
        judge: Judge, shown: torch.Tensor, labels: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        scores = judge(shown)
        return loss_of(scores, labels, outputs), scores

    return loss


def loss_of(scores: torch.Tensor, labels: torch.Tensor, outputs: Outputs) -> torch.Tensor:
    """Compute the mean negative logarithm of the confidence in the right class.

    Args:
        scores: ``(P, K)`` logits or log-odds.
        labels: ``(P,)`` int64.
        outputs: Which of both.
    """
    if outputs == "logits":
        return functional.cross_entropy(scores, labels)
    return -functional.logsigmoid(scores.gather(1, labels[:, None])).mean()


def accuracy(classifier: Classifier, images: torch.Tensor, labels: torch.Tensor) -> float:
    """Measure how often the most confident class is the right one.

    Args:
        classifier: Any.
        images: ``(N, C, H, W)`` uint8.
        labels: ``(N,)`` int64.

    Returns:
        A share in [0, 1].
    """
    told = asked(classifier, images.numpy()).argmax(axis=1)
    return float((told == labels.numpy()).mean())


def _command(model_name: str, settings: TrainSettings, name: str) -> str:
    """Say which command trains the same again; settings it has no option for are in the card."""
    command = f"neatfool train {model_name} --data DIR --seed {settings.seed}"
    command += "" if name == model_name else f" --name {name}"
    for key in ("epochs", "learning_rate"):
        value = getattr(settings, key)
        if value != getattr(TrainSettings(), key):
            command += f" --{key.replace('_', '-')} {value}"
    return command


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
