"""What goes on inside one graph: the value of each node, and the graph without each node."""

import numpy as np
import torch

from neatfool.errors import ShapeError
from neatfool.networks.compile import compile_graphs
from neatfool.networks.executors import execute
from neatfool.networks.graph import Graphs, reaching
from neatfool.types import Bools, Ints


def node_values(graphs: Graphs, inputs: torch.Tensor, executor: str | None = None) -> torch.Tensor:
    """Evaluate every node of a graph on every query point.

    All computed nodes are taken for outputs, so that nodes which reach no output are evaluated as
    well, and the executor is the one that evaluates networks.

    Args:
        graphs: A batch of one.
        inputs: ``(I, X)``, as ``execute`` takes them.
        executor: A name of ``EXECUTORS``; none: the fastest.

    Returns:
        ``(N, X)``, rows in the order of the graph's nodes: the inputs first. Rows of outputs are
        what ``execute`` gives, bit for bit.

    Raises:
        ShapeError: There is not exactly one graph, or the inputs do not fit it.
    """
    _require_one(graphs)
    everything = graphs.changed(outputs=len(graphs.node_ids) - graphs.inputs)
    computed = execute(compile_graphs(everything), inputs, executor)
    return torch.cat([inputs, computed[0]])


def live_nodes(graphs: Graphs) -> Bools:
    """Mark the nodes of all graphs from which enabled edges lead to an output: ``(N,)`` bool.

    Inputs and outputs count as well: an input that no output depends on is not live.
    """
    first = np.repeat(graphs.node_offsets[:-1], graphs.edge_counts)[graphs.enabled]
    positions = np.arange(len(graphs.node_ids)) - graphs.node_offsets[graphs.node_owners]
    is_output = (graphs.inputs <= positions) & (positions < graphs.inputs + graphs.outputs)
    sources, targets = graphs.sources[graphs.enabled], graphs.targets[graphs.enabled]
    return reaching(is_output, first + sources, first + targets)


def hidden_nodes(graphs: Graphs) -> Ints:
    """Return the positions of the hidden nodes of the one graph of a batch: ``(H,)``.

    Raises:
        ShapeError: There is not exactly one graph.
    """
    _require_one(graphs)
    return np.arange(graphs.inputs + graphs.outputs, len(graphs.node_ids))


def ablations(graphs: Graphs) -> Graphs:
    """Copy a graph once for each hidden node, with all edges of that node disabled.

    Args:
        graphs: A batch of one.

    Returns:
        ``H`` graphs, in the order of ``hidden_nodes``; each has all nodes and edges of the graph.

    Raises:
        ShapeError: There is not exactly one graph.
    """
    hidden = hidden_nodes(graphs)
    copies = graphs.select(np.zeros(len(hidden), np.int64))
    gone = np.repeat(hidden, len(graphs.sources))
    touched = (copies.sources == gone) | (copies.targets == gone)
    return copies.changed(enabled=copies.enabled & ~touched)


def _require_one(graphs: Graphs) -> None:
    if len(graphs) != 1:
        raise ShapeError(f"expected one graph, got {len(graphs)}: select one")
