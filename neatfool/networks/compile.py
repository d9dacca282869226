"""Turn a batch of graphs into networks that executors can run: prune, order, pack."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neatfool.errors import ShapeError
from neatfool.networks.graph import Graphs, offsets, reaching
from neatfool.types import Bools, Floats, Ints


@dataclass(frozen=True, eq=False)
class Networks:
    """``P`` compiled graphs, all of whose computed nodes stand in one order of evaluation.

    Rows ``0 … inputs - 1`` are the inputs, which all networks share. The computed nodes follow,
    level by level (a node's level is one above the highest of its sources), and within a level by
    activation, so that a level is one gather and each of its activations one slice.

    Attributes:
        inputs: Number of inputs ``I``.
        levels: ``(L + 1,)`` int64, first row of each level, then the end.
        activations: ``(N,)`` int16, of the computed nodes in order of rows.
        biases: ``(N,)`` float32.
        owners: ``(N,)`` int64, the network of each computed node.
        edge_offsets: ``(N + 1,)`` int64, the edges into each computed node.
        sources: ``(E,)`` int64, rows.
        weights: ``(E,)`` float32.
        outputs: ``(P, O)`` int64, rows of the outputs.
    """

    inputs: int
    levels: Ints
    activations: npt.NDArray[np.int16]
    biases: Floats
    owners: Ints
    edge_offsets: Ints
    sources: Ints
    weights: Floats
    outputs: Ints

    def __len__(self) -> int:
        return len(self.outputs)


def compile_graphs(graphs: Graphs) -> Networks:
    """Compile a batch of graphs; what reaches no output is left out.

    A node without edges into it computes its activation of its bias.

    Raises:
        ShapeError: A graph has a cycle.
    """
    first_nodes = np.repeat(graphs.node_offsets[:-1], graphs.edge_counts)
    sources = first_nodes + graphs.sources
    targets = first_nodes + graphs.targets
    positions = np.arange(len(graphs.node_ids)) - np.repeat(
        graphs.node_offsets[:-1], graphs.node_counts
    )
    is_input = positions < graphs.inputs
    is_output = ~is_input & (positions < graphs.inputs + graphs.outputs)

    live = graphs.enabled
    needed = reaching(is_output, sources[live], targets[live])
    edges = np.flatnonzero(live & needed[targets])
    edges = edges[np.argsort(targets[edges], kind="stable")]
    sources, targets = sources[edges], targets[edges]

    levels = _levels(len(needed), sources, targets, is_input)
    computed = np.flatnonzero(needed & ~is_input)
    order = computed[np.lexsort((graphs.activations[computed], levels[computed]))]
    rows = np.empty(len(needed), np.int64)
    rows[is_input] = positions[is_input]
    rows[order] = graphs.inputs + np.arange(len(order))

    by_row = np.argsort(rows[targets], kind="stable")
    counts = np.bincount(rows[targets] - graphs.inputs, minlength=len(order))
    level_ends = np.cumsum(np.bincount(levels[order]))[1:] if len(order) else np.zeros(0, np.int64)
    return Networks(
        inputs=graphs.inputs,
        levels=np.concatenate([[graphs.inputs], graphs.inputs + level_ends]).astype(np.int64),
        activations=graphs.activations[order],
        biases=graphs.biases[order],
        owners=graphs.node_owners[order],
        edge_offsets=offsets(counts),
        sources=rows[sources[by_row]],
        weights=graphs.weights[edges[by_row]],
        outputs=rows[np.flatnonzero(is_output)].reshape(len(graphs), graphs.outputs),
    )


def _levels(nodes: int, sources: Ints, targets: Ints, is_input: Bools) -> Ints:
    """Return each node's longest distance from a node without sources; ``targets`` are sorted."""
    levels = np.where(is_input, 0, 1)
    if not len(targets):
        return levels
    starts = np.flatnonzero(np.diff(targets, prepend=-1))
    heads = targets[starts]
    for _ in range(nodes + 1):
        raised = np.maximum.reduceat(levels[sources], starts) + 1
        if np.array_equal(raised, levels[heads]):
            return levels
        levels[heads] = raised
    raise ShapeError("the graph has a cycle: only acyclic graphs can be compiled")
