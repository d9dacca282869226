"""Networks of the Hugging Face Hub, or of a folder in its format."""

import contextlib
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, final

import torch
from torch import nn

from neatfool.classifiers.loaded import Loaded, blaming, digest, needing
from neatfool.classifiers.zoo.processors import read_processor
from neatfool.errors import ClassifierError

if TYPE_CHECKING:
    import transformers

_HUB = "https://huggingface.co"
_SECONDS = 10.0
"""To wait for the hub; its own client tries for minutes."""


def load_hugging_face(name: str, offline: bool) -> Loaded:
    """Load a classifier of images of transformers, with what its image processor does.

    Args:
        name: Of a repository on the hub, or the path of a folder.
        offline: Take it from the library's cache alone.

    Raises:
        ClassifierError: The library is not installed, the hub cannot be reached, the repository
            is no classifier, lacks weights, or prepares images in a way that is not known.
    """
    source = f"hf:{name}"
    is_folder = Path(name).is_dir()
    if not is_folder and (name.startswith((".", "/", "~")) or name.count("/") > 1):
        raise ClassifierError(
            f"{source}: expected a folder that save_pretrained wrote, got none there; check the "
            "path, or give hf:OWNER/NAME"
        )
    closed = "" if is_folder else why_closed(offline)
    with needing("transformers", "hf"):
        from transformers import AutoConfig, AutoImageProcessor, AutoModelForImageClassification
        from transformers.utils import logging
    expected = "a classifier of images and its image processor, in safetensors"
    options = {"local_files_only": bool(closed), "trust_remote_code": False}
    with fetching(source, expected, closed), _quietly(logging):
        config = AutoConfig.from_pretrained(name, **options)
        _check_config(config, source)
        processor = AutoImageProcessor.from_pretrained(name, **options)
        network, report = AutoModelForImageClassification.from_pretrained(
            name, config=config, use_safetensors=True, output_loading_info=True, **options
        )
    missing = sorted(report["missing_keys"])
    if missing:
        raise ClassifierError(
            f"{source}: expected weights for the whole network, got none for {missing[0]}, which "
            "would be random; choose a network that was trained to classify"
        )
    network = network.float().eval()
    channels = getattr(config, "num_channels", 3)
    with blaming(source, "a processor of images", "mend it, or wrap the network in a factory"):
        pixels = read_processor(processor, channels, source)
    names = config.id2label
    several = config.problem_type == "multi_label_classification"
    return Loaded(
        ScoresOf(network, several),
        digest(network),
        channels=pixels.channels,
        size=pixels.size or _size(config),
        mean=pixels.mean,
        std=pixels.std,
        labels=tuple(names[index] for index in range(len(names))),
        outputs="sigmoid" if several else "logits",
    )


def why_closed(offline: bool) -> str:
    """Say why the hub is not to be asked, and tell its client, which reads it when imported.

    Returns:
        The reason; empty: it can be asked.
    """
    if offline or os.environ.get("HF_HUB_OFFLINE") == "1":
        reason = "it is offline"
    elif _answers():
        return ""
    else:
        reason = "the hub does not answer"
    os.environ["HF_HUB_OFFLINE"] = "1"
    return reason


@contextlib.contextmanager
def fetching(source: str, expected: str, closed: str) -> Iterator[None]:
    """Turn whatever goes wrong where a library loads a network into one clear message.

    Args:
        source: What is loaded.
        expected: What it should be.
        closed: Why nothing can be fetched; empty: it can.

    Raises:
        ClassifierError: In place of any other exception.
    """
    with blaming(source, expected, "check the name"):
        try:
            yield
        except OSError as error:
            if not closed:
                raise
            raise ClassifierError(
                f"{source}: expected a copy on this machine, since {closed}, got none; fetch it "
                "once with a connection, and without offline"
            ) from error


def _answers() -> bool:
    """Ask the hub for its first page; any answer will do, but one that says it is away."""
    address = os.environ.get("HF_ENDPOINT", _HUB)
    try:
        with urllib.request.urlopen(
            urllib.request.Request(address, method="HEAD"), timeout=_SECONDS
        ):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def _check_config(config: "transformers.PretrainedConfig", source: str) -> None:
    """Refuse what is no classifier; make way for what timm writes and transformers stumbles over.

    timm notes the number of classes twice.
    """
    if config.num_labels == 0:
        raise no_classes(source, getattr(config, "num_features", "some"))
    is_one = config.num_labels == 1 and config.problem_type != "multi_label_classification"
    if is_one or config.problem_type == "regression":
        raise ClassifierError(
            f"{source}: expected a network with classes, got one that estimates a number "
            f"(problem_type {config.problem_type}, {config.num_labels} label); choose a classifier"
        )
    (getattr(config, "model_args", None) or {}).pop("num_classes", None)


def no_classes(source: str, features: object) -> ClassifierError:
    """Say that a network has no classes."""
    return ClassifierError(
        f"{source}: expected a network with classes, got one that gives {features} features, "
        "which are no classes (num_classes = 0); choose a network that was trained to classify"
    )


@contextlib.contextmanager
def _quietly(logging: ModuleType) -> Iterator[None]:
    """Keep transformers from telling at length what an error says in a line."""
    before = logging.get_verbosity()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(before)
        logging.enable_progress_bar()


def _size(config: "transformers.PretrainedConfig") -> tuple[int, int] | None:
    """Read height and width from the network, where its processor leaves them open."""
    size = getattr(config, "image_size", None)
    return (size, size) if isinstance(size, int) else size and tuple(size)


@final
class ScoresOf(nn.Module):
    """Take the scores out of what a network of transformers returns.

    Args:
        network: Gives logits.
        several: An image may be of several classes, or of none: sigmoids say which.
    """

    def __init__(self, network: nn.Module, several: bool) -> None:
        super().__init__()
        self.network = network
        self._several = several

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Give ``(P, K)`` logits, or independent confidences."""
        logits: torch.Tensor = self.network(pixel_values=images).logits
        return logits.sigmoid() if self._several else logits
