"""The distance of genomes: symmetric, zero on self, and what the paper's formula says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neatfool.encodings import Birth, Compatibility, VectorGenomes
from neatfool.encodings.cppn import Cppn
from neatfool.networks import Graphs
from tests.conftest import LINKS, built


def scalar(first: Graphs, one: int, second: Graphs, two: int, by: Compatibility) -> float:
    """Compare two genomes gene by gene (Stanley and Miikkulainen 2002, equation 1)."""
    ours, theirs = genes(first, one), genes(second, two)
    larger = max(len(ours), len(theirs))
    matching = ours.keys() & theirs.keys()
    common = min(max(ours, default=-1), max(theirs, default=-1))
    alone = ours.keys() ^ theirs.keys()
    disjoint = sum(mark <= common for mark in alone)
    n = 1 if larger < by.small or larger == 0 else larger
    differences = [abs(ours[mark] - theirs[mark]) for mark in matching]
    mean = sum(differences) / len(differences) if differences else 0.0
    excess = len(alone) - disjoint
    return by.excess * excess / n + by.disjoint * disjoint / n + by.weights * mean


def genes(graphs: Graphs, graph: int) -> dict[int, float]:
    part = slice(graphs.edge_offsets[graph], graphs.edge_offsets[graph + 1])
    return dict(zip(graphs.innovations[part].tolist(), graphs.weights[part].tolist(), strict=True))


@st.composite
def compatibilities(draw: st.DrawFn) -> Compatibility:
    coefficient = st.floats(0, 3)
    small = draw(st.sampled_from([0, 6, 20]))
    return Compatibility(
        excess=draw(coefficient), disjoint=draw(coefficient), weights=draw(coefficient), small=small
    )


def families(encoding, seed: int):
    """Make two batches that grew apart."""
    drawn = Birth(1, np.random.default_rng(seed))
    ancestors = encoding.new(3, drawn)
    batches = []
    for steps in (2, 5):
        batch = ancestors.select(np.arange(3))
        for drawn.generation in range(2, 2 + steps):
            batch = encoding.vary(batch, drawn)
        batches.append(batch)
    return batches


def test_it_is_symmetric_and_zero_on_self(encoding) -> None:
    @given(st.integers(0, 2**32 - 1), compatibilities())
    def check(seed, compatibility) -> None:
        first, second = families(encoding, seed)
        found = encoding.distance(first, second, compatibility)
        assert found.dtype == np.float32
        assert np.array_equal(found.T, encoding.distance(second, first, compatibility))
        assert (np.diagonal(encoding.distance(first, first, compatibility)) == 0).all()

    check()


def test_graphs_are_compared_as_the_paper_says(cppn: Cppn) -> None:
    @given(st.integers(0, 2**32 - 1), compatibilities())
    def check(seed, compatibility) -> None:
        first, second = families(cppn, seed)
        found = cppn.distance(first, second, compatibility)
        for one in range(len(first)):
            for two in range(len(second)):
                expected = scalar(first, one, second, two, compatibility)
                assert found[one, two] == pytest.approx(expected, rel=1e-5, abs=1e-5)

    check()


@pytest.mark.parametrize("name", ["weights", "offset links", "switch links"])
def test_links_differ_by_what_they_are_made_of(name: str) -> None:
    encoding, by = built(*LINKS[name]), Compatibility(weights=2.0)
    first, second = families(encoding, 0)
    found = encoding.distance(first, second, by)
    if name == "offset links":
        networks = encoding.indirect.distance(first.indirect, second.indirect, by)
        found, first, second = found - networks, first.offsets, second.offsets
    elif name == "switch links":
        assert second.is_direct.all()
        assert not first.is_direct.any()
        first, second = VectorGenomes(encoding.express(first)), second.direct
    apart = np.abs(first.genes.numpy()[:, None] - second.genes.numpy()[None]).mean(axis=2)
    assert found == pytest.approx(2 * apart, rel=1e-4, abs=1e-6)


def test_pixels_differ_by_their_mean_difference(pixels) -> None:
    first, second = families(pixels, 0)
    found = pixels.distance(first, second, Compatibility(weights=2.0))
    apart = np.abs(first.genes.numpy()[:, None] - second.genes.numpy()[None]).mean(axis=2)
    assert found == pytest.approx(2 * apart, rel=1e-4)
