"""From the settings of any encoding to the encoding."""

from typing import Any, TypeAlias

import torch

from neatfool.encodings.cppn import Cppn, CppnSettings
from neatfool.encodings.encoding import Bare, Encoding, Medium
from neatfool.encodings.offset import Offset, OffsetSettings
from neatfool.encodings.pixels import Pixels, PixelSettings
from neatfool.encodings.switch import Switch, SwitchSettings
from neatfool.encodings.weights import Weights, WeightSettings
from neatfool.errors import ConfigError
from neatfool.images import Canvas
from neatfool.kinds import Kinds
from neatfool.substrates import EvolvableSubstrate
from neatfool.types import CPU, Shape

EncodingSettings: TypeAlias = (
    CppnSettings | PixelSettings | WeightSettings | OffsetSettings | SwitchSettings
)
"""Settings of any encoding; ``kind`` says which."""
KINDS = Kinds("encoding", [Cppn, Pixels, Weights, Offset, Switch])
_NETWORKS = (Bare, EvolvableSubstrate)  # media whose phenotypes are no tensors


def build(settings: Any, form: Shape | Medium, device: torch.device = CPU) -> Encoding[Any]:
    """Build the encoding that the settings name.

    Args:
        settings: Of any encoding.
        form: What genomes become: images ``(C, H, W)``, or what a medium makes of networks.
        device: Where they become that.

    Raises:
        ConfigError: The encoding makes no such phenotypes.
    """
    if isinstance(settings, PixelSettings | WeightSettings):
        return _direct(settings, form, device)
    if isinstance(settings, CppnSettings):
        return Cppn(settings, _medium(settings, form), device)
    if isinstance(form, _NETWORKS):
        raise ConfigError(
            f"encoding.kind {settings.kind} changes images or weights of links, and the task wants "
            "networks: choose cppn"
        )
    indirect = Cppn(settings.indirect, _medium(settings.indirect, form), device)
    if isinstance(settings, OffsetSettings):
        return Offset(settings, indirect)
    fitting = PixelSettings() if isinstance(form, tuple | Canvas) else WeightSettings()
    direct = _direct(settings.direct or fitting, form, device, "encoding.direct.kind")
    return Switch(settings, indirect, direct)


def _medium(settings: CppnSettings, form: Shape | Medium) -> Medium:
    """Return what networks are expressed through: they paint as their settings say."""
    if isinstance(form, tuple | Canvas):
        shape = form if isinstance(form, tuple) else form.shape
        return Canvas(shape, settings.coordinates, settings.rounding, settings.colours)
    return form


def _direct(
    settings: PixelSettings | WeightSettings,
    form: Shape | Medium,
    device: torch.device,
    key: str = "encoding.kind",
) -> Pixels | Weights:
    picture = form.shape if isinstance(form, Canvas) else form
    if isinstance(settings, PixelSettings):
        if isinstance(picture, tuple):
            return Pixels(settings, picture, device)
        choice = "cppn" if isinstance(picture, _NETWORKS) else "weights"
        raise ConfigError(f"{key} pixels makes images, and the task wants none: choose {choice}")
    if isinstance(picture, (tuple, *_NETWORKS)):
        choice = "pixels" if isinstance(picture, tuple) else "cppn"
        raise ConfigError(
            f"{key} weights makes weights of links, and the task wants none: choose {choice}"
        )
    return Weights(settings, picture.shape, device)
