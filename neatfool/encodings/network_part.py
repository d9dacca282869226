"""The networks within genomes of any encoding that has them."""

from typing import Any

import numpy as np

from neatfool.encodings.offset import OffsetGenomes
from neatfool.encodings.switch import SwitchGenomes
from neatfool.errors import ConfigError
from neatfool.networks import Graphs


def networks_of(genomes: Any) -> Graphs | None:
    """Return the networks that genomes hold; none if they are genes of pixels or weights alone."""
    if isinstance(genomes, OffsetGenomes | SwitchGenomes):
        return genomes.indirect
    return genomes if isinstance(genomes, Graphs) else None


def network_part(genome: Any) -> Graphs:
    """Return the network of one genome; of hybrids, their indirect part.

    Args:
        genome: A batch of one, of any encoding.

    Raises:
        ConfigError: Its genes are pixels or weights.
    """
    if isinstance(genome, SwitchGenomes) and genome.is_direct.any():
        raise ConfigError(
            "this elite has switched: its genes are pixels or weights now, which have no topology; "
            "choose an elite that is still a network"
        )
    network = networks_of(genome)
    if network is None:
        raise ConfigError(
            "the genes of this encoding are pixels or weights, which have no topology: expected "
            "genomes of a cppn, offset or switch"
        )
    return network


def with_networks(genome: Any, networks: Graphs) -> Any:
    """Copy one genome as often as there are networks, each with one of these in place of its own.

    Args:
        genome: A batch of one that has a network.
        networks: ``P`` graphs.

    Returns:
        ``P`` genomes of the same encoding.
    """
    same = np.zeros(len(networks), np.int64)
    if isinstance(genome, OffsetGenomes):
        return OffsetGenomes(networks, genome.offsets.select(same))
    if isinstance(genome, SwitchGenomes):
        return SwitchGenomes(genome.is_direct[same], networks, genome.direct)
    return networks
