"""What scripts hand to ``activate_all`` and ``from_neat``: taken where it is plain, else words."""

import copy
import math
from types import SimpleNamespace

import neat
import numpy as np
import pytest
import torch

import neatfool
from benchmarks.agreement import everything, grow
from neatfool import viz
from neatfool.encodings import interchange
from neatfool.encodings.neat.bridge import activate_all, from_neat, to_neat
from neatfool.errors import ConfigError, ShapeError
from neatfool.networks import Graphs
from tests.neat_genomes import attributes, xor_config
from tests.strategies import assert_same_arrays

CONFIG = everything()
GENOMES = grow(CONFIG, 6, 20, 1)
BY_KEY = {genome.key: genome for genome in GENOMES}
SPECIES = neat.species.Species(1, 0)
SPECIES.update(GENOMES[0], BY_KEY)
QUERIES = np.random.default_rng(0).uniform(-2, 2, (5, 3))


class Series:
    """What a column of pandas is to those who go through it."""

    def __iter__(self):
        return iter(GENOMES)

    def __len__(self) -> int:
        return len(GENOMES)


def objects(items: list) -> np.ndarray:
    array = np.empty(len(items), object)
    array[:] = items
    return array


WAYS = {
    "list": GENOMES,
    "tuple": tuple(GENOMES),
    "population, a dict": BY_KEY,
    "its values": BY_KEY.values(),
    "its items": BY_KEY.items(),
    "pairs": list(BY_KEY.items()),
    "pairs that are lists": [list(pair) for pair in BY_KEY.items()],
    "members of a species": SPECIES.members,
    "array": objects(GENOMES),
    "array of pairs": np.array(list(BY_KEY.items()), object),
    "series": Series(),
}


@pytest.mark.parametrize("way", WAYS)
def test_genomes_are_taken_in_their_order_however_they_come(way) -> None:
    expected = activate_all(GENOMES, CONFIG, QUERIES)
    assert np.array_equal(activate_all(WAYS[way], CONFIG, QUERIES), expected)
    assert len(from_neat(WAYS[way], CONFIG)) == len(GENOMES)
    assert np.array_equal(activate_all(iter(GENOMES), CONFIG, QUERIES), expected)


NO_GENOMES = {
    "one genome": GENOMES[0],
    "one pair": (1, GENOMES[0]),
    "keys": list(BY_KEY),
    "names": "genomes",
    "none": None,
    "nones": [None],
    "a species": SPECIES,
    "species": {1: SPECIES},
    "triples": [(1, 2, GENOMES[0])],
    "networks": [neat.nn.FeedForwardNetwork.create(GENOMES[0], CONFIG)],
    "genomes of neatfool": [neatfool.CppnGenome(3)],
    "nested": [GENOMES],
    "two of each": [GENOMES[:2], GENOMES[2:4]],
}


@pytest.mark.parametrize("use", [activate_all, from_neat])
@pytest.mark.parametrize("wrong", NO_GENOMES)
def test_what_are_no_genomes_is_refused_in_words(wrong, use) -> None:
    inputs = [QUERIES] if use is activate_all else []
    with pytest.raises(ConfigError, match=r"expected .*got") as caught:
        use(NO_GENOMES[wrong], CONFIG, *inputs)
    assert len(str(caught.value)) < 300


def spiking() -> neat.Config:
    """Make a config of spiking networks by hand."""
    config = xor_config()
    config.genome_config.node_gene_type = neat.iznn.IZNodeGene
    config.genome_type = neat.iznn.IZGenome
    return config


@pytest.mark.parametrize("use", [lambda g, c: activate_all(g, c, QUERIES), from_neat])
@pytest.mark.parametrize("value", [None, "high", [1.0, 2.0], 1j, 10**400], ids="{!r:.9}".format)
@pytest.mark.parametrize("name", ["bias", "response", "weight"])
def test_genes_that_hold_no_numbers_are_refused_in_words(name, value, use) -> None:
    genome = copy.deepcopy(next(each for each in GENOMES if each.connections))
    genes = genome.connections if name == "weight" else genome.nodes
    setattr(next(iter(genes.values())), name, value)
    with pytest.raises(ConfigError, match="expected genes as neat"):
        use([genome], CONFIG)


@pytest.mark.parametrize("use", [lambda g, c: activate_all(g, c, QUERIES), from_neat])
@pytest.mark.parametrize("key", ["a", 2**70, None, (1, 2)])
def test_keys_that_are_no_numbers_are_refused_in_words(key, use) -> None:
    genome = copy.deepcopy(GENOMES[0])
    genome.nodes[key] = genome.nodes[0]
    with pytest.raises(ConfigError, match="expected genes as neat"):
        use([genome], CONFIG)


def test_spiking_networks_are_refused_by_config_and_by_genome() -> None:
    genome = neat.iznn.IZGenome(1)
    genome.nodes[0] = neat.iznn.IZNodeGene(0)
    for config in (spiking(), xor_config()):
        with pytest.raises(ConfigError, match="IZ"):
            activate_all([genome], config, [(0.0, 0.0)])
        with pytest.raises(ConfigError, match="IZ"):
            from_neat([genome], config)


NO_CONFIGS = {
    "none": None,
    "text": "xor.ini",
    "a namespace": SimpleNamespace(),
    "a section": CONFIG.genome_config,
}


