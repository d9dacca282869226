"""A network that turns images into confidences, with everything it needs to do so."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import final

import torch
from torch import nn
from torch.nn import functional

from neatfool.errors import ClassifierError, ShapeError
from neatfool.types import Images, Shape

_CPU = torch.device("cpu")
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
    """

    name: str
    module: nn.Module
    shape: Shape
    labels: tuple[str, ...]
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    sha256: str = ""
    device: torch.device = _CPU
    crop: int | None = None

    def __post_init__(self) -> None:
        channels = self.shape[0]
        for name, values in (("mean", self.mean), ("std", self.std)):
            if len(values) not in (1, channels):
                raise ShapeError(
                    f"classifier {self.name}: expected one {name}, or one for each of "
                    f"{channels} channels, came {len(values)}; give one per channel"
                )
        self.module.to(self.device).eval().requires_grad_(False)
        if self.device.type == "cpu":  # halves the time of lenet-caffe
            self.module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

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
        with _exactly(self.device):
            logits: torch.Tensor = self.module(normalise(filled, self.mean, self.std))
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


def _exactly(device: torch.device) -> AbstractContextManager[None]:
    """Keep cuDNN from choosing by its mood, or by fewer digits, what a convolution gives."""
    if device.type != "cuda":
        return nullcontext()
    exact: AbstractContextManager[None] = torch.backends.cudnn.flags(
        enabled=True, benchmark=False, deterministic=True, allow_tf32=False
    )
    return exact
