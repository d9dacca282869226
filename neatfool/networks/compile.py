"""Turn a batch of graphs into networks that executors can run: prune, order, pack."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neatfool.errors import ShapeError
from neatfool.networks.graph import Graphs, offsets, reaching
from neatfool.networks.jit import jit
from neatfool.types import Doubles, Floats, Ints


@dataclass(frozen=True, eq=False)
class Networks:
    """``P`` compiled graphs, the computed nodes of each in an order of evaluation.

    A value of a network is a row: rows ``0 … inputs - 1`` are the inputs, then come the computed
    nodes of that network in order. A node's level is one above the highest of its sources; within
    a network levels ascend.

    Attributes:
        inputs: Number of inputs ``I``.
        node_offsets: ``(P + 1,)`` int64, the computed nodes of each network.
        levels: ``(N,)`` int64, from 1.
        activations: ``(N,)`` int16, positions in the table of activations.
        biases: ``(N,)`` float32 or float64.
        edge_offsets: ``(N + 1,)`` int64, the edges into each computed node.
        sources: ``(E,)`` int64, rows of the same network.
        weights: ``(E,)`` float32 or float64.
        outputs: ``(P, O)`` int64, rows of the outputs.
        responses: ``(N,)`` float64, or None as in ``Graphs``.
        aggregations: ``(N,)`` int16, or None as in ``Graphs``.
    """

    inputs: int
    node_offsets: Ints
    levels: Ints
    activations: npt.NDArray[np.int16]
    biases: Floats
    edge_offsets: Ints
    sources: Ints
    weights: Floats
    outputs: Ints
    responses: Doubles | None = None
    aggregations: npt.NDArray[np.int16] | None = None

    def __len__(self) -> int:
        return len(self.outputs)

    @property
    def only_sums(self) -> bool:
        """Whether every node computes its activation of its bias and the sum of its terms."""
        return self.responses is None and self.aggregations is None


def compile_graphs(graphs: Graphs) -> Networks:
    """Compile a batch of graphs; what reaches no output is left out.

    A node without edges into it computes its activation of its bias, or, if it is a product, of its
    bias plus its response. Edges into a node keep their order.

    Raises:
        ShapeError: A graph has a cycle.
    """
    first_nodes = np.repeat(graphs.node_offsets[:-1], graphs.edge_counts)
    sources = first_nodes + graphs.sources
    targets = first_nodes + graphs.targets
    owners = graphs.node_owners
    positions = np.arange(len(owners)) - graphs.node_offsets[owners]
    is_input = positions < graphs.inputs
    is_output = ~is_input & (positions < graphs.inputs + graphs.outputs)

    live = graphs.enabled
    needed = reaching(is_output, sources[live], targets[live])
    edges = np.flatnonzero(live & needed[targets])
    sources, targets = sources[edges], targets[edges]

    levels = np.where(is_input, 0, 1)
    if not _raise(levels, sources, targets, int(graphs.node_counts.max(initial=0))):
        raise ShapeError("the graph has a cycle: only acyclic graphs can be compiled")
    computed = np.flatnonzero(needed & ~is_input)
    order = computed[np.lexsort((levels[computed], owners[computed]))]
    places = np.empty(len(needed), np.int64)
    places[order] = np.arange(len(order))
    node_offsets = offsets(np.bincount(owners[order], minlength=len(graphs)))
    rows = graphs.inputs + places - node_offsets[owners]
    rows[is_input] = positions[is_input]

    by_node = np.argsort(places[targets], kind="stable")
    return Networks(
        inputs=graphs.inputs,
        node_offsets=node_offsets,
        levels=levels[order],
        activations=graphs.activations[order],
        biases=graphs.biases[order],
        edge_offsets=offsets(np.bincount(places[targets], minlength=len(order))),
        sources=rows[sources[by_node]],
        weights=graphs.weights[edges[by_node]],
        outputs=rows[np.flatnonzero(is_output)].reshape(len(graphs), graphs.outputs),
        responses=None if graphs.responses is None else graphs.responses[order],
        aggregations=None if graphs.aggregations is None else graphs.aggregations[order],
    )


def is_acyclic(graphs: Graphs, asleep: bool = True) -> bool:
    """Say whether no graph has a cycle, if ``asleep`` through disabled edges either."""
    edges = np.flatnonzero(graphs.enabled | asleep)
    first = np.repeat(graphs.node_offsets[:-1], graphs.edge_counts)[edges]
    levels = np.zeros(len(graphs.node_ids), np.int64)
    most = int(graphs.node_counts.max(initial=0))
    sources, targets = first + graphs.sources[edges], first + graphs.targets[edges]
    return bool(_raise(levels, sources, targets, most))


@jit(nogil=True, error_model="numpy")
def _raise(levels, sources, targets, most):  # type: ignore[no-untyped-def]
    """Put every target above its sources, in place; return whether that came to an end.

    In graphs of at most ``most`` nodes it does, unless there is a cycle.
    """
    for _ in range(most + 1):
        is_done = True
        for edge in range(len(sources)):
            above = levels[sources[edge]] + 1
            if levels[targets[edge]] < above:
                levels[targets[edge]] = above
                is_done = False
        if is_done:
            return True
    return False
