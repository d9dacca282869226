"""The network within a genome of any encoding that has them."""

from neatfool.encodings.genomes import Genomes
from neatfool.errors import ConfigError
from neatfool.networks import Graphs


def network_part(genome: Genomes) -> Graphs:
    """Return the network of one genome; of hybrids, their indirect part.

    Args:
        genome: A batch of one, of any encoding.

    Raises:
        ConfigError: It has none.
    """
    if not hasattr(genome, "networks"):
        raise ConfigError(
            f"expected a genome of neatfool, got a {type(genome).__name__}; one of neat-python "
            "takes its config: viz.topology(genome, config)"
        )
    networks = genome.networks
    if networks is None:
        raise ConfigError(
            "genomes of this encoding hold no network that could be drawn: expected those of an "
            "encoding with networks, such as cppn, offset or switch"
        )
    if len(networks) < len(genome):
        raise ConfigError(
            "this elite has switched to pixels or weights, so that there is no network to draw: "
            "choose an elite that is still a network"
        )
    return networks
