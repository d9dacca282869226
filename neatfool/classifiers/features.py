"""What a network computes just before it decides: the input of its last linear layer."""

import functools
import threading

import torch
from torch import nn

from neatfool.classifiers.classifier import Classifier
from neatfool.classifiers.outputs import INDEPENDENT
from neatfool.errors import ClassifierError
from neatfool.types import Images

_ROWS = 16
"""To multiples of this many images a classifier fills its batches."""


class LastLayer:
    """The last linear layer that a network of torch uses, and what goes into it.

    A convolution whose kernel covers all that it sees is linear, too. The classifier gets a hook,
    which changes nothing that it computes.

    Args:
        classifier: Any.

    Attributes:
        layer: That layer.
        weight: ``(O, D)`` float64 on the CPU.
        bias: ``(O,)`` float64 on the CPU; zeros, if the layer has none.

    Raises:
        ClassifierError: The network uses no linear layer that can be listened to.
    """

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self._heard = threading.local()  # a classifier is asked by several threads at once
        self.layer = layer = self._find()
        layer.register_forward_pre_hook(self._hear)
        self.weight = layer.weight.detach().cpu().double().flatten(1)
        self.bias = torch.zeros(len(self.weight), dtype=torch.float64)
        if layer.bias is not None:
            self.bias = layer.bias.detach().cpu().double()

    def __call__(self, images: Images) -> tuple[torch.Tensor, torch.Tensor]:
        """Ask the network once.

        Args:
            images: As for the classifier.

        Returns:
            What went into the layer, ``(P, D)`` float32, the mean over crops if it sees several;
            and the logits ``(P, K)``.

        Raises:
            ClassifierError: The layer does not see every image.
        """
        parts: list[torch.Tensor] = []
        self._heard.parts = parts
        try:
            logits = self._classifier.logits(images)
        finally:
            del self._heard.parts
        rows = -(-len(images) // _ROWS) * _ROWS
        if sum(len(part) for part in parts) in (rows, len(images)):  # all at once, or one by one
            features = torch.cat(parts)
        elif parts and all(len(part) == rows for part in parts):
            features = torch.stack(parts).mean(dim=0)
        else:
            raise ClassifierError(
                f"classifier {self._classifier.name}: expected a last linear layer that sees each "
                f"of {rows} images, got {sum(len(part) for part in parts)} rows; choose a detector "
                "that needs no features: softmax, logit, squeezing"
            )
        return features[: len(images)], logits

    def _hear(self, layer: nn.Module, given: tuple[torch.Tensor, ...]) -> None:
        """Keep what goes into the layer, if this thread asks for it."""
        parts = getattr(self._heard, "parts", None)
        if parts is not None:
            one = given[0].float()
            if isinstance(layer, nn.Linear) and one.ndim > 2:
                one = one.flatten(1, -2).mean(dim=1)
            parts.append(one.flatten(1))

    def _find(self) -> nn.Linear | nn.Conv2d:
        """Find the last linear layer that is used for an image."""
        used: list[nn.Linear | nn.Conv2d] = []

        def note(layer: nn.Module, given: tuple[torch.Tensor, ...]) -> None:
            if isinstance(layer, nn.Linear) or (
                isinstance(layer, nn.Conv2d)
                and layer.groups == 1
                and given[0].shape[2:] == layer.kernel_size
            ):
                used.append(layer)

        kinds = nn.Linear | nn.Conv2d
        layers = [each for each in self._classifier.module.modules() if isinstance(each, kinds)]
        hooks = [layer.register_forward_pre_hook(note) for layer in layers]
        try:
            if hooks:
                self._classifier(torch.zeros(1, *self._classifier.shape))
        finally:
            for hook in hooks:
                hook.remove()
        if not used:
            raise ClassifierError(
                f"classifier {self._classifier.name}: expected a network of PyTorch that ends in a "
                "linear layer, whose input are its features, got one without, such as an ONNX "
                "file, TorchScript or a black box; choose a detector that needs no features: "
                "softmax, logit, squeezing, regularity"
            )
        return used[-1]


class Asked:
    """Images, and what a network makes of them: each is computed when it is first asked for.

    Args:
        classifier: The network.
        images: ``(P, C, H, W)`` float32 in [0, 1].
        last: Its last layer; none: features are not wanted.
    """

    def __init__(
        self, classifier: Classifier, images: Images, last: LastLayer | None = None
    ) -> None:
        self.classifier, self.images, self._last = classifier, images, last

    @functools.cached_property
    def _both(self) -> tuple[torch.Tensor, torch.Tensor]:
        assert self._last is not None, "a detector that wants features says needs_features"
        with torch.no_grad():
            return self._last(self.images)

    @property
    def features(self) -> torch.Tensor:
        """What goes into the last linear layer: ``(P, D)`` float32; ``needs_features``."""
        return self._both[0]

    @functools.cached_property
    def logits(self) -> torch.Tensor:
        """``(P, K)`` float32, of independent confidences their log-odds."""
        if self._last is not None:
            return self._both[1]
        with torch.no_grad():
            return self.classifier.logits(self.images)

    @functools.cached_property
    def confidences(self) -> torch.Tensor:
        """``(P, K)`` float32, exactly those that the classifier gives."""
        if self.classifier.outputs in INDEPENDENT:
            return self.classifier(self.images)
        return self.logits.softmax(dim=1)
