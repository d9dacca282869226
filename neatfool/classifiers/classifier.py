"""A network that turns images into confidences, with everything it needs to do so."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, final

import torch
from torch import nn
from torch.nn import functional

from neatfool.errors import ClassifierError, DeviceError, ShapeError
from neatfool.reporting import log
from neatfool.types import CPU, Images, Shape

Outputs: TypeAlias = Literal["logits", "probabilities", "log-probabilities"]
"""What a network gives."""
Precision: TypeAlias = Literal["fp32", "tf32", "fp16", "bf16"]
"""What a network computes in."""
_HALVES = {"fp16": torch.float16, "bf16": torch.bfloat16}
_ROWS = 16
"""Batches are filled up to a multiple of this many images: matrix products of a few odd rows take
another path on the processor, so an image's last bits would depend on how many came with it."""
_SUM_TOLERANCE = 0.01
"""How far from 1 probabilities may sum up to: half precision and a thousand classes come near."""


@final
class BlackBox(nn.Module):
    """Ask anything that scores images: a function, a remote service, a detector.

    It is asked about the images alone, without any to fill the batch up, and maybe from several
    threads at once; ``run.threads = 1`` prevents that.

    Args:
        ask: Takes images ``(P, C, H, W)`` float32 in [0, 1], or normalised ones if the classifier
            has ``mean`` and ``std``; gives scores ``(P, K)``, a tensor or an array of numpy.
    """

    def __init__(self, ask: Callable[[torch.Tensor], Any]) -> None:
        super().__init__()
        self._ask = ask

    def forward(self, images: Images) -> torch.Tensor:
        """Give the scores as a float32 tensor on the device of the images."""
        return torch.as_tensor(self._ask(images), dtype=torch.float32, device=images.device)


