import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from neatfool.data import idx, read_idx
from neatfool.data.idx import unpacked
from neatfool.errors import DataError
from tests.idx_files import idx_bytes, write_idx

Pack = Callable[[bytes], bytes]
VALUES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


@pytest.mark.parametrize("name", ["values", "values.gz"])
def test_reads_what_was_written(tmp_path: Path, name: str) -> None:
    read = read_idx(write_idx(tmp_path / name, VALUES))

    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, VALUES)


def test_what_was_read_can_be_written_to(tmp_path: Path) -> None:
    read = read_idx(write_idx(tmp_path / "values", VALUES))

    read[0, 0, 0] = 200

    assert read[0, 0, 0] == 200


def test_compression_is_told_from_the_content(tmp_path: Path) -> None:
    path = tmp_path / "plain.gz"
    path.write_bytes(idx_bytes(VALUES))

    np.testing.assert_array_equal(read_idx(path), VALUES)


@pytest.mark.parametrize("shape", [(5,), (0, 28, 28), (1, 1, 1, 1)])
def test_every_number_of_axes(tmp_path: Path, shape: tuple[int, ...]) -> None:
    assert read_idx(write_idx(tmp_path / "v", np.ones(shape, np.uint8))).shape == shape


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "got nothing"),
        (b"<html>not found</html>", "got 3c 68 74 6d"),
        (b"\0\0\x08", "expected an IDX file"),
        (b"\0\0\x07\x01\0\0\0\0", "expected an IDX file"),
        (idx_bytes(VALUES.astype(np.float32)), "expected IDX of type uint8, got float32"),
        (idx_bytes(VALUES)[:-1], "expected 40 bytes for shape .2, 3, 4., got 39"),
        (idx_bytes(VALUES) + b"x", "expected 40 bytes for shape .2, 3, 4., got 41"),
        (idx_bytes(VALUES)[:10], "got 10"),
        (b"\0\0\x08\x04" + b"\xff" * 16, "the file is damaged"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_wrong_content_is_named(tmp_path: Path, content: bytes, message: str, pack: Pack) -> None:
    path = tmp_path / "wrong"
    path.write_bytes(pack(content))

    with pytest.raises(DataError, match=message):
        read_idx(path)


def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _flip(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]


def _headless(content: bytes) -> bytes:
    return content[:5]


def _wrong_sum(content: bytes) -> bytes:
    return content[:-8] + b"\0\0\0\0" + content[-4:]


@pytest.mark.parametrize("damage", [_cut, _flip, _headless, _wrong_sum])
def test_a_damaged_gzip_is_named(tmp_path: Path, damage: Pack) -> None:
    noise = np.random.default_rng(0).integers(0, 256, 2000, dtype=np.uint8)
    path = write_idx(tmp_path / "values.gz", noise)
    path.write_bytes(damage(path.read_bytes()))

    with pytest.raises(DataError, match=r"values\.gz: expected a whole gzip file"):
        unpacked(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="none: expected a readable file, got no such file"):
        read_idx(tmp_path / "none")


def test_what_is_huge_when_unpacked_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idx, "_MOST", 1 << 16)
    (tmp_path / "bomb").write_bytes(gzip.compress(bytes(1 << 24)))
    with pytest.raises(DataError, match="at most 65,536 bytes when unpacked, got more"):
        read_idx(tmp_path / "bomb")
    (tmp_path / "long").write_bytes(bytes(1 << 17))
    with pytest.raises(DataError, match="at most 65,536 bytes, got 131,072"):
        read_idx(tmp_path / "long")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected a readable file, got is a directory"):
        read_idx(tmp_path)
