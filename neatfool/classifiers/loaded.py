"""What loading a model gives, whatever it came from."""

import contextlib
import hashlib
import pickle
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from neatfool.bounded import read_bytes
from neatfool.classifiers.outputs import tensors_in
from neatfool.errors import ClassifierError, NeatfoolError
from neatfool.sections.classifier import Outputs
from neatfool.types import Images
from neatfool.version import installing

_CHANNELS = (1, 3)
_LONGEST = 300
"""Characters of another library's message that are shown."""


@dataclass(frozen=True)
class Loaded:
    """A module and what could be read of it; none: it does not say."""

    module: nn.Module
    sha256: str = ""
    """Hex digest of the weights; empty: there are none."""
    channels: int | str | None = None
    """Number of those of the images the module takes, or ``"bgr"`` if it takes blue first."""
    size: tuple[int, int] | None = None
    """Height and width of the images the module takes."""
    canvas: tuple[int, int] | None = None
    """Height and width of the images that should evolve; none: those the module takes."""
    crops: str | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    labels: tuple[str, ...] | None = None
    outputs: Outputs | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    """By name, hex digests of the files that it is made of; empty: ``sha256`` says it."""
    guesses: tuple[str, ...] = ()
    """What was guessed in loading, such as ``"output 1 (logits)"``; told with the other guesses."""


def digest(module: nn.Module) -> str:
    """Compute the SHA-256 of a module's weights by name: a hex digest; empty without weights."""
    tensors = {k: v for k, v in module.state_dict().items() if isinstance(v, torch.Tensor)}
    sha256 = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        sha256.update(name.encode())
        sha256.update(tensor.detach().cpu().reshape(-1).view(torch.uint8).numpy().tobytes())
    return sha256.hexdigest() if tensors else ""


def file_digest(*paths: Path) -> str:
    """Compute the SHA-256 of one or more files together; all but the first may be missing.

    Raises:
        ClassifierError: The first cannot be read.
    """
    there = [path for path in paths if path is paths[0] or path.exists()]
    return hashlib.sha256(b"".join(map(read_file, there))).hexdigest()


def read_file(path: Path) -> bytes:
    """Read a file whole.

    Raises:
        ClassifierError: It cannot be read.
    """
    with blaming(str(path), "a readable file", "check the path"):
        return read_bytes(path, None)


def first_channels(weights: Iterable[torch.Tensor]) -> int | None:
    """Read how many channels the first convolution takes; none: there is no convolution."""
    kernels = [each.shape for each in weights if each.ndim == 4]
    if len(kernels) > 1 and kernels[0][1:].numel() == 1 and kernels[1][1] in _CHANNELS:
        # A strength alone, or one for each map, as in weights that are normalised.
        kernels = kernels[kernels[0][0] in (1, kernels[1][0]) :]
    channels = kernels[0][1] if kernels else None
    return channels if channels in _CHANNELS else None


def in_batches(network: Callable[[Images], Any], images: Images, batch: int | None) -> Any:
    """Ask a network that takes so many images at once about any number.

    Args:
        network: Takes ``(batch, C, H, W)``.
        images: ``(P, C, H, W)``.
        batch: What the network takes; none: any number.

    Returns:
        What the network gives, ``P`` rows: a tensor, or tensors by name.
    """
    if batch is None:
        return network(images)
    fill = images.new_zeros(-len(images) % batch, *images.shape[1:])
    answers = [network(piece) for piece in torch.split(torch.cat([images, fill]), batch)]
    named = [tensors_in(answer) for answer in answers]
    joined = {
        name: _joined([each[name] for each in named], batch, len(images))
        for name, tensor in named[0].items()
        if tensor.ndim or len(named[0]) == 1
    }
    return joined["0"] if isinstance(answers[0], torch.Tensor) and joined else joined


def _joined(pieces: list[torch.Tensor], batch: int, count: int) -> torch.Tensor:
    """Join what a network gives for pieces of so many images; one may come without an axis.

    What has not a row for each image stays as it is, and is refused as such.
    """
    if batch == 1:
        pieces = [piece.reshape(1, -1) if piece.ndim < 2 else piece for piece in pieces]
    rows = torch.cat(pieces)
    return rows[:count] if len(rows) == batch * len(pieces) else rows


@contextlib.contextmanager
def blaming(source: str, expected: str, advice: str) -> Iterator[None]:
    """Turn whatever goes wrong in a file or a library into one clear message.

    Args:
        source: What is loaded.
        expected: What it should be.
        advice: What to do.

    Raises:
        ClassifierError: In place of any other exception than those of neatfool.
    """
    try:
        yield
    except NeatfoolError:
        raise
    except (Exception, SystemExit) as error:
        came = short(error)
        raise ClassifierError(f"{source}: expected {expected}, got {came}; {advice}") from error


def short(error: BaseException) -> str:
    """Say in one line what went wrong."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[0].lower() + error.strerror[1:]
    if isinstance(error, pickle.UnpicklingError):  # its own text advises to load them
        return "what is damaged, or holds other objects than tensors, which could run code"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    kind = type(error).__name__
    if not lines:
        return kind
    if any(line.startswith("Traceback of TorchScript") for line in lines):  # the reason comes last
        return textwrap.shorten(lines[-1], _LONGEST)
    return textwrap.shorten(f"{kind}: {lines[0]}", _LONGEST)


@contextlib.contextmanager
def needing(library: str, extra: str) -> Iterator[None]:
    """Say what to install where a library is not there, or not whole.

    Raises:
        ClassifierError: The import in the block failed.
    """
    try:
        yield
    except (ImportError, RuntimeError, OSError) as error:
        raise ClassifierError(
            f"expected the library {library}, got {short(error)}; install it by: "
            f"{installing(extra)}"
        ) from error