@final
@dataclass(frozen=True, eq=False)
class Classifier:
    """Turn images in [0, 1] into confidences; what an image gets does not depend on the others.

    Normalisation happens inside, so nobody else has to know ``mean`` and ``std``. The module is
    moved to ``device``, put in evaluation mode and its parameters are frozen.

    Args:
        name: What reports call it, for example ``"lenet5"``.
        module: Takes normalised images ``(P, C, H, W)`` float32, gives ``outputs`` ``(P, K)``
            float32. ``BlackBox`` makes one of any callable.
        shape: ``(C, H, W)`` of one image.
        labels: ``K`` names of the classes, in the order of the logits.
        mean: Subtracted from images in [0, 1]: one value per channel, or one for all. Grey images
            with three values become three channels.
        std: The images are divided by it after that: likewise.
        sha256: Hex digest of the file the weights came from; empty if they came from none.
        device: Where the module runs and the confidences are.
        crop: Side of the square in the centre of an image that the module sees; none: all of it.
        outputs: What the module gives.
        precision: What the module computes in. ``"fp32"`` is exact; ``"tf32"`` (GPUs only),
            ``"fp16"`` and ``"bf16"`` are faster where the hardware has them, and change
            confidences: docs/performance.md says how much.

    Raises:
        ShapeError: There are neither one nor ``C`` means, or standard deviations.
        DeviceError: The device does not know the precision.
    """

    name: str
    module: nn.Module
    shape: Shape
    labels: tuple[str, ...]
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    sha256: str = ""
    device: torch.device = CPU
    crop: int | None = None
    outputs: Outputs = "logits"
    precision: Precision = "fp32"

    def __post_init__(self) -> None:
        if self.precision == "tf32" and self.device.type != "cuda":
            raise DeviceError(
                f"expected a CUDA device for precision tf32, came {self.device}; "
                "choose precision fp32"
            )
        channels = self.shape[0]
        for name, values in (("mean", self.mean), ("std", self.std)):
            if len(values) not in (1, channels) and (channels, len(values)) != (1, 3):
                raise ShapeError(
                    f"classifier {self.name}: expected one {name}, or one for each of "
                    f"{channels} channels, came {len(values)}; give one per channel"
                )
        if any(map(_is_in_training, self.module.modules())):
            log.warning("%s was in training mode; it is put in evaluation mode", self.name)
        self.module.to(self.device).eval().requires_grad_(False)
        if self.layout == "channels last":
            self.module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @property
    def layout(self) -> str:
        """How weights lie in memory: as is fastest on the device, docs/performance.md.

        It is chosen by rule and not by a stopwatch, so that equal seeds give equal bits.
        """
        is_half = self.precision in _HALVES
        return "channels last" if self.device.type == "cpu" or is_half else "channels first"

    def __call__(self, images: Images) -> torch.Tensor:
        """Say how sure the network is of every class, for every image.

        Args:
            images: ``(P, C, H, W)`` float32 in [0, 1], on any device.

        Returns:
            ``(P, K)`` float32 on the classifier's device; every row sums to 1. No gradients.

        Raises:
            ShapeError: The images are not float32 of this classifier's shape.
            ClassifierError: The module did not give one number per label, or probabilities that
                are none.
        """
        with torch.inference_mode():
            return self.logits(images).softmax(dim=1)

    def logits(self, images: Images) -> torch.Tensor:
        """Give what the network says before softmax; differentiable in the images.

        Args:
            images: As for calling the classifier.

        Returns:
            ``(P, K)`` float32 on the classifier's device, unbounded.

        Raises:
            ShapeError: The images are not float32 of this classifier's shape.
            ClassifierError: The module did not give one number per label, or probabilities that
                are none.
        """
        if images.ndim != 4 or images.shape[1:] != self.shape or images.dtype != torch.float32:
            expected = ", ".join(map(str, self.shape))
            raise ShapeError(
                f"classifier {self.name}: expected images (P, {expected}) float32 in [0, 1], came "
                f"{tuple(images.shape)} {images.dtype}; draw them on the classifier's canvas"
            )
        if self.crop is not None:
            top, left = ((side - self.crop) // 2 for side in self.shape[1:])
            images = images[:, :, top : top + self.crop, left : left + self.crop]
        filled = images.to(self.device, non_blocking=True)
        missing = -len(images) % _ROWS
        if missing and not isinstance(self.module, BlackBox):
            filled = functional.pad(filled, (0, 0, 0, 0, 0, 0, 0, missing))
        with _arithmetic(self.device, self.precision):
            shown = normalise(filled, self.mean, self.std)
            scores: torch.Tensor = self.module(shown).float()
        if scores.shape != (len(filled), len(self.labels)):
            raise ClassifierError(
                f"classifier {self.name}: expected {self.outputs} (P, {len(self.labels)}), one per "
                f"label, came {tuple(scores.shape)} for P = {len(filled)}; "
                "check the module and its labels"
            )
        try:
            return log_scores(scores[: len(images)], self.outputs)
        except ClassifierError as error:
            raise ClassifierError(f"classifier {self.name}: {error}") from None


def log_scores(scores: torch.Tensor, outputs: Outputs) -> torch.Tensor:
    """Turn what a network gives into logits: numbers whose softmax is its confidences.

    Args:
        scores: ``(P, K)`` float32.
        outputs: What they are.

    Returns:
        ``(P, K)`` float32; where an image got what is no number, NaN comes of it, whatever the
        others got.

    Raises:
        ClassifierError: Probabilities are negative, or do not sum up to 1.
    """
    if outputs == "logits":
        return scores
    shares = scores if outputs == "probabilities" else scores.exp()
    finite = shares[shares.isfinite().all(1)]
    if not looks_like_shares(finite):
        low, high = (float(each) for each in finite.sum(1).aminmax())
        raise ClassifierError(
            f"expected {outputs} that sum up to 1, got sums from {low:.4g} to {high:.4g} and a "
            f"lowest value of {float(finite.min()):.4g}; set outputs to what the network gives"
        )
    return scores.clamp_min(torch.finfo(scores.dtype).tiny).log() if shares is scores else scores


def looks_like_shares(scores: torch.Tensor) -> bool:
    """Say whether no number is negative, and every row of ``(P, K)`` sums up to 1."""
    near = (scores.sum(1) - 1).abs() <= _SUM_TOLERANCE
    return bool(((scores >= 0).all(1) & near).all())


def normalise(images: Images, mean: tuple[float, ...], std: tuple[float, ...]) -> torch.Tensor:
    """Shift and scale images per channel: ``(images - mean) / std``.

    Args:
        images: ``(P, C, H, W)`` float32 in [0, 1].
        mean: One value, or one per channel.
        std: Likewise, positive.

    Returns:
        ``(P, C, H, W)`` float32, new, on the device of ``images``.
    """
    shift = torch.tensor(mean, device=images.device).view(-1, 1, 1)
    scale = torch.tensor(std, device=images.device).view(-1, 1, 1)
    return (images - shift).div_(scale)


def _is_in_training(layer: nn.Module) -> bool:
    """Say whether a layer is in training mode and does something else there."""
    name = getattr(layer, "original_name", type(layer).__name__)
    return layer.training and re.search("Drop|BatchNorm|InstanceNorm", name) is not None


@contextmanager
def _arithmetic(device: torch.device, precision: Precision) -> Iterator[None]:
    """Compute in a precision; keep cuDNN from choosing by its mood what a convolution gives."""
    with ExitStack() as stack:
        if device.type == "cuda":
            exact = {"enabled": True, "benchmark": False, "deterministic": True}
            tf32 = precision == "tf32"
            stack.enter_context(torch.backends.cudnn.flags(**exact, allow_tf32=tf32))
            products = torch.backends.cuda.matmul
            stack.callback(setattr, products, "allow_tf32", products.allow_tf32)
            products.allow_tf32 = tf32
        if precision in _HALVES:
            stack.enter_context(torch.autocast(device.type, _HALVES[precision]))
        yield
