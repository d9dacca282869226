"""A network that turns images into confidences, with everything it needs to do so."""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stderr
from dataclasses import InitVar, dataclass, field
from itertools import chain
from typing import Literal, TypeAlias, final

import torch
from torch import nn
from torch.nn import functional

from neatfool.classifiers.copied import copied
from neatfool.classifiers.outputs import (
    choose_scores,
    confidences_of,
    find_scores,
    logits_of,
    tensors_in,
)
from neatfool.errors import ClassifierError, DeviceError, ShapeError
from neatfool.reporting import log
from neatfool.sections.classifier import Outputs, Precision
from neatfool.types import CPU, Images, Shape, check_shape

MemoryFormat: TypeAlias = Literal["channels first", "channels last"]
"""How weights of convolutions lie in memory."""
_FORMATS = {"channels first": torch.contiguous_format, "channels last": torch.channels_last}
_HALVES = {"fp16": torch.float16, "bf16": torch.bfloat16}
_BRIGHTEST = 1.001  # of images in [0, 1], but for rounding
_ROWS = 16
"""Batches are filled up to a multiple of this many images: matrix products of a few odd rows take
another path on the processor, so an image's last bits would depend on how many came with it."""


@final
class BlackBox(nn.Module):
    """Ask anything that scores images: a function, a remote service, a detector.

    It is asked about the images alone, without any to fill the batch up, and maybe from several
    threads at once; ``run.workers = "threads:1"`` prevents that.

    Args:
        ask: Takes images ``(P, C, H, W)`` float32 in [0, 1], or normalised ones if the classifier
            has ``mean`` and ``std``; gives scores ``(P, K)``, a tensor or an array of numpy.
    """

    def __init__(self, ask: Callable[[torch.Tensor], object]) -> None:
        super().__init__()
        self.ask = ask

    def forward(self, images: Images) -> torch.Tensor:
        """Give the scores as a float32 tensor on the device of the images."""
        return torch.as_tensor(self.ask(images), dtype=torch.float32, device=images.device)


