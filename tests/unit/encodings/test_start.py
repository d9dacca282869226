"""First networks are joined as the settings say, and grow and mate like all others."""

from itertools import pairwise

import numpy as np
import pytest

from neatfool.encodings import Bare, Birth, Cppn, CppnSettings, StructureSettings
from neatfool.networks import Graphs
from neatfool.sections.encoding import Start
from neatfool.streams import stream
from tests.strategies import assert_valid

MEDIUM = Bare(("a", "b", "bias"), 2)
COUNT = 300


def first(start: Start, nodes: int = 4, links: float = 0.3) -> tuple[Cppn, Graphs, Birth]:
    structure = StructureSettings(start=start, start_nodes=nodes, start_links=links, start_layers=3)
    encoding = Cppn(CppnSettings(structure=structure), MEDIUM)
    birth = Birth(1, stream(0, "start"))
    return encoding, encoding.new(COUNT, birth), birth


def ends(graphs: Graphs, one: int) -> set[tuple[int, int]]:
    single = graphs.part(one, one + 1)
    return set(zip(single.sources.tolist(), single.targets.tolist(), strict=True))


def test_direct_networks_join_inputs_to_outputs() -> None:
    _, graphs, birth = first("direct")
    assert all(ends(graphs, p) == {(i, o) for i in range(3) for o in (3, 4)} for p in range(COUNT))
    assert birth.next_node == 5


def test_a_layer_stands_between_inputs_and_outputs() -> None:
    _, graphs, birth = first("layer")
    wanted = {(i, h) for i in range(3) for h in range(5, 9)}
    wanted |= {(h, o) for h in range(5, 9) for o in (3, 4)}
    assert all(ends(graphs, p) == wanted for p in range(COUNT))
    assert birth.next_node == 9


def test_dense_networks_have_layers_one_behind_the_other() -> None:
    encoding, graphs, birth = first("dense", nodes=2)
    layers = [(0, 1, 2), (5, 6), (7, 8), (9, 10), (3, 4)]
    joined = {(a, b) for one, other in pairwise(layers) for a in one for b in other}
    joined |= {(2, b) for b in range(3, 11)}
    assert all(ends(graphs, p) == joined for p in range(COUNT))
    assert birth.next_node == 11
    sources, targets = graphs.sources, graphs.targets
    of_bias = (sources == 2) & ~np.isin(targets, layers[1])
    behind, reach = sources >= 5, encoding.settings.weight_range
    assert not graphs.weights[of_bias].any()
    for some, most in ((behind, np.sqrt(6 / 2)), (~behind & ~of_bias, reach)):
        assert 0.99 * most < np.abs(graphs.weights[some]).max() <= most


def test_first_weights_of_dense_networks_are_within_their_range() -> None:
    structure = StructureSettings(start="dense", start_nodes=3)
    graphs = Cppn(CppnSettings(structure=structure, start_range=0.5), MEDIUM).new(
        9, Birth(1, stream(0, "start"))
    )
    assert 0.4 < np.abs(graphs.weights).max() <= 0.5


def test_random_networks_have_all_sizes_and_the_share_of_links() -> None:
    _, graphs, _ = first("random", links=0.4)
    hidden = graphs.node_counts - 5
    assert set(hidden.tolist()) == {1, 2, 3, 4}
    possible = 3 * 2 + (3 + 2) * hidden + hidden * (hidden - 1) // 2
    assert graphs.edge_counts.sum() == pytest.approx(0.4 * possible.sum(), rel=0.05)
    assert len({frozenset(ends(graphs, p)) for p in range(COUNT)}) > COUNT / 2


def test_equal_links_of_random_networks_are_homologous() -> None:
    _, graphs, _ = first("random")
    links = np.array([graphs.innovations, graphs.sources, graphs.targets]).T
    assert len(np.unique(links, axis=0)) == len(np.unique(links[:, 0]))


@pytest.mark.parametrize("start", ["layer", "random", "dense"])
def test_descendants_are_valid(start: Start) -> None:
    encoding, graphs, birth = first(start)
    assert_valid(graphs)
    for number in range(2, 6):
        birth = Birth(number, stream(0, "s", number), birth.next_node, birth.next_innovation)
        mates = encoding.cross(graphs, graphs.select(np.arange(COUNT)[::-1]), birth)
        graphs = encoding.vary(mates, birth)
        assert_valid(graphs)
    encoding.express(graphs)
