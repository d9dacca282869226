"""A network that turns images into confidences, with everything it needs to do so."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Literal, TypeAlias, final

import torch
from torch import nn
from torch.nn import functional

from neatfool.errors import ClassifierError, DeviceError, ShapeError
from neatfool.types import CPU, Images, Shape

Precision: TypeAlias = Literal["fp32", "tf32", "fp16", "bf16"]
_HALVES = {"fp16": torch.float16, "bf16": torch.bfloat16}
_ROWS = 16
"""Batches are filled up to a multiple of this many images: matrix products of a few odd rows take
another path on the processor, so an image's last bits would depend on how many came with it."""


@final
@dataclass(frozen=True, eq=False)
class Classifier:
    """Turn images in [0, 1] into confidences; what an image gets does not depend on the others.

    Normalisation happens inside, so nobody else has to know ``mean`` and ``std``. The module is
    moved to ``device``, put in evaluation mode and its parameters are frozen.

    Args:
        name: What reports call it, for example ``"lenet5"``.
        module: Takes normalised images ``(P, C, H, W)`` float32, gives logits ``(P, K)`` float32.
        shape: ``(C, H, W)`` of one image.
        labels: ``K`` names of the classes, in the order of the logits.
        mean: Subtracted from images in [0, 1]: one value per channel, or one for all.
        std: The images are divided by it after that: likewise.
        sha256: Hex digest of the file the weights came from; empty if they came from none.
        device: Where the module runs and the confidences are.
        crop: Side of the square in the centre of an image that the module sees; none: all of it.
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
    precision: Precision = "fp32"

    def __post_init__(self) -> None:
        if self.precision == "tf32" and self.device.type != "cuda":
            raise DeviceError(
                f"expected a CUDA device for precision tf32, came {self.device}; "
                "choose precision fp32"
            )
        channels = self.shape[0]
        for name, values in (("mean", self.mean), ("std", self.std)):
            if len(values) not in (1, channels):
                raise ShapeError(
                    f"classifier {self.name}: expected one {name}, or one for each of "
                    f"{channels} channels, came {len(values)}; give one per channel"
                )
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
            ClassifierError: The module did not give one logit per label.
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
            ClassifierError: The module did not give one logit per label.
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
        if missing := -len(images) % _ROWS:
            filled = functional.pad(filled, (0, 0, 0, 0, 0, 0, 0, missing))
        with _arithmetic(self.device, self.precision):
            logits: torch.Tensor = self.module(normalise(filled, self.mean, self.std)).float()
        if logits.shape != (len(filled), len(self.labels)):
            raise ClassifierError(
                f"classifier {self.name}: expected logits (P, {len(self.labels)}), one per label, "
                f"came {tuple(logits.shape)} for P = {len(filled)}; check the module and its labels"
            )
        return logits[: len(images)]


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
