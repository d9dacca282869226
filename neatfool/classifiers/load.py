"""Classifiers by what names them: one grammar for settings and the command line."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from neatfool.classifiers.adapt import adapt
from neatfool.classifiers.asked import look_at
from neatfool.classifiers.classifier import BlackBox, Classifier
from neatfool.classifiers.copied import copied
from neatfool.classifiers.labels import labels_in
from neatfool.classifiers.loaded import Loaded, digest, first_channels
from neatfool.classifiers.named.cards import load_named
from neatfool.classifiers.onnx.file import load_onnx
from neatfool.classifiers.torch_files import load_exported, load_factory, load_torchscript
from neatfool.classifiers.verifier import enrol
from neatfool.classifiers.zoo.libraries import ZOO, load_zoo
from neatfool.errors import ClassifierError, DeviceError
from neatfool.reporting import Reporter
from neatfool.sections.classifier import FILES
from neatfool.sections.classifier import ClassifierSettings as ClassifierSettings
from neatfool.sections.classifier import split_spec as split_spec
from neatfool.sections.run import gpus_of as gpus_of


def build(
    settings: ClassifierSettings, device: torch.device, reporter: Reporter | None = None
) -> Classifier:
    """Load a classifier, ready to be asked.

    What settings leave open is read from the model, and what it does not say is guessed, which is
    logged. The network is tried on a few images.

    Args:
        settings: Which model, and how it wants its images.
        device: Where it runs; ONNX Runtime runs on the CPU in any case.
        reporter: Hears of progress where weights are fetched.

    Returns:
        The classifier.

    Raises:
        ClassifierError: The model is unknown, or its files are not as they should be, or what it
            gives for images is not what a classifier gives.
        DataError: Weights could not be fetched, or enrolled pictures not be read.
    """
    device = torch.device(device)  # of which a name will do
    loaded = _load(settings, device, reporter)
    name, function = split_spec(settings.model)
    if name.lower().endswith(FILES):
        name = Path(name).name + (f":{function}" if function else "")
    elif name == "hf" and Path(function).is_dir():
        name = f"hf:{Path(function).name}"
    else:
        name = settings.model
    made = adapt(name, loaded, settings, device)
    return enrol(made, settings.verify) if settings.verify else made


def adopt(
    network: Classifier | nn.Module | Callable[[torch.Tensor], object],
    settings: ClassifierSettings,
    device: torch.device,
) -> Classifier:
    """Make a classifier of what a program has: one of its own, a module, or any function.

    Args:
        network: A classifier is taken as it is. A module is copied; of a function of images
            ``(P, C, H, W)`` the scores are taken as they are.
        settings: How it wants its images, as for a file; the model is not looked at.
        device: Where a module runs.

    Returns:
        The classifier, with a digest of its weights, unless it has none.

    Raises:
        ClassifierError: It is nothing of that, or gives for images what no classifier gives.
    """
    if isinstance(network, Classifier):
        if network.sha256:
            return network
        return replace(network, sha256=digest(network.module), owned=True)
    name = split_spec(settings.model)[1]
    if isinstance(network, nn.Module):
        module = copied(network).to(device)
        loaded = Loaded(
            module, digest(module), first_channels(module.parameters()), labels=labels_in(network)
        )
    elif callable(network):
        loaded = Loaded(BlackBox(network))
    else:
        raise ClassifierError(
            "expected a network: a neatfool.Classifier, a torch.nn.Module, a function of images, "
            f"or the name of a model, got {type(network).__name__}"
        )
    return adapt(name, loaded, settings, device)


def _load(settings: ClassifierSettings, device: torch.device, reporter: Reporter | None) -> Loaded:
    """Load whatever the model is."""
    look_at(settings)
    name, rest = split_spec(settings.model)
    path, ending = Path(name), Path(name).suffix.lower()
    if ending == ".py":
        return load_factory(path, rest, settings.weights)
    if name not in ZOO and ending not in FILES:
        return load_named(settings.model, settings.weights, settings.offline, reporter)
    if settings.weights:
        raise ClassifierError(
            f"{settings.model}: expected a model that comes with its weights, got "
            f"weights={settings.weights} as well; take them away, or give net.py:factory as model"
        )
    if name in ZOO:
        return load_zoo(name, rest, settings.offline)
    if ending == ".onnx":
        if settings.precision != "fp32":
            raise ClassifierError(
                f"{settings.model}: expected precision fp32, since ONNX Runtime computes as the "
                f"file says, got {settings.precision}; export the network in that precision"
            )
        return load_onnx(path, settings)
    return load_exported(path, device) if ending == ".pt2" else load_torchscript(path)


def resolve_device(name: str) -> torch.device:
    """Choose the device that settings ask for.

    Args:
        name: ``"auto"`` is the GPU if there is one; ``"cpu"``; ``"cuda"``; ``"cuda:0,1"``.

    Returns:
        The device; of several GPUs the first.

    Raises:
        DeviceError: The name is another, or a GPU is not there.
    """
    gpus = gpus_of(name)
    if name not in ("auto", "cpu", "cuda") and not gpus:
        raise DeviceError(f"expected device auto, cpu or cuda, got {name!r}; choose one of them")
    there = torch.cuda.is_available()
    if name.startswith("cuda") and not there:
        raise DeviceError(
            "expected a CUDA device, got a machine or a build of torch without one; "
            "choose device cpu or auto"
        )
    if gpus and max(gpus) >= torch.cuda.device_count():
        raise DeviceError(
            f"expected GPUs 0 to {torch.cuda.device_count() - 1}, got {name}: choose of those"
        )
    if gpus:
        return torch.device("cuda", gpus[0])
    return torch.device("cuda" if there and name != "cpu" else "cpu")
