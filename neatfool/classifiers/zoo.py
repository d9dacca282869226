"""Networks of timm, torchvision and Hugging Face, with what these libraries know of them."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, final

import torch
from torch import nn

from neatfool.classifiers.loaded import Loaded, blaming, digest, needing
from neatfool.errors import ClassifierError

_ADVICE = "check the name and the connection"


def load_zoo(library: str, name: str, offline: bool) -> Loaded:
    """Load a trained network from a library, with its size, normalisation and labels.

    Args:
        library: A key of ``ZOO``.
        name: Of the network, as the library has it.
        offline: Take the weights from the library's cache alone.

    Raises:
        ClassifierError: The library is not installed, does not know the network, or cannot get
            its weights.
    """
    return ZOO[library](name, offline)


def _torchvision(name: str, offline: bool) -> Loaded:
    with needing("torchvision", "torchvision"):
        from torchvision import models
    source = f"torchvision:{name}"
    with blaming(source, "a classifier of torchvision", _ADVICE):
        weights = models.get_model_weights(name).DEFAULT
        cached = Path(torch.hub.get_dir()) / "checkpoints" / Path(weights.url).name
        if offline and not cached.exists():
            raise ClassifierError(f"{source}: expected {cached}, came nothing; go online once")
        module = models.get_model(name, weights=weights).eval()
        preset = weights.transforms()
        return Loaded(
            module,
            digest(module),
            channels=len(preset.mean),
            size=_pair(preset.crop_size),
            mean=tuple(preset.mean),
            std=tuple(preset.std),
            labels=tuple(weights.meta["categories"]),
            outputs="logits",
        )


def _timm(name: str, offline: bool) -> Loaded:
    _stay_offline(offline)
    with needing("timm", "timm"):
        import timm
        import timm.data
    with blaming(f"timm:{name}", "a trained network of timm", _ADVICE):
        module = timm.create_model(name, pretrained=True).eval()
        facts = timm.data.resolve_model_data_config(module)
        channels, height, width = facts["input_size"]
        subset = timm.data.infer_imagenet_subset(module)
        labels = timm.data.ImageNetInfo(subset).label_descriptions() if subset else None
        return Loaded(
            module,
            digest(module),
            channels=channels,
            size=(height, width),
            mean=tuple(facts["mean"]),
            std=tuple(facts["std"]),
            labels=tuple(labels) if labels else None,
            outputs="logits",
        )


def _hugging_face(name: str, offline: bool) -> Loaded:
    _stay_offline(offline)
    with needing("transformers", "hf"):
        from transformers import AutoImageProcessor, AutoModelForImageClassification
    with blaming(f"hf:{name}", "a classifier of images in safetensors", _ADVICE):
        processor = AutoImageProcessor.from_pretrained(name, local_files_only=offline)
        network = AutoModelForImageClassification.from_pretrained(
            name, local_files_only=offline, use_safetensors=True
        ).eval()
        side = processor.crop_size if getattr(processor, "do_center_crop", False) else None
        normalised = getattr(processor, "do_normalize", True)
        names = network.config.id2label
        return Loaded(
            LogitsOf(network),
            digest(network),
            channels=getattr(network.config, "num_channels", 3),
            size=_pair(side or processor.size),
            mean=tuple(processor.image_mean) if normalised else (0.0,),
            std=tuple(processor.image_std) if normalised else (1.0,),
            labels=tuple(names[index] for index in range(len(names))),
            outputs="logits",
        )


ZOO = {"torchvision": _torchvision, "timm": _timm, "hf": _hugging_face}
"""Every library by its prefix."""


@final
class LogitsOf(nn.Module):
    """Take the logits out of what a network of transformers returns."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Give ``(P, K)`` logits."""
        logits: torch.Tensor = self.network(pixel_values=images).logits
        return logits


def _pair(size: Any) -> tuple[int, int]:
    """Read height and width from what a library says."""
    if isinstance(size, int):
        return size, size
    if isinstance(size, Sequence):
        return int(size[0]), int(size[-1])
    side = size.get("shortest_edge", 0)
    return int(size.get("height", side)), int(size.get("width", side))


def _stay_offline(offline: bool) -> None:
    """Tell the hub's client, which reads it when it is imported."""
    if offline:
        os.environ["HF_HUB_OFFLINE"] = "1"
