"""Networks as JSON, version 1: a list of nodes and a list of edges, checked when it is read."""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, ValidationError

from neatfool.encodings.interchange.program import the_one
from neatfool.errors import DataError
from neatfool.networks import ACTIVATIONS, Graphs, activation_codes
from neatfool.networks.aggregations import AGGREGATIONS
from neatfool.networks.compile import is_acyclic
from neatfool.networks.graph import NEUTRAL
from neatfool.sections.activations import IDENTITY
from neatfool.settings import Settings, located

_LONGEST = 1 << 28  # characters
_Number = Field(ge=0, lt=1 << 62)
_CODES = {aggregation.name: code for code, aggregation in enumerate(AGGREGATIONS)}


class Node(Settings):
    """A computed node: ``activation(bias + response * aggregation(weight * source, …))``."""

    id: int = _Number
    """Outputs follow the inputs, which are numbered from 0; hidden nodes have any later number."""
    activation: str
    """A name of the table of activations."""
    bias: float = 0.0
    """What is added."""
    response: float = 1.0
    """What the aggregated terms are multiplied by."""
    aggregation: str = "sum"
    """How terms become one: sum, product, max, min, maxabs, median or mean."""
    time_constant: float = 1.0
    """Of networks that run in continuous time."""


class Edge(Settings):
    """An edge between two nodes."""

    innovation: int = _Number
    """Its innovation number, by which genomes are aligned."""
    source: int = _Number
    """Id of the node it comes from."""
    target: int = _Number
    """Id of the node it leads to."""
    weight: float
    """What the value of the source is multiplied by."""
    enabled: bool = True
    """Whether it carries anything."""


class NetworkJson(Settings):
    """A network with its history: all that a genome holds."""

    format: Literal["neatfool network"]
    """What this is."""
    version: Literal[1]
    """Of the format."""
    precision: Literal["float32", "float64"]
    """Of weights and biases."""
    inputs: int = Field(ge=1, le=1 << 20)
    """Number of inputs."""
    outputs: int = Field(ge=1, le=1 << 20)
    """Number of outputs."""
    nodes: tuple[Node, ...] = Field(max_length=1 << 20, fail_fast=True)
    """All nodes but the inputs."""
    edges: tuple[Edge, ...] = Field(max_length=1 << 24, fail_fast=True)
    """All edges."""


def to_json(graphs: Graphs) -> str:
    """Write a network as JSON, without loss; what is as usual in a node or edge is left out.

    Raises:
        DataError: A number is NaN or infinite.
        ShapeError: There is not exactly one graph.
    """
    return describe(graphs).model_dump_json(indent=1, exclude_defaults=True)


def from_json(text: str | bytes) -> Graphs:
    """Read a network from JSON; undoes ``to_json``.

    Returns:
        A batch of one graph.

    Raises:
        DataError: The text is no network of this format, or the network is not whole.
    """
    if len(text) > _LONGEST:
        raise DataError(f"expected a network of at most {_LONGEST:,} characters, got {len(text):,}")
    try:
        return build(NetworkJson.model_validate_json(text), cyclic=True)
    except ValidationError as error:
        raise explained(error) from None


def describe(graphs: Graphs) -> NetworkJson:
    """Turn the one graph of a batch into nodes and edges."""
    the_one(graphs)
    ids = graphs.node_ids.tolist()
    full = {name: np.full(len(ids), value) for name, value in NEUTRAL.items()}
    arrays = {name: array.tolist() for name, array in (full | graphs.node_arrays()).items()}
    try:
        nodes = tuple(
            Node.model_validate(
                {
                    "id": ids[n],
                    "activation": ACTIVATIONS[arrays["activations"][n]].name,
                    "bias": arrays["biases"][n],
                    "response": arrays["responses"][n],
                    "aggregation": AGGREGATIONS[arrays["aggregations"][n]].name,
                    "time_constant": arrays["time_constants"][n],
                }
            )
            for n in range(graphs.inputs, len(ids))
        )
        columns = (array.tolist() for array in graphs.edge_arrays().values())
        edges = tuple(
            Edge.model_validate(
                {"innovation": i, "source": ids[s], "target": ids[t], "weight": w, "enabled": e}
            )
            for s, t, w, e, i in zip(*columns, strict=True)
        )
    except ValidationError as error:
        raise explained(error) from None
    return NetworkJson(
        format="neatfool network",
        version=1,
        precision="float32" if graphs.weights.dtype == np.float32 else "float64",
        inputs=graphs.inputs,
        outputs=graphs.outputs,
        nodes=nodes,
        edges=edges,
    )


