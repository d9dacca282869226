"""The slow and obvious evaluator, in scalar Python: the oracle of every executor."""

import numpy as np
import numpy.typing as npt

from neatfool.networks.aggregations import AGGREGATIONS, SUM
from neatfool.networks.graph import Graphs
from neatfool.sections.activations import ACTIVATIONS
from neatfool.sections.encoding import Dynamics


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


def evaluate_steps(
    graphs: Graphs, points: npt.ArrayLike, dynamics: Dynamics, time_step: float = 1.0
) -> npt.NDArray[np.float64]:
    """Let every graph make steps from the beginning, each at points of its own.

    Args:
        graphs: ``P`` graphs.
        points: ``(T, P, X, I)``.
        dynamics: How they run.
        time_step: Of continuous time.

    Returns:
        ``(T, P, X, O)`` float64, values of the output nodes after each step.
    """
    given = np.asarray(points, dtype=np.float64)
    results = np.empty((*given.shape[:-1], graphs.outputs))
    for graph, x in np.ndindex(given.shape[1:3]):
        own = graphs.part(graph, graph + 1)
        if dynamics == "forward":
            results[:, graph, x] = evaluate(own, given[:, graph, x].T)[0].T
            continue
        older = values = dict.fromkeys(range(len(own.node_ids)), 0.0)
        for t, observed in enumerate(given[:, graph, x].tolist()):
            values |= enumerate(observed)
            computed = [node for node in range(own.inputs, len(values)) if _edges(own, 0, node)]
            new = {node: _computed(own, 0, node, values) for node in computed}
            if dynamics == "ctrnn":
                for node, value in new.items():
                    rate = time_step / _constant(own, node)
                    new[node] = older[node] + rate * (-older[node] + value)
            older, values = values, values | new
            shown = older if dynamics == "ctrnn" else values
            results[t, graph, x] = [shown[own.inputs + output] for output in range(own.outputs)]
    return results


def _constant(graph: Graphs, node: int) -> float:
    return 1.0 if graph.time_constants is None else float(graph.time_constants[node])


def _value(graphs: Graphs, graph: int, node: int, values: dict[int, float]) -> float:
    """Compute one node from the nodes before it; ``values`` remembers those already known."""
    if node not in values:
        for edge in _edges(graphs, graph, node):
            _value(graphs, graph, int(graphs.sources[edge]), values)
        values[node] = _computed(graphs, graph, node, values)
    return values[node]


def _edges(graphs: Graphs, graph: int, node: int) -> list[int]:
    """List the edges into a node that carry something."""
    own = range(graphs.edge_offsets[graph], graphs.edge_offsets[graph + 1])
    return [edge for edge in own if graphs.targets[edge] == node and graphs.enabled[edge]]


def _computed(graphs: Graphs, graph: int, node: int, values: dict[int, float]) -> float:
    """Compute one node from values that are known."""
    position = int(graphs.node_offsets[graph]) + node
    edges = _edges(graphs, graph, node)
    terms = [float(graphs.weights[edge]) * values[int(graphs.sources[edge])] for edge in edges]
    code = SUM if graphs.aggregations is None else graphs.aggregations[position]
    response = 1.0 if graphs.responses is None else float(graphs.responses[position])
    total = AGGREGATIONS[code].scalar(terms) if terms else AGGREGATIONS[code].empty
    total = float(graphs.biases[position]) + response * total
    return ACTIVATIONS[graphs.activations[position]].scalar(total)
