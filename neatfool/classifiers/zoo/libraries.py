"""Networks of timm, torchvision and Hugging Face, with what these libraries know of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from neatfool.classifiers.loaded import Loaded, blaming, digest, needing
from neatfool.classifiers.torch_files import no_pickles
from neatfool.classifiers.zoo.hub import fetching, load_hugging_face, no_classes, why_closed
from neatfool.errors import ClassifierError


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
    with blaming(source, "a classifier of torchvision", "check the name"):
        weights = models.get_model_weights(name).DEFAULT
        cached = Path(torch.hub.get_dir()) / "checkpoints" / Path(weights.url).name
        if offline and not cached.exists():
            raise ClassifierError(
                f"{source}: expected {cached}, got nothing; fetch it once without offline"
            )
        with blaming(source, f"weights from {weights.url}", "check the connection"):
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
    source = f"timm:{name}"
    closed = why_closed(offline)
    with needing("timm", "timm"):
        import timm
        import timm.data
    with fetching(source, "a trained network of timm", closed), no_pickles():
        module = timm.create_model(name, pretrained=True).eval()
        if getattr(module, "num_classes", None) == 0:
            raise no_classes(source, module.num_features)
        facts = timm.data.resolve_model_data_config(module)
        channels, height, width = facts["input_size"]
        return Loaded(
            module,
            digest(module),
            channels=channels,
            size=(height, width),
            mean=tuple(facts["mean"]),
            std=tuple(facts["std"]),
            labels=_timm_labels(timm.data, module),
            outputs="logits",
        )


def _timm_labels(data: Any, module: nn.Module) -> tuple[str, ...] | None:
    """Return the names of the classes: those of the repository, or of ImageNet; none: unknown."""
    own = getattr(module, "pretrained_cfg", {}).get("label_names")
    if own:
        return tuple(own)
    subset = data.infer_imagenet_subset(module)
    return tuple(data.ImageNetInfo(subset).label_descriptions()) if subset else None


ZOO = {"torchvision": _torchvision, "timm": _timm, "hf": load_hugging_face}
"""Every library by its prefix."""


def _pair(size: int | Sequence[int]) -> tuple[int, int]:
    """Read height and width from what torchvision says."""
    return (size, size) if isinstance(size, int) else (int(size[0]), int(size[-1]))
