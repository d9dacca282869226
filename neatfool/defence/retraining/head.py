"""The last layer of a large network, retrained on features that stay as they are."""

import contextlib
import hashlib
import json
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from neatfool.classifiers import Classifier, imagenet_ids
from neatfool.classifiers.copied import copied
from neatfool.classifiers.features import LastLayer
from neatfool.classifiers.named.training import Judge, Loss, descend, plain
from neatfool.classifiers.views import as_shown, asked
from neatfool.data import find_labelled
from neatfool.data.real import LabelledPictures
from neatfool.data.writing import writing
from neatfool.defence.retraining.losses import OUTLIER, OutlierExposure
from neatfool.defence.retraining.networks import FOOLING, Taught, load
from neatfool.defence.retraining.settings import LEARN, BeginsAs, Form, RetrainSettings
from neatfool.errors import ClassifierError
from neatfool.files import replacing, write_whole
from neatfool.reporting import Reporter
from neatfool.runs import load_config
from neatfool.streams import stream
from neatfool.tasks import Fooling, FoolingSettings
from neatfool.types import Bytes, Ints, Json, Shape

_AT_ONCE = 16
PROGRAM = "network.pt2"


class HeadPupil:
    """A network of any kind whose last layer is linear: that layer learns, all before it is frozen.

    It begins each time as it came. Where a class is added, its row is all that learns: a few
    pictures would make the other rows forget theirs. Half of the real pictures are learned from,
    the other half is for the test.

    Args:
        settings: Which network, and how.
        data: Labelled pictures, as ``find_labelled`` takes them.

    Raises:
        ClassifierError: The network has no linear last layer.
        DataError: There are no pictures.
    """

    forms: tuple[Form, ...] = ("none", *LEARN)
    starts: tuple[BeginsAs, ...] = ("new",)

    def __init__(self, settings: RetrainSettings, data: Path) -> None:
        self._settings = settings
        named = (f"task.classifier.model={json.dumps(settings.model)}", *settings.network)
        config = load_config(None, (*named, *settings.attacks))
        self._network = network = load(named)
        classes = getattr(config.task, "classes", None)
        chosen = FoolingSettings().model_copy(update={"classes": classes})
        self._name, self._last = _linear_end(network)
        self.shape: Shape = network.shape
        self.classes, self.niches = len(network.labels), len(Fooling(network, chosen).niches)
        ids = imagenet_ids() if self.classes == len(imagenet_ids()) else ()
        files, indices = zip(*find_labelled(data, network.labels, ids), strict=True)
        pictures = LabelledPictures(files, np.array(indices, np.int64))
        order = stream(settings.seed, "halves").permutation(len(pictures))
        self._halves = [pictures.select(order[half::2]) for half in (0, 1)]
        self._read: dict[int, tuple[Bytes, Ints]] = {}
        self._known: dict[bytes, torch.Tensor] = {}
        self.facts: Json = {"model_sha256": network.sha256, "data_sha256": pictures.digest()}

    def teach(self, taught: Taught, folder: Path, reporter: Reporter) -> None:
        """Train the last layer on features, and write the whole network as a program."""
        if (folder / PROGRAM).exists():  # it is written last
            return
        weight, bias = self._last.weight.float(), self._last.bias.float()
        layer, labels = _linear(weight, bias), self._network.labels
        if len(taught.fooling) and taught.form == "class":
            row, old = _linear(torch.zeros_like(weight[:1]), torch.zeros(1)), layer
            old.requires_grad_(False)

            def network(shown: torch.Tensor) -> torch.Tensor:
                return torch.cat([old(shown), row(shown)], dim=1)

            self._learn(row, (network, plain("logits")), taught, self.classes, reporter)
            both = [[each.weight, each.bias] for each in (old, row)]
            layer = _linear(*(torch.cat(pair) for pair in zip(*both, strict=True)))
            labels = (*labels, FOOLING)
        elif len(taught.fooling) and taught.form == "exposure":
            loss = OutlierExposure(self._settings.exposure.weight)
            self._learn(layer, (layer, loss), taught, OUTLIER, reporter)
        self._write(layer, labels, folder)

    def changes(self, folder: Path) -> tuple[str, ...]:
        """Name the program, and how it takes its images."""
        network = self._network
        said: Json = {
            "model": str((folder / PROGRAM).absolute()),
            "labels": str((folder / "labels.txt").absolute()),
            "outputs": "logits",
            "mean": list(network.mean),
            "std": list(network.std),
            "channels": "grey" if network.shape[0] == 1 else "rgb",
            "size": list(network.crop or network.shape[1:]),
            "canvas": list(network.shape[1:]),
        }
        if network.crop:
            said["crops"] = "centre"
        return tuple(f"task.classifier.{key}={json.dumps(value)}" for key, value in said.items())

    def tested(self, classifier: Classifier) -> tuple[float, float | None]:
        """Show it the half of the pictures that it does not learn from."""
        images, labels = self._half(1)
        told = asked(classifier, images).argmax(axis=1)
        flagged = float((told == self.classes).mean())
        wrong = float((told != labels).mean())
        return wrong, flagged if len(classifier.labels) > self.classes else None

    def _learn(
        self,
        layer: nn.Linear,
        network: tuple[Judge, Loss],
        taught: Taught,
        label: int,
        reporter: Reporter,
    ) -> None:
        """Train a layer on features of real and fooling images; the latter have the label."""
        real, labels = self._half(0)
        shown = self._features(np.concatenate([real, taught.fooling]), reporter)
        fooling = np.full(len(taught.fooling), label)
        known = torch.from_numpy(np.concatenate([labels, fooling]))
        settings = self._settings.train.model_copy(update={"seed": taught.seed})
        batches = -(-len(known) // settings.batch)
        reporter.start("training the last layer", batches * settings.epochs)
        descend(layer, network, lambda chosen, _: shown[chosen], known, settings, reporter)
        reporter.finish()

    def _half(self, half: int) -> tuple[Bytes, Ints]:
        """Read the pictures to learn from (0), or those of the test (1), and their classes."""
        if half not in self._read:
            pictures = self._halves[half]
            self._read[half] = pictures.read(0, len(pictures), self.shape), pictures.classes
        return self._read[half]

    def _features(self, images: Bytes, reporter: Reporter) -> torch.Tensor:
        """Compute what the last layer sees of images ``(P, F)``, once for each."""
        keys = [hashlib.blake2b(each.tobytes(), digest_size=16).digest() for each in images]
        new = list({key: place for place, key in enumerate(keys) if key not in self._known}.items())
        reporter.start("computing features", len(new))
        for start in range(0, len(new), _AT_ONCE):
            some = new[start : start + _AT_ONCE]
            found, _ = self._last(as_shown(images[[place for _, place in some]]))
            self._known.update(zip((key for key, _ in some), found, strict=True))
            reporter.step(start + len(some))
        reporter.finish()
        return torch.stack([self._known[key] for key in keys])

    def _write(self, layer: nn.Linear, labels: Sequence[str], folder: Path) -> None:
        """Write the whole network with another last layer, as a program of ``torch.export``."""
        network = self._network
        whole = copied(network.module, [])
        parent, _, name = self._name.rpartition(".")
        setattr(whole.get_submodule(parent), name, _like(self._last.layer, layer))
        for weights in chain(whole.parameters(), whole.buffers()):
            weights.data = weights.data.contiguous()  # or torch warns as it saves them
        sides = network.crop or network.shape[1:]
        example = torch.zeros(2, max(network.shape[0], len(network.mean)), *sides)
        program = torch.export.export(
            whole.eval(), (example,), dynamic_shapes=({0: torch.export.Dim("batch")},)
        )
        with writing(folder):
            write_whole(folder / "labels.txt", "\n".join(labels) + "\n")
            with replacing(folder / PROGRAM) as temporary, temporary.open("wb") as file:
                torch.export.save(program, file)


def _linear_end(network: Classifier) -> tuple[str, LastLayer]:
    """Find the last layer, which has a row for each class, and its name.

    Raises:
        ClassifierError: There is none, or what follows it is not just its shape.
    """
    with contextlib.suppress(ClassifierError):
        last = LastLayer(network)
        random = np.random.default_rng(0)
        seen, told = last(as_shown(random.integers(0, 256, (2, *network.shape), np.uint8)))
        logits = functional.linear(seen.double(), last.weight, last.bias)
        is_end = network.outputs == "logits" and logits.shape == told.shape
        if is_end and torch.allclose(logits.softmax(1), told.double().softmax(1), atol=1e-4):
            named = network.module.named_modules()
            return next(name for name, each in named if each is last.layer), last
    raise ClassifierError(
        f"{network.name}: expected a network of torch whose last layer is linear and gives logits, "
        "got another; choose another network, or train lenet5"
    )


def _linear(weight: torch.Tensor, bias: torch.Tensor) -> nn.Linear:
    """Make a layer of weights ``(K, F)`` and ``(K,)``, of which it has copies."""
    layer = nn.Linear(weight.shape[1], len(weight), device="meta").to_empty(device="cpu")
    layer.load_state_dict({"weight": weight, "bias": bias})
    return layer


def _like(old: nn.Linear | nn.Conv2d, layer: nn.Linear) -> nn.Module:
    """Write a linear layer as a convolution of all that it sees, if the old one is that."""
    if isinstance(old, nn.Linear):
        return layer
    height, width = old.weight.shape[2:]
    made = nn.Conv2d(old.in_channels, layer.out_features, (height, width), device="meta")
    convolution = made.to_empty(device="cpu")
    weight = layer.weight.detach().view(-1, *old.weight.shape[1:])
    convolution.load_state_dict({"weight": weight, "bias": layer.bias.detach()})
    return convolution
