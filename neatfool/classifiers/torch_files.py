"""Networks in files of PyTorch: factories in Python, TorchScript, exported programs, weights."""

import contextlib
import inspect
import io
import logging
import os
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, final

import safetensors.torch
import torch
import torch.export.passes
from torch import nn

from neatfool.bounded import opened
from neatfool.classifiers.classifier import BlackBox, type_of
from neatfool.classifiers.labels import labels_in, labels_in_text
from neatfool.classifiers.loaded import (
    Loaded,
    blaming,
    digest,
    file_digest,
    first_channels,
    in_batches,
    read_file,
)
from neatfool.classifiers.torchscript import check_torchscript
from neatfool.errors import ClassifierError
from neatfool.programs import importing_beside, run_program

_STATE_DICTS = (".pt", ".pth", ".bin", ".ckpt", ".tar")
_NESTED = ("state_dict", "model_state_dict", "model")
"""Keys under which training scripts keep the weights."""
_LARGEST = 1 << 20
"""Bytes of a file of labels."""


def load_factory(path: Path, name: str, weights: Path | None) -> Loaded:
    """Call a function of a Python file that gives a module, or any callable as a black box.

    The file is run: it is code, and can do what you can.

    Args:
        path: The file; modules beside it can be imported by it.
        name: Of the function; it is given the path if it has a parameter ``weights``.
        weights: The weights; none: the module comes with its own. A function that gives a module is
            called twice then, as random weights mean that they were forgotten, and no run could be
            resumed.

    Raises:
        ClassifierError: The file, the function, the module or the weights are not as expected.
    """
    source = f"{path}:{name}"
    advice = "mend the file"
    if not name:
        raise ClassifierError(
            f"{path}: expected the name of a function, got none; write it as {path.name}:factory"
        )
    runs = "a Python file that runs"
    with blaming(source, runs, advice), opened(path), importing_beside(path):
        factory = getattr(run_program(path), name, None)
        if not callable(factory):
            raise ClassifierError(
                f"{source}: expected a function {name} in the file, got "
                f"{type(factory).__name__ if factory else 'none'}; check the name after the colon"
            )
        takes_weights = "weights" in inspect.signature(factory).parameters
        made = factory(weights=weights) if takes_weights and weights else factory()
        again = factory() if isinstance(made, nn.Module) and not weights else None
    if weights and not takes_weights and isinstance(made, nn.Module):
        load_weights(made, read_tensors(read_file(weights), str(weights)), str(weights))
    if isinstance(made, nn.Module):
        sha256 = digest(made)
        if isinstance(again, nn.Module) and digest(again) != sha256:
            raise ClassifierError(
                f"{source}: expected a network with its trained weights, got random ones: they "
                "differ when it is called again; give --weights, or load them in the function (a "
                "random network on purpose: call torch.manual_seed there)"
            )
        return Loaded(made, sha256, first_channels(made.parameters()), labels=labels_in(made))
    if not callable(made):
        raise ClassifierError(
            f"{source}: expected a function that returns a torch.nn.Module, got "
            f"{type(made).__name__}; return the network"
        )
    return Loaded(BlackBox(made), labels=labels_in(made))


def load_torchscript(path: Path) -> Loaded:
    """Load a TorchScript file.

    Raises:
        ClassifierError: It is no such file.
    """
    sha256 = file_digest(path)
    advice = "export it again; for a state dict give net.py:factory as model and it as weights"
    with blaming(str(path), "a whole TorchScript file", advice), _quietly():
        check_torchscript(path)
        module = torch.jit.load(str(path), map_location="cpu")  # type: ignore[no-untyped-call]
    tensors = [*module.parameters(), *module.buffers()] or _constants(module)
    return Loaded(
        FileNet(module, type_of(tensors)),
        sha256,
        first_channels(module.parameters()),
        labels=labels_in(module) or _labels_beside(path),
    )