def build(network: NetworkJson, cyclic: bool = False) -> Graphs:
    """Turn nodes and edges into a batch of one graph.

    Args:
        network: Nodes and edges.
        cyclic: Whether there may be cycles.

    Raises:
        DataError: An id or innovation number comes twice, an output is missing, an edge leads to or
            from a node that is not there, or into an input, a function is unknown, or there is a
            cycle that may not be.
    """
    nodes = sorted(network.nodes, key=lambda node: node.id)
    edges = sorted(network.edges, key=lambda edge: edge.innovation)
    ids = [*range(network.inputs), *(node.id for node in nodes)]
    _check(network, ids, [edge.innovation for edge in edges])
    places = {node: place for place, node in enumerate(ids)}
    number = np.dtype(network.precision).type

    def of_nodes(values: list[Any], neutral: Any) -> npt.NDArray[Any]:
        return np.array([neutral] * network.inputs + values, type(neutral))

    extras: dict[str, list[Any]] = {
        "responses": [node.response for node in nodes],
        "aggregations": [_CODES[node.aggregation] for node in nodes],
        "time_constants": [node.time_constant for node in nodes],
    }
    arrays = {name: of_nodes(values, NEUTRAL[name]) for name, values in extras.items()}
    codes = activation_codes([node.activation for node in nodes])
    with np.errstate(over="ignore"):
        biases = of_nodes([node.bias for node in nodes], number(0))
        weights = np.array([edge.weight for edge in edges], number)
    graphs = Graphs(
        inputs=network.inputs,
        outputs=network.outputs,
        node_offsets=np.array([0, len(ids)]),
        node_ids=np.array(ids, np.int64),
        activations=of_nodes(codes, np.int16(IDENTITY)),
        biases=biases,
        edge_offsets=np.array([0, len(edges)]),
        sources=np.array([places[edge.source] for edge in edges], np.int64),
        targets=np.array([places[edge.target] for edge in edges], np.int64),
        weights=weights,
        enabled=np.array([edge.enabled for edge in edges], np.bool_),
        innovations=np.array([edge.innovation for edge in edges], np.int64),
        **{name: a for name, a in arrays.items() if (a != NEUTRAL[name]).any()},
    )
    _require(cyclic or is_acyclic(graphs), "no cycle of edges, disabled ones included")
    are_finite = np.isfinite(biases).all() and np.isfinite(weights).all()
    _require(bool(are_finite), f"weights and biases within {network.precision}")
    return graphs


def _check(network: NetworkJson, ids: list[int], innovations: list[int]) -> None:
    """Make sure that ids, ends and functions are such as ``Graphs`` may hold."""
    first, fixed = network.inputs, network.inputs + network.outputs
    _require(ids[:fixed] == list(range(fixed)), f"nodes {first} to {fixed - 1}, the outputs")
    known, activations = {*ids}, {activation.name for activation in ACTIVATIONS}
    _require(len(known) == len(ids), "a different id for each node, and none of an input")
    _require(len({*innovations}) == len(innovations), "a different innovation number for each edge")
    for edge in network.edges:
        _require(
            edge.source in known and edge.target in known and edge.target >= first,
            f"edge {edge.innovation} to lead from a node to a node that is no input",
        )
    for node in network.nodes:
        _require(
            node.activation in activations,
            f"one of {', '.join(sorted(activations))} as activation of node {node.id}, "
            f"got {node.activation!r:.60}",
        )
        _require(
            node.aggregation in _CODES,
            f"one of {', '.join(_CODES)} as aggregation of node {node.id}, "
            f"got {node.aggregation!r:.60}",
        )


def _require(is_so: bool, expected: str) -> None:
    if not is_so:
        raise DataError(f"this is no whole network: expected {expected}")


def explained(error: ValidationError, what: str = "network") -> DataError:
    """Say what is wrong, and where."""
    said = located(error.errors(include_url=False)[0])
    return DataError(f"this is no {what} of version 1: {said:.320}")
