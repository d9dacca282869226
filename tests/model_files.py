"""Small models in every form that neatfool reads, and broken ones."""

import io
import os
import warnings
import zipfile
from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

SIDE, CLASSES = 8, 5
FACTORY = """
import torch
from torch import nn

def build():
    torch.manual_seed(0)
    layers = nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 5)
    return nn.Sequential(*layers).eval()
"""


def tiny() -> nn.Module:
    """Make the network of ``FACTORY``, with weights of its own."""
    network = nn.Sequential(
        nn.Conv2d(3, 4, 3),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4, CLASSES),
    )
    generator = torch.Generator().manual_seed(0)
    for parameter in network.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator)
    return network.eval()


def write_factory(path: Path, source: str = FACTORY) -> Path:
    path.write_text(source)
    return path


def write_torchscript(
    path: Path,
    network: nn.Module | None = None,
    how: str = "script",
    dtype: torch.dtype = torch.float32,
    extra: dict[str, str] | None = None,
) -> Path:
    """Write a script, a ``trace`` of one image, or a ``frozen`` script; beside it extra files."""
    network = network or tiny()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated, and still what people have
        if how == "trace":
            script = torch.jit.trace(network, torch.zeros(1, 3, SIDE, SIDE, dtype=dtype))
        else:
            script = torch.jit.script(network)
        script = torch.jit.freeze(script) if how == "frozen" else script
        torch.jit.save(script, str(path), _extra_files=extra)
    return path


def write_exported(
    path: Path,
    batch: int | None = None,
    network: nn.Module | None = None,
    dtype: torch.dtype = torch.float32,
    extra: dict[str, str] | None = None,
) -> Path:
    shapes = None if batch else ({0: torch.export.Dim("batch")},)
    images = torch.zeros(batch or 2, 3, SIDE, SIDE, dtype=dtype)
    program = torch.export.export(network or tiny(), (images,), dynamic_shapes=shapes)
    torch.export.save(program, path, extra_files=extra)
    return path


def write_onnx(
    path: Path,
    shape: tuple[Any, ...] = ("batch", 3, SIDE, SIDE),
    bias: float = 0.0,
    inputs: int = 1,
    last: str = "Identity",
) -> Path:
    """Write the mean of each channel times a matrix, then one more operation."""
    weight = torch.randn(shape[1], CLASSES, generator=torch.Generator().manual_seed(0)).numpy()
    nodes = [
        helper.make_node("GlobalAveragePool", ["x0"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weight"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["sum"]),
        helper.make_node(last, ["sum"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(f"x{i}", TensorProto.FLOAT, shape) for i in range(inputs)],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, None)],
        [
            numpy_helper.from_array(weight, "weight"),
            numpy_helper.from_array(torch.full((CLASSES,), bias).numpy(), "bias"),
        ],
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)
    return path


class Malware:
    """Make a folder as soon as it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self._marker = str(marker)

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self._marker,)


def write_malware(path: Path) -> Path:
    """Write a pickle that makes a folder named ``ran`` beside it when it is loaded."""
    torch.save({"0.weight": Malware(path.with_name("ran"))}, path)
    return path


def write_exported_malware(path: Path) -> Path:
    """Write an exported program whose example inputs are such a pickle."""
    whole = write_exported(path.with_name("whole.pt2"))
    pickled = io.BytesIO()
    torch.save({"0.weight": Malware(path.with_name("ran"))}, pickled)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, pickled.getvalue() if "sample_inputs" in name else content)
    return path
