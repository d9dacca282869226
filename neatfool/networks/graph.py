"""Batches of acyclic graphs in flat arrays: the genome of every encoding that evolves networks.

Stanley and Miikkulainen 2002 (NEAT): edges carry innovation numbers, by which genomes are aligned.
"""

from collections.abc import Sequence
from dataclasses import MISSING, dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from neatfool.networks.jit import jit
from neatfool.types import Arrays, Bools, Doubles, Floats, Ints


@dataclass(frozen=True, eq=False)
class Graphs:
    """``P`` graphs; nodes and edges of all of them stand one behind the other.

    The nodes of graph ``p`` are ``node_offsets[p]:node_offsets[p + 1]``; its edges likewise. Within
    a graph come the inputs, then the outputs, then the hidden nodes by ascending id; edges come by
    ascending innovation number. Arrays are never written to once they are in a ``Graphs``.

    A node's value is ``activation(bias + response * aggregation(weight * source, …))``. The arrays
    that may be None are those that only genomes of neat-python need: they are None wherever no node
    differs from the default, and selecting or joining keeps them.

    Attributes:
        inputs: Number of input nodes of every graph; their ids are ``0 … inputs - 1``.
        outputs: Number of output nodes; their ids follow those of the inputs.
        node_offsets: ``(P + 1,)`` int64.
        node_ids: ``(N,)`` int64, unique within a graph; equal ids in two graphs are homologous.
        activations: ``(N,)`` int16, positions in the table of activations.
        biases: ``(N,)`` float32 (float64 from neat-python), added to a node's sum.
        edge_offsets: ``(P + 1,)`` int64.
        sources: ``(E,)`` int64, position of the node within its own graph.
        targets: ``(E,)`` int64, likewise; never an input.
        weights: ``(E,)`` float32 (float64 from neat-python).
        enabled: ``(E,)`` bool; disabled edges are inherited but carry nothing.
        innovations: ``(E,)`` int64, unique within a graph.
        responses: ``(N,)`` float64, or None: 1.
        aggregations: ``(N,)`` int16, positions in the table of aggregations, or None: sum.
        time_constants: ``(N,)`` float64, or None: 1; carried for neat-python, used by nothing here.
        fitness: ``(P,)`` float64, NaN where there is none, or None: nowhere there is; likewise.
            Children have none.
    """

    inputs: int
    outputs: int
    node_offsets: Ints
    node_ids: Ints
    activations: npt.NDArray[np.int16]
    biases: Floats
    edge_offsets: Ints
    sources: Ints
    targets: Ints
    weights: Floats
    enabled: Bools
    innovations: Ints
    responses: Doubles | None = None
    aggregations: npt.NDArray[np.int16] | None = None
    time_constants: Doubles | None = None
    fitness: Doubles | None = None

    def __len__(self) -> int:
        return len(self.node_offsets) - 1

    @property
    def node_counts(self) -> Ints:
        """``(P,)`` nodes of each graph."""
        return self.node_offsets[1:] - self.node_offsets[:-1]

    @property
    def edge_counts(self) -> Ints:
        """``(P,)`` edges of each graph."""
        return self.edge_offsets[1:] - self.edge_offsets[:-1]

    @property
    def node_owners(self) -> Ints:
        """``(N,)`` the graph that each node belongs to."""
        return np.repeat(np.arange(len(self)), self.node_counts)

    @property
    def edge_owners(self) -> Ints:
        """``(E,)`` the graph that each edge belongs to."""
        return np.repeat(np.arange(len(self)), self.edge_counts)

    def node_arrays(self) -> Arrays:
        """Return by name the arrays that have an entry for each node; not those that are None."""
        arrays = {name: getattr(self, name) for name in NODE_ARRAYS}
        return {name: array for name, array in arrays.items() if array is not None}

    def edge_arrays(self) -> Arrays:
        """Return by name the arrays that have an entry for each edge."""
        return {name: getattr(self, name) for name in EDGE_ARRAYS}

    def select(self, index: npt.ArrayLike) -> "Graphs":
        """Copy the graphs at ``index`` (integers, any order, repeats allowed) into a new batch."""
        chosen = np.asarray(index, dtype=np.int64)
        nodes, node_offsets = ranges(self.node_offsets, chosen)
        edges, edge_offsets = ranges(self.edge_offsets, chosen)
        parts: Arrays = {name: a.take(nodes) for name, a in self.node_arrays().items()}
        parts |= {name: a.take(edges) for name, a in self.edge_arrays().items()}
        if self.fitness is not None:
            parts["fitness"] = self.fitness[chosen]
        return Graphs(
            self.inputs, self.outputs, node_offsets=node_offsets, edge_offsets=edge_offsets, **parts
        )

    def changed(self, **arrays: npt.NDArray[Any] | int | None) -> "Graphs":
        """Return the batch with other arrays in place of some; the rest is shared."""
        new = object.__new__(Graphs)
        new.__dict__.update(self.__dict__, **arrays)
        return new

    def part(self, first: int, last: int) -> "Graphs":
        """Show the graphs from one to the one before another."""
        nodes, edges = (
            bounds[first : last + 1] for bounds in (self.node_offsets, self.edge_offsets)
        )
        parts: Arrays = {n: a[nodes[0] : nodes[-1]] for n, a in self.node_arrays().items()}
        parts |= {n: a[edges[0] : edges[-1]] for n, a in self.edge_arrays().items()}
        if self.fitness is not None:
            parts["fitness"] = self.fitness[first:last]
        return Graphs(
            self.inputs,
            self.outputs,
            node_offsets=nodes - nodes[0],
            edge_offsets=edges - edges[0],
            **parts,
        )

    def replaced(self, index: Ints, others: "Graphs") -> "Graphs":
        """Put other graphs, one for each, in the places ``index`` of a new batch."""
        places = np.arange(len(self))
        places[index] = len(self) + np.arange(len(others))
        return Graphs.concatenate([self, others]).select(places)

    @classmethod
    def concatenate(cls, batches: Sequence["Graphs"]) -> "Graphs":
        """Join batches of the same numbers of inputs and outputs."""
        parts: Arrays = {}
        for name in (*NODE_ARRAYS, *EDGE_ARRAYS, "fitness"):
            arrays = [getattr(batch, name) for batch in batches]
            if any(array is not None for array in arrays):
                parts[name] = np.concatenate(
                    [
                        batch._neutral(name) if array is None else array
                        for batch, array in zip(batches, arrays, strict=True)
                    ]
                )
        for name in ("node_offsets", "edge_offsets"):
            counts = np.concatenate([np.diff(getattr(batch, name)) for batch in batches])
            parts[name] = offsets(counts)
        return cls(batches[0].inputs, batches[0].outputs, **parts)

    def _neutral(self, name: str) -> Doubles:
        """Write out an array that is None."""
        return np.full(len(self if name == "fitness" else self.node_ids), NEUTRAL.get(name, np.nan))

    def arrays(self) -> Arrays:
        """Return the arrays by name, as they are saved; not those that are None."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: np.asarray(value) for name, value in values.items() if value is not None}

    @property
    def networks(self) -> "Graphs":
        """The networks of these genomes: themselves."""
        return self

    def with_networks(self, networks: "Graphs") -> "Graphs":
        """Take others in their place."""
        return networks

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "Graphs":
        """Undo ``arrays``."""
        parts: dict[str, Any] = {
            field.name: arrays[field.name]
            for field in fields(cls)
            if field.name in arrays or field.default is MISSING
        }
        parts |= {name: int(parts[name]) for name in ("inputs", "outputs")}
        return cls(**parts)


NEUTRAL = {"responses": np.float64(1), "aggregations": np.int16(0), "time_constants": np.float64(1)}
"""What an array that is None stands for."""
NODE_ARRAYS = ("node_ids", "activations", "biases", *NEUTRAL)
EDGE_ARRAYS = ("sources", "targets", "weights", "enabled", "innovations")


def offsets(counts: npt.ArrayLike) -> Ints:
    """Turn counts ``(P,)`` into offsets ``(P + 1,)``."""
    counts = np.asarray(counts)
    result = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=result[1:])
    return result


def reaching(goal: Bools, sources: Ints, targets: Ints, bounds: Ints | None = None) -> Bools:
    """Mark ``goal`` and every node from which one of it can be reached.

    Args:
        goal: ``(N,)`` bool.
        sources: ``(E,)`` positions in ``goal``.
        targets: ``(E,)`` likewise.
        bounds: ``(P + 1,)`` offsets of the edges of graphs that no edge joins, which is faster;
            none: it is one graph.

    Returns:
        ``(N,)`` bool, new.
    """
    marked: Bools = goal.copy()
    _mark(marked, sources, targets, np.array([0, len(sources)]) if bounds is None else bounds)
    return marked


@jit(nogil=True, error_model="numpy")
def _mark(marked, sources, targets, bounds):  # type: ignore[no-untyped-def]
    """Mark the source of every edge with a marked target, in place, until none is left.

    New edges stand behind old ones and often lead to their sources: few passes backwards will do.
    """
    for graph in range(len(bounds) - 1):
        is_done = False
        while not is_done:
            is_done = True
            for edge in range(bounds[graph + 1] - 1, bounds[graph] - 1, -1):
                if marked[targets[edge]] and not marked[sources[edge]]:
                    marked[sources[edge]] = True
                    is_done = False


def ranges(bounds: Ints, chosen: Ints) -> tuple[Ints, Ints]:
    """List the members of the chosen ranges one behind the other, and their new offsets."""
    counts = bounds[chosen + 1] - bounds[chosen]
    new = offsets(counts)
    members = np.repeat(bounds[chosen] - new[:-1], counts)
    members += np.arange(new[-1])
    return members, new
