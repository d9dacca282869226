"""Encodings: what a genome is and what it becomes."""

from typing import Any, TypeAlias

import torch

from neatfool.encodings.cppn import Cppn as Cppn
from neatfool.encodings.cppn import CppnSettings as CppnSettings
from neatfool.encodings.encoding import Birth as Birth
from neatfool.encodings.encoding import Encoding as Encoding
from neatfool.encodings.encoding import Genomes as Genomes
from neatfool.encodings.pixels import PixelGenomes as PixelGenomes
from neatfool.encodings.pixels import Pixels as Pixels
from neatfool.encodings.pixels import PixelSettings as PixelSettings
from neatfool.types import CPU, Shape

EncodingSettings: TypeAlias = CppnSettings | PixelSettings
"""Settings of any encoding; ``kind`` says which."""


def build(settings: EncodingSettings, shape: Shape, device: torch.device = CPU) -> Encoding[Any]:
    """Build the encoding that the settings name, for images ``(C, H, W)`` on a device."""
    if isinstance(settings, CppnSettings):
        return Cppn(settings, shape, device)
    return Pixels(settings, shape, device)
