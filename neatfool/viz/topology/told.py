"""What is told of a network: which of its parts count, what they are called, what is unusual."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from neatfool.encodings import Labelled, Medium
from neatfool.encodings.medium import check_names
from neatfool.images import Canvas
from neatfool.networks import ACTIVATIONS, Graphs, live_nodes
from neatfool.networks.aggregations import AGGREGATIONS
from neatfool.types import Ints


class Words(NamedTuple):
    """What functions are called, by their positions.

    Attributes:
        functions: Activations.
        aggregations: What makes one number of several terms.
        has_keys: Whether nodes are called by the keys that a script gave them.
    """

    functions: Mapping[int, str]
    aggregations: Mapping[int, str]
    has_keys: bool

    @classmethod
    def of(cls, medium: Medium | None) -> "Words":
        """Take the names of the tables, or those that a script has."""
        functions = dict(enumerate(each.name for each in ACTIVATIONS))
        aggregations = dict(enumerate(each.name for each in AGGREGATIONS))
        if not isinstance(medium, Labelled):
            return cls(functions, aggregations, has_keys=False)
        return cls({**functions, **medium.functions}, {**aggregations, **medium.aggregations}, True)


def effective(graphs: Graphs) -> Ints:
    """Return the positions of the nodes that outputs depend on, and of all outputs: ``(n,)``.

    Args:
        graphs: A batch of one.
    """
    is_kept = live_nodes(graphs)
    is_kept[graphs.inputs : graphs.inputs + graphs.outputs] = True
    return np.flatnonzero(is_kept)


def part(graphs: Graphs, nodes: Ints) -> Graphs:
    """Take some nodes of a graph and the enabled edges between them; only to be drawn.

    Args:
        graphs: A batch of one.
        nodes: ``(n,)`` ascending positions, all outputs among them.
    """
    places = np.full(len(graphs.node_ids), -1)
    places[nodes] = np.arange(len(nodes))
    sources, targets = places[graphs.sources], places[graphs.targets]
    kept = np.flatnonzero((sources >= 0) & (targets >= 0) & graphs.enabled)
    return Graphs(
        int(np.sum(nodes < graphs.inputs)),
        graphs.outputs,
        node_offsets=np.array([0, len(nodes)]),
        edge_offsets=np.array([0, len(kept)]),
        **{name: array[nodes] for name, array in graphs.node_arrays().items()},
        **{name: array[kept] for name, array in graphs.edge_arrays().items()}
        | {"sources": sources[kept], "targets": targets[kept]},
    )


def names_of(
    graphs: Graphs, medium: Medium | None, given: Mapping[int, str] | None = None
) -> list[str]:
    """Name all nodes; hidden ones are numbered from 1, in the order of their ids.

    Args:
        graphs: A batch of one.
        medium: Names inputs and outputs.
        given: Names by ids, in place of these.

    Raises:
        ConfigError: A name is of a node that there is not.
    """
    ids = graphs.node_ids.tolist()
    check_names(given or {}, ids)
    return [
        (given or {}).get(node, name)
        for node, name in zip(ids, _usual_names(graphs, medium), strict=True)
    ]


def _usual_names(graphs: Graphs, medium: Medium | None) -> list[str]:
    inputs = medium.inputs if medium else [f"i{place}" for place in range(graphs.inputs)]
    outputs = [f"o{place}" for place in range(graphs.outputs)]
    if isinstance(medium, Canvas):
        outputs = [*medium.colours] if graphs.outputs == 3 else ["grey"]
    if isinstance(medium, Labelled):
        return [*map(medium.called, graphs.node_ids.tolist())]
    hidden = len(graphs.node_ids) - graphs.inputs - graphs.outputs
    return [*inputs, *outputs, *map(str, range(1, hidden + 1))]


def node_name(graphs: Graphs, node: int) -> str:
    """Name a hidden node by its id, as a drawing does."""
    first = graphs.inputs + graphs.outputs
    return str(1 + int(np.searchsorted(graphs.node_ids[first:], node)))


def unusual(graphs: Graphs, node: int, words: Words) -> str:
    """Say what differs from the default in a node: aggregation, response, bias."""
    if node < graphs.inputs:
        return ""
    code = 0 if graphs.aggregations is None else int(graphs.aggregations[node])
    response = 1.0 if graphs.responses is None else float(graphs.responses[node])
    parts = [words.aggregations[code]] if code else []
    parts += [f"× {response:.2g}"] if response != 1 else []
    parts += [f"bias {graphs.biases[node]:+.2g}"] if graphs.biases[node] else []
    return " ".join(parts).replace("-", "−")


def node_text(graphs: Graphs, node: int, name: str, words: Words) -> str:
    """Describe a node in a line, to be shown where a pointer rests."""
    if node < graphs.inputs:
        return f"input {name}"
    what = "output" if node < graphs.inputs + graphs.outputs else "node"
    number = "" if what == "output" or words.has_keys else f" (id {graphs.node_ids[node]})"
    said = [words.functions[int(graphs.activations[node])], unusual(graphs, node, words)]
    return f"{what} {name}{number}: {', '.join(filter(None, said))}"


def edge_text(graphs: Graphs, edge: int, names: Sequence[str]) -> str:
    """Describe an edge in a line."""
    ends = f"{names[graphs.sources[edge]]} → {names[graphs.targets[edge]]}"
    off = "" if graphs.enabled[edge] else ", disabled"
    return f"{ends}: {graphs.weights[edge]:.3g}{off}".replace("-", "−")
