"""Real pictures with their classes: some to learn from, some held out, some to be judged by."""

import hashlib
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
from PIL import Image, ImageOps

from neatfool.bounded import read_bytes
from neatfool.data.labelled import find_labelled
from neatfool.data.mnist import FILES, load_mnist
from neatfool.data.pictures import read_picture
from neatfool.errors import DataError
from neatfool.streams import stream
from neatfool.types import Bytes, Ints, Shape

FEWEST = 8
"""Pictures that can be split."""
Each: TypeAlias = Callable[[Callable[[Path], Bytes], Sequence[Path]], Iterable[Bytes]]


@dataclass(frozen=True, eq=False)
class LabelledPictures:
    """Pictures with their classes, read when they are needed.

    Attributes:
        sources: ``N`` files, or ``(N, 28, 28)`` uint8.
        classes: ``(N,)`` indices of their classes.
    """

    sources: Sequence[Path] | Bytes
    classes: Ints

    def __len__(self) -> int:
        return len(self.classes)

    def select(self, index: Ints) -> "LabelledPictures":
        """Take those at ``index``, in that order."""
        if isinstance(self.sources, np.ndarray):
            return LabelledPictures(self.sources[index], self.classes[index])
        return LabelledPictures([self.sources[k] for k in index.tolist()], self.classes[index])

    def read(self, first: int, end: int, shape: Shape, each: Each = map) -> Bytes:
        """Read those from ``first`` to before ``end``: ``(P, *shape)`` uint8.

        They are scaled by their shorter side, and what is too much of the other is cut off.

        Args:
            first: Place of one.
            end: Place behind the last.
            shape: ``(C, H, W)`` wanted.
            each: Reads files as ``map`` does, on threads maybe.

        Raises:
            DataError: A file cannot be read.
        """
        some = self.sources[first:end]
        if not isinstance(some, np.ndarray):
            return np.stack(list(each(lambda file: read_picture(file, shape, crop=True), some)))
        if shape == (1, *some.shape[1:]):
            return some[:, None]
        return np.stack([_fitted(picture, shape) for picture in some])

    def digest(self) -> str:
        """Digest pictures and classes: SHA-256, of files as they are."""
        digest = hashlib.sha256(self.classes.astype("<i8").tobytes())
        for source in self.sources:
            content = read_bytes(source, None) if isinstance(source, Path) else source.tobytes()
            digest.update(hashlib.sha256(content).digest())
        return digest.hexdigest()


class RealSplit(NamedTuple):
    """Real pictures for three purposes; none is in two."""

    fit: LabelledPictures
    """A detector learns from these what is real."""
    held: LabelledPictures
    """Its threshold follows from these."""
    test: LabelledPictures
    """It is judged by these."""


def split_real(
    folder: Path, labels: Sequence[str], ids: Sequence[str], seed: int, most: int
) -> RealSplit:
    """Find real pictures and split them at random.

    Of the four files of MNIST, training images are to fit, and test images, which the network has
    not seen, are split in two. Of a folder of pictures, half are to fit.

    Args:
        folder: Of pictures as ``find_labelled`` takes it, or of the four files of MNIST.
        labels: ``K`` names of the classes.
        ids: ``K`` other names, or none.
        seed: Of the split.
        most: Pictures to fit; half as many are held out, and to judge by, each.

    Raises:
        DataError: There are too few pictures, or no such, or a class that is none.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: expected a folder of real pictures, got none; check the path")
    random = stream(seed, "real pictures")
    if has_idx(folder):
        parts = [_numbered(folder, split, len(labels)) for split in FILES]
        fit, rest = (part.select(random.permutation(len(part))) for part in parts)
        half = len(rest) // 2
        ends = (0, half, 2 * half)
    else:
        found = find_real(folder, labels, ids)
        count = len(found)
        rest = found.select(random.permutation(count))
        fit, ends = rest.select(np.arange(count // 2)), (count // 2, 3 * count // 4, count)
    if min(len(fit), len(rest)) < FEWEST:
        raise DataError(
            f"{folder}: expected at least {FEWEST} real pictures, to be split into some to fit a "
            f"detector and some to set its threshold, got {len(rest)}; put more there"
        )
    held, test = (
        rest.select(np.arange(first, min(end, first + max(1, most // 2))))
        for first, end in itertools.pairwise(ends)
    )
    return RealSplit(fit.select(np.arange(min(len(fit), most))), held, test)


def find_real(
    folder: Path, labels: Sequence[str], ids: Sequence[str] = (), others: str = ""
) -> LabelledPictures:
    """Find real pictures with their classes: of the four files of MNIST, the test images.

    Args:
        folder: Of pictures as ``find_labelled`` takes it, or of the four files of MNIST.
        labels: ``K`` names of the classes.
        ids: ``K`` other names, or none.
        others: Name of a subfolder of pictures of no class, -1, if there may be one.

    Raises:
        DataError: There are no such pictures, or a class is none.
    """
    if has_idx(folder):
        return _numbered(folder, "test", len(labels))
    files, classes = zip(*find_labelled(folder, labels, ids, others), strict=True)
    return LabelledPictures(files, np.array(classes))


def has_idx(folder: Path) -> bool:
    """Say whether any of the four files of MNIST is in a folder; false, if there is none."""
    if not folder.is_dir():
        return False
    names = {file.name.replace(".idx", "-idx").removesuffix(".gz") for file in folder.iterdir()}
    return any(name in names for split in FILES.values() for name in split)


def _numbered(folder: Path, split: str, classes: int) -> LabelledPictures:
    images, labels = load_mnist(folder, "train" if split == "train" else "test")
    if labels.max() >= classes:
        raise DataError(
            f"{folder}: expected labels 0..{classes - 1}, the classes of the network, got "
            f"{labels.max()}; are these pictures for another network?"
        )
    return LabelledPictures(images, labels.astype(np.int64))


def _fitted(picture: Bytes, shape: Shape) -> Bytes:
    """Fit a grey picture to a shape ``(C, H, W)``."""
    channels, height, width = shape
    whole = ImageOps.fit(Image.fromarray(picture), (width, height))
    pixels: Bytes = np.asarray(whole)
    return np.broadcast_to(pixels, (channels, height, width))
