"""Caffe's files for tests: a small writer of protobuf, and blobs and layers of every format."""

import struct
from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from neatfool.classifiers.named.caffemodel import LAYERS

Blob = Callable[[npt.NDArray[np.float32]], bytes]
Version = Literal["v1", "v2"]


def number(value: int) -> bytes:
    """Write a varint."""
    low = bytearray()
    while value > 127:
        low.append(value & 127 | 128)
        value >>= 7
    return bytes([*low, value])


def whole(field: int, value: int) -> bytes:
    return number(field << 3) + number(value)


def part(field: int, content: bytes) -> bytes:
    return number(field << 3 | 2) + number(len(content)) + content


def four_sizes(shape: tuple[int, ...]) -> bytes:
    sizes = (1,) * (4 - len(shape)) + shape
    return b"".join(whole(1 + axis, size) for axis, size in enumerate(sizes))


def packed_shape(shape: tuple[int, ...]) -> bytes:
    return part(7, part(1, b"".join(map(number, shape))))


def legacy(values: npt.NDArray[np.float32]) -> bytes:
    """A blob of 2014."""
    return four_sizes(values.shape) + part(5, values.astype("<f4").tobytes())


def shaped(values: npt.NDArray[np.float32]) -> bytes:
    """A blob of today; fields come in the order of their numbers."""
    return part(5, values.astype("<f4").tobytes()) + packed_shape(values.shape)


def unpacked(values: npt.NDArray[np.float32]) -> bytes:
    """A blob in which every number has its own field."""
    rows = np.empty(values.size, [("key", "u1"), ("value", "<f4")])
    rows["key"], rows["value"] = 5 << 3 | 5, values.ravel()
    return part(7, b"".join(whole(1, size) for size in values.shape)) + rows.tobytes()


def doubled(values: npt.NDArray[np.float32]) -> bytes:
    """A blob in double precision."""
    return packed_shape(values.shape) + part(8, values.astype("<f8").tobytes())


def halved(values: npt.NDArray[np.float32]) -> bytes:
    """A blob whose numbers come in two runs, and with a gradient, which nobody reads."""
    content = values.astype("<f4").tobytes()
    cut = values.size // 2 * 4
    runs = part(5, content[:cut]) + part(6, content) + part(5, content[cut:])
    return packed_shape(values.shape) + runs


def layer(name: str, blobs: list[bytes], version: Version) -> bytes:
    """A layer with its connections, as a field of the network."""
    title = name.encode()
    if version == "v2":
        head = part(1, title) + part(2, b"Some") + part(3, b"data") + part(4, b"top")
        return part(100, head + b"".join(part(7, blob) for blob in blobs) + whole(10, 1))
    head = part(2, b"data") + part(3, b"top") + part(4, title) + whole(5, 4)
    rates = b"".join(number(7 << 3 | 5) + struct.pack("<f", rate) for rate in (1, 2))
    return part(2, head + b"".join(part(6, blob) for blob in blobs) + rates)


def caffemodel(
    layers: dict[str, list[npt.NDArray[np.float32]]], version: Version, blob: Blob
) -> bytes:
    """A whole file, with layers that have no weights around those that do."""
    content = part(1, b"SomeNet") + layer("data", [], version) + layer("data", [], version)
    for name, arrays in layers.items():
        content += layer(name, list(map(blob, arrays)), version) + layer("relu", [], version)
    return content


def layers_of(module: nn.Module) -> dict[str, list[npt.NDArray[np.float32]]]:
    """The weights of a module under the names of Caffe."""
    arrays = iter(tensor.detach().numpy() for tensor in module.parameters())
    return {name: [next(arrays), next(arrays)] for name in LAYERS[type(module)]}


def seeded(build: Callable[[], nn.Module], seed: int = 0) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return build().eval()