def load_exported(path: Path, device: torch.device) -> Loaded:
    """Load a program of ``torch.export``.

    Pickled objects and compiled code in the file are refused. The program itself is code: torch
    evaluates its formulas, so a file should be one that you trust.

    Raises:
        ClassifierError: It is no such file, or holds compiled or pickled code.
    """
    sha256 = file_digest(path)
    advice = "save it again by torch.export.save"
    with blaming(str(path), "a whole file of torch.export", advice), _quietly(), no_pickles():
        with zipfile.ZipFile(path) as archive:
            if any("aotinductor" in name for name in archive.namelist()):
                raise ClassifierError(
                    f"{path}: expected a program, got compiled code, which is not run; {advice}"
                )
        program = torch.export.load(path)
        if device.type != "cpu":
            program = torch.export.passes.move_to_device_pass(program, device)
        takes = program.graph_signature.user_inputs
        (images,) = (
            node.meta["val"]
            for node in program.graph.nodes
            if node.op == "placeholder" and node.name in takes
        )
        if not images.is_floating_point():
            raise ClassifierError(
                f"{path}: expected a program of images of floating-point numbers, got "
                f"{images.dtype}; export it for float32"
            )
        shape = (side if isinstance(side, int) else None for side in images.shape)
        batch, channels, height, width = shape
        module = program.module()
        module.train = lambda mode=True: module  # type: ignore[method-assign]  # it is as exported
    return Loaded(
        FileNet(module, images.dtype, batch),
        sha256,
        channels=channels,
        size=(height, width) if height and width else None,
        labels=_labels_beside(path),
    )


@final
class FileNet(nn.Module):
    """Run what a file holds on any images, in the type and in pieces of the size that it takes.

    Args:
        program: Takes images; gives anything.
        dtype: Of the images that it takes.
        batch: Images that it takes at once; none: any number.
    """

    def __init__(self, program: nn.Module, dtype: torch.dtype, batch: int | None = None) -> None:
        super().__init__()
        self.program = program
        self._dtype = dtype
        self._batch = batch

    def forward(self, images: torch.Tensor) -> object:
        """Give what the program gives."""
        return in_batches(self.program, images.to(self._dtype), self._batch)


def _constants(module: nn.Module) -> list[torch.Tensor]:
    """List the weights of a frozen script, which are constants in its code; the largest first."""
    graph: Any = module.inlined_graph
    nodes = graph.findAllNodes("prim::Constant", True)
    weights = [
        node.t("value")
        for node in nodes
        if node.hasAttribute("value") and node.kindOf("value") == "t"
    ]
    return sorted(weights, key=torch.Tensor.numel, reverse=True)


def _labels_beside(path: Path) -> tuple[str, ...] | None:
    """Read the names of classes from the extra files in an archive of torch; none: it has none."""
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if "/extra/" in entry.filename and entry.file_size <= _LARGEST:
                name = entry.filename.rpartition("/")[2]
                if labels := labels_in_text(name, archive.read(entry).decode("utf-8", "replace")):
                    return labels
    return None


def read_tensors(content: bytes, source: str) -> dict[str, torch.Tensor]:
    """Read weights by name from a safetensors file or a state dict; nothing in it is run.

    Args:
        content: Of the file.
        source: Its name, whose ending says which of the two it is.

    Raises:
        ClassifierError: The file is not whole, or holds more than tensors.
    """
    if not source.endswith(_STATE_DICTS):
        with blaming(source, "a whole safetensors file", "convert or fetch it again"):
            tensors: dict[str, torch.Tensor] = safetensors.torch.load(content)
            return tensors
    advice = "save module.state_dict() by torch.save or safetensors"
    with blaming(source, "a whole state dict", advice), _quietly():
        found = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    for key in _NESTED:
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
    if not isinstance(found, Mapping):
        raise ClassifierError(
            f"{source}: expected a state dict, got {type(found).__name__}; {advice}"
        )
    tensors = {str(k): v for k, v in found.items() if isinstance(v, torch.Tensor)}
    return {name.removeprefix("module."): tensor for name, tensor in tensors.items()}


def load_weights(module: nn.Module, tensors: Mapping[str, torch.Tensor], source: str) -> None:
    """Put weights into a module.

    Raises:
        ClassifierError: They are not those of the module, or are not finite.
    """
    wanted = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    came = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    for name in wanted | came:
        if wanted.get(name) != came.get(name):
            others = ", ".join([each for each in came if each not in wanted][:3])
            nothing = f"none of that name, but {others}" if others else "nothing"
            raise ClassifierError(
                f"{source}: expected {name} {wanted.get(name, 'not to be there')}, "
                f"got {came.get(name, nothing)}; are these weights of another model?"
            )
        if not tensors[name].isfinite().all():
            raise ClassifierError(
                f"{source}: expected finite weights, got NaN or infinity in {name}; "
                "train again or take another file"
            )
    module.load_state_dict(dict(tensors))


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Keep torch from telling users what was deprecated, or of a failure at length."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


@contextlib.contextmanager
def no_pickles() -> Iterator[None]:
    """Make every ``torch.load`` refuse objects that can run code, whatever its caller says."""
    name = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before
