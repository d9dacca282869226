"""Turn a batch of graphs into networks that executors can run: prune, order, pack."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from neatfool.errors import ConfigError, ShapeError
from neatfool.networks.aggregations import AGGREGATIONS, SUM
from neatfool.networks.graph import Graphs, ranges
from neatfool.networks.jit import jit
from neatfool.sections.activations import ACTIVATIONS, RELU
from neatfool.sections.encoding import Dynamics
from neatfool.types import Doubles, Floats, Ints


@dataclass(frozen=True, eq=False)
class Networks:
    """``P`` compiled graphs, the computed nodes of each in an order of evaluation.

    A value of a network is a row: rows ``0 … inputs - 1`` are the inputs, then come the computed
    nodes of that network in order. A node's level is one above the highest of its sources; within
    a network levels ascend. Unless they run forward, all nodes are of level 1.

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
        dynamics: How they run.
        time_constants: ``(N,)`` float64, of those that run in continuous time; of others None.
        time_step: How long a step of these is, in the unit of their time constants.
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
    dynamics: Dynamics = "forward"
    time_constants: Doubles | None = None
    time_step: float = 1.0

    def __len__(self) -> int:
        return len(self.outputs)

    def part(self, first: int, last: int) -> "Networks":
        """Take the networks from ``first`` to the one before ``last``."""
        nodes = slice(int(self.node_offsets[first]), int(self.node_offsets[last]))
        edges = slice(int(self.edge_offsets[nodes.start]), int(self.edge_offsets[nodes.stop]))
        node_offsets = self.node_offsets[first : last + 1] - nodes.start
        edge_offsets = self.edge_offsets[nodes.start : nodes.stop + 1] - edges.start
        return self._taken(slice(first, last), (nodes, node_offsets), (edges, edge_offsets))

    def select(self, index: Ints) -> "Networks":
        """Copy the networks at ``index`` into a new batch."""
        nodes, node_offsets = ranges(self.node_offsets, index)
        edges, edge_offsets = ranges(self.edge_offsets, nodes)
        return self._taken(index, (nodes, node_offsets), (edges, edge_offsets))

    def _taken(
        self,
        networks: Ints | slice,
        nodes: tuple[Ints | slice, Ints],
        edges: tuple[Ints | slice, Ints],
    ) -> "Networks":
        """Take networks whose nodes and edges are given, with their offsets."""
        (of_nodes, node_offsets), (of_edges, edge_offsets) = nodes, edges
        return Networks(
            self.inputs,
            node_offsets,
            self.levels[of_nodes],
            self.activations[of_nodes],
            self.biases[of_nodes],
            edge_offsets,
            self.sources[of_edges],
            self.weights[of_edges],
            self.outputs[networks],
            None if self.responses is None else self.responses[of_nodes],
            None if self.aggregations is None else self.aggregations[of_nodes],
            self.dynamics,
            None if self.time_constants is None else self.time_constants[of_nodes],
            self.time_step,
        )

    @property
    def only_sums(self) -> bool:
        """Whether every node computes its activation of its bias and the sum of its terms."""
        return self.responses is None and self.aggregations is None

    @cached_property
    def rows(self) -> int:
        """Values of the largest network, its inputs among them."""
        return self.inputs + int(np.diff(self.node_offsets).max(initial=0))

    @property
    def remembered(self) -> int:
        """``M`` numbers that the largest network carries from step to step.

        They are the values of its computed nodes; of continuous-time networks, behind as many, also
        those of the step before.
        """
        return (self.rows - self.inputs) * ("forward", "recurrent", "ctrnn").index(self.dynamics)

    @cached_property
    def rates(self) -> Doubles | None:
        """``(N,)`` float64, by which part nodes move in a step; None if they do not move so."""
        return None if self.time_constants is None else self.time_step / self.time_constants

    @cached_property
    def terms(self) -> int:
        """Edges into the node that has most."""
        return int(np.diff(self.edge_offsets).max(initial=0))

    @cached_property
    def in_full(self) -> tuple[Doubles, Doubles, Doubles, npt.NDArray[np.int16]]:
        """Biases, weights, responses and aggregations in double precision, none of them None."""
        count, (responses, aggregations) = len(self.biases), (self.responses, self.aggregations)
        return (
            self.biases.astype(np.float64, copy=False),
            self.weights.astype(np.float64, copy=False),
            np.ones(count) if responses is None else responses,
            np.zeros(count, np.int16) if aggregations is None else aggregations,
        )


