"""Networks as graphs of networkx, for its algorithms and for drawing."""

from typing import Any

import networkx
from pydantic import ValidationError

from neatfool.encodings.interchange.json_text import NetworkJson, build, describe, explained
from neatfool.networks import Graphs


def to_networkx(graphs: Graphs) -> networkx.MultiDiGraph:
    """Make a directed graph of the one network of a batch, without loss.

    Nodes are named by their ids; their ``role`` is input, output or hidden, their other attributes,
    and those of edges, are those of the JSON. The key of an edge is its innovation number: two
    nodes may have several between them. The graph has ``inputs``, ``outputs`` and ``precision``.

    Raises:
        DataError: A number is NaN or infinite.
        ShapeError: There is not exactly one graph.
    """
    network = describe(graphs)
    made = networkx.MultiDiGraph(
        inputs=network.inputs, outputs=network.outputs, precision=network.precision
    )
    made.add_nodes_from(range(network.inputs), role="input")
    for node in network.nodes:
        role = "output" if node.id < network.inputs + network.outputs else "hidden"
        made.add_node(node.id, role=role, **node.model_dump(exclude={"id"}))
    for edge in network.edges:
        attributes = edge.model_dump(exclude={"source", "target", "innovation"})
        made.add_edge(edge.source, edge.target, key=edge.innovation, **attributes)
    return made


def from_networkx(graph: networkx.DiGraph) -> Graphs:
    """Read a network from a directed graph; undoes ``to_networkx``.

    A graph made by hand needs ``inputs`` and ``outputs``, an ``activation`` for each node that is
    no input, and a ``weight`` for each edge. Attributes of other names, such as positions, are
    passed over; edges without keys of their own are numbered in their order.

    Returns:
        A batch of one graph.

    Raises:
        DataError: The graph is no whole network.
    """
    inputs = graph.graph.get("inputs")
    edges = [
        {"innovation": key, "source": source, "target": target} | _known(values, "weight enabled")
        for key, source, target, values in _edges(graph)
    ]
    names = "activation bias response aggregation time_constant"
    nodes = [
        {"id": node} | _known(values, names)
        for node, values in graph.nodes(data=True)
        if values.get("role") != "input" and not (isinstance(node, int) and node < (inputs or 0))
    ]
    tree = {"format": "neatfool network", "version": 1, "nodes": nodes, "edges": edges}
    tree |= {"precision": "float64"} | _known(graph.graph, "inputs outputs precision")
    try:
        return build(NetworkJson.model_validate(tree), cyclic=True)
    except ValidationError as error:
        raise explained(error) from None


def _edges(graph: networkx.DiGraph) -> Any:
    if graph.is_multigraph():
        return [(key, a, b, values) for a, b, key, values in graph.edges(keys=True, data=True)]
    return [(number, *edge) for number, edge in enumerate(graph.edges(data=True))]


def _known(values: dict[str, Any], names: str) -> dict[str, Any]:
    return {name: values[name] for name in names.split() if name in values}
