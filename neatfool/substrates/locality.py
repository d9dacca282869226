"""The seed of locality: CPPNs that at first express links between near nodes alone.

Verbancsics and Stanley 2011 (LEO).
"""

import numpy as np

from neatfool.errors import ConfigError
from neatfool.networks import Graphs
from neatfool.networks.graph import NEUTRAL, offsets
from neatfool.sections.activations import GAUSSIAN, IDENTITY
from neatfool.substrates.substrate import Substrate
from neatfool.types import Arrays, Ints

_ENDS = ("x1", "x2", "y1", "y2")


def locality_seed(
    start: Graphs,
    substrate: Substrate,
    next_node: int,
    next_innovation: int,
    steepness: float = 1.0,
) -> Graphs:
    """Give each CPPN two Gaussian nodes, one of x1 - x2 and one of y1 - y2, that express its links.

    They are all that leads to the outputs of expression, which become the sum of the two:
    ``exp(-(s * (x1 - x2)) ** 2) + exp(-(s * (y1 - y2)) ** 2)``.

    Args:
        start: CPPNs as they would start without it; their edges into outputs of expression go.
        substrate: One with the rule "leo", whose inputs and outputs they have.
        next_node: Id of the first new node, above all of ``start``; ``2`` are used.
        next_innovation: Innovation number of the first new edge, likewise; ``4 + 2 * pairs`` of
            sheets are used.
        steepness: ``s``, the weight of the edges into the new nodes.

    Raises:
        ConfigError: Links of the substrate have no outputs of expression.
    """
    if not substrate.has_leo:
        raise ConfigError('a seed of locality expresses links: choose the rule "leo" for them')
    outputs = [start.inputs + output for output in substrate.leo_outputs]
    first_new = start.node_counts
    ends = [substrate.inputs.index(name) for name in _ENDS]
    edges = [(source, -2 + k // 2, (-1) ** k * steepness) for k, source in enumerate(ends)]
    edges += [(new, output, 1.0) for output in outputs for new in (-2, -1)]
    sources, targets = (
        np.array([[end if end >= 0 else end + 2 + n for end in side] for n in first_new])
        for side in ([edge[0] for edge in edges], [edge[1] for edge in edges])
    )
    count = len(start)
    nodes: Arrays = {
        "node_ids": np.tile(next_node + np.arange(2), count),
        "activations": np.full(2 * count, GAUSSIAN, np.int16),
        "biases": np.zeros(2 * count, np.float32),
    }
    nodes |= {name: np.full(2 * count, value) for name, value in NEUTRAL.items()}
    added: Arrays = {
        "sources": sources.reshape(-1),
        "targets": targets.reshape(-1),
        "weights": np.tile(np.array([edge[2] for edge in edges], np.float32), count),
        "enabled": np.ones(len(edges) * count, np.bool_),
        "innovations": np.tile(next_innovation + np.arange(len(edges)), count),
    }
    plain = start.changed(activations=start.activations.copy(), biases=start.biases.copy())
    expressing = (start.node_offsets[:-1, None] + np.array(outputs)).reshape(-1)
    plain.activations[expressing], plain.biases[expressing] = IDENTITY, 0
    kept = np.flatnonzero(~np.isin(start.targets, outputs))
    owners = np.arange(count)
    old = plain.node_arrays()
    left: Arrays = {name: array[kept] for name, array in plain.edge_arrays().items()}
    node_owners = np.concatenate([start.node_owners, np.repeat(owners, 2)])
    edge_owners = np.concatenate([start.edge_owners[kept], np.repeat(owners, len(edges))])
    return Graphs(
        start.inputs,
        start.outputs,
        node_offsets=offsets(np.bincount(node_owners, minlength=count)),
        edge_offsets=offsets(np.bincount(edge_owners, minlength=count)),
        **_merged(old, nodes, node_owners),
        **_merged(left, added, edge_owners),
    )


def _merged(first: Arrays, second: Arrays, owners: Ints) -> Arrays:
    """Put the second behind the first, graph by graph."""
    order = np.argsort(owners, kind="stable")
    return {name: np.concatenate([first[name], second[name]])[order] for name in first}
