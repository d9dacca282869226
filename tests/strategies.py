"""Random graphs for Hypothesis, made without any encoding, and what must hold of every graph."""

from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st

from neatfool.networks import ACTIVATIONS, Graphs
from neatfool.networks.aggregations import AGGREGATIONS
from neatfool.networks.graph import NEUTRAL, offsets

ALL_CODES = tuple(range(len(ACTIVATIONS)))
ENDS = tuple((inputs, outputs) for inputs in range(1, 5) for outputs in range(1, 4))


@st.composite
def graphs(
    draw: st.DrawFn,
    max_graphs: int = 4,
    max_hidden: int = 8,
    max_edges: int = 24,
    reaches: tuple[float, ...] = (0.1, 1.0, 10.0),
    codes: tuple[int, ...] = ALL_CODES,
    dyadic: bool = False,
    ends: tuple[tuple[int, int], ...] = ENDS,
    cyclic: bool = False,
) -> Graphs:
    """Draw a batch of graphs with orphans, disabled and parallel edges, and biases.

    Sizes are drawn by Hypothesis, so they shrink; what fills them comes from a drawn seed. Some
    graphs have no edge, some no hidden node.

    Args:
        draw: Given by Hypothesis.
        max_graphs: Graphs in the batch, at most.
        max_hidden: Hidden nodes of a graph, at most.
        max_edges: Edges of a graph, at most.
        reaches: Weights and biases lie within minus and plus one of these.
        codes: Activations to choose from.
        dyadic: Weights and biases are multiples of a half, so that sums of them are exact.
        ends: Numbers of inputs and outputs to choose from.
        cyclic: Edges may lead from any node to any.
    """
    inputs, outputs = draw(st.sampled_from(ends))
    sizes = st.tuples(st.integers(0, max_hidden), st.integers(0, max_edges))
    batch = draw(st.lists(sizes, min_size=1, max_size=max_graphs))
    reach, biased = draw(st.sampled_from(reaches)), draw(st.booleans())
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    parts = [
        random_graph(random, inputs, outputs, hidden, edges, reach, codes, biased, cyclic)
        for hidden, edges in batch
    ]
    made = join(parts, inputs, outputs)
    if dyadic:
        made.weights[:] = np.round(made.weights * 2) / 2
        made.biases[:] = np.round(made.biases * 2) / 2
    return made


@st.composite
def points(draw: st.DrawFn, rows: int, dyadic: bool = False) -> torch.Tensor:
    """Draw ``(rows, X)`` float64 query points, most within [-2, 2], some far out."""
    count = draw(st.integers(1, 5))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    values = random.uniform(-2, 2, (rows, count))
    values[random.random(values.shape) < 0.1] *= 50
    return torch.from_numpy(np.round(values * 4) / 4 if dyadic else values)


@st.composite
def of_neat_python(draw: st.DrawFn, **settings: Any) -> Graphs:
    """Draw graphs with all that only genomes of neat-python have."""
    made = draw(graphs(**settings))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    computed = made.node_ids >= made.inputs
    codes = random.integers(len(AGGREGATIONS), size=len(computed)) * computed
    return made.changed(
        biases=np.where(computed, random.uniform(-1, 1, len(computed)), 0),
        weights=random.uniform(-1, 1, len(made.weights)),
        aggregations=codes.astype(np.int16),
        responses=np.where(computed, random.uniform(-2, 2, len(computed)), 1),
        time_constants=np.where(computed, random.uniform(0.1, 2, len(computed)), 1),
    )


def random_graph(
    random: np.random.Generator,
    inputs: int,
    outputs: int,
    hidden: int,
    edges: int,
    reach: float = 1.0,
    codes: tuple[int, ...] = ALL_CODES,
    biased: bool = True,
    cyclic: bool = False,
) -> dict[str, Any]:
    """Make the arrays of one graph; the order of its hidden nodes says nothing of their depth."""
    fixed = inputs + outputs
    depth = random.permutation(hidden)
    pairs = []
    for _ in range(edges):
        source = int(random.choice([*range(inputs), *range(fixed, fixed + hidden)]))
        below = depth > depth[source - fixed] if source >= fixed else np.ones(hidden, np.bool_)
        target = int(random.choice([*range(inputs, fixed), *(fixed + np.flatnonzero(below))]))
        if cyclic:
            source = int(random.integers(fixed + hidden))
            target = int(random.integers(inputs, fixed + hidden))
        again = pairs and random.random() < 0.1
        pairs.append(pairs[random.integers(len(pairs))] if again else (source, target))
    chosen = random.choice(codes, fixed + hidden).astype(np.int16)
    chosen[:inputs] = 0
    new_ids = fixed + np.sort(random.choice(3 * hidden + 1, hidden, replace=False))
    biases = random.uniform(-reach, reach, fixed + hidden) * biased
    biases[:inputs] = 0
    return {
        "node_ids": np.concatenate([np.arange(fixed), new_ids]),
        "activations": chosen,
        "biases": biases,
        "sources": np.array([source for source, _ in pairs], np.int64),
        "targets": np.array([target for _, target in pairs], np.int64),
        "weights": random.uniform(-reach, reach, edges),
        "enabled": random.random(edges) < 0.8,
        "innovations": np.sort(random.choice(3 * edges + 1, edges, replace=False)),
    }


