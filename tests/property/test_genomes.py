import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neatfool.encodings import PixelGenomes
from neatfool.networks import Graphs
from tests.strategies import assert_same_arrays, assert_valid, graphs


def pixel_genomes() -> st.SearchStrategy[PixelGenomes]:
    """Draw batches of direct genomes."""
    sizes = st.tuples(st.integers(1, 4), st.integers(1, 6), st.integers(0, 2**32 - 1))
    return sizes.map(
        lambda size: PixelGenomes(np.random.default_rng(size[2]).random(size[:2], dtype=np.float32))
    )


@pytest.fixture(scope="module", params=[graphs, pixel_genomes], ids=["graphs", "pixels"])
def strategy(request):
    return request.param()


def test_arrays_and_back_is_the_identity(strategy) -> None:
    @given(strategy)
    def check(batch) -> None:
        again = type(batch).from_arrays(batch.arrays())

        assert_same_arrays(again, batch)
        assert len(again) == len(batch)
        for name, array in batch.arrays().items():
            assert isinstance(array, np.ndarray)
            assert array.dtype == np.asarray(getattr(batch, name)).dtype
            assert np.array_equal(getattr(again, name), getattr(batch, name))

    check()


def test_selecting_one_by_one_and_joining_is_the_identity(strategy) -> None:
    @given(strategy)
    def check(batch) -> None:
        singles = [batch.select([position]) for position in range(len(batch))]

        assert_same_arrays(type(batch).concatenate(singles), batch)

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


def test_a_joined_batch_holds_its_parts_in_order(strategy) -> None:
    @given(strategy, st.data())
    def check(batch, data) -> None:
        places = data.draw(st.lists(st.integers(0, len(batch) - 1), min_size=1, max_size=4))
        other = batch.select(places)

        joined = type(batch).concatenate([batch, other])

        assert len(joined) == len(batch) + len(other)
        assert_same_arrays(joined.select(np.arange(len(batch))), batch)
        assert_same_arrays(joined.select(len(batch) + np.arange(len(other))), other)

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
