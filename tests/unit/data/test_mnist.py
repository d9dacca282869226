from pathlib import Path

import numpy as np
import pytest

from neatfool.data import load_mnist
from neatfool.data.mnist import SHA256, Split, mnist_checksums
from neatfool.errors import DataError
from tests.idx_files import write_idx, write_mnist

IMAGES = np.zeros((3, 28, 28), np.uint8)
LABELS = np.array([1, 9, 0], np.uint8)


@pytest.mark.parametrize("split", ["train", "test"])
def test_loads_images_and_labels(tmp_path: Path, split: Split) -> None:
    images, labels = load_mnist(write_mnist(tmp_path, count=7), split)

    assert (images.shape, images.dtype) == ((7, 28, 28), np.uint8)
    assert (labels.shape, labels.dtype) == ((7,), np.uint8)


def test_the_splits_are_different(tmp_path: Path) -> None:
    write_mnist(tmp_path)

    assert not np.array_equal(load_mnist(tmp_path, "train")[0], load_mnist(tmp_path, "test")[0])


@pytest.mark.parametrize("name", ["train-images{}idx3-ubyte", "train-images{}idx3-ubyte.gz"])
@pytest.mark.parametrize("separator", ["-", "."])
def test_usual_names(tmp_path: Path, name: str, separator: str) -> None:
    write_idx(tmp_path / name.format(separator), IMAGES)
    write_idx(tmp_path / "train-labels-idx1-ubyte", LABELS)

    np.testing.assert_array_equal(load_mnist(tmp_path, "train")[1], LABELS)


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.zeros((3, 32, 32), np.uint8), LABELS, r"expected images \(N, 28, 28\), got \(3, 32"),
        (LABELS, LABELS, r"expected images \(N, 28, 28\), got \(3,\)"),
        (IMAGES[:0], LABELS[:0], r"got \(0, 28, 28\)"),
        (IMAGES, LABELS[:2], r"expected 3 labels, one per image, got \(2,\)"),
        (IMAGES, IMAGES, r"expected 3 labels, one per image, got \(3, 28, 28\)"),
        (IMAGES, LABELS + np.uint8(1), r"expected labels 0\.\.9, got 10"),
    ],
)
def test_what_does_not_fit_is_named(
    tmp_path: Path, images: np.ndarray, labels: np.ndarray, message: str
) -> None:
    write_idx(tmp_path / "t10k-images-idx3-ubyte.gz", images)
    write_idx(tmp_path / "t10k-labels-idx1-ubyte.gz", labels)

    with pytest.raises(DataError, match=message):
        load_mnist(tmp_path, "test")


@pytest.mark.parametrize("name", SHA256)
def test_a_missing_file_says_what_to_do(tmp_path: Path, name: str) -> None:
    write_mnist(tmp_path)
    for file in tmp_path.glob(f"{name}*"):
        file.unlink()

    with pytest.raises(DataError) as caught:
        load_mnist(tmp_path, "train" if name.startswith("train") else "test")

    message = str(caught.value)
    assert f"expected {name} or {name}.gz" in message
    assert f"`neatfool data mnist --to {tmp_path}`" in message
    assert all(f"{wanted}.gz" in message for wanted in SHA256)


def test_checksums_do_not_depend_on_compression(tmp_path: Path) -> None:
    packed = write_mnist(tmp_path / "packed")
    plain = write_mnist(tmp_path / "plain")
    for split in ("train", "t10k"):
        (plain / f"{split}-images-idx3-ubyte.gz").unlink()
    for split, theirs in (("train", "train"), ("test", "t10k")):
        write_idx(plain / f"{theirs}-images-idx3-ubyte", load_mnist(packed, split)[0])  # type: ignore[arg-type]

    checksums = mnist_checksums(packed)

    assert checksums == mnist_checksums(plain)
    assert set(checksums) == set(SHA256)
    assert len(set(checksums.values())) == 4
