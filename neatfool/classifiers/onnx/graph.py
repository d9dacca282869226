"""What an ONNX file says before it is run: its weights, the files they lie in, how it is built."""

import hashlib
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neatfool.bounded import opened
from neatfool.classifiers.loaded import blaming, read_file
from neatfool.errors import ClassifierError

if TYPE_CHECKING:
    import onnx

_FLOATING = {"FLOAT", "FLOAT16", "DOUBLE", "BFLOAT16"}
_QUANTISED = {
    *("UINT8", "INT8", "FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2", "FLOAT8E5M2FNUZ"),
    *("UINT4", "INT4", "FLOAT4E2M1"),
}
_BLOCK = 1 << 20


@dataclass(frozen=True)
class OnnxGraph:
    """What was read of an ONNX file."""

    sha256: str
    """Hex digest of the file and of all files in which its weights lie."""
    parameters: int | None
    """Numbers in its floating-point initialisers; none: nobody knows."""
    mixes: bool
    """Numbers are rounded by the range of a whole batch: rows depend on each other."""
    scales: dict[str, tuple[float, float]]
    """Scale and zero point of the outputs that the graph itself rounds to whole numbers."""
    sources: dict[str, set[str]]
    """Name of an output → names of those that it is computed from."""
    files: dict[str, str] = field(default_factory=dict)
    """By name, hex digests of the file and of those of its weights; empty: there are none such."""


def read_graph(path: Path) -> OnnxGraph:
    """Read an ONNX file, without running it.

    Raises:
        ClassifierError: It cannot be read, or is no ONNX file, or weights that lie in other files
            are not there, or outside the folder of the file.
    """
    import onnx

    content = read_file(path)
    with blaming(str(path), "a whole ONNX file", "export or fetch it again"):
        model = onnx.ModelProto.FromString(content)
        if not model.HasField("graph"):
            raise ValueError("no graph is in it")
    sha256 = hashlib.sha256(content)
    files = {path.name: sha256.hexdigest()}
    for file in _data_files(path, model):
        part = _file_digest(file)
        sha256.update(part)
        files[os.path.relpath(file, path.parent.resolve())] = part.hex()
    return OnnxGraph(
        sha256=sha256.hexdigest(),
        files=files if len(files) > 1 else {},
        parameters=count_values(model.graph),
        mixes=any(
            node.op_type.startswith("DynamicQuantize") for node in _inner(model, onnx.NodeProto)
        ),
        scales=_scales(model.graph),
        sources=_sources(model.graph),
    )


def count_values(graph: "onnx.GraphProto") -> int | None:
    """Count the parameters in a graph: the numbers of its floating-point initialisers.

    Single numbers do not count: they are bounds and the like. Statistics of normalisations do,
    where they were not folded into the weights.

    Args:
        graph: ``onnx.GraphProto``; weights that lie in other files are counted by their shapes.

    Returns:
        How many; none: nobody knows, as it has no such initialisers, or has weights of 8 or fewer
        bits, of which only the scales would count.
    """
    from onnx import TensorProto

    names = {number: name for name, number in TensorProto.DataType.items()}
    tensors = [(names.get(each.data_type), each.dims) for each in graph.initializer]
    if any(kind in _QUANTISED and len(dims) > 1 for kind, dims in tensors):
        return None
    sizes = (math.prod(dims) for kind, dims in tensors if kind in _FLOATING)
    return sum(size for size in sizes if size > 1) or None


def _inner(message: Any, kind: type[Any]) -> Iterator[Any]:
    """Give all messages of a kind in another, those of attributes and inner graphs as well."""
    for part, value in message.ListFields():
        if part.message_type is None:
            continue
        for each in [value] if hasattr(value, "ListFields") else value:
            if isinstance(each, kind):
                yield each
            yield from _inner(each, kind)


def _data_files(path: Path, model: "onnx.ModelProto") -> list[Path]:
    """Find the files that hold weights, in the order of their names.

    Raises:
        ClassifierError: One is not there, or is too short, or is not a plain file in the folder.
    """
    from onnx import TensorProto

    needed: dict[str, int] = {}
    for tensor in _inner(model, TensorProto):
        if tensor.data_location != tensor.EXTERNAL:
            continue
        said = {entry.key: entry.value for entry in tensor.external_data}
        location = said.get("location", "")
        numbers = (said.get(key, "0") for key in ("offset", "length"))
        end = sum(int(each) for each in numbers if each.isascii() and each.isdigit())
        needed[location] = max(needed.get(location, 0), end)
    return [_data_file(path, *each) for each in sorted(needed.items())]


def _data_file(path: Path, location: str, size: int) -> Path:
    """Find one of them, which has at least so many bytes."""
    folder = path.parent.resolve()
    file = Path(os.path.normpath(folder / location))
    shown = repr(location[:100])
    if "\0" in location or not file.is_relative_to(folder) or os.path.isabs(location):
        raise ClassifierError(
            f"{path}: expected weights in files of its own folder, got {shown}; such a file is not "
            "read: export the network again"
        )
    if not os.path.lexists(file):
        raise ClassifierError(
            f"{path}: expected its weights in {shown} beside it, got no such file; fetch that file "
            "as well, and keep its name"
        )
    if file.resolve() != file or not file.is_file():
        raise ClassifierError(
            f"{path}: expected its weights in the plain file {shown}, got a link or a folder; copy "
            "the file itself to this place"
        )
    if (there := file.stat().st_size) < size:
        raise ClassifierError(
            f"{path}: expected {size} bytes of weights in {shown}, got {there}; fetch it again"
        )
    return file


def _file_digest(path: Path) -> bytes:
    """Compute the SHA-256 of a file of any size."""
    sha256 = hashlib.sha256()
    with opened(path) as file:
        while block := file.read(_BLOCK):
            sha256.update(block)
    return sha256.digest()


def _scales(graph: "onnx.GraphProto") -> dict[str, tuple[float, float]]:
    """Read how outputs that the graph rounds to whole numbers are brought back."""
    from onnx import numpy_helper

    tensors = {each.name: each for each in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            tensors[node.output[0]] = node.attribute[0].t
    outputs = {each.name for each in graph.output}
    scales = {}
    for node in graph.node:
        if node.op_type != "QuantizeLinear" or node.output[0] not in outputs:
            continue
        found = [tensors[name] for name in node.input[1:] if name in tensors]
        single = all(math.prod(each.dims) == 1 and not each.data_location for each in found)
        if single and len(found) == len(node.input) - 1:
            values = [float(numpy_helper.to_array(each).item()) for each in found]
            scales[node.output[0]] = (values[0], sum(values[1:]))
    return scales


def _sources(graph: "onnx.GraphProto") -> dict[str, set[str]]:
    """Find which outputs other outputs are computed from."""
    makers = {name: node for node in graph.node for name in node.output}
    names = [each.name for each in graph.output]
    sources = {}
    for name in names:
        seen: set[str] = set()
        ahead = [name]
        while ahead:
            node = makers.get(ahead.pop())
            new = set(node.input) - seen if node else set()
            seen |= new
            ahead += new
        sources[name] = seen.intersection(names)
    return sources