def require_known(graphs: Graphs) -> None:
    """Make sure that all functions are in our tables.

    Raises:
        ConfigError: One is not.
    """
    ways = graphs.aggregations
    if graphs.activations.max(initial=0) >= len(ACTIVATIONS) or (
        ways is not None and ways.max(initial=0) >= len(AGGREGATIONS)
    ):
        raise ConfigError(
            "a node has a function of a script's own, of which neatfool knows the name alone: the "
            "network can be drawn here, and evaluated by the script"
        )


def compile_graphs(
    graphs: Graphs, dynamics: Dynamics = "forward", time_step: float = 1.0
) -> Networks:
    """Compile a batch of graphs; what reaches no output is left out.

    A node without edges into it computes its activation of its bias, or, if it is a product, of its
    bias plus its response; unless networks run forward, it is 0, as in neat-python. Edges into a
    node keep their order.

    Args:
        graphs: ``P`` of them.
        dynamics: How they are to run.
        time_step: How long a step is, in the unit of the time constants, if they run in continuous
            time.

    Raises:
        ConfigError: A node that is to move in continuous time has a time constant of 0, or one has
            a function that is in no table.
        ShapeError: A graph that is to run forward has a cycle.
    """
    require_known(graphs)
    ends = graphs.inputs, graphs.outputs
    bounds = graphs.node_offsets, graphs.edge_offsets
    joined = graphs.sources, graphs.targets, graphs.enabled
    levels = np.zeros(len(graphs.node_ids), np.int64)
    if not _level(ends, bounds, joined, levels, dynamics == "forward"):
        raise ShapeError("the graph has a cycle: only acyclic graphs run forward")
    nodes, rows = np.empty_like(levels), np.empty_like(levels)
    node_offsets = np.zeros_like(graphs.node_offsets)
    outputs = np.empty((len(graphs), graphs.outputs), np.int64)
    begins = np.empty(2 + int(graphs.node_counts.max(initial=0)), np.int64)
    _order_nodes(graphs.inputs, bounds, levels, begins, (nodes, rows, node_offsets, outputs))
    nodes = nodes[: node_offsets[-1]]
    edges, sources = np.empty_like(graphs.sources), np.empty_like(graphs.sources)
    edge_offsets = np.zeros(len(nodes) + 2, np.int64)
    places = levels, rows, node_offsets - graphs.inputs
    _order_edges(bounds, joined, places, (edges, sources, edge_offsets))
    edges = edges[: edge_offsets[-2]]
    networks = Networks(
        inputs=graphs.inputs,
        node_offsets=node_offsets,
        levels=levels[nodes],
        activations=graphs.activations[nodes],
        biases=graphs.biases[nodes],
        edge_offsets=edge_offsets[:-1],
        sources=sources[: len(edges)],
        weights=graphs.weights[edges],
        outputs=outputs,
        responses=None if graphs.responses is None else graphs.responses[nodes],
        aggregations=None if graphs.aggregations is None else graphs.aggregations[nodes],
        dynamics=dynamics,
    )
    if dynamics == "forward":
        return networks
    if dynamics == "ctrnn":
        known = graphs.time_constants
        constants = np.ones(len(nodes)) if known is None else known[nodes]
        _check_constants(constants, node_offsets)
        networks = replace(networks, time_constants=constants, time_step=time_step)
    return _at_rest(networks)


def _check_constants(constants: Doubles, node_offsets: Ints) -> None:
    """Refuse time constants that the time of a step cannot be divided by."""
    wrong = np.flatnonzero((constants == 0) | np.isnan(constants))
    if wrong.size:
        place = int(np.searchsorted(node_offsets, wrong[0], "right")) - 1
        raise ConfigError(
            f"expected time constants other than 0, got {constants[wrong[0]]:g} in network {place} "
            f"of {len(node_offsets) - 1} (the first is 0): they divide the time of a step; in "
            "a config of neat-python, set time_constant_min_value above 0"
        )


