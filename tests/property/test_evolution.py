"""Thousands of mutations and crossovers, one upon the other."""

import math

import numpy as np
import torch

from neatfool.encodings import Birth, Cppn, CppnSettings
from neatfool.encodings.genomes import Genomes
from neatfool.images import Canvas
from neatfool.networks import Graphs, activation_codes, compile_graphs
from tests.strategies import assert_same_arrays, assert_valid, freeze

BATCH, GENERATIONS = 20, 100


def test_graphs_stay_valid_and_numbers_keep_their_meaning(cppn) -> None:
    reach = cppn.settings.weight_range
    codes = tuple(activation_codes(cppn.settings.activations))
    ends_of: dict[int, tuple[int, int]] = {}
    numbers = Birth(0, np.random.default_rng(0))
    largest = 0

    for birth, children in generations(cppn, numbers):
        assert_valid(children, reach, codes)
        before = numbers.next_innovation
        assert_numbers_keep_their_meaning(children, ends_of, before, birth)
        numbers.next_node, numbers.next_innovation = birth.next_node, birth.next_innovation
        largest = max(largest, int(children.node_counts.max()))

    assert largest > 14 + cppn.shape[0], "evolution did not grow anything"
    assert not children.enabled.all() or cppn.settings.structure.split == "replace"


def test_two_thousand_mutations_one_upon_the_other_stay_valid() -> None:
    cppn = Cppn(CppnSettings(), Canvas((1, 8, 8)))
    codes = tuple(activation_codes(cppn.settings.activations))
    birth = Birth(1, np.random.default_rng(0))
    graphs = cppn.new(3, birth)

    for number in range(2, 2002):
        birth = Birth(number, birth.random, birth.next_node, birth.next_innovation)
        if number % 4 == 0:
            graphs = cppn.cross(graphs, graphs.select([1, 2, 0]), birth)
        graphs = cppn.vary(freeze(graphs), birth)
        if number % 50 == 1:
            assert_valid(graphs, cppn.settings.weight_range, codes)

    assert graphs.node_counts.min() > 300, "evolution did not grow anything"
    assert len(compile_graphs(graphs)) == 3


def test_pixels_stay_within_their_range(pixels) -> None:
    numbers = Birth(0, np.random.default_rng(0))
    touched = np.zeros(2, np.bool_)

    for _, children in generations(pixels, numbers):
        genes = children.genes
        assert genes.dtype == torch.float32
        assert genes.shape == (BATCH, math.prod(pixels.shape))
        assert ((genes >= 0) & (genes <= 1)).all()
        touched |= bool((genes == 0).any()), bool((genes == 1).any())

    assert touched.all(), "no gene ever met a bound: the clipping was not tried"


def test_the_newborn_paint_images_on_the_8_bit_grid(painter) -> None:
    numbers = Birth(0, np.random.default_rng(0))
    for birth, children in generations(painter, numbers, count=30):
        numbers.next_node, numbers.next_innovation = birth.next_node, birth.next_innovation
        copy = painter.from_arrays(children.arrays())

        images = painter.express(copy)

        assert_on_the_grid(images, (BATCH, *painter.shape))
        assert_same_arrays(copy, children)


def generations(encoding, numbers: Birth, count: int = GENERATIONS):
    """Yield births and children; half of the children have two parents.

    Parents are frozen: a mutation that wrote to them would raise.
    """
    population: Genomes | None = None
    for number in range(1, count + 1):
        random = np.random.default_rng(number)
        birth = Birth(number, random, numbers.next_node, numbers.next_innovation, number // 9)
        parents = population
        if parents is None:
            population = encoding.new(BATCH, birth)
        else:
            chosen = random.integers(BATCH, size=(BATCH, 2))
            first = freeze(parents.select(chosen[:, 0]))
            second = freeze(parents.select(chosen[:, 1]))
            half = np.arange(BATCH // 2)
            mixed = encoding.cross(first.select(half), second.select(half), birth)
            mated = first.select(range(BATCH)).replaced(half, mixed)
            population = encoding.vary(freeze(mated), birth)
        yield birth, freeze(population)


def assert_numbers_keep_their_meaning(
    graphs: Graphs, ends_of: dict[int, tuple[int, int]], before: int, birth: Birth
) -> None:
    """Check that a number always means the same ends, and that new equal edges share theirs.

    Args:
        graphs: One generation.
        ends_of: The ends of every edge ever seen, by innovation number; is added to.
        before: The number of the first edge that is new in this generation.
        birth: What the generation drew on.
    """
    first = graphs.node_offsets[graphs.edge_owners]
    sources, targets = (
        graphs.node_ids[first + graphs.sources],
        graphs.node_ids[first + graphs.targets],
    )
    seen = zip(graphs.innovations.tolist(), sources.tolist(), targets.tolist(), strict=True)
    new: dict[tuple[int, int], int] = {}
    for innovation, *ends in seen:
        pair = (ends[0], ends[1])
        assert ends_of.setdefault(innovation, pair) == pair
        if innovation >= before:
            assert new.setdefault(pair, innovation) == innovation
    assert graphs.innovations.max(initial=-1) < birth.next_innovation
    assert graphs.node_ids.max() < birth.next_node


def assert_on_the_grid(images: torch.Tensor, shape: tuple[int, ...]) -> None:
    """Check that an image is what a PNG can hold."""
    assert images.shape == shape
    assert images.dtype == torch.float32
    levels = images.double() * 255
    assert ((levels - levels.round()).abs() < 1e-4).all()
    assert torch.equal(levels.round().to(torch.uint8).float() / 255, images)
