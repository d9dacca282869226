"""Genomes of before neat-python 2.0, as pickles hold them: attributes came later."""

import pickle
from types import SimpleNamespace

import neat
import numpy as np
import pytest

from benchmarks.agreement import everything, grow
from neatfool.encodings.neat.bridge import activate_all, from_neat, to_neat
from neatfool.networks.alignment import matches
from tests.neat_genomes import attributes

QUERIES = np.random.default_rng(0).uniform(-2, 2, (5, 3))


def grown(seed: int = 0, count: int = 30) -> tuple[neat.Config, list[neat.DefaultGenome]]:
    """Make random genomes of today, each gene an object of its own."""
    config = everything()
    return config, pickle.loads(pickle.dumps(grow(config, count, 30, seed)))


def aged(genomes: list[neat.DefaultGenome], version: str) -> list[neat.DefaultGenome]:
    """Take from genomes, in place, what genes of a version did not have."""
    for genome in genomes:
        for node in genome.nodes.values():
            del node.time_constant
        if version == "0.9x":
            for edge in genome.connections.values():
                del edge.innovation
    return genomes


def by_hand(genome: neat.DefaultGenome) -> neat.DefaultGenome:
    """Replace genes by objects that have what neat-python evaluates, and nothing else."""
    names = ("bias", "response", "activation", "aggregation")
    for key, node in genome.nodes.items():
        genome.nodes[key] = SimpleNamespace(**{name: getattr(node, name) for name in names})
    for key, edge in genome.connections.items():
        genome.connections[key] = SimpleNamespace(key=key, weight=edge.weight, enabled=edge.enabled)
    return genome


def stock(genomes: list[neat.DefaultGenome], config: neat.Config) -> np.ndarray:
    networks = [neat.nn.FeedForwardNetwork.create(genome, config) for genome in genomes]
    return np.array([[network.activate(query) for query in QUERIES] for network in networks])


@pytest.mark.parametrize("version", ["0.9x", "1.x", "by hand"])
def test_old_genomes_give_what_neat_python_gives(version) -> None:
    config, genomes = grown()
    genomes = [*map(by_hand, genomes)] if version == "by hand" else aged(genomes, version)
    young = activate_all(grown()[1], config, QUERIES)

    found = activate_all(genomes, config, QUERIES)

    np.testing.assert_allclose(found, stock(genomes, config), rtol=1e-9, atol=1e-12)
    assert np.array_equal(found, young)


def test_old_genomes_have_time_constants_of_one_and_keep_the_rest() -> None:
    config, genomes = grown()
    young = from_neat(genomes, config)

    old = from_neat(aged(genomes, "1.x"), config)

    assert old.time_constants is None
    for name, array in (young.node_arrays() | young.edge_arrays()).items():
        assert name == "time_constants" or np.array_equal(getattr(old, name), array)


def test_connections_without_numbers_are_numbered_by_their_order() -> None:
    config, genomes = grown()
    genomes = aged(genomes, "0.9x")
    pairs = list(dict.fromkeys(pair for genome in genomes for pair in genome.connections))

    graphs = from_neat(genomes, config)

    back = to_neat(graphs, config)
    for genome, again in zip(genomes, back, strict=True):
        numbers = {pair: edge.innovation for pair, edge in again.connections.items()}
        assert numbers == {pair: pairs.index(pair) for pair in genome.connections}
    assert list(back[0].connections) == list(genomes[0].connections)
    assert from_neat(genomes, config).innovations.tolist() == graphs.innovations.tolist()


def test_genomes_without_numbers_align_by_the_nodes_they_join() -> None:
    config, genomes = grown(count=10)
    graphs = from_neat(aged(genomes, "0.9x"), config)
    one, other = graphs.select([0] * 9), graphs.select(range(1, 10))

    found = matches(one.edge_offsets, one.innovations, other.edge_offsets, other.innovations)

    common = [len(genomes[0].connections.keys() & each.connections.keys()) for each in genomes[1:]]
    assert np.bincount(one.edge_owners[found >= 0], minlength=9).tolist() == common
    assert max(common) > 0


def test_old_genomes_mate_in_neat_python_once_they_went_through_arrays() -> None:
    config, genomes = grown(count=2)
    one, other = to_neat(from_neat(aged(genomes, "0.9x"), config), config)
    one.fitness, other.fitness = 2.0, 1.0
    child = neat.DefaultGenome(5)

    child.configure_crossover(one, other, config.genome_config)

    assert child.connections.keys() <= one.connections.keys()
    assert child.nodes.keys() == one.nodes.keys()


def test_numbers_that_are_there_are_kept_and_shared() -> None:
    config, genomes = grown(count=4)
    numbers = {
        pair: edge.innovation for genome in genomes for pair, edge in genome.connections.items()
    }
    whole = [attributes(genome)[1] for genome in pickle.loads(pickle.dumps(genomes))]
    aged(genomes[:2], "0.9x")

    back = to_neat(from_neat(genomes, config), config)

    assert [attributes(genome)[1] for genome in back[2:]] == whole[2:]
    theirs = {pair for genome in genomes[2:] for pair in genome.connections}
    for genome in back[:2]:
        for pair, edge in genome.connections.items():
            if pair in theirs:
                assert edge.innovation in {
                    each[pair]["innovation"] for each in whole[2:] if pair in each
                }
            else:
                assert edge.innovation > max(numbers[pair] for pair in theirs)
