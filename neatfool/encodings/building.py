"""From the settings of any encoding to the encoding."""

import torch

from neatfool.encodings.encoding import AnyEncoding
from neatfool.encodings.medium import Medium
from neatfool.kinds import KindSettings
from neatfool.sections.encoding import KINDS
from neatfool.types import CPU


def build(settings: KindSettings, medium: Medium, device: torch.device = CPU) -> AnyEncoding:
    """Build the encoding that the settings are of.

    Args:
        settings: Of any encoding.
        medium: What the task says that networks are expressed through: images are of a ``Canvas``.
        device: Where genomes become what they become.

    Raises:
        ConfigError: The encoding makes no such phenotypes.
    """
    return KINDS.owner(settings).build(settings, medium, device)


def can_breed(settings: KindSettings) -> bool:
    """Say whether one may go on by hand from genomes of an encoding that is known."""
    return settings.is_checked and bool(KINDS.owner(settings).can_breed)
