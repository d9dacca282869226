"""Files in the IDX format of MNIST, gzipped or not."""

import gzip
import io
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from neatfool.bounded import read_bytes
from neatfool.errors import DataError
from neatfool.types import Bytes

_GZIP = b"\x1f\x8b"
_MOST = 1 << 31  # bytes, unpacked
_UNSIGNED_BYTE = 8
_TYPES = {8: "uint8", 9: "int8", 11: "int16", 12: "int32", 13: "float32", 14: "float64"}


def read_idx(path: Path) -> Bytes:
    """Read an array of unsigned bytes.

    Whether the file is gzipped is told from its content, not from its name.

    Args:
        path: The file.

    Returns:
        uint8, with the axes the file names; writable and not shared with anyone.

    Raises:
        DataError: The file is missing, unreadable, truncated, too long or no IDX file of bytes.
    """
    content = unpacked(path)
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in _TYPES:
        raise DataError(
            f"{path}: expected an IDX file, gzipped or not, which begins with 00 00 08; "
            f"got {content[:4].hex(' ') or 'nothing'}; fetch it again"
        )
    if content[2] != _UNSIGNED_BYTE:
        raise DataError(
            f"{path}: expected IDX of type uint8, got {_TYPES[content[2]]}; "
            "convert the values to bytes"
        )
    start = 4 + 4 * content[3]
    shape = struct.unpack(f">{content[3]}I", content[4:start].ljust(start - 4, b"\0"))
    if len(content) != start + math.prod(shape):
        raise DataError(
            f"{path}: expected {start + math.prod(shape)} bytes for shape {shape}, "
            f"got {len(content)}; the file is damaged, fetch it again"
        )
    return np.array(np.ndarray(shape, np.uint8, content, start))


def unpacked(path: Path) -> bytes:
    """Read a whole file, and gunzip it if it is gzipped.

    Args:
        path: The file.

    Returns:
        Its content.

    Raises:
        DataError: The file is missing, unreadable, its gzip stream is damaged, or it is
            larger than any data set of small images.
    """
    try:
        content = read_bytes(path, _MOST)
    except OSError as error:
        raise DataError(
            f"{path}: expected a readable file, got {str(error.strerror).lower()}; check the path"
        ) from error
    if not content.startswith(_GZIP):
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            content = file.read(_MOST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"{path}: expected a whole gzip file, got a damaged one ({error}); fetch it again"
        ) from error
    if len(content) > _MOST:
        raise DataError(f"{path}: expected at most {_MOST:,} bytes when unpacked, got more")
    return content
