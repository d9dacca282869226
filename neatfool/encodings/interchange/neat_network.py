"""Networks of neat-python, of which the genome is gone: as objects, and as ``neat.export`` writes.

A network has the nodes and the enabled connections that its outputs depend on; innovation numbers
and time constants are not in it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import neat
from pydantic import Field, ValidationError

from neatfool.bounded import read_bytes
from neatfool.encodings.interchange.json_text import NetworkJson, Node, build, explained
from neatfool.encodings.neat.functions import FUNCTIONS
from neatfool.errors import DataError
from neatfool.networks import Graphs
from neatfool.settings import Settings

_KIND = "network of neat-python"
_SUFFIXES = "_activation", "_aggregation"


def _clean(name: str) -> str:
    """Return what ``neat.export`` calls a function."""
    for suffix in _SUFFIXES:
        name = name.replace(suffix, "")
    return name


_NAMES = {_clean(function.__name__): name for function, name in FUNCTIONS.items()}
_TAUGHT = {name for name in _NAMES if name.startswith("neatfool_")}


class Function(Settings, extra="ignore"):
    """An activation or aggregation."""

    name: str
    """As ``neat.export`` calls it."""
    custom: bool = False
    """Whether it is none of neat-python's."""


class Computed(Settings, extra="ignore"):
    """A node; inputs are among them."""

    id: int
    """Its key."""
    activation: Function
    """What is applied last."""
    aggregation: Function
    """What makes one number of all terms."""
    bias: float
    """What is added."""
    response: float
    """What the aggregated terms are multiplied by."""


class Connection(Settings, extra="ignore"):
    """A connection between two nodes."""

    source: int = Field(alias="from")
    """Key of the node it comes from."""
    target: int = Field(alias="to")
    """Key of the node it leads to."""
    weight: float
    """What the value of the source is multiplied by."""
    enabled: bool = True
    """Whether it carries anything."""


class Topology(Settings, extra="ignore"):
    """The ends of a network."""

    input_keys: tuple[int, ...] = Field(min_length=1, max_length=1 << 20)
    """Keys of the inputs, in order."""
    output_keys: tuple[int, ...] = Field(min_length=1, max_length=1 << 20)
    """Keys of the outputs, in order."""


class Export(Settings, extra="ignore"):
    """What ``neat.export`` writes."""

    network_type: str
    """Feed-forward networks are read."""
    topology: Topology
    """Inputs and outputs."""
    nodes: tuple[Computed, ...] = Field(max_length=1 << 20, fail_fast=True)
    """All nodes."""
    connections: tuple[Connection, ...] = Field(max_length=1 << 24, fail_fast=True)
    """All connections."""


def from_neat_network(network: Any) -> Graphs:
    """Turn a ``neat.nn.FeedForwardNetwork`` of any version into a graph, in double precision.

    Outputs that old versions left without a node are 0, as there.

    Returns:
        A batch of one graph.

    Raises:
        DataError: It is another kind of network, has a function of your own, a number is NaN or
            infinite, or a node is missing.
    """
    if not isinstance(network, neat.nn.FeedForwardNetwork):
        raise DataError(
            f"expected a FeedForwardNetwork of neat-python, got a {type(network).__name__}: other "
            "kinds are not read"
        )
    return from_neat_json(
        {
            "network_type": "feedforward",
            "topology": {
                "input_keys": [*network.input_nodes],
                "output_keys": [*network.output_nodes],
            },
            "nodes": [
                {
                    "id": key,
                    "activation": _described(activation),
                    "aggregation": _described(aggregation),
                    "bias": float(bias),
                    "response": float(response),
                }
                for key, activation, aggregation, bias, response, _ in network.node_evals
            ],
            "connections": [
                {"from": source, "to": key, "weight": float(weight)}
                for key, *_, terms in network.node_evals
                for source, weight in terms
            ],
        }
    )


def from_neat_json(source: str | bytes | Path | Mapping[str, Any]) -> Graphs:
    """Read a network that ``neat.export.export_network_json`` wrote, in double precision.

    Args:
        source: The JSON, its file, or what ``json.load`` made of it.

    Returns:
        A batch of one graph.

    Raises:
        DataError: It is no such JSON or another kind of network, has a function of your own, or is
            not whole.
    """
    try:
        if isinstance(source, Mapping):
            found = Export.model_validate(source)
        else:
            found = Export.model_validate_json(_content(source))
        if found.network_type != "feedforward":
            raise DataError(
                f"expected a feed-forward network, got the type {found.network_type!r:.60}: other "
                "kinds are not read"
            )
        return build(_translated(found))
    except ValidationError as error:
        raise explained(error, _KIND) from None


def _content(source: str | bytes | Path) -> str | bytes:
    if not isinstance(source, Path):
        return source
    try:
        return read_bytes(source)
    except OSError as error:
        raise DataError(f"{source} cannot be read: {error.strerror or error}") from None


def _described(function: Any) -> dict[str, Any]:
    name = getattr(function, "__name__", repr(function))
    return {"name": _clean(name), "custom": function not in FUNCTIONS}


def _translated(found: Export) -> NetworkJson:
    """Number nodes as ``from_neat`` does, and edges by their order."""
    inputs, outputs = found.topology.input_keys, found.topology.output_keys
    computed = [node for node in found.nodes if node.id not in inputs]
    ids = {node.id: len(inputs) + node.id for node in computed}
    missing = [key for key in outputs if key not in ids]
    ids |= {key: place for place, key in enumerate((*inputs, *outputs))}
    trees: list[dict[str, object]] = [
        {
            "id": ids[node.id],
            "activation": _named(node.activation),
            "aggregation": _named(node.aggregation),
            "bias": node.bias,
            "response": node.response,
        }
        for node in computed
    ]
    trees += [{"id": ids[key], "activation": "identity"} for key in missing]
    nodes = [Node.model_validate(each) for each in trees]
    for link in found.connections:
        for key in (link.source, link.target):
            if key not in ids:
                raise DataError(f"this is no whole {_KIND}: expected node {key}, which is missing")
    edges = [
        {
            "innovation": place,
            "source": ids[link.source],
            "target": ids[link.target],
            "weight": link.weight,
            "enabled": link.enabled,
        }
        for place, link in enumerate(found.connections)
    ]
    tree = {"format": "neatfool network", "version": 1, "precision": "float64"}
    tree |= {"inputs": len(inputs), "outputs": len(outputs), "nodes": nodes, "edges": edges}
    return NetworkJson.model_validate(tree)


def _named(function: Function) -> str:
    """Return what a function is called here."""
    if function.name in _NAMES and (not function.custom or function.name in _TAUGHT):
        return _NAMES[function.name]
    raise DataError(
        f"{function.name!r:.60} is a function of your own, which neatfool cannot read: expected "
        f"one of neat-python's, {', '.join(sorted(_NAMES.keys() - _TAUGHT))}"
    )
