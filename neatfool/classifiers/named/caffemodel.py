"""Weights in Caffe's own format, read without Caffe (Jia et al. 2014).

A ``.caffemodel`` is a protobuf message; the numbers below are those of ``caffe.proto``.
"""

import itertools
import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import nn

from neatfool.classifiers.named.alexnet import AlexNet
from neatfool.classifiers.named.caffenet import CaffeNet
from neatfool.classifiers.named.lenet import LeNetCaffe
from neatfool.classifiers.named.protobuf import fields, numbers, part
from neatfool.errors import ClassifierError
from neatfool.types import Floats

_EIGHT = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8")
LAYERS: dict[type[nn.Module], tuple[str, ...]] = {
    CaffeNet: _EIGHT,
    AlexNet: _EIGHT,
    LeNetCaffe: ("conv1", "conv2", "ip1", "ip2"),
}
"""What Caffe calls the layers with weights, in the order of the module."""

_FORMATS = {2: (4, 6), 100: (1, 7)}
"""Field of the layers → fields of their name and blobs: V1 (2014), and the format since."""
_SIZES, _FLOATS, _SHAPE, _DOUBLES = (1, 2, 3, 4), 5, 7, 8
_MOST_AXES = 32


def read_caffemodel(content: bytes, source: str = "caffemodel") -> dict[str, list[Floats]]:
    """Read the layers that have weights.

    Args:
        content: A binary ``.caffemodel`` file of 2014 or since, its numbers single or double.
        source: What messages call the file.

    Returns:
        Name of the layer → its blobs, float32, writable; mostly a weight and a bias. Shapes are as
        in the file: before 2015 all have four axes, a bias for example ``(1, 1, 1, 96)``.

    Raises:
        ClassifierError: The file is empty, truncated or no ``.caffemodel``, or has no weights.
    """
    layers: dict[str, list[Floats]] = {}
    try:
        for field, value in fields(memoryview(content)):
            if field in _FORMATS:
                name, blobs = _layer(part(value), _FORMATS[field])
                if blobs and name in layers:
                    raise ValueError(f"two layers {name!r}")
                if blobs:
                    layers[name] = blobs
        if not layers:
            raise ValueError(f"no weights in {len(content)} bytes")
    except ValueError as error:
        raise ClassifierError(
            f"{source}: expected a whole binary .caffemodel file, got {error}; fetch it again"
        ) from error
    return layers


def state_dict_for(
    module: nn.Module, layers: dict[str, list[Floats]], source: str = "caffemodel"
) -> dict[str, torch.Tensor]:
    """Turn layers of Caffe into the state dict of one of our modules.

    The AlexNet that comes with Caffe does not fit ``AlexNet``, which is not split into groups. It
    fits ``CaffeNet`` but is another network (it pools after the normalisation), which cannot be
    told from its weights.

    Args:
        module: One of the classes of ``LAYERS``, with as many classes as the weights.
        layers: As ``read_caffemodel`` gives them.
        source: What messages call the file.

    Returns:
        float32 tensors for ``module.load_state_dict``; they share memory with ``layers``.

    Raises:
        ClassifierError: Caffe has no such network, or names, shapes or values of layers do not fit.
    """
    names = LAYERS.get(type(module))
    if names is None:
        raise ClassifierError(
            f"{source}: expected one of {', '.join(each.__name__ for each in LAYERS)} for weights "
            f"of Caffe, got {type(module).__name__}; give weights as safetensors"
        )
    if layers.keys() != set(names):
        raise ClassifierError(
            f"{source}: expected layers {', '.join(names)}, got {', '.join(layers)}; "
            "are these weights of another model?"
        )
    state, tensors = module.state_dict(), {}
    keys = iter(state)
    for name, *pair in zip(names, keys, keys, strict=False):
        came = [_plain(blob.shape) for blob in layers[name]]
        wanted = [_plain(tuple(state[key].shape)) for key in pair]
        if came != wanted:
            raise ClassifierError(
                f"{source}: expected shapes {wanted} in layer {name}, got {came}; "
                "are these weights of another model, or of another number of classes?"
            )
        for key, blob in zip(pair, layers[name], strict=True):
            if not np.isfinite(blob).all():
                raise ClassifierError(
                    f"{source}: expected finite weights, got NaN or infinity in layer {name}; "
                    "train again or take another file"
                )
            tensors[key] = torch.from_numpy(blob).reshape(state[key].shape)
    return tensors


def _layer(message: memoryview, format_: tuple[int, int]) -> tuple[str, list[Floats]]:
    name, blobs = "", []
    for field, value in fields(message):
        if field == format_[0]:
            name = str(part(value), "utf-8")
        elif field == format_[1]:
            blobs.append(_blob(part(value)))
    return name, blobs


def _blob(message: memoryview) -> Floats:
    sizes, shape = [0, 0, 0, 0], None
    floats, doubles = bytearray(), bytearray()
    for field, value in fields(message):
        if field in _SIZES and isinstance(value, int):
            sizes[field - 1] = value
        elif field == _SHAPE:
            shape = list(itertools.islice(_axes(part(value)), _MOST_AXES + 1))
        elif field == _FLOATS:
            floats += part(value)
        elif field == _DOUBLES:
            doubles += part(value)
    axes = sizes if shape is None else shape
    count = len(doubles) // 8 or len(floats) // 4
    if not count or len(axes) > _MOST_AXES or math.prod(axes) != count:
        raise ValueError(f"a blob of {count} values for shape {axes}")
    if doubles:
        with np.errstate(over="ignore", invalid="ignore"):
            return np.frombuffer(doubles, "<f8").astype(np.float32).reshape(axes)
    return np.frombuffer(floats, "<f4").astype(np.float32, copy=False).reshape(axes)


def _axes(shape: memoryview) -> Iterator[int]:
    """Read the lengths of axes."""
    for _, value in fields(shape):
        yield from numbers(value)


def _plain(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Drop the axes of length one in front, which the older formats add."""
    first = next((axis for axis, size in enumerate(shape) if size != 1), len(shape))
    return shape[first:]