@final
@dataclass(frozen=True, eq=False)
class Classifier:
    """Turn images in [0, 1] into confidences; what an image gets does not depend on the others.

    Normalisation happens inside, so nobody else has to know ``mean`` and ``std``. A module that is
    handed in stays as it is: the classifier has a copy of it, on ``device``, in evaluation mode and
    with frozen parameters. What the module learns later changes no confidence.

    Args:
        name: What reports call it, for example ``"lenet5"``.
        module: Takes normalised images ``(P, C, H, W)`` in the type of its first weights, gives
            ``outputs`` ``(P, K)``, maybe among others in a tuple, a mapping or an object, as
            ``choose_scores`` says. ``(P, 1)`` is the second of two classes, or the only one if
            there is one label. ``BlackBox`` makes one
            of any callable.
        shape: ``(C, H, W)`` of one image.
        labels: ``K`` names of the classes, in the order of the scores.
        mean: Subtracted from images in [0, 1]: one value per channel, or one for all. Grey images
            with three values become three channels.
        std: The images are divided by it after that: likewise.
        sha256: Hex digest of the file the weights came from; empty if they came from none.
        device: Where the module runs and the confidences are.
        crop: Height and width in the centre of an image that the module sees; none: all of it.
        outputs: What the module gives.
        precision: What the module computes in. ``"fp32"`` is exact; ``"tf32"`` (GPUs only),
            ``"fp16"`` and ``"bf16"`` are faster where the hardware has them, and change
            confidences: docs/performance.md says how much.
        layout: How weights of convolutions lie in memory; none: as is fastest on the device, if
            the module gives the same on two images, which it is asked about for that.
        files: By name, hex digests of the files that a model is made of, where there are several.
        owned: The module is nobody else's, and is taken without a copy.

    Attributes:
        module: The one that is asked, mostly a copy.

    Raises:
        ShapeError: The shape is none of an image, or there are neither one nor ``C`` means, or
            standard deviations.
        ClassifierError: The module cannot be copied, or gives another number of scores than labels.
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
    crop: tuple[int, int] | None = None
    outputs: Outputs = "logits"
    precision: Precision = "fp32"
    layout: MemoryFormat | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    owned: InitVar[bool] = False

    def __post_init__(self, owned: bool) -> None:
        check_shape(self.shape)
        object.__setattr__(self, "device", torch.device(self.device))  # of which a name will do
        object.__setattr__(self, "labels", tuple(self.labels))
        if self.precision == "tf32" and self.device.type != "cuda":
            raise DeviceError(
                f"expected a CUDA device for precision tf32, got {self.device}; "
                "choose precision fp32"
            )
        channels = self.shape[0]
        for name, values in (("mean", self.mean), ("std", self.std)):
            if len(values) not in (1, channels) and (channels, len(values)) != (1, 3):
                raise ShapeError(
                    f"classifier {self.name}: expected one {name}, or one for each of "
                    f"{channels} channels, got {len(values)}; give one per channel"
                )
        if any(map(_is_in_training, self.module.modules())):
            log.warning("%s is in training mode; it is asked in evaluation mode", self.name)
        if not owned:
            object.__setattr__(self, "module", self._copy())
        for parameter in self.module.to(self.device).eval().parameters():
            parameter.requires_grad_(False)
        if self.layout:
            self._lay(self.layout)
        else:
            object.__setattr__(self, "layout", self._settle_layout())
            if not owned and not isinstance(self.module, BlackBox):  # functions may count
                self._require_labels()

    def __call__(self, images: Images) -> torch.Tensor:
        """Say how sure the network is of every class, for every image.

        Args:
            images: ``(P, C, H, W)`` float32 in [0, 1], on any device.

        Returns:
            ``(P, K)`` float32 in [0, 1] on the classifier's device; every row sums to 1, unless the
            network says something of each class by itself (``INDEPENDENT``). No gradients.

        Raises:
            ShapeError: The images are not float32 in [0, 1] of this classifier's shape; on GPUs
                their range is not looked at.
            ClassifierError: The module did not give one number per label, or none that can be
                ``outputs``.
        """
        with torch.inference_mode():
            told = self._read(images, confidences_of)
            if images.device.type == "cpu" and len(images) and float(images.max()) > _BRIGHTEST:
                raise ShapeError(
                    f"classifier {self.name}: expected images in [0, 1], got values up to "
                    f"{float(images.max()):.4g}; divide levels by 255, and let mean and std of the "
                    "classifier do what else there is to do"
                )
        return told

    def logits(self, images: Images) -> torch.Tensor:
        """Give what the network says in numbers without bounds; differentiable in the images.

        Args:
            images: As for calling the classifier.

        Returns:
            ``(P, K)`` float32 on the classifier's device, whose softmax is the confidences; of
            independent confidences, whose sigmoid is.

        Raises:
            ShapeError: The images are not float32 of this classifier's shape.
            ClassifierError: As for calling the classifier.
        """
        return self._read(images, logits_of)

    def gradient(
        self, images: Images, rising: Callable[[torch.Tensor], torch.Tensor]
    ) -> torch.Tensor:
        """Differentiate something that follows from the logits by each value of the images.

        Args:
            images: As for calling the classifier.
            rising: Takes logits ``(P, K)``, gives what is differentiated: ``(P,)``.

        Returns:
            ``(P, C, H, W)`` float32, on the device of the images.

        Raises:
            NeatfoolError: As for ``logits``.
            RuntimeError: The network is not differentiable.
        """
        with torch.inference_mode(False), torch.enable_grad():
            leaf = images.detach().clone().requires_grad_()
            value = rising(self.logits(leaf)).sum()
            with _exact(self.device, self.precision):
                (found,) = torch.autograd.grad(value, leaf)
        return found

    def _read(
        self, images: Images, meaning: Callable[[torch.Tensor, Outputs], torch.Tensor]
    ) -> torch.Tensor:
        """Ask the network, and say what its scores mean: ``(P, K)`` float32."""
        if images.ndim != 4 or images.shape[1:] != self.shape or images.dtype != torch.float32:
            expected = ", ".join(map(str, self.shape))
            raise ShapeError(
                f"classifier {self.name}: expected images (P, {expected}) float32 in [0, 1], got "
                f"{tuple(images.shape)} {images.dtype}; draw them on the classifier's canvas"
            )
        if self.crop is not None:
            top, left = ((a - b) // 2 for a, b in zip(self.shape[1:], self.crop, strict=True))
            images = images[:, :, top : top + self.crop[0], left : left + self.crop[1]]
        filled = images.to(self.device, non_blocking=True)
        missing = -len(images) % _ROWS
        if missing and not isinstance(self.module, BlackBox):
            filled = functional.pad(filled, (0, 0, 0, 0, 0, 0, 0, missing))
        answer = self.ask(filled.contiguous())
        with self._named():
            scores = self._scores(answer, len(filled)).float()
            told = meaning(scores[: len(images)], self.outputs)
        return told[:, -1:] if len(self.labels) == 1 else told

    def _scores(self, answer: object, rows: int) -> torch.Tensor:
        """Choose the scores ``(rows, K)`` in what the module gave, one per label."""
        found, count = find_scores(answer, rows), len(self.labels)
        scores = found[choose_scores(found, count)]
        if scores.shape[1] != count and (scores.shape[1], count) != (1, 2):
            raise ClassifierError(
                f"expected {self.outputs} (P, {count}), one per label, got {tuple(scores.shape)} "
                f"for P = {rows}; check the module and its labels"
            )
        return scores

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except ClassifierError as error:
            raise ClassifierError(f"classifier {self.name}: {error}") from error

    def ask(self, images: Images) -> object:
        """Give whatever the module gives for images of its size, normalised before.

        Args:
            images: ``(P, C, H, W)`` float32 in [0, 1], on the device.
        """
        weights = chain(self.module.parameters(), self.module.buffers())
        with _arithmetic(self.device, self.precision):
            shown = normalise(images, self.mean, self.std)
            return self.module(shown.to(type_of(weights)))

    def _copy(self) -> nn.Module:
        """Copy the module; callables that were wrapped are asked themselves."""
        boxes = [each for each in self.module.modules() if isinstance(each, BlackBox)]
        with self._named():
            return copied(self.module, [b.ask for b in boxes if not isinstance(b.ask, nn.Module)])

    def _settle_layout(self) -> MemoryFormat:
        """Let weights lie as is fastest on the device, if the network gives the same so.

        Code that reads values in the order of memory, as ``x.view(len(x), -1)`` after a
        convolution does, fails or gives something else with weights that lie channels last. This
        is tried on two images, always the same, so that equal networks get equal layouts.
        """
        if self.device.type != "cpu" and self.precision not in _HALVES:
            return "channels first"
        if not _kernels(self.module):
            return "channels last"
        noise = self._noise()
        self._lay("channels first")
        first = _attempt(self.ask, noise.to(self.device))
        before = [kernel.data for kernel in _kernels(self.module)]
        self._lay("channels last")
        last = _attempt(self.ask, noise.to(self.device))
        if last is not None and (first is None or _are_near(first, last)):
            return "channels last"
        for kernel, data in zip(_kernels(self.module), before, strict=True):
            kernel.data = data
        return "channels first"

    def _noise(self) -> Images:
        """Draw two images, always the same, of the size that the module takes."""
        size = self.crop or self.shape[1:]
        return torch.rand(2, self.shape[0], *size, generator=torch.Generator().manual_seed(0))

    def _require_labels(self) -> None:
        """Make sure that there is a score per label; other failures are told when it is asked."""
        answer = _attempt(self.ask, self._noise().to(self.device))
        if answer is not None:
            with self._named():
                self._scores(answer, 2)

    def _lay(self, layout: MemoryFormat) -> None:
        """Let the weights of convolutions lie in memory in a certain order."""
        for kernel in _kernels(self.module):
            kernel.data = kernel.data.to(memory_format=_FORMATS[layout])


def type_of(weights: Iterable[torch.Tensor]) -> torch.dtype:
    """Say in which type a network takes images: that of its first weights, or float32."""
    return next((each.dtype for each in weights if each.is_floating_point()), torch.float32)


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


def _kernels(module: nn.Module) -> list[torch.Tensor]:
    """List the weights of convolutions in a plane, and whatever else has four axes."""
    return [each for each in chain(module.parameters(), module.buffers()) if each.ndim == 4]


def _attempt(ask: Callable[[Images], object], images: Images) -> dict[str, torch.Tensor] | None:
    """Ask a network, and keep quiet if it fails; none: it does.

    Nothing is drawn from torch's global generator, and random layers draw the same every time.
    """
    try:
        # Programs of torch.fx write where they failed to the standard error.
        with torch.random.fork_rng([]), redirect_stderr(io.StringIO()), torch.no_grad():
            torch.default_generator.manual_seed(0)
            return tensors_in(ask(images))
    except Exception:
        return None


def _are_near(some: Mapping[str, torch.Tensor], others: Mapping[str, torch.Tensor]) -> bool:
    """Say whether two answers differ by no more than rounding."""
    for name, one in some.items():
        other = others.get(name)
        if other is None or other.shape != one.shape:
            return False
        if one.is_floating_point() and one.numel():
            share = torch.finfo(one.dtype).eps ** 0.5
            largest = float(one.abs().nan_to_num(0.0, posinf=0.0).max())
            if not torch.allclose(one, other, rtol=0, atol=share * largest, equal_nan=True):
                return False
    return True


def _is_in_training(layer: nn.Module) -> bool:
    """Say whether a layer is in training mode and does something else there."""
    name = getattr(layer, "original_name", type(layer).__name__)
    differs = re.search("Drop|BatchNorm|InstanceNorm", name) is not None
    return differs and getattr(layer, "training", False)  # a frozen script has no mode


@contextmanager
def _arithmetic(device: torch.device, precision: Precision) -> Iterator[None]:
    """Compute in a precision, whatever types the weights have."""
    with ExitStack() as stack:
        stack.enter_context(_exact(device, precision))
        if precision in _HALVES:
            stack.enter_context(torch.autocast(device.type, _HALVES[precision]))
        yield


@contextmanager
def _exact(device: torch.device, precision: Precision) -> Iterator[None]:
    """Keep cuDNN from choosing by its mood what a convolution gives, forwards and backwards."""
    with ExitStack() as stack:
        if device.type == "cuda":
            exact = {"enabled": True, "benchmark": False, "deterministic": True}
            tf32 = precision == "tf32"
            stack.enter_context(torch.backends.cudnn.flags(**exact, allow_tf32=tf32))
            products = torch.backends.cuda.matmul
            stack.callback(setattr, products, "allow_tf32", products.allow_tf32)
            products.allow_tf32 = tf32
        yield
