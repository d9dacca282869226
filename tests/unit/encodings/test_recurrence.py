"""Networks that may have cycles: how they change, and what they become."""

import numpy as np
import pytest

from neatfool.encodings import Bare, Birth, Cppn, CppnSettings, StructureSettings, mutate
from neatfool.errors import ConfigError
from neatfool.images import Canvas
from neatfool.networks.compile import is_acyclic
from tests.fakes import Line
from tests.strategies import assert_valid
from tests.unit.encodings.test_mutate import (
    ALL,
    MANY,
    assert_share,
    birth,
    chains,
    last_edges,
    uniform,
)

BARE = Bare(("a", "b", "bias"), 2)


def recurrent(**structure: object) -> Cppn:
    return Cppn(CppnSettings(structure=StructureSettings(**structure)), BARE)


@pytest.mark.parametrize("parallel", [True, False])
def test_an_edge_is_added_from_any_node_to_any_but_inputs(parallel) -> None:
    children = mutate.add_edges(chains(), ALL, uniform, parallel, birth(), cyclic=True)

    assert_valid(children, reach=2.0, cyclic=True)
    new = last_edges(children)
    sources, targets = children.sources[new], children.targets[new]
    joined = set(zip(sources.tolist(), targets.tolist(), strict=True))
    old = set() if parallel else {*pairs(chains(1))}
    assert joined == {(s, t) for s in range(7) for t in range(4, 7)} - old
    for source in range(7 * parallel):
        assert_share((sources == source).sum(), MANY, 1 / 7)


def pairs(graphs):
    return zip(graphs.sources.tolist(), graphs.targets.tolist(), strict=True)


@pytest.mark.parametrize("dynamics", ["recurrent", "ctrnn"])
def test_what_evolves_has_cycles_and_stays_whole(dynamics) -> None:
    encoding = recurrent(dynamics=dynamics, time_step=0.25, split="neat", parallel_edges=False)
    drawn = Birth(1, np.random.default_rng(0))
    genomes = encoding.new(20, drawn)
    for _ in range(30):
        others = genomes.select(drawn.random.permutation(20))
        genomes = encoding.vary(encoding.cross(genomes, others, drawn), drawn)
        assert_valid(genomes, 10.0, cyclic=True)

    assert np.mean([is_acyclic(genomes.part(p, p + 1)) for p in range(20)]) < 0.5
    assert (genomes.sources == genomes.targets).any(), "nodes feed themselves"
    is_output = (genomes.sources >= 3) & (genomes.sources < 5)
    assert is_output.any()
    networks = encoding.express(genomes)
    assert networks.dynamics == dynamics
    assert dynamics == "recurrent" or set(networks.rates) == {0.25}


@pytest.mark.parametrize("medium", [Canvas((1, 4, 4)), Line(7)])
def test_networks_that_are_asked_for_a_picture_or_links_run_forward(medium) -> None:
    settings = CppnSettings(structure=StructureSettings(dynamics="recurrent"))

    with pytest.raises(ConfigError, match=r"dynamics recurrent is for networks that act"):
        Cppn(settings, medium)
