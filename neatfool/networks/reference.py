"""The slow and obvious evaluator, in scalar Python: the oracle of every executor."""

import numpy as np
import numpy.typing as npt

from neatfool.networks.activations import ACTIVATIONS
from neatfool.networks.aggregations import AGGREGATIONS, SUM
from neatfool.networks.graph import Graphs


def evaluate(graphs: Graphs, inputs: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Evaluate every graph on every query point, one number at a time, in double precision.

    Args:
        graphs: ``P`` acyclic graphs.
        inputs: ``(I, X)``, one row for each input node.

    Returns:
        ``(P, O, X)`` float64, values of the output nodes.
    """
    points = np.asarray(inputs, dtype=np.float64)
    results = np.empty((len(graphs), graphs.outputs, points.shape[1]))
    for graph in range(len(graphs)):
        for x in range(points.shape[1]):
            values = dict(enumerate(points[:, x].tolist()))
            for output in range(graphs.outputs):
                results[graph, output, x] = _value(graphs, graph, graphs.inputs + output, values)
    return results


def _value(graphs: Graphs, graph: int, node: int, values: dict[int, float]) -> float:
    """Compute one node from the nodes before it; ``values`` remembers those already known."""
    if node not in values:
        position = int(graphs.node_offsets[graph]) + node
        terms = []
        for edge in range(graphs.edge_offsets[graph], graphs.edge_offsets[graph + 1]):
            if graphs.targets[edge] == node and graphs.enabled[edge]:
                source = _value(graphs, graph, int(graphs.sources[edge]), values)
                terms.append(float(graphs.weights[edge]) * source)
        code = SUM if graphs.aggregations is None else graphs.aggregations[position]
        response = 1.0 if graphs.responses is None else float(graphs.responses[position])
        total = AGGREGATIONS[code].scalar(terms) if terms else AGGREGATIONS[code].empty
        total = float(graphs.biases[position]) + response * total
        values[node] = ACTIVATIONS[graphs.activations[position]].scalar(total)
    return values[node]
