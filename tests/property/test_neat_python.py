"""Graphs with all that genomes of neat-python have: they change, travel, compute like others."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.agreement import everything, grow
from neatfool.encodings import Birth, Cppn, CppnSettings, StructureSettings
from neatfool.encodings.neat.bridge import from_neat, to_neat
from neatfool.images import Canvas
from neatfool.networks import Graphs, compile_graphs, execute
from neatfool.networks.graph import NEUTRAL
from neatfool.networks.reference import evaluate
from tests.neat_genomes import attributes
from tests.strategies import (
    assert_lengths_fit,
    assert_same_arrays,
    assert_valid,
    graphs,
    of_neat_python,
    points,
)

TAME = (0, 1, 2, 3, 4, 5, 6, 7, 13, 14, 15, 16, 17, 18, 19, 20, 21, 25)


@given(st.data())
def test_the_executor_is_the_reference(data) -> None:
    batch = data.draw(of_neat_python(codes=TAME, max_edges=30))
    inputs = data.draw(points(batch.inputs)).clamp(-2, 2)
    expected = evaluate(batch, inputs)
    size = max(1, np.abs(expected).max())

    for executor in (None, "numba", "torch"):
        found = execute(compile_graphs(batch), inputs, executor).numpy()
        assert np.abs(found - expected).max() <= (1e-9 * size if executor == "torch" else 0)


@given(st.data())
def test_a_batch_is_bit_for_bit_one_pass_per_graph(data) -> None:
    batch = data.draw(of_neat_python())
    inputs = data.draw(points(batch.inputs))
    for executor in ("exact", "torch"):
        together = execute(compile_graphs(batch), inputs, executor)
        for p in range(len(batch)):
            for alone in (batch.select([p]), batch.part(p, p + 1)):
                found = execute(compile_graphs(alone), inputs, executor)[0]
                assert torch.equal(found.nan_to_num(7.25), together[p].nan_to_num(7.25))


@given(of_neat_python(), of_neat_python())
def test_batches_are_cut_joined_and_stored_without_loss(first, second) -> None:
    halves = [first.part(0, 1), first.select(range(1, len(first)))]

    assert_same_arrays(Graphs.concatenate(halves), first)
    assert_same_arrays(Graphs.from_arrays(first.arrays()), first)


@given(of_neat_python())
def test_joining_fills_in_what_a_batch_lacks(batch) -> None:
    plain = batch.changed(responses=None, aggregations=None, time_constants=None)

    joined = Graphs.concatenate([plain, batch])

    assert_lengths_fit(joined)
    for name, value in NEUTRAL.items():
        filled, kept = np.split(getattr(joined, name), [len(batch.node_ids)])
        assert (filled == value).all()
        assert np.array_equal(kept, getattr(batch, name))


@settings(max_examples=25)
@given(batch=of_neat_python(max_graphs=6), seed=st.integers(0, 2**32 - 1))
def test_children_keep_what_their_nodes_had(batch, seed) -> None:
    encoding = Cppn(CppnSettings(structure=StructureSettings(split="disable")), Canvas((1, 2, 2)))
    birth = Birth(2, np.random.default_rng(seed), 10_000, 10_000)
    had = by_id(batch)

    mixed = encoding.cross(batch, batch.select(np.arange(len(batch))[::-1]), birth)
    children = encoding.vary(batch, birth)

    assert_lengths_fit(mixed)
    assert_valid(children)
    for node, values in by_id(children).items():
        assert values == had.get(node, tuple(NEUTRAL.values()))
    assert set(by_id(mixed)) == set(had)
    for name in NEUTRAL:
        assert set(getattr(mixed, name)) <= set(getattr(batch, name))


def by_id(batch: Graphs) -> dict[tuple[int, int], tuple[float, ...]]:
    """List the extra numbers of each node by its graph and id."""
    values = zip(*(getattr(batch, name).tolist() for name in NEUTRAL), strict=True)
    keys = zip(batch.node_owners.tolist(), batch.node_ids.tolist(), strict=True)
    return dict(zip(keys, values, strict=True))


def without_twins(batch: Graphs) -> Graphs:
    """Leave out edges beside an equal one, which neat-python cannot hold."""
    seen: set[tuple[int, int, int]] = set()
    keep = np.ones(len(batch.weights), np.bool_)
    ends = zip(batch.edge_owners, batch.sources, batch.targets, strict=True)
    for edge, key in enumerate(ends):
        keep[edge] = key not in seen
        seen.add(key)
    counts = np.bincount(batch.edge_owners[keep], minlength=len(batch))
    arrays = {name: array[keep] for name, array in batch.edge_arrays().items()}
    return batch.changed(edge_offsets=np.append(0, np.cumsum(counts)), **arrays)


@given(st.data())
def test_graphs_go_to_neat_python_and_back_without_loss(data) -> None:
    batch = without_twins(data.draw(st.one_of(of_neat_python(), graphs())))
    config = everything()
    config.genome_config.num_inputs = batch.inputs
    config.genome_config.num_outputs = batch.outputs

    back = from_neat(to_neat(batch, config), config)

    exact = {name: batch.arrays()[name].astype(np.float64) for name in ("weights", "biases")}
    full = batch.arrays() | exact
    for name, array in back.arrays().items():
        assert np.array_equal(array, full.pop(name)), name
    for name, array in full.items():
        assert (array == NEUTRAL[name]).all(), "what was left out is neutral"


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), mutations=st.integers(0, 40))
def test_genomes_come_in_and_go_back_gene_by_gene(seed, mutations) -> None:
    config = everything()
    genomes = grow(config, 5, mutations, seed)

    for ours, theirs in zip(to_neat(from_neat(genomes, config), config), genomes, strict=True):
        assert attributes(ours) == attributes(theirs)
