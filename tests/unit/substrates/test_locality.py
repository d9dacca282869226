import math

import numpy as np
import pytest
import torch

from neatfool.encodings import Birth, Cppn, CppnSettings
from neatfool.errors import ConfigError
from neatfool.networks import Graphs, compile_graphs, execute
from neatfool.substrates import LinkSettings, Substrate, locality_seed, sandwich
from tests.cppns import random_cppns
from tests.strategies import assert_valid

LEO = Substrate(sandwich(5, 5, LinkSettings(rule="leo", deltas=True)))


def seeded(count: int = 3, steepness: float = 1.5) -> Graphs:
    start = random_cppns(LEO, count=count, hidden=3)
    return locality_seed(start, LEO, 1000, 500, steepness)


def test_expression_falls_with_the_difference_of_either_coordinate() -> None:
    points = torch.randn(7, 20, generator=torch.Generator().manual_seed(0))

    outputs = execute(compile_graphs(seeded()), points)

    for graph in range(3):
        for x1, y1, x2, y2, found in zip(*points[:4].tolist(), outputs[graph, 1], strict=True):
            expected = math.exp(-((1.5 * (x1 - x2)) ** 2)) + math.exp(-((1.5 * (y1 - y2)) ** 2))
            assert float(found) == pytest.approx(expected, abs=1e-5)


def test_what_gives_weights_is_as_it_was() -> None:
    points = torch.randn(7, 20, generator=torch.Generator().manual_seed(0))
    before = execute(compile_graphs(random_cppns(LEO, hidden=3)), points)

    after = execute(compile_graphs(seeded()), points)

    assert torch.equal(after[:, 0], before[:, 0])


def test_seeded_graphs_are_valid_and_numbered_alike() -> None:
    graphs = seeded()

    assert_valid(graphs)
    last = graphs.edge_offsets[1:]
    for graph in range(3):
        assert graphs.innovations[last[graph] - 6 : last[graph]].tolist() == [*range(500, 506)]
        assert graphs.node_ids[graphs.node_offsets[graph + 1] - 2 :][:2].tolist() == [1000, 1001]


def test_links_are_local_at_first() -> None:
    weights = LEO.express(compile_graphs(seeded(steepness=4.0)))

    places = LEO.settings.sheets[0].positions()
    near = np.abs(places[:, None] - places).min(axis=2) == 0  # one column or one row
    assert (weights.view(3, 25, 25)[:, ~near] == 0).all()
    assert (weights.view(3, 25, 25)[:, near] != 0).any()


def test_the_start_is_left_as_it_is() -> None:
    start = random_cppns(LEO)
    before = {name: array.copy() for name, array in start.arrays().items()}

    locality_seed(start, LEO, 1000, 500)

    for name, array in start.arrays().items():
        assert np.array_equal(array, before[name]), name


def test_without_outputs_of_expression_it_is_an_error() -> None:
    plain = Substrate(sandwich(5, 5))

    with pytest.raises(ConfigError, match='choose the rule "leo"'):
        locality_seed(random_cppns(plain), plain, 1000, 500)


def test_a_seeded_start_evolves() -> None:
    encoding = Cppn(CppnSettings(), LEO)
    birth = Birth(1, np.random.default_rng(0))
    start = encoding.new(10, birth)
    genomes = locality_seed(start, LEO, birth.next_node, birth.next_innovation)
    birth.next_node += 2
    birth.next_innovation += 4 + 2 * len(LEO.leo_outputs)
    for _ in range(10):
        genomes = encoding.vary(genomes, birth)
        assert_valid(genomes)

    assert encoding.express(genomes).isfinite().all()


def test_a_run_begins_with_the_seed_where_its_links_ask_for_it() -> None:
    links = LinkSettings(rule="leo", locality=4.0)
    cppn = Cppn(CppnSettings(), Substrate(sandwich(5, 5, links)))
    birth = Birth(1, np.random.default_rng(0))

    genomes = cppn.new(20, birth)
    weights = cppn.express(genomes).reshape(20, 25, 25)

    assert (np.diff(genomes.node_offsets) == 5 + 2 + 2).all()
    assert birth.next_node == 9
    assert birth.next_innovation == genomes.innovations.max() + 1
    apart = (weights[:, 0, 24] != 0).float().mean()
    near = (weights[:, torch.arange(25), torch.arange(25)] != 0).float().mean()
    assert apart == 0
    assert near > 0.9
    assert_valid(cppn.vary(genomes, birth))