@pytest.mark.parametrize("wrong", NO_CONFIGS.values(), ids=NO_CONFIGS)
def test_what_is_no_config_is_refused_in_words(wrong) -> None:
    with pytest.raises(ConfigError, match=r"expected .*neat\.Config"):
        activate_all(GENOMES, wrong, QUERIES)
    with pytest.raises(ConfigError, match=r"expected .*neat\.Config"):
        from_neat(GENOMES, wrong)


INPUTS = {
    "objects": QUERIES.astype(object),
    "lists": QUERIES.tolist(),
    "tuples": [tuple(row) for row in QUERIES.tolist()],
    "tensor": torch.from_numpy(QUERIES),
    "tensor with gradients": torch.from_numpy(QUERIES).requires_grad_(),
}


@pytest.mark.parametrize("way", INPUTS)
def test_inputs_are_numbers_however_they_come(way) -> None:
    expected = activate_all(GENOMES, CONFIG, QUERIES)
    assert np.array_equal(activate_all(GENOMES, CONFIG, INPUTS[way]), expected)


NO_INPUTS = {
    "ragged": [[1.0, 2.0, 3.0], [1.0]],
    "words": [["a", "b", "c"]],
    "none": None,
    "objects": [[object()] * 3],
    "no float": [[10**400, 0, 0]],
    "a dict": {1: [1.0, 2.0, 3.0]},
    "one row": [1.0, 2.0, 3.0],
    "too few": [[1.0, 2.0]],
}


@pytest.mark.parametrize("wrong", NO_INPUTS)
def test_what_are_no_inputs_is_refused_in_words(wrong) -> None:
    with pytest.raises(ShapeError, match=r"expected inputs of shape \(X, 3\).*got"):
        activate_all(GENOMES, CONFIG, NO_INPUTS[wrong])


def asleep() -> neat.DefaultGenome:
    """Make a genome with a cycle, an edge of which is disabled."""
    config = xor_config()
    genome = neat.DefaultGenome(7)
    for key in range(3):
        genome.nodes[key] = neat.DefaultGenome.create_node(config.genome_config, key)
        genome.nodes[key].activation, genome.nodes[key].aggregation = "tanh", "sum"
    for number, ends in enumerate([(-1, 1), (1, 2), (2, 1), (2, 0), (0, 2)]):
        gene = neat.genes.DefaultConnectionGene(ends, innovation=number)
        gene.weight, gene.enabled = 1.5 - number, ends not in ((2, 1), (0, 2))
        genome.connections[ends] = gene
    return genome


def test_a_cycle_through_disabled_connections_is_taken_and_goes_back() -> None:
    config, genome = xor_config(), asleep()
    inputs = [(0.3, -0.7), (1.0, 1.0)]
    stock = neat.nn.FeedForwardNetwork.create(genome, config)

    graphs = from_neat([genome], config)

    found = activate_all([genome], config, inputs)[0]
    assert found == pytest.approx(np.array([stock.activate(row) for row in inputs]))
    assert graphs.enabled.tolist() == [True, True, False, True, False]
    (back,) = to_neat(graphs, config, [7])
    assert attributes(back) == attributes(genome)
    outputs = neatfool.execute(neatfool.compile_graphs(graphs), torch.tensor(inputs).T.double())
    assert outputs[0].T.numpy() == pytest.approx(found)
    assert_same_arrays(interchange.from_json(interchange.to_json(graphs)), graphs)
    assert b"back downwards" in viz.to_svg(viz.topology(graphs, nodes="symbols", whole=True))


def test_a_cycle_that_is_awake_is_refused() -> None:
    genome = asleep()
    genome.connections[2, 1].enabled = True
    with pytest.raises(ShapeError, match="genome 7 is recurrent"):
        from_neat([genome], xor_config())


def test_fitness_goes_there_and_back() -> None:
    for genome, fitness in zip(GENOMES, (1.5, None, -3, np.float32(0.25), 0.0, None), strict=True):
        genome.fitness = fitness
    graphs = from_neat(GENOMES, CONFIG)
    try:
        expected = [genome.fitness for genome in GENOMES]
        assert [each.fitness for each in to_neat(graphs, CONFIG)] == expected
        assert [each.fitness for each in to_neat(graphs.part(2, 4), CONFIG)] == [-3, 0.25]
        assert to_neat(graphs.select([3, 1]), CONFIG)[0].fitness == 0.25
        stored = Graphs.from_arrays(graphs.arrays())
        assert [each.fitness for each in to_neat(stored, CONFIG)] == expected
        plain = from_neat(to_neat(graphs.changed(fitness=None), CONFIG), CONFIG)
        assert plain.fitness is None
        joined = Graphs.concatenate([plain, graphs])
        assert [each.fitness for each in to_neat(joined, CONFIG)] == [None] * 6 + expected
        replaced = graphs.replaced(np.array([0]), plain.select([1]))
        assert [each.fitness for each in to_neat(replaced, CONFIG)] == [None, *expected[1:]]
        GENOMES[0].fitness = (1, 2)  # of several aims: no number
        assert math.isnan(from_neat(GENOMES, CONFIG).fitness[0])
    finally:
        for genome in GENOMES:
            genome.fitness = None


def test_children_have_no_fitness() -> None:
    encoding = neatfool.Cppn(neatfool.CppnSettings(), neatfool.Canvas((1, 2, 2)))
    birth = neatfool.Birth(1, np.random.default_rng(0))
    parents = encoding.new(3, birth).changed(fitness=np.arange(3.0))
    assert encoding.cross(parents, parents.select([2, 1, 0]), birth).fitness is None
    assert encoding.vary(parents, birth).fitness is None
