"""Encodings: what a genome is and what it becomes."""

from typing import Any, TypeAlias

import torch

from neatfool.encodings.brood import Brood as Brood
from neatfool.encodings.brood import Newborn as Newborn
from neatfool.encodings.cppn import Cppn as Cppn
from neatfool.encodings.cppn import CppnSettings as CppnSettings
from neatfool.encodings.encoding import Bare as Bare
from neatfool.encodings.encoding import Birth as Birth
from neatfool.encodings.encoding import Compatibility as Compatibility
from neatfool.encodings.encoding import Encoding as Encoding
from neatfool.encodings.encoding import Genomes as Genomes
from neatfool.encodings.encoding import Medium as Medium
from neatfool.encodings.neat_genomes import CppnGenome as CppnGenome
from neatfool.encodings.neat_genomes import PixelGenome as PixelGenome
from neatfool.encodings.neat_sections import parse_section as parse_section
from neatfool.encodings.neat_sections import write_section as write_section
from neatfool.encodings.pixels import PixelGenomes as PixelGenomes
from neatfool.encodings.pixels import Pixels as Pixels
from neatfool.encodings.pixels import PixelSettings as PixelSettings
from neatfool.errors import ConfigError
from neatfool.images import Canvas
from neatfool.types import CPU, Shape

EncodingSettings: TypeAlias = CppnSettings | PixelSettings
"""Settings of any encoding; ``kind`` says which."""


def build(
    settings: EncodingSettings, form: Shape | Medium, device: torch.device = CPU
) -> Encoding[Any]:
    """Build the encoding that the settings name.

    Args:
        settings: Of any encoding.
        form: What genomes become: images ``(C, H, W)``, or what a medium makes of networks.
        device: Where they become that.

    Raises:
        ConfigError: The encoding makes no such phenotypes.
    """
    if isinstance(settings, CppnSettings):
        return Cppn(settings, _medium(settings, form), device)
    if isinstance(form, tuple):
        return Pixels(settings, form, device)
    raise ConfigError(
        f"encoding.kind {settings.kind} makes images, and the task wants none: choose cppn"
    )


def _medium(settings: CppnSettings, form: Shape | Medium) -> Medium:
    if isinstance(form, tuple):
        return Canvas(form, settings.coordinates, settings.rounding, settings.colours)
    return form
