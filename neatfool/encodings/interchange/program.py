"""A single network as a list of steps, for those who write it down."""

import itertools
from dataclasses import dataclass

from neatfool.errors import ShapeError
from neatfool.networks import ACTIVATIONS, Activation, Graphs, compile_graphs
from neatfool.networks.aggregations import AGGREGATIONS, SUM, Aggregation


@dataclass(frozen=True)
class Step:
    """The computation of one node; every value has the number of its row.

    Attributes:
        row: Of the node; the inputs have the first rows.
        terms: Row and weight of each source.
    """

    row: int
    activation: Activation
    aggregation: Aggregation
    bias: float
    response: float
    terms: list[tuple[int, float]]


def program(graphs: Graphs) -> tuple[list[Step], list[int]]:
    """List the steps of the one graph of a batch, in order, and the rows of its outputs.

    Raises:
        ShapeError: There is not exactly one graph, or it has a cycle.
    """
    the_one(graphs)
    networks = compile_graphs(graphs)
    bounds, weights = networks.edge_offsets.tolist(), networks.weights.tolist()
    sources, biases = networks.sources.tolist(), networks.biases.tolist()
    steps = [
        Step(
            row=networks.inputs + node,
            activation=ACTIVATIONS[networks.activations[node]],
            aggregation=AGGREGATIONS[
                SUM if networks.aggregations is None else networks.aggregations[node]
            ],
            bias=biases[node],
            response=1.0 if networks.responses is None else float(networks.responses[node]),
            terms=[(sources[edge], weights[edge]) for edge in range(first, last)],
        )
        for node, (first, last) in enumerate(itertools.pairwise(bounds))
    ]
    return steps, networks.outputs[0].tolist()


def the_one(graphs: Graphs) -> None:
    """Make sure that a batch is of one graph.

    Raises:
        ShapeError: It is not.
    """
    if len(graphs) != 1:
        raise ShapeError(f"expected one graph, got {len(graphs)}: take one with select([place])")