def join(parts: list[dict[str, Any]], inputs: int, outputs: int) -> Graphs:
    """Make one batch of the arrays of single graphs."""
    kinds = {"activations": np.int16, "biases": np.float32, "weights": np.float32, "enabled": bool}
    flat: dict[str, Any] = {
        name: np.concatenate([part[name] for part in parts]).astype(kinds.get(name, np.int64))
        for name in parts[0]
    }
    return Graphs(
        inputs,
        outputs,
        node_offsets=offsets([len(part["node_ids"]) for part in parts]),
        edge_offsets=offsets([len(part["sources"]) for part in parts]),
        **flat,
    )


def assert_valid(
    graphs: Graphs,
    reach: float = np.inf,
    codes: tuple[int, ...] = ALL_CODES,
    cyclic: bool = False,
) -> None:
    """Check every invariant that ``Graphs`` documents; maybe there are cycles."""
    assert_lengths_fit(graphs)
    positions = np.arange(len(graphs.node_ids)) - graphs.node_offsets[graphs.node_owners]
    fixed = positions < graphs.inputs + graphs.outputs
    assert (graphs.node_counts >= graphs.inputs + graphs.outputs).all()
    assert (graphs.node_ids[fixed] == positions[fixed]).all(), "inputs and outputs come first"
    assert_ascending_within(graphs.node_owners, graphs.node_ids)
    assert_ascending_within(graphs.edge_owners, graphs.innovations)

    sizes = graphs.node_counts[graphs.edge_owners]
    assert ((graphs.sources >= 0) & (graphs.sources < sizes)).all()
    assert ((graphs.targets >= graphs.inputs) & (graphs.targets < sizes)).all()
    from_output = (graphs.sources >= graphs.inputs) & (
        graphs.sources < graphs.inputs + graphs.outputs
    )
    if not cyclic:
        assert not from_output.any(), "an output is the source of an edge"
        assert_acyclic(graphs)

    assert np.isfinite(graphs.weights).all()
    assert np.isfinite(graphs.biases).all()
    assert (np.abs(graphs.weights) <= np.float32(reach)).all()
    is_input = positions < graphs.inputs
    assert (graphs.activations[is_input] == 0).all(), "an input has a function"
    assert np.isin(graphs.activations[~is_input], codes).all()


def assert_lengths_fit(graphs: Graphs) -> None:
    """Check that arrays have the types and lengths that the offsets promise."""
    types = {
        "node_offsets": np.int64,
        "node_ids": np.int64,
        "activations": np.int16,
        "biases": np.float32,
        "edge_offsets": np.int64,
        "sources": np.int64,
        "targets": np.int64,
        "weights": np.float32,
        "enabled": np.bool_,
        "innovations": np.int64,
    }
    kinds = types | {name: value.dtype for name, value in NEUTRAL.items()}
    for name, array in (graphs.node_arrays() | graphs.edge_arrays()).items():
        is_double = graphs.responses is not None and name in ("weights", "biases")
        assert array.dtype == (np.float64 if is_double else kinds[name]), name
    assert len(graphs.node_offsets) == len(graphs.edge_offsets) == len(graphs) + 1
    for bounds, names in (
        (graphs.node_offsets, tuple(graphs.node_arrays())),
        (graphs.edge_offsets, ("sources", "targets", "weights", "enabled", "innovations")),
    ):
        assert bounds[0] == 0
        assert (np.diff(bounds) >= 0).all()
        assert {len(getattr(graphs, name)) for name in names} == {int(bounds[-1])}


def assert_ascending_within(owners: np.ndarray, marks: np.ndarray) -> None:
    """Check that the marks of each owner ascend, so that none comes twice."""
    steps = np.diff(marks)[np.diff(owners) == 0]
    assert (steps > 0).all(), "ids or innovation numbers do not ascend"
    assert (marks >= 0).all()


def assert_acyclic(graphs: Graphs) -> None:
    """Take away, again and again, the edges that come from nodes without edges into them."""
    first = graphs.node_offsets[graphs.edge_owners]
    sources, targets = first + graphs.sources, first + graphs.targets
    while len(sources):
        held = np.zeros(len(graphs.node_ids), np.bool_)
        held[targets] = True
        left = held[sources]
        assert not left.all(), "a graph has a cycle"
        sources, targets = sources[left], targets[left]


def assert_same_arrays(first: Any, second: Any) -> None:
    """Check that two batches of genomes, or two states, are equal bit for bit."""
    ours = first if isinstance(first, dict) else first.arrays()
    theirs = second if isinstance(second, dict) else second.arrays()
    assert ours.keys() == theirs.keys()
    for name in ours:
        assert ours[name].dtype == theirs[name].dtype, name
        assert np.array_equal(ours[name], theirs[name]), name


def freeze(genomes: Any) -> Any:
    """Make writing to the arrays of a batch an error; returns the batch."""
    for array in genomes.arrays().values():
        array.flags.writeable = False
    return genomes