def _at_rest(networks: Networks) -> Networks:
    """Let nodes without edges into them compute 0."""
    is_bare = np.diff(networks.edge_offsets) == 0
    responses, ways = networks.responses, networks.aggregations
    return replace(
        networks,
        activations=np.where(is_bare, np.int16(RELU), networks.activations),
        biases=np.where(is_bare, networks.biases.dtype.type(0), networks.biases),
        responses=None if responses is None else np.where(is_bare, 1.0, responses),
        aggregations=None if ways is None else np.where(is_bare, np.int16(SUM), ways),
    )


@jit(nogil=True, error_model="numpy")
def _level(ends, bounds, joined, levels, is_forward):  # type: ignore[no-untyped-def]
    """Fill in the level of every node that is needed; of inputs and of other nodes it stays 0.

    New edges stand behind old ones and often lead to their sources: few passes backwards mark what
    is needed. Where networks run forward, as many passes forwards as a graph has nodes raise it,
    unless there is a cycle; returns whether there is none.
    """
    inputs, outputs = ends
    node_offsets, edge_offsets = bounds
    sources, targets, enabled = joined
    for graph in range(len(node_offsets) - 1):
        base, size = node_offsets[graph], node_offsets[graph + 1] - node_offsets[graph]
        first, last = edge_offsets[graph], edge_offsets[graph + 1]
        for output in range(base + inputs, base + inputs + outputs):
            levels[output] = 1
        is_done = False
        while not is_done:
            is_done = True
            for edge in range(last - 1, first - 1, -1):
                source, is_live = sources[edge], enabled[edge] and levels[base + targets[edge]] > 0
                if is_live and source >= inputs and levels[base + source] == 0:
                    levels[base + source] = 1
                    is_done = False
        passes, is_done = 0, not is_forward
        while not is_done and passes <= size:
            is_done = True
            for edge in range(first, last):
                above = levels[base + sources[edge]] + 1
                if enabled[edge] and 0 < levels[base + targets[edge]] < above:
                    levels[base + targets[edge]] = above
                    is_done = False
            passes += 1
        if not is_done:
            return False
    return True


@jit(nogil=True, error_model="numpy")
def _order_nodes(inputs, bounds, levels, begins, found):  # type: ignore[no-untyped-def]
    """Order the nodes that have a level by graph and level; ``begins`` is room to count in.

    ``found`` is filled: positions of nodes, rows of all nodes, the offsets of each graph, and the
    rows of its outputs.
    """
    node_offsets, _ = bounds
    nodes, rows, offsets, outputs = found
    count = 0
    for graph in range(len(node_offsets) - 1):
        first, last = node_offsets[graph], node_offsets[graph + 1]
        for place in range(inputs):
            rows[first + place] = place
        for level in range(last - first + 2):
            begins[level] = 0
        for node in range(first + inputs, last):
            if levels[node] > 0:
                begins[levels[node] + 1] += 1
        for level in range(1, last - first + 2):
            begins[level] += begins[level - 1]  # how many nodes are of lower levels
        for node in range(first + inputs, last):
            if levels[node] > 0:
                rows[node] = inputs + begins[levels[node]]
                nodes[count + begins[levels[node]]] = node
                begins[levels[node]] += 1
        for output in range(outputs.shape[1]):
            outputs[graph, output] = rows[first + inputs + output]
        count += begins[last - first + 1]
        offsets[graph + 1] = count


@jit(nogil=True, error_model="numpy")
def _order_edges(bounds, joined, places, found):  # type: ignore[no-untyped-def]
    """Order the edges that carry something by the nodes they lead to, else as they are.

    ``found`` is filled: positions of edges, rows of their sources, and the offsets of each node.
    """
    node_offsets, edge_offsets = bounds
    sources, targets, enabled = joined
    levels, rows, shifts = places
    edges, froms, offsets = found
    for is_second in range(2):
        for graph in range(len(node_offsets) - 1):
            first = node_offsets[graph]
            for edge in range(edge_offsets[graph], edge_offsets[graph + 1]):
                target = first + targets[edge]
                if enabled[edge] and levels[target] > 0:
                    place = shifts[graph] + rows[target]
                    if is_second:
                        edges[offsets[place + 1]] = edge
                        froms[offsets[place + 1]] = rows[first + sources[edge]]
                        offsets[place + 1] += 1
                    else:
                        offsets[place + 2] += 1
        if not is_second:
            for place in range(1, len(offsets)):
                offsets[place] += offsets[place - 1]


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
