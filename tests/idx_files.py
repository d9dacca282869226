"""IDX files for tests."""

import gzip
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt

CODES = {"uint8": 8, "int8": 9, "int32": 12, "float32": 13}


def idx_bytes(values: npt.NDArray[np.generic]) -> bytes:
    head = bytes([0, 0, CODES[values.dtype.name], values.ndim])
    sizes = struct.pack(f">{values.ndim}I", *values.shape)
    return head + sizes + values.astype(values.dtype.newbyteorder(">")).tobytes()


def write_idx(path: Path, values: npt.NDArray[np.generic]) -> Path:
    content = idx_bytes(values)
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
    return path


def write_mnist(folder: Path, count: int = 40, seed: int = 0) -> Path:
    """Write the four files, ``count`` images in each split."""
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    for split in ("train", "t10k"):
        images = random.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = random.integers(0, 10, count, dtype=np.uint8)
        write_idx(folder / f"{split}-images-idx3-ubyte.gz", images)
        write_idx(folder / f"{split}-labels-idx1-ubyte", labels)
    return folder
