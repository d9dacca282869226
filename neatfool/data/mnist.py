"""The MNIST digits: 60,000 to train on, 10,000 to test on."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from neatfool.data.download import FetchError, fetch, is_right
from neatfool.data.idx import read_idx, unpacked
from neatfool.errors import DataError
from neatfool.reporting import Reporter
from neatfool.types import Bytes

Split = Literal["train", "test"]

FILES: dict[Split, tuple[str, str]] = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
"""Images and labels of each split."""

SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
"""Hex digests of the uncompressed files, so that it does not matter who compressed them."""

_FASHION = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
LABELS: dict[str, tuple[str, ...]] = {
    "MNIST": tuple("0123456789"),
    "Fashion-MNIST": (
        *("T-shirt", "trouser", "pullover", "dress", "coat"),
        *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
    ),
}
"""Names of the classes of known sets; Fashion-MNIST is by Xiao, Rasul and Vollgraf (2017)."""

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)


def load_mnist(folder: Path, split: Split) -> tuple[Bytes, Bytes]:
    """Read one split of MNIST, or of anything in the same four files.

    Args:
        folder: Holds the files under their usual names, gzipped or not.
        split: ``"train"`` or ``"test"``.

    Returns:
        Images ``(N, 28, 28)`` uint8, 0 is background, and labels ``(N,)`` uint8 in 0..9.

    Raises:
        DataError: Files are missing, damaged, or do not fit one another.
    """
    images_path, labels_path = (_find(folder, name) for name in FILES[split])
    images, labels = read_idx(images_path), read_idx(labels_path)
    if images.ndim != 3 or images.shape[1:] != (28, 28) or len(images) == 0:
        raise DataError(
            f"{images_path}: expected images (N, 28, 28), got {images.shape}; "
            "put the images of MNIST there"
        )
    if labels.shape != images.shape[:1]:
        raise DataError(
            f"{labels_path}: expected {len(images)} labels, one per image, got {labels.shape}; "
            "take images and labels from the same set"
        )
    if labels.max() > 9:
        raise DataError(
            f"{labels_path}: expected labels 0..9, got {labels.max()}; "
            "put the labels of MNIST there"
        )
    return images, labels


def download_mnist(to: Path, reporter: Reporter, mirrors: Sequence[str] | None = None) -> None:
    """Fetch the four files of MNIST that are not there yet.

    A file that no mirror has right does not keep the others from coming.

    Args:
        to: Folder to put them in; it is made.
        reporter: Hears of the bytes that came.
        mirrors: Addresses to which the name of a file is added, tried in turn; none: ``MIRRORS``.

    Raises:
        DataError: A file came right from no mirror, and the message says what to fetch by hand;
            or the folder cannot be written.
    """
    mirrors = MIRRORS if mirrors is None else mirrors
    failure = None
    for name in _missing(to):
        urls = [f"{mirror}{name}.gz" for mirror in mirrors]
        try:
            fetch(urls, to / f"{name}.gz", partial(_check, name=name), reporter)
        except FetchError as error:
            failure = error
            if not failure.answered:
                break  # this machine is offline
    if failure:
        wanted = ", ".join(f"{name}.gz" for name in _missing(to))
        raise DataError(
            f"expected MNIST, got no right file from any mirror ({failure}); "
            f"fetch {wanted} from {' or '.join(mirrors)} and put them in {to}"
        ) from failure


def mnist_checksums(folder: Path) -> dict[str, str]:
    """Compute the SHA-256 of the four files, uncompressed.

    Args:
        folder: Holds the files under their usual names, gzipped or not.

    Returns:
        Hex digests by the usual name; those of the real MNIST are ``SHA256``.

    Raises:
        DataError: Files are missing or damaged.
    """
    names = [name for split in FILES.values() for name in split]
    return {name: hashlib.sha256(unpacked(_find(folder, name))).hexdigest() for name in names}


def set_of(checksums: Mapping[str, str]) -> str | None:
    """Name the set, a key of ``LABELS``, that files of these checksums are; none: of an other."""
    for name, known in (("MNIST", SHA256), ("Fashion-MNIST", _FASHION)):
        if checksums == known:
            return name
    return None


def _find(folder: Path, name: str) -> Path:
    dotted = name.replace("-idx", ".idx")
    for candidate in (name, f"{name}.gz", dotted, f"{dotted}.gz"):
        if (folder / candidate).is_file():
            return folder / candidate
    missing = ", ".join(f"{name}.gz" for split in FILES.values() for name in split)
    raise DataError(
        f"{folder}: expected {name} or {name}.gz, got neither; run `neatfool data mnist --to "
        f"{folder}`, or fetch {missing} and put them there"
    )


def _missing(folder: Path) -> list[str]:
    """List the files that are not there, or not right."""
    return [
        name for name in SHA256 if not is_right(folder / f"{name}.gz", partial(_check, name=name))
    ]


def _check(path: Path, name: str) -> None:
    came = hashlib.sha256(unpacked(path)).hexdigest()
    if came != SHA256[name]:
        raise DataError(f"expected SHA-256 {SHA256[name][:12]}…, got {came[:12]}…; fetch it again")
