import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neatfool.encodings import (
    Cppn,
    CppnSettings,
    Offset,
    OffsetGenomes,
    OffsetSettings,
    Pixels,
    PixelSettings,
    Switch,
    SwitchGenomes,
    SwitchSettings,
    VectorGenomes,
)
from neatfool.images import Canvas
from neatfool.networks import Graphs
from tests.strategies import assert_same_arrays, assert_valid, graphs

SHAPE = (1, 2, 3)
GRAPHS, PIXELS = Cppn(CppnSettings(), Canvas(SHAPE)), Pixels(PixelSettings(), SHAPE)


@st.composite
def vector_genomes(draw: st.DrawFn, count: int | None = None) -> VectorGenomes:
    """Draw a batch of direct genomes."""
    if count is None:
        count = draw(st.integers(1, 4))
    seed = torch.Generator().manual_seed(draw(st.integers(0, 2**32 - 1)))
    return VectorGenomes(torch.rand(count, math.prod(SHAPE), generator=seed))


@st.composite
def offset_genomes(draw: st.DrawFn) -> OffsetGenomes:
    """Draw a batch of networks with offsets."""
    networks = draw(graphs())
    return OffsetGenomes(networks, draw(vector_genomes(len(networks))))


@st.composite
def switch_genomes(draw: st.DrawFn) -> SwitchGenomes:
    """Draw a batch of genomes of either kind, in any order."""
    networks = draw(graphs())
    count = len(networks)
    is_direct = np.array(draw(st.lists(st.booleans(), min_size=count, max_size=count)))
    kept = networks.select(np.flatnonzero(~is_direct))
    return SwitchGenomes(is_direct, kept, draw(vector_genomes(int(is_direct.sum()))))


GENOMES = {
    "cppn": (GRAPHS, graphs()),
    "pixels": (PIXELS, vector_genomes()),
    "offset": (Offset(OffsetSettings(), GRAPHS), offset_genomes()),
    "switch": (Switch(SwitchSettings(), GRAPHS, PIXELS), switch_genomes()),
}


@pytest.fixture(scope="module", params=[entry[1] for entry in GENOMES.values()], ids=GENOMES)
def strategy(request):
    return request.param


@pytest.mark.parametrize(("encoding", "strategy"), GENOMES.values(), ids=GENOMES)
def test_arrays_and_back_is_the_identity(encoding, strategy) -> None:
    @given(strategy)
    def check(batch) -> None:
        again = encoding.from_arrays(batch.arrays())

        assert type(again) is type(batch)
        assert len(again) == len(batch)
        assert_same_arrays(again, batch)
        assert all(isinstance(array, np.ndarray) for array in batch.arrays().values())

    check()


@given(graphs())
def test_selecting_one_by_one_and_joining_is_the_identity(batch: Graphs) -> None:
    singles = [batch.select([position]) for position in range(len(batch))]

    assert_same_arrays(Graphs.concatenate(singles), batch)


def test_a_part_is_the_selection_of_it(strategy) -> None:
    @given(strategy, st.data())
    def check(batch, data) -> None:
        first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(batch))] * 2)))

        assert_same_arrays(batch.part(first, last), batch.select(range(first, last)))

    check()


def test_replacing_is_writing_into_a_list(strategy) -> None:
    @given(strategy, st.data())
    def check(batch, data) -> None:
        places = st.integers(0, len(batch) - 1)
        index = np.array(data.draw(st.lists(places, unique=True)), np.int64)
        newcomers = data.draw(st.lists(places, min_size=len(index), max_size=len(index)))
        singles = [batch.select([place]) for place in range(len(batch))]
        for place, newcomer in zip(index, newcomers, strict=True):
            singles[place] = batch.select([newcomer])
        others = batch.select(newcomers)

        result = batch.select(range(len(batch))).replaced(index, others)

        assert len(result) == len(batch)
        for place, single in enumerate(singles):
            assert_same_arrays(result.select([place]), single)

    check()


def test_selecting_twice_is_selecting_the_selected(strategy) -> None:
    @given(strategy, st.data())
    def check(batch, data) -> None:
        places = st.integers(0, len(batch) - 1)
        outer = np.array(data.draw(st.lists(places, min_size=1, max_size=8)))
        inner = data.draw(st.lists(st.integers(0, len(outer) - 1), max_size=8))

        once, twice = batch.select(outer[inner]), batch.select(outer).select(inner)

        assert len(twice) == len(inner)
        assert_same_arrays(twice, once)

    check()


@given(graphs(), st.data())
def test_a_selection_is_valid_and_is_a_copy(batch: Graphs, data) -> None:
    places = data.draw(st.lists(st.integers(0, len(batch) - 1), min_size=1, max_size=6))

    chosen = batch.select(places)

    assert_valid(chosen)
    assert chosen.node_counts.tolist() == batch.node_counts[places].tolist()
    assert chosen.edge_counts.tolist() == batch.edge_counts[places].tolist()
    assert not np.shares_memory(chosen.weights, batch.weights)
    for new, old in enumerate(places):
        ours = chosen.weights[chosen.edge_offsets[new] : chosen.edge_offsets[new + 1]]
        theirs = batch.weights[batch.edge_offsets[old] : batch.edge_offsets[old + 1]]
        assert np.array_equal(ours, theirs)
