"""What networks are expressed through, and what it makes of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, runtime_checkable

import torch

from neatfool.errors import ConfigError
from neatfool.networks import NetworkPolicy, Networks, Policy

Phenotypes: TypeAlias = Any
"""What genomes become: a tensor of images or weights, networks, or what else a medium makes."""
_FITTING = {"images": "pixels", "weights": "weights", "networks": "cppn"}
MAKES = tuple(_FITTING)
"""What phenotypes can be."""
_SHOWN = 12


@runtime_checkable
class Medium(Protocol):
    """What networks are expressed through: a canvas they paint, a substrate they connect."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs that networks need, in order."""

    @property
    def outputs(self) -> int:
        """Number of outputs that they need."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one phenotype."""

    @property
    def makes(self) -> str:
        """What phenotypes are: ``images``, ``weights`` of links or ``networks``."""

    def express(self, networks: Networks, device: torch.device) -> Phenotypes:
        """Turn ``P`` networks into phenotypes: a tensor ``(P, *shape)``, or networks.

        Raises:
            ShapeError: The networks do not have the inputs and outputs that are needed.
        """


class ActingMedium(Medium, Protocol):
    """A medium that lets what it makes act."""

    def policy(self, phenotypes: Phenotypes, /) -> Policy:
        """Let ``P`` phenotypes act.

        Raises:
            ShapeError: They are not of this medium.
        """


@dataclass(frozen=True)
class Bare:
    """No medium: the networks themselves are the phenotypes."""

    inputs: tuple[str, ...]
    outputs: int
    shape: tuple[int, ...] = (1,)
    makes = "networks"

    def express(self, networks: Networks, device: torch.device) -> Networks:
        """Return the networks as they are."""
        return networks

    def policy(self, networks: Networks) -> Policy:
        """Let networks act, on the CPU."""
        return NetworkPolicy(networks)


@dataclass(frozen=True, eq=False)
class Labelled(Bare):
    """Bare networks of a script, whose nodes have names; only to be looked at.

    Attributes:
        names: Of nodes, by their ids; others are called by their keys.
        functions: What the script calls activations, by their positions in the table; positions
            beyond it are those of its own, of which no more is known.
        aggregations: Likewise.
    """

    names: Mapping[int, str] = field(default_factory=dict)
    functions: Mapping[int, str] = field(default_factory=dict)
    aggregations: Mapping[int, str] = field(default_factory=dict)

    def called(self, node: int) -> str:
        """Return the name of a node, or else its key in neat-python."""
        inputs = len(self.inputs)
        return self.names.get(node, str(-1 - node if node < inputs else node - inputs))

    def node_of(self, key: int) -> int:
        """Return the id of the node that has a key in neat-python."""
        return -1 - key if key < 0 else len(self.inputs) + key


def check_names(names: Mapping[int, str], keys: Sequence[int]) -> dict[int, str]:
    """Make sure that there are the nodes that have names.

    Args:
        names: By numbers of nodes.
        keys: Those that there are.

    Raises:
        ConfigError: There is none of a number.
    """
    if missing := [key for key in names if key not in keys]:
        shown = ", ".join(map(str, sorted(keys)[:_SHOWN])) + ", …" * (len(keys) > _SHOWN)
        raise ConfigError(
            f"names: expected them by numbers of nodes that there are ({shown}), got one of "
            f"{missing[0]!r:.40}"
        )
    return dict(names)


def require(medium: Medium, makes: str, kind: str, key: str = "encoding.kind") -> None:
    """Make sure that what a direct encoding makes is what a medium makes of networks.

    Raises:
        ConfigError: It is not.
    """
    if medium.makes != makes:
        raise ConfigError(
            f"{key} {kind} makes {makes}, and the task wants {medium.makes}: choose "
            f"{_FITTING.get(medium.makes, 'one that makes such')}"
        )


def require_values(medium: Medium, kind: str) -> None:
    """Make sure that a medium makes images or weights, which a hybrid may change.

    Raises:
        ConfigError: It makes networks.
    """
    if medium.makes == "networks":
        raise ConfigError(
            f"encoding.kind {kind} changes images or weights of links, and the task wants "
            "networks: choose cppn"
        )
