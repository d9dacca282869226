"""Mutations of whole batches of graphs, in a few numpy calls each.

The operators are those of the code released with Nguyen et al. 2015; innovation numbers, shared by
equal structural mutations of one generation, are those of NEAT (Stanley and Miikkulainen 2002).
Every operator takes the graphs it applies to as positions ``(M,)``, ascending and without repeats,
and maybe which nodes are ``opened``: the others keep their functions and the edges into them.
"""

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from neatfool.encodings.genomes import Birth
from neatfool.networks.graph import NEUTRAL, Graphs, offsets, reaching
from neatfool.types import Arrays, Bools, Floats, Ints

Random = np.random.Generator
_TRIES = 20
_SMALL, _OLDEST = 15, 0.7  # edges; chance of the oldest one to be split


def activations(
    graphs: Graphs,
    codes: Ints,
    rate: float,
    fixed: int,
    random: Random,
    opened: Bools | None = None,
) -> npt.NDArray[np.int16]:
    """Return the functions; each node but the first ``fixed`` draws anew at ``rate``."""
    result = graphs.activations.copy()
    drawn = random.random(len(result), dtype=np.float32) < rate
    drawn &= graphs.node_ids >= fixed
    chosen = np.flatnonzero(drawn if opened is None else drawn & opened)
    result[chosen] = codes[random.integers(len(codes), size=len(chosen))]
    return result


def one_function(
    graphs: Graphs,
    which: Ints,
    codes: Ints,
    fixed: int,
    random: Random,
    opened: Bools | None = None,
) -> Graphs:
    """Draw the function of one node of each graph anew, of any but the first ``fixed``."""
    allowed = graphs.node_ids >= fixed
    members, begins = _members(allowed if opened is None else allowed & opened, graphs.node_offsets)
    which = which[begins[which + 1] > begins[which]]
    functions = graphs.activations.copy()
    functions[_pick(members, begins, which, random)] = codes[
        random.integers(len(codes), size=len(which))
    ]
    return graphs.changed(activations=functions)


def add_edges(
    graphs: Graphs,
    which: Ints,
    draw: Callable[[Random, int], Floats],
    parallel: bool,
    birth: Birth,
    opened: Bools | None = None,
    cyclic: bool = False,
) -> Graphs:
    """Give each graph one edge; unless networks may be ``cyclic``, it closes no cycle.

    The source is any node but an output, the target any node but an input, the source and what
    leads to the source; of cyclic networks the source is any node, the target any but an input.
    Unless edges may be ``parallel``, it is none that the source leads to
    already; where that leaves no target, other sources are tried, as often as in the code of NEAT.
    """
    random = birth.random
    tries = [_ends(graphs, which, parallel, random, opened, cyclic)]
    while not parallel and len(tries) < _TRIES and len(which) > sum(len(t[0]) for t in tries):
        left = np.setdiff1d(which, np.concatenate([t[0] for t in tries]))
        tries.append(_ends(graphs, left, parallel, random, opened, cyclic))
    if len(tries) > 1:
        which, sources, targets = np.concatenate(tries, axis=1)
        order = np.argsort(which)
        which, sources, targets = which[order], sources[order], targets[order]
    else:
        which, sources, targets = tries[0]

    first = graphs.node_offsets[which]
    ends = np.array([graphs.node_ids[first + sources], graphs.node_ids[first + targets]]).T
    new = {
        "sources": sources,
        "targets": targets,
        "weights": draw(random, len(which)),
        "enabled": True,
        "innovations": birth.number_edges(ends),
    }
    parts, bounds = _inserted(graphs.edge_arrays(), graphs.edge_offsets, which, new)
    return graphs.changed(edge_offsets=bounds, **parts)


