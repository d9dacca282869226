"""Networks between two networks: what both have is interpolated, the rest fades."""

import numpy as np

from neatfool.errors import ShapeError
from neatfool.networks.compile import is_acyclic
from neatfool.networks.graph import Graphs
from neatfool.sections.activations import IDENTITY
from neatfool.types import Arrays, Floats

OwnedNode = tuple[int, int]  # its id, and the parent that has it: 0, 1, or BOTH
BOTH = 2


def morph(first: Graphs, second: Graphs, steps: Floats) -> Graphs:
    """Make the networks on the way from one network to another.

    Genes are matched as in crossover: nodes by id, if their functions are the same, and edges by
    innovation number, if they join matching nodes. Matching weights and biases are interpolated.
    All other nodes of both networks stand side by side, whole; the edges by which they reach what
    is matched fade from their weight to 0, or from 0 to their weight. An output whose functions
    differ is the mixture of both. Where matching would close a cycle, only inputs match, so that
    the outputs of both networks are mixed.

    Args:
        first: One graph, without aggregations or responses of its own.
        second: Another, with as many inputs and outputs.
        steps: ``(T,)`` in [0, 1]; 0 is the first, 1 the second.

    Returns:
        ``T`` graphs.

    Raises:
        ShapeError: The graphs are not one each, or of different inputs and outputs.
    """
    forms = [(len(each), each.inputs, each.outputs) for each in (first, second)]
    if forms[0] != forms[1] or forms[0][0] != 1:
        raise ShapeError(
            f"expected two single graphs of the same numbers of inputs and outputs, got {forms}"
        )
    inputs = {(int(each), BOTH) for each in range(first.inputs)}
    matched = inputs | {
        (node, BOTH) for node, code in _functions(first).items() & _functions(second).items()
    }
    union = _Union(first, second, matched)
    if not is_acyclic(union.graphs):
        union = _Union(first, second, inputs)
    return union.at(np.asarray(steps, np.float32))


class _Union:
    """All nodes and edges of two graphs; matching ones once."""

    def __init__(self, first: Graphs, second: Graphs, matched: set[OwnedNode]) -> None:
        self._matched = matched
        self._fixed = first.inputs + first.outputs
        self._nodes: dict[OwnedNode, list[float]] = {}  # function, bias of either parent
        self._edges: dict[
            tuple[OwnedNode, OwnedNode, int], list[float]
        ] = {}  # weight of either parent
        for node in range(self._fixed):
            self._nodes[node, BOTH] = [IDENTITY, 0.0, 0.0]
        for side, graph in enumerate((first, second)):
            self._add(side, graph)
        self.graphs = self._build(first)

    def _add(self, side: int, graph: Graphs) -> None:
        keys = [self._key(node, side) for node in graph.node_ids.tolist()]
        numbers = zip(graph.activations.tolist(), graph.biases.tolist(), strict=True)
        for key, (code, bias) in zip(keys, numbers, strict=True):
            known = self._nodes.setdefault(key, [code, bias, bias])
            known[0], known[1 + side] = code, bias
        for node in range(graph.inputs, self._fixed):
            if self._key(node, side)[1] != BOTH:
                self._edges[self._key(node, side), (node, BOTH), -1] = _faded(side, 1.0)
        columns = (graph.sources, graph.targets, graph.weights * graph.enabled, graph.innovations)
        for source, target, weight, mark in zip(*(c.tolist() for c in columns), strict=True):
            edge = keys[source], keys[target], mark
            if edge[1][1] != BOTH:  # it stays as it is
                self._edges[edge] = [weight, weight]
            else:
                self._edges.setdefault(edge, [0.0, 0.0])[side] = weight

    def _key(self, node: int, side: int) -> OwnedNode:
        return (node, BOTH) if (node, BOTH) in self._matched else (node, side)

    def _build(self, like: Graphs) -> Graphs:
        places = {key: place for place, key in enumerate(self._nodes)}
        joined = [(places[source], places[target]) for source, target, _ in self._edges]
        count, edges = len(places), len(joined)
        parts: Arrays = {
            "node_offsets": np.array([0, count]),
            "node_ids": np.arange(count),
            "activations": np.array([node[0] for node in self._nodes.values()], np.int16),
            "biases": np.zeros(count, np.float32),
            "edge_offsets": np.array([0, edges]),
            "sources": np.array([source for source, _ in joined], np.int64),
            "targets": np.array([target for _, target in joined], np.int64),
            "weights": np.zeros(edges, np.float32),
            "enabled": np.ones(edges, np.bool_),
            "innovations": np.arange(edges),
        }
        return Graphs(like.inputs, like.outputs, **parts)

    def at(self, steps: Floats) -> Graphs:
        """Repeat the graph for each step, with the weights and biases of that step."""
        graphs = self.graphs.select(np.zeros(len(steps), np.int64))
        weights = np.array(list(self._edges.values()), np.float32).reshape(-1, 2)
        biases = np.array([node[1:] for node in self._nodes.values()], np.float32)
        mixed = _between(weights, steps)
        return graphs.changed(weights=mixed, enabled=mixed != 0, biases=_between(biases, steps))


def _functions(graph: Graphs) -> dict[int, int]:
    return dict(zip(graph.node_ids.tolist(), graph.activations.tolist(), strict=True))


def _faded(side: int, weight: float) -> list[float]:
    return [0.0, weight] if side else [weight, 0.0]


def _between(ends: Floats, steps: Floats) -> Floats:
    """Interpolate ``(M, 2)`` at ``(T,)`` steps: ``(T * M,)``."""
    part = steps[:, None]
    mixed: Floats = ((1 - part) * ends[:, 0] + part * ends[:, 1]).astype(np.float32)
    return mixed.reshape(-1)
