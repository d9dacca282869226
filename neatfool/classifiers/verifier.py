"""Verifiers: an embedding, enrolled pictures, and the distance within which a picture passes."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import final

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from neatfool.classifiers.classifier import Classifier
from neatfool.classifiers.outputs import find_scores
from neatfool.data.pictures import SUFFIXES, read_picture
from neatfool.errors import ClassifierError
from neatfool.sections.classifier import VerifySettings
from neatfool.types import Images

_AT_ONCE = 16


@final
class Verifier(nn.Module):
    """Say for each of the enrolled how near an image is to them, as a confidence.

    The confidence is ``t / (t + d)`` for a distance ``d`` to the nearest picture of the person and
    the threshold ``t``: 1 at no distance, 0.5 at the threshold, and it never stops falling.

    Args:
        network: Gives an embedding ``(P, D)``.
        enrolled: ``(N, D)`` embeddings of the enrolled pictures.
        people: ``(N,)`` int64, whose they are: 0 to ``K - 1``, each at least once.
        settings: Threshold and metric.
    """

    enrolled: torch.Tensor
    people: torch.Tensor

    def __init__(
        self,
        network: nn.Module,
        enrolled: torch.Tensor,
        people: torch.Tensor,
        settings: VerifySettings,
    ) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("enrolled", enrolled)
        self.register_buffer("people", people)
        self._threshold = settings.distance
        self._is_cosine = settings.metric == "cosine"
        self._count = int(people.max()) + 1

    def forward(self, images: Images) -> torch.Tensor:
        """Give ``(P, K)`` confidences in [0, 1], each by itself."""
        (embeddings,) = find_scores(self.network(images), len(images)).values()
        return self._threshold / (self._threshold + self.distances(embeddings.float()))

    def distances(self, embeddings: torch.Tensor) -> torch.Tensor:
        """Measure how far ``(P, D)`` embeddings are from each of the enrolled: ``(P, K)``."""
        if self._is_cosine:
            directions = functional.normalize(self.enrolled)
            each = (1 - functional.normalize(embeddings) @ directions.T).clamp_min(0)
        else:  # not by matrix products, whose rounding depends on how many there are
            exactly = "donot_use_mm_for_euclid_dist"
            each = torch.cdist(embeddings, self.enrolled, compute_mode=exactly)
        far = each.new_full((len(each), self._count), torch.inf)
        return far.scatter_reduce(1, self.people.expand(len(each), -1), each, "amin")


def enrol(classifier: Classifier, settings: VerifySettings) -> Classifier:
    """Make a verifier of a network that gives an embedding.

    Args:
        classifier: Its logits are the embedding.
        settings: Who is enrolled, and the threshold.

    Returns:
        A classifier whose labels are the names of the enrolled, and whose confidences are each by
        itself. Its digest is that of the network and of the enrolled pictures.

    Raises:
        ClassifierError: Nobody is enrolled, or somebody twice, or without a picture, or with one
            that the network gives no numbers for.
        DataError: A picture cannot be read.
    """
    files = [*_find(settings.enrolled)]
    names = tuple(dict.fromkeys(name for name, _ in files))
    people = [names.index(name) for name, _ in files]
    levels = np.stack([read_picture(file, classifier.shape, crop=True) for _, file in files])
    images = torch.from_numpy(levels).float() / 255
    with torch.inference_mode():
        parts = [classifier.logits(some) for some in torch.split(images, _AT_ONCE)]
    embeddings = torch.cat(parts).clone()
    wrong = (~embeddings.isfinite().all(dim=1)).nonzero().flatten().tolist()
    if wrong:
        raise ClassifierError(
            f"{files[wrong[0]][1]}: expected an embedding of numbers, got NaN or infinity for this "
            "picture; take it away, or check the weights, mean and std"
        )
    where = torch.tensor(people, device=classifier.device)
    digest = hashlib.sha256(classifier.sha256.encode())
    for (name, _), pixels in zip(files, levels, strict=True):
        digest.update(name.encode() + b"\0" + pixels.tobytes())
    return replace(
        classifier,
        module=Verifier(classifier.module, embeddings, where, settings),
        labels=names,
        sha256=digest.hexdigest(),
        outputs="sigmoid",
        owned=True,
    )


def _find(folder: Path) -> Iterator[tuple[str, Path]]:
    """Name the enrolled, and list their pictures in the order of the names."""
    if not folder.is_dir():
        raise ClassifierError(
            f"{folder}: expected a folder of enrolled pictures, got none; check the path"
        )
    seen: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        is_picture = path.suffix.lower() in SUFFIXES and not path.is_dir()
        if path.name.startswith(".") or not (is_picture or path.is_dir()):
            continue
        name = path.stem if is_picture else path.name
        if (other := seen.setdefault(name.casefold(), path)) != path:
            raise ClassifierError(
                f"{path}: expected a name that nobody else has, got that of {other.name} again; "
                "put all pictures of a person into one folder of that name"
            )
        files = [path] if is_picture else [*_pictures(path)]
        if not files:
            raise ClassifierError(
                f"{path}: expected pictures ({', '.join(SUFFIXES)}) of {name:.80}, got none; put "
                "some there, or take the folder away"
            )
        yield from ((_text(name, path), file) for file in files)
    if not seen:
        raise ClassifierError(
            f"{folder}: expected enrolled pictures, NAME.png or NAME/*.png, got none "
            f"({', '.join(SUFFIXES)}); put some there"
        )


def _pictures(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() in SUFFIXES and not file.name.startswith("."):
            yield file


def _text(name: str, path: Path) -> str:
    """Return a name that can be written down."""
    if not name.strip() or not name.isprintable():
        raise ClassifierError(f"{str(path)!a}: expected a name that can be printed; rename it")
    return name
