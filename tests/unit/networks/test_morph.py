"""Morphs begin and end at the two networks, and go on steadily in between."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neatfool.encodings import Birth, CppnSettings
from neatfool.errors import ShapeError
from neatfool.networks import Graphs, compile_graphs, execute
from neatfool.networks.compile import is_acyclic
from neatfool.networks.morph import morph
from tests.conftest import CPPNS, PAINTERS, built

ENDS = np.array([0, 1], np.float32)


def two(encoding, seed: int, generations: int, apart: int):
    """Two genomes with a common ancestor so many generations back."""
    birth = Birth(1, np.random.default_rng(seed))
    genomes = encoding.new(2, birth).select([0, 0])
    for generation in range(2, 2 + generations + apart):
        birth.generation = generation
        if generation < 2 + generations:
            genomes = genomes.select([0, 0])
        genomes = encoding.vary(genomes, birth)
    return genomes.select([0]), genomes.select([1])


@given(st.sampled_from(sorted(PAINTERS)), st.integers(0, 999), st.integers(0, 12))
def test_the_ends_of_a_morph_are_the_two_images(name: str, seed: int, apart: int) -> None:
    settings, shape = PAINTERS[name]
    encoding = built(settings, shape)
    first, second = two(encoding, seed, 6, apart)
    expected = [encoding.express(each).clone() for each in (first, second)]

    images = encoding.between(first, second, np.array([0, 0.5, 1], np.float32))

    assert images.shape == (3, *shape)
    for image, end in zip(images[[0, 2]], expected, strict=True):
        assert ((image - end[0]).abs() > 1.5 / 255).float().mean() < 0.1  # sums in another order


@given(st.integers(0, 999), st.integers(0, 25))
def test_networks_between_are_acyclic_and_end_where_they_should(seed: int, apart: int) -> None:
    encoding = built(*CPPNS["cppn disable gaussian"])
    first, second = two(encoding, seed, 8, apart)
    points = encoding.medium.points(encoding.device)

    made = morph(first, second, np.linspace(0, 1, 5, dtype=np.float32))

    assert is_acyclic(made)
    values = execute(compile_graphs(made), points)
    for place, end in ((0, first), (4, second)):
        expected = execute(compile_graphs(end), points)[0]
        apart_by = (values[place] - expected).abs() / (1 + expected.abs())
        assert apart_by.nanmedian() < 1e-4


def graph(edges: list[tuple[int, int]], functions: dict[int, int]) -> Graphs:
    """One input, one output, hidden nodes 2 and 3; the innovation number is the pair of ends."""
    ends = sorted(edges, key=lambda pair: 10 * pair[0] + pair[1])
    return Graphs(
        inputs=1,
        outputs=1,
        node_offsets=np.array([0, 4]),
        node_ids=np.arange(4),
        activations=np.array([functions.get(node, 1) for node in range(4)], np.int16),
        biases=np.zeros(4, np.float32),
        edge_offsets=np.array([0, len(ends)]),
        sources=np.array([source for source, _ in ends]),
        targets=np.array([target for _, target in ends]),
        weights=np.arange(1, 1 + len(ends), dtype=np.float32),
        enabled=np.ones(len(ends), np.bool_),
        innovations=np.array([10 * source + target for source, target in ends]),
    )


def test_matching_weights_are_interpolated_and_others_fade() -> None:
    first, second = graph([(0, 1), (0, 2), (2, 1)], {}), graph([(0, 1), (0, 3), (3, 1)], {})

    made = morph(first, second, np.array([0.25], np.float32))

    columns = (made.sources.tolist(), made.targets.tolist(), made.weights.tolist())
    weights = {(source, target): weight for source, target, weight in zip(*columns, strict=True)}
    assert len(made.node_ids) == 4
    assert weights == {(0, 1): 1, (0, 2): 1.5, (2, 1): 2.25, (0, 3): 0.5, (3, 1): 0.75}


def test_what_would_be_a_cycle_is_mixed_at_the_outputs() -> None:
    first = graph([(0, 2), (2, 3), (3, 1)], {})
    second = graph([(0, 3), (3, 2), (2, 1)], {})

    made = morph(first, second, np.array([0.5], np.float32))

    assert is_acyclic(made)
    assert made.node_counts.tolist() == [2 + 6]  # all but the input stand side by side
    into_output = made.targets == 1
    assert made.weights[into_output].tolist() == [0.5, 0.5]


def test_an_output_of_two_functions_is_a_mixture() -> None:
    first, second = graph([(0, 1)], {1: 1}), graph([(0, 1)], {1: 2})
    made = morph(first, second, ENDS)
    assert made.node_counts.tolist() == [6, 6]
    assert made.weights[made.targets == 1].tolist() == [1, 0, 0, 1]


def test_graphs_of_other_outputs_are_refused() -> None:
    grey, colour = (built(CppnSettings(), (c, 4, 4)) for c in (1, 3))
    birth = Birth(1, np.random.default_rng(0))
    with pytest.raises(ShapeError, match="same numbers of inputs and outputs"):
        morph(grey.new(1, birth), colour.new(1, birth), ENDS)


def test_a_node_that_one_network_has_alone_is_whole_and_only_what_leaves_it_fades() -> None:
    first = graph([(0, 2), (2, 3), (3, 1)], {2: 2})
    second = graph([(0, 2), (2, 3), (3, 1)], {2: 3})

    made = morph(first, second, np.array([0.25], np.float32))

    into = {node: made.weights[made.targets == node].tolist() for node in np.unique(made.targets)}
    assert sorted(into.values()) == [[1], [1], [1.5, 0.5], [3]]
