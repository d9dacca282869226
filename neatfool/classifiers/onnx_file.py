"""Networks in ONNX files, run by ONNX Runtime on the CPU."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, final

import torch
from torch import nn

from neatfool.classifiers.loaded import (
    Loaded,
    blaming,
    file_digest,
    in_batches,
    needing,
    read_file,
)
from neatfool.classifiers.protobuf import fields, numbers, part
from neatfool.errors import ClassifierError
from neatfool.types import Images

_GRAPH, _INITIALISER = 7, 5
"""Fields of a model and of its graph."""
_DIMS, _TYPE = 1, 2
"""Fields of a tensor."""
_FLOATING = {1, 10, 11, 16}
"""Types float, float16, double and bfloat16."""
_QUANTISED = {2, 3, 17, 18, 19, 20, 21, 22}
"""Types of 8 and of 4 bits."""


def load_onnx(path: Path) -> Loaded:
    """Load a network from an ONNX file; what it takes is read from the file.

    Raises:
        ClassifierError: ONNX Runtime is not installed, or the file is no network of images.
    """
    with needing("onnxruntime", "onnx"):
        import onnxruntime
    options = onnxruntime.SessionOptions()
    # One thread for each call: the chunks of a generation are called side by side.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    sha256 = file_digest(path, path.with_name(f"{path.name}.data"))
    with blaming(str(path), "a whole ONNX file", "export or fetch it again"):
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    inputs = session.get_inputs()
    shape = inputs[0].shape if inputs else []
    if len(inputs) != 1 or len(shape) != 4 or inputs[0].type != "tensor(float)":
        came = ", ".join(f"{each.name} {each.shape} {each.type}" for each in inputs)
        raise ClassifierError(
            f"{path}: expected one input of images (P, C, H, W), tensor(float), came "
            f"{came or 'none'}; export the network with such an input"
        )
    batch, channels, height, width = (side if isinstance(side, int) else None for side in shape)
    return Loaded(
        OnnxNet(session, batch, count_values(read_file(path))),
        sha256,
        channels=channels,
        size=(height, width) if height and width else None,
    )


def count_values(content: bytes) -> int | None:
    """Count the parameters in an ONNX file: the numbers of its floating-point initialisers.

    Single numbers do not count: they are bounds and the like. Statistics of normalisations do,
    where they were not folded into the weights.

    Args:
        content: Of the file; weights that lie beside it are counted by their shapes.

    Returns:
        How many; none: nobody knows, as it has no such initialisers, or has weights of 8 or fewer
        bits, of which only the scales would count.
    """
    try:
        graphs = _inner(memoryview(content), _GRAPH)
        tensors = [_tensor(each) for graph in graphs for each in _inner(graph, _INITIALISER)]
    except ValueError:
        return None  # ONNX Runtime has a format of its own as well
    if any(kind in _QUANTISED and len(shape) > 1 for kind, shape in tensors):
        return None
    sizes = (math.prod(shape) for kind, shape in tensors if kind in _FLOATING)
    return sum(size for size in sizes if size > 1) or None


def _inner(message: memoryview, wanted: int) -> Iterator[memoryview]:
    """Give the messages in a field of a message."""
    return (part(value) for field, value in fields(message) if field == wanted)


def _tensor(message: memoryview) -> tuple[int, list[int]]:
    """Read type and shape of a tensor."""
    kind = 0
    shape: list[int] = []
    for field, value in fields(message):
        if field == _DIMS:
            shape += numbers(value)
        elif field == _TYPE and isinstance(value, int):
            kind = value
    return kind, shape


@final
class OnnxNet(nn.Module):
    """Run a session of ONNX Runtime as if it were a module; without gradients.

    Args:
        session: Has one input; its first output counts.
        batch: Images that the network takes at once; none: any number.
        parameters: How many the network has; none: nobody knows.
    """

    def __init__(self, session: Any, batch: int | None, parameters: int | None = None) -> None:
        super().__init__()
        self.parameter_count = parameters
        self._session = session
        self._batch = batch
        self._input = session.get_inputs()[0].name
        self._output = session.get_outputs()[0].name

    def forward(self, images: Images) -> torch.Tensor:
        """Give the first output for images of any number."""
        return in_batches(self._run, images, self._batch)

    def _run(self, images: Images) -> torch.Tensor:
        array = images.contiguous().numpy(force=True)
        (scores,) = self._session.run([self._output], {self._input: array})
        return torch.as_tensor(scores, device=images.device)