def _ends(
    graphs: Graphs,
    which: Ints,
    parallel: bool,
    random: Random,
    opened: Bools | None,
    cyclic: bool,
) -> tuple[Ints, Ints, Ints]:
    """Draw a source for each graph, and a target where there is one: graphs, sources, targets."""
    barred = 0 if cyclic else graphs.outputs
    free = graphs.node_counts[which] - barred
    sources = (random.random(len(which)) * free).astype(np.int64)
    sources[sources >= graphs.inputs] += barred

    concerned = np.zeros(len(graphs), np.bool_)
    concerned[which] = True
    candidate = np.repeat(concerned, graphs.node_counts)
    candidate &= graphs.node_ids >= graphs.inputs
    if not cyclic:
        candidate &= ~leading_to(graphs, graphs.node_offsets[which] + sources)
    if opened is not None:
        candidate &= opened
    if not parallel:
        source = np.full(len(graphs), -1)
        source[which] = sources
        joined = graphs.sources == np.repeat(source, graphs.edge_counts)
        candidate[targets_of(graphs)[joined]] = False
    if not parallel or opened is not None:
        is_open = np.add.reduceat(candidate, graphs.node_offsets[:-1])[which] > 0
        which, sources = which[is_open], sources[is_open]
    targets = _pick(*_members(candidate, graphs.node_offsets), which, random)
    return which, sources, targets - graphs.node_offsets[which]


def delete_edges(
    graphs: Graphs, which: Ints, random: Random, opened: Bools | None = None
) -> Graphs:
    """Take one edge from each graph that has any."""
    allowed = None if opened is None else _into(graphs, opened)
    members, begins = _members(allowed, graphs.edge_offsets)
    which = which[begins[which + 1] > begins[which]]
    keep = np.ones(len(graphs.weights), np.bool_)
    keep[_pick(members, begins, which, random)] = False
    return _keep_edges(graphs, keep)


def add_nodes(
    graphs: Graphs,
    which: Ints,
    codes: Ints,
    split: Literal["replace", "disable", "neat"],
    birth: Birth,
    bias: int | None = None,
    opened: Bools | None = None,
) -> Graphs:
    """Split one enabled edge of each graph that has any.

    Both halves keep its weight; but those of NEAT have 1 and its weight, so that little changes.
    With ``bias``, the position of that input, its edges are never split, and graphs of fewer than
    15 edges split the oldest edge that they may at 0.7, else the next at 0.7, and so on around,
    as in the code released with NEAT: that spreads nodes over the edges of the start.
    """
    allowed = graphs.enabled if bias is None else graphs.enabled & (graphs.sources != bias)
    allowed = allowed if opened is None else allowed & _into(graphs, opened)
    members, begins = _members(allowed, graphs.edge_offsets)
    which = which[begins[which + 1] > begins[which]]
    early = None if bias is None else graphs.edge_counts[which] < _SMALL
    chosen = _pick(members, begins, which, birth.random, early)
    sources, targets = graphs.sources[chosen], graphs.targets[chosen]
    halves, splits = graphs.weights[chosen], graphs.innovations[chosen]
    if split == "replace":
        keep = np.ones(len(graphs.weights), np.bool_)
        keep[chosen] = False
        graphs = _keep_edges(graphs, keep)
    else:
        still = graphs.enabled.copy()
        still[chosen] = False
        graphs = graphs.changed(enabled=still)

    ids = birth.number_nodes(splits)
    first, middles = graphs.node_offsets[which], graphs.node_counts[which]
    source_ids, target_ids = graphs.node_ids[first + sources], graphs.node_ids[first + targets]
    ends = np.array([source_ids, ids, ids, target_ids]).T  # into the new node, and out of it
    edges = {
        "sources": np.array([sources, middles]).T,
        "targets": np.array([middles, targets]).T,
        "weights": np.array([np.ones_like(halves) if split == "neat" else halves, halves]).T,
        "enabled": True,
        "innovations": birth.number_edges(ends.reshape(-1, 2)).reshape(-1, 2),
    }
    nodes = {
        "node_ids": ids,
        "activations": codes[birth.random.integers(len(codes), size=len(which))],
        "biases": 0.0,
        **NEUTRAL,
    }
    parts, bounds = _inserted(graphs.edge_arrays(), graphs.edge_offsets, which, edges, each=2)
    graphs = graphs.changed(edge_offsets=bounds, **parts)
    parts, bounds = _inserted(graphs.node_arrays(), graphs.node_offsets, which, nodes)
    return graphs.changed(node_offsets=bounds, **parts)


def delete_nodes(
    graphs: Graphs, which: Ints, random: Random, opened: Bools | None = None
) -> Graphs:
    """Take one hidden node, and its edges, from each graph that has any."""
    allowed = graphs.node_ids >= graphs.inputs + graphs.outputs
    allowed = allowed if opened is None else allowed & opened
    members, begins = _members(allowed, graphs.node_offsets)
    which = which[begins[which + 1] > begins[which]]
    gone = _pick(members, begins, which, random) - graphs.node_offsets[which]
    position = np.full(len(graphs), -1)
    position[which] = gone
    of_edge = np.repeat(position, graphs.edge_counts)
    keep = (graphs.sources != of_edge) & (graphs.targets != of_edge)
    keep_nodes = np.ones(len(graphs.node_ids), np.bool_)
    keep_nodes[graphs.node_offsets[which] + gone] = False
    kept = np.flatnonzero(keep_nodes)

    later = np.where(of_edge >= 0, of_edge, np.iinfo(np.int64).max)
    graphs = graphs.changed(
        sources=graphs.sources - (graphs.sources > later),
        targets=graphs.targets - (graphs.targets > later),
    )
    graphs = _keep_edges(graphs, keep)
    counts = graphs.node_counts - (position >= 0)
    parts: Arrays = {name: a.take(kept) for name, a in graphs.node_arrays().items()}
    return graphs.changed(node_offsets=offsets(counts), **parts)


def leading_to(graphs: Graphs, nodes: Ints) -> Bools:
    """Mark ``nodes``, counted through the batch, and their ancestors."""
    first = np.repeat(graphs.node_offsets[:-1], graphs.edge_counts)
    goal = np.zeros(len(graphs.node_ids), np.bool_)
    goal[nodes] = True
    sources, targets = first + graphs.sources, first + graphs.targets
    return reaching(goal, sources, targets, graphs.edge_offsets)


def _members(allowed: Bools | None, bounds: Ints) -> tuple[Ints, Ints]:
    """List the allowed members of all ranges, and where in that list each range begins."""
    if allowed is None:
        return np.arange(bounds[-1]), bounds
    members = np.flatnonzero(allowed)
    return members, np.searchsorted(members, bounds)


def targets_of(graphs: Graphs) -> Ints:
    """Return the targets of edges ``(E,)``, counted through the batch."""
    return np.repeat(graphs.node_offsets[:-1], graphs.edge_counts) + graphs.targets


def _into(graphs: Graphs, nodes: Bools) -> Bools:
    """Mark the edges that lead to some nodes."""
    return nodes[targets_of(graphs)]


def _pick(
    members: Ints, begins: Ints, which: Ints, random: Random, early: Bools | None = None
) -> Ints:
    """Pick one member of each range: any, or where told an early one; each has one."""
    counts = begins[which + 1] - begins[which]
    picked = (random.random(len(which)) * counts).astype(np.int64)
    if early is not None:
        picked = np.where(early, (random.geometric(_OLDEST, len(which)) - 1) % counts, picked)
    return members[begins[which] + picked]


def _keep_edges(graphs: Graphs, keep: Bools) -> Graphs:
    kept = np.flatnonzero(keep)
    parts: Arrays = {name: a.take(kept) for name, a in graphs.edge_arrays().items()}
    bounds = np.searchsorted(kept, graphs.edge_offsets)
    return graphs.changed(edge_offsets=bounds, **parts)


def _inserted(
    arrays: Arrays, bounds: Ints, which: Ints, new: Mapping[str, npt.ArrayLike], each: int = 1
) -> tuple[Arrays, Ints]:
    """Put ``each`` entries behind the range of every graph of ``which``, in all arrays.

    Args:
        arrays: By name.
        bounds: Offsets of the ranges.
        which: ``(M,)`` graphs.
        new: For each array ``(M,)`` or ``(M, each)`` values, or one for all.
        each: Entries for each graph.

    Returns:
        The new arrays by name, and their offsets.
    """
    counts = bounds[1:] - bounds[:-1]
    counts[which] += each
    after = offsets(counts)
    places = (after[which + 1] - each)[:, None] + np.arange(each)
    old = np.ones(after[-1], np.bool_)
    old[places] = False
    parts: Arrays = {}
    for name, before in arrays.items():
        parts[name] = np.empty(len(old), before.dtype)
        parts[name][old] = before
        values = np.asarray(new[name])
        parts[name][places] = values.reshape(-1, each) if values.ndim else values
    return parts, after
